import { Button, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { incomingAnswer, type IncomingDetail } from '#contracts/documents';
import { DateField } from '../../ui/DateField.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import { useCommand } from '../../ui/useCommand.ts';
import { peopleQuery } from '../lookups.ts';
import { DuplicateNote } from './DuplicateNote.tsx';

/**
 * Registration of an arrived document: everything is filled in from the package, Ctrl+Enter confirms and goes on
 * to the next. No pointer is needed.
 */
export function RegisterForm({
  document,
  onRegistered,
}: {
  readonly document: IncomingDetail;
  onRegistered(): void;
}): ReactNode {
  const { documents } = useTexts();
  const { fields, incoming } = documents;
  const [abstract, setAbstract] = useState(document.abstract);
  const [typeName, setTypeName] = useState(document.typeName);
  const [dueDate, setDueDate] = useState(document.dueDate ?? '');
  const [forward, setForward] = useState(true);
  const [leaderId, setLeaderId] = useState<string | null>(null);
  const [duplicateConfirmed, setDuplicateConfirmed] = useState(false);
  const leaders = useQuery(peopleQuery('leader'));
  const register = useCommand(
    `/api/documents/incoming/${document.id}/register`,
    incomingAnswer,
    onRegistered,
  );
  const submit = (): void => {
    if (register.isPending) return;
    register.mutate({
      abstract,
      typeName,
      dueDate: dueDate === '' ? null : dueDate,
      forward,
      duplicateConfirmed,
      ...(leaderId ? { leaderId } : {}),
    });
  };
  useShortcuts({ 'Ctrl+Enter': submit });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {incoming.registerHint}
        </Text>
        <ProblemAlert error={register.error} />
        <DuplicateNote document={document} confirmed={duplicateConfirmed} onConfirm={setDuplicateConfirmed} />
        <Textarea
          label={fields.abstract}
          value={abstract}
          onChange={(event) => setAbstract(event.currentTarget.value)}
          autosize
          minRows={2}
          maxLength={500}
          required
          data-autofocus
        />
        <Group grow align="flex-start">
          <TextInput
            label={fields.type}
            value={typeName}
            onChange={(event) => setTypeName(event.currentTarget.value)}
            maxLength={100}
            required
          />
          <DateField label={fields.dueDate} value={dueDate} onChange={(next) => setDueDate(next)} />
        </Group>
        <Checkbox
          label={incoming.forward}
          checked={forward}
          onChange={(event) => setForward(event.currentTarget.checked)}
        />
        {forward ? (
          <Select
            label={incoming.leader}
            placeholder={incoming.anyLeader}
            data={(leaders.data?.items ?? []).map((person) => ({
              value: person.id,
              label: `${person.fullName} · ${person.post}`,
            }))}
            value={leaderId}
            onChange={setLeaderId}
            clearable
          />
        ) : null}
        <Button
          type="submit"
          leftSection={<IconChecks size={18} />}
          loading={register.isPending}
          title="Ctrl + Enter"
        >
          {incoming.registerNext}
        </Button>
      </Stack>
    </form>
  );
}
