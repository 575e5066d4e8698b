import { Kbd, Modal, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from './language.tsx';

export function KeySheet({ opened, onClose }: { readonly opened: boolean; onClose(): void }): ReactNode {
  const { keys, common } = useTexts();
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
    <Modal
      opened={opened}
      onClose={onClose}
      title={keys.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
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
    </Modal>
  );
}
