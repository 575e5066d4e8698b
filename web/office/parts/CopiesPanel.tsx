import { Anchor, Button, PasswordInput, Select, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { copiesAnswer, copyForms, copyView, type CopyForm } from '#contracts/documents';
import { ask } from '../../ui/api.ts';
import { formatDateTime } from '../../ui/format.ts';
import { Panel } from '../../ui/Panel.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { withParameters } from '../documents.ts';
import { peopleQuery } from '../lookups.ts';
import { useSigningTexts } from '../signingTexts.ts';
import { ActionDialog } from './ActionDialog.tsx';
import classes from '../pages/pages.module.css';

const url = '/api/documents/copies';

/** "1, 3-5" as page numbers; what is no number is left out. */
function pagesOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [from, to] = part.split('-').map((one) => Number(one.trim()));
    if (!from || from < 1) return [];
    const last = Math.min(to || from, from + 499);
    return Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => from + index);
  });
}

/** Copies with the agency's signature: those that were made, and a new one. */
export function CopiesPanel({
  kind,
  documentId,
  may,
}: {
  readonly kind: 'outgoing' | 'incoming';
  readonly documentId: string;
  readonly may: boolean;
}): ReactNode {
  const { copies } = useSigningTexts();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ['copies', kind, documentId],
    queryFn: ({ signal }) => ask(withParameters(url, { kind, documentId }), copiesAnswer, signal),
  });
  const items = data?.items ?? [];
  if (!may && items.length === 0) return null;
  return (
    <Panel title={copies.title}>
      <div className={classes.column}>
        {items.length === 0 ? <Text>{copies.empty}</Text> : null}
        {items.map((copy) => (
          <div key={copy.id}>
            <Anchor href={`/api/documents/files/${copy.file.id}`} target="_blank" rel="noopener">
              {copies.form[copy.form]} {copy.notation}
            </Anchor>
            <Text size="sm">{copy.purpose}</Text>
            <Text size="sm" className={classes.sub}>
              {copies.made(copy.by, formatDateTime(copy.at), copy.authoriser.name)}
            </Text>
          </div>
        ))}
        {may ? (
          <Button variant="default" onClick={() => setOpen(true)} w="fit-content">
            {copies.make}
          </Button>
        ) : null}
      </div>
      {open ? <CopyDialog kind={kind} documentId={documentId} onClose={() => setOpen(false)} /> : null}
    </Panel>
  );
}

function CopyDialog({
  kind,
  documentId,
  onClose,
}: {
  readonly kind: 'outgoing' | 'incoming';
  readonly documentId: string;
  onClose(): void;
}): ReactNode {
  const { documents } = useTexts();
  const { copies } = useSigningTexts();
  const leaders = useQuery(peopleQuery('leader'));
  const [form, setForm] = useState<CopyForm>(kind === 'incoming' ? 'SL' : 'SY');
  const [pages, setPages] = useState('');
  const [authoriser, setAuthoriser] = useState<string | null>(null);
  const [purpose, setPurpose] = useState('');
  const [pin, setPin] = useState('');
  const run = useCommand(url, copyView, onClose);
  return (
    <ActionDialog
      opened
      title={copies.make}
      means={copies.means}
      confirm={copies.make}
      busy={run.isPending}
      error={run.error}
      onConfirm={() =>
        run.mutate({
          kind,
          documentId,
          form,
          pages: form === 'TrS' ? pagesOf(pages) : [],
          authoriserId: authoriser,
          purpose,
          pin,
        })
      }
      onClose={onClose}
    >
      <Select
        label={copies.formLabel}
        data={copyForms.map((value) => ({ value, label: copies.form[value] }))}
        value={form}
        onChange={(next) => next && setForm(next as CopyForm)}
        allowDeselect={false}
      />
      {form === 'TrS' ? (
        <TextInput
          label={copies.pages}
          description={copies.pagesHint}
          value={pages}
          onChange={(event) => setPages(event.currentTarget.value)}
          required
        />
      ) : null}
      <Select
        label={copies.authoriser}
        data={(leaders.data?.items ?? []).map((one) => ({
          value: one.id,
          label: `${one.fullName} · ${one.post}`,
        }))}
        value={authoriser}
        onChange={setAuthoriser}
        required
      />
      <TextInput
        label={copies.purpose}
        value={purpose}
        onChange={(event) => setPurpose(event.currentTarget.value)}
        maxLength={500}
        required
        data-autofocus
      />
      <PasswordInput
        label={documents.outgoing.pin}
        description={documents.outgoing.pinSealHint}
        value={pin}
        onChange={(event) => setPin(event.currentTarget.value)}
        inputMode="numeric"
        autoComplete="off"
        required
      />
    </ActionDialog>
  );
}
