import { Alert, Anchor, Checkbox, Stack } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { IncomingDetail } from '#contracts/documents';
import { useTexts } from '../../ui/language.tsx';

/** A look-alike stops registration until the clerk has compared (Decree 30/2020 App. VI). */
export function DuplicateNote({
  document,
  confirmed,
  onConfirm,
}: {
  readonly document: IncomingDetail;
  readonly confirmed: boolean;
  onConfirm(next: boolean): void;
}): ReactNode {
  const { documents } = useTexts();
  const { incoming, incomingState } = documents;
  if (document.duplicates.length === 0) return null;
  return (
    <Alert color="amber" variant="outline" icon={<IconCopy />} title={incoming.duplicate}>
      <Stack gap="xs">
        {document.duplicates.map((other) => (
          <Anchor key={other.id} component={Link} to={`/incoming/${other.id}`} size="sm">
            {other.arrivalNumber === null
              ? ''
              : `${documents.fields.arrivalNumber} ${other.arrivalNumber} · `}
            {other.notation} · {incomingState[other.state]} · {incoming.duplicateKind[other.kind]}
          </Anchor>
        ))}
        <Checkbox
          label={incoming.duplicateConfirm}
          checked={confirmed}
          onChange={(event) => onConfirm(event.currentTarget.checked)}
        />
      </Stack>
    </Alert>
  );
}
