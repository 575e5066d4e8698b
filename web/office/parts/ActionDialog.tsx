import { Button, Group, Stack, Text } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Dialog } from '../../ui/Dialog.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';

/** A decision that needs a word or a PIN: what it means, the field, and a button that says what it does. */
export function ActionDialog({
  opened,
  title,
  means,
  confirm,
  danger = false,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: {
  readonly opened: boolean;
  readonly title: string;
  readonly means?: ReactNode;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  readonly error: unknown;
  onConfirm(): void;
  onClose(): void;
  readonly children?: ReactNode;
}): ReactNode {
  const { common } = useTexts();
  useShortcuts({ 'Ctrl+Enter': opened && !busy ? onConfirm : undefined });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) onConfirm();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack>
          {means === undefined ? null : <Text size="sm">{means}</Text>}
          <ProblemAlert error={error} />
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" color={danger ? 'seal' : 'ink'} loading={busy}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
