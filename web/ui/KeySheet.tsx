import { Kbd, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './Dialog.tsx';
import { useTexts } from './language.tsx';

export function KeySheet({ opened, onClose }: { readonly opened: boolean; onClose(): void }): ReactNode {
  const { keys } = useTexts();
  const rows: readonly (readonly [string, string])[] = [
    ['/', keys.search],
    ['j', keys.next],
    ['k', keys.previous],
    ['Enter', keys.open],
    ['Ctrl + Enter', keys.confirm],
    ['Alt + S', keys.saveAndNew],
    ['Alt + D', keys.saveAndCopy],
    ['F2', keys.edit],
    ['?', keys.sheet],
  ];
  return (
    <Dialog opened={opened} onClose={onClose} title={keys.title}>
      <Table>
        <Table.Tbody>
          {rows.map(([key, does]) => (
            <Table.Tr key={key}>
              <Table.Th w={140}>
                <Kbd>{key}</Kbd>
              </Table.Th>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
