import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { ApiProblem } from './api.ts';
import { useTexts } from './language.tsx';

/** What went wrong in one line, and the next step in another; read out when it appears. */
export function ProblemAlert({ error }: { readonly error: unknown }): ReactNode {
  const texts = useTexts();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error) box.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  if (!error) return null;
  const known = error instanceof ApiProblem;
  return (
    <Alert
      ref={box}
      role="alert"
      color="seal"
      variant="outline"
      icon={<IconAlertTriangle />}
      title={known ? error.message : texts.common.unexpected}
    >
      <Text size="sm">{known ? error.next : texts.common.unexpectedNext}</Text>
    </Alert>
  );
}
