import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy, IconUsb } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { deviceOffer } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useCommand } from '../../ui/useCommand.ts';

/** Often enough for whoever watches the page while the device signs. */
const lookAgainMs = 4_000;

/**
 * A code for the person's own signing device (docs/protocol/sign-device.md): the command to run there, until when it
 * is good. The page looks again while the code is shown, so that it says so by itself when the device has signed.
 */
export function DeviceCode({
  path,
  body,
  label,
  after,
}: {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** What happens when the device is done. */
  readonly after: string;
}): ReactNode {
  const { device } = useTexts();
  const queries = useQueryClient();
  const offer = useCommand(path, deviceOffer);
  const code = offer.data?.code;
  useEffect(() => {
    if (code === undefined) return undefined;
    const timer = setInterval(() => {
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    }, lookAgainMs);
    return () => clearInterval(timer);
  }, [code, queries]);
  const command = `phigiay sign-agent --url ${window.location.origin} --code ${code} --pkcs11 ${device.library}`;
  return (
    <Stack gap="xs">
      <ProblemAlert error={offer.error} />
      {offer.data === undefined ? (
        <Group>
          <Button
            variant="default"
            leftSection={<IconUsb size={18} aria-hidden="true" />}
            loading={offer.isPending}
            onClick={() => offer.mutate(body)}
          >
            {label}
          </Button>
        </Group>
      ) : (
        <Stack gap="xs" role="status">
          <Text size="sm">
            {device.run(formatDateTime(offer.data.expiresAt))} {after}
          </Text>
          <Code
            block
            tabIndex={0}
            aria-label={device.command}
            style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
          >
            {command}
          </Code>
          <Group>
            <CopyButton value={command}>
              {({ copied, copy }) => (
                <Button
                  variant="default"
                  size="compact-md"
                  leftSection={
                    copied ? (
                      <IconCheck size={16} aria-hidden="true" />
                    ) : (
                      <IconCopy size={16} aria-hidden="true" />
                    )
                  }
                  onClick={copy}
                >
                  {copied ? device.copied : device.copy}
                </Button>
              )}
            </CopyButton>
          </Group>
        </Stack>
      )}
    </Stack>
  );
}
