import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { IncomingDetail } from '#contracts/documents';
import { useTexts } from '../../ui/language.tsx';

/** Why a letter reached a body that it was not written to. */
export function Forwarded({ note }: { readonly note: IncomingDetail['forwarded'] }): ReactNode {
  const { documents } = useTexts();
  if (note === null) return null;
  const line = note.basis === '' ? documents.fields.forwardedCode : documents.fields.forwarded;
  return (
    <Text size="sm" mt={4}>
      {line.replace(/\{(\w+)\}/g, (_place, name: string) => note[name as keyof typeof note] ?? '')}
    </Text>
  );
}
