import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconCheck, IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { tell } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { DeviceCode } from '../parts/DeviceCode.tsx';
import { addPasskey, listPasskeys, passkeysSupported } from '../passkey.ts';
import { sessionQuery } from '../session.ts';

export function AccountPage(): ReactNode {
  const { account, device } = useTexts();
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const passkeys = useQuery({ queryKey: ['passkeys'], queryFn: listPasskeys });
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['passkeys'] });
  const add = useMutation({ mutationFn: addPasskey, onSuccess: refresh });
  const remove = useMutation({
    mutationFn: (id: string) =>
      tell(`/api/passkeys/${encodeURIComponent(id)}`, {}, z.unknown(), { method: 'DELETE' }),
    onSuccess: refresh,
  });
  return (
    <Stack>
      <PageHead
        title={account.title}
        about={
          session
            ? `${session.person.fullName} · ${session.person.post} · ${session.organisation.name}`
            : undefined
        }
      />
      <Panel title={account.passkeys}>
        <Stack>
          <Text size="sm">{account.passkeysHint}</Text>
          <ProblemAlert error={add.error ?? remove.error} />
          {add.isSuccess ? (
            <Alert color="leaf" variant="outline" icon={<IconCheck />} role="status">
              {account.added}
            </Alert>
          ) : null}
          {passkeys.data?.items.length === 0 ? (
            <EmptyNote icon={IconFingerprint} title={account.noPasskeys} />
          ) : null}
          {passkeys.data && passkeys.data.items.length > 0 ? (
            <Table>
              <Table.Tbody>
                {passkeys.data.items.map((passkey) => (
                  <Table.Tr key={passkey.id}>
                    <Table.Td>
                      {passkey.name ?? account.passkeys} · {account.createdAt}{' '}
                      {formatDateTime(passkey.createdAt)}
                    </Table.Td>
                    <Table.Td ta="right">
                      <Button variant="default" size="compact-sm" onClick={() => remove.mutate(passkey.id)}>
                        {account.removePasskey}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          ) : null}
          <Group>
            {passkeysSupported() ? (
              <Button
                leftSection={<IconFingerprint size={18} />}
                loading={add.isPending}
                onClick={() => add.mutate()}
              >
                {account.addPasskey}
              </Button>
            ) : (
              <Text>{account.unsupported}</Text>
            )}
          </Group>
        </Stack>
      </Panel>
      <Panel title={device.title}>
        <Stack>
          <Text size="sm">{device.means}</Text>
          <DeviceCode
            path="/api/signatures/own-certificate"
            body={{}}
            label={device.enrol}
            after={device.enrolled}
          />
        </Stack>
      </Panel>
    </Stack>
  );
}
