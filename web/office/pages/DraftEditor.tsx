import {
  Alert,
  Button,
  Checkbox,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconCheck, IconDeviceFloppy, IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import {
  capacities,
  documentTypes,
  outgoingAnswer,
  urgencies,
  type IncomingDetail,
  type OutgoingDetail,
} from '#contracts/documents';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { Waiting } from '../../ui/Waiting.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import { useCommand } from '../../ui/useCommand.ts';
import { incomingQuery, outgoingQuery } from '../documents.ts';
import { peopleQuery } from '../lookups.ts';
import { FilesField, type UploadedFile } from '../parts/FilesField.tsx';
import { OrganisationPicker, type ChosenOrganisation } from '../parts/OrganisationPicker.tsx';
import type { ListSearch } from '../router.tsx';
import classes from './pages.module.css';

const PdfView = lazy(async () => ({ default: (await import('../../ui/PdfView.tsx')).PdfView }));

export function NewDraftPage(): ReactNode {
  const { common } = useTexts();
  // The incoming document that this one answers, when the editor was opened from it.
  const { text: replyTo } = useSearch({ strict: false }) as ListSearch;
  const answered = useQuery({
    ...incomingQuery(replyTo ?? ''),
    enabled: replyTo !== undefined,
    refetchInterval: false,
  });
  if (replyTo !== undefined && !answered.data)
    return answered.error ? <ProblemAlert error={answered.error} /> : <Waiting label={common.loading} />;
  return <DraftForm answered={answered.data ?? null} />;
}

export function EditDraftPage(): ReactNode {
  const { id } = useParams({ strict: false }) as { id: string };
  const { common } = useTexts();
  const { data, error } = useQuery({ ...outgoingQuery(id), refetchInterval: false });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return <Waiting label={common.loading} />;
  return <DraftForm existing={data} answered={null} />;
}

interface Draft {
  typeCode: string;
  abstract: string;
  recipients: ChosenOrganisation[];
  recipientLines: string;
  urgency: number;
  dueDate: string;
  body: string;
  kind: 'letter' | 'file';
  main: UploadedFile[];
  attachments: UploadedFile[];
  signerId: string | null;
  capacity: string;
  signerPost: string;
  alsoPaper: boolean;
  signaturePlace: { page: number; x: number; y: number } | null;
}

function startOf(existing: OutgoingDetail | undefined, answered: IncomingDetail | null): Draft {
  if (!existing) {
    return {
      typeCode: 'CV',
      abstract: answered ? `Trả lời Công văn số ${answered.notation}` : '',
      recipients: [],
      recipientLines: '',
      urgency: 0,
      dueDate: '',
      body: '',
      kind: 'letter',
      main: [],
      attachments: [],
      signerId: null,
      capacity: '',
      signerPost: '',
      alsoPaper: false,
      signaturePlace: null,
    };
  }
  return {
    typeCode: existing.typeCode,
    abstract: existing.abstract,
    recipients: [...existing.recipients],
    recipientLines: existing.recipientLines.join('\n'),
    urgency: existing.urgency,
    dueDate: existing.dueDate ?? '',
    body: existing.body,
    kind: existing.fileId ? 'file' : 'letter',
    main:
      existing.fileId && existing.mainFile
        ? [{ id: existing.fileId, name: existing.mainFile.name, size: existing.mainFile.size }]
        : [],
    attachments: existing.attachments.map(({ id, name, size }) => ({ id, name, size })),
    signerId: existing.signer.id,
    capacity: existing.capacity,
    signerPost: existing.signerPost,
    alsoPaper: existing.alsoPaper,
    signaturePlace: existing.signaturePlace,
  };
}

function DraftForm({
  existing,
  answered,
}: {
  readonly existing?: OutgoingDetail;
  readonly answered: IncomingDetail | null;
}): ReactNode {
  const { documents, common } = useTexts();
  const { fields, outgoing } = documents;
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => startOf(existing, answered));
  const set = <Key extends keyof Draft>(key: Key, value: Draft[Key]): void =>
    setDraft((before) => ({ ...before, [key]: value }));
  const leaders = useQuery(peopleQuery('leader'));
  const heads = useQuery(peopleQuery('head'));
  const save = useCommand(
    existing ? `/api/documents/outgoing/${existing.id}/edit` : '/api/documents/outgoing',
    outgoingAnswer,
    async (saved) => {
      await navigate({ to: `/outgoing/${saved.id}` });
    },
  );
  const replyTo = existing?.replyTo?.id ?? answered?.id ?? null;
  const submit = (): void => {
    if (save.isPending) return;
    save.mutate({
      typeCode: draft.typeCode,
      abstract: draft.abstract,
      recipients: draft.recipients.map((recipient) => recipient.id),
      recipientLines: draft.recipientLines
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
      urgency: draft.urgency,
      dueDate: draft.dueDate === '' ? null : draft.dueDate,
      body: draft.kind === 'letter' ? draft.body : '',
      fileId: draft.kind === 'file' ? (draft.main[0]?.id ?? null) : null,
      attachments: draft.attachments.map((file) => file.id),
      replyTo,
      signerId: draft.signerId,
      capacity: draft.capacity,
      signerPost: draft.signerPost,
      alsoPaper: draft.alsoPaper,
      signaturePlace: draft.kind === 'file' ? draft.signaturePlace : null,
      ...(existing ? { baseVersion: existing.version } : {}),
    });
  };
  useShortcuts({ 'Ctrl+Enter': submit, 'Alt+S': submit });
  const signers = [...(leaders.data?.items ?? []), ...(heads.data?.items ?? [])];
  const answeredNotation = existing?.replyTo?.notation ?? answered?.notation;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PageHead
        title={existing ? outgoing.editTitle : outgoing.newTitle}
        about={outgoing.saveMeans}
        actions={
          <Button
            type="submit"
            leftSection={<IconDeviceFloppy size={18} />}
            loading={save.isPending}
            title="Ctrl + Enter"
          >
            {outgoing.saveDraft}
          </Button>
        }
      />
      <Stack>
        <ProblemAlert error={save.error} />
        {answeredNotation ? (
          <Alert variant="outline" icon={<IconCheck />}>
            {outgoing.replyTo} {answeredNotation}
          </Alert>
        ) : null}
        <div className={classes.split}>
          <div className={classes.column}>
            <Panel title={outgoing.kind}>
              <Stack>
                <SegmentedControl
                  aria-label={outgoing.kind}
                  data={[
                    { value: 'letter', label: outgoing.kindLetter },
                    { value: 'file', label: outgoing.kindFile },
                  ]}
                  value={draft.kind}
                  onChange={(kind) => set('kind', kind as Draft['kind'])}
                  fullWidth
                />
                <div className={classes.columns}>
                  <Select
                    label={fields.type}
                    data={documentTypes.map((type) => ({ value: type.code, label: type.name }))}
                    value={draft.typeCode}
                    onChange={(next) => set('typeCode', next ?? 'CV')}
                    searchable
                    allowDeselect={false}
                  />
                  <Select
                    label={fields.urgency}
                    data={urgencies.map((level) => ({
                      value: String(level.code),
                      label: documents.urgency[level.code] ?? level.name,
                    }))}
                    value={String(draft.urgency)}
                    onChange={(next) => set('urgency', Number(next ?? 0))}
                    allowDeselect={false}
                  />
                </div>
                <Textarea
                  label={fields.abstract}
                  value={draft.abstract}
                  onChange={(event) => set('abstract', event.currentTarget.value)}
                  autosize
                  minRows={2}
                  maxLength={500}
                  required
                />
                {draft.kind === 'letter' ? (
                  <Textarea
                    label={outgoing.body}
                    description={outgoing.bodyHint}
                    value={draft.body}
                    onChange={(event) => set('body', event.currentTarget.value)}
                    autosize
                    minRows={14}
                  />
                ) : (
                  <>
                    <FilesField
                      label={outgoing.choosePdf}
                      files={draft.main}
                      onChange={(files) => set('main', files)}
                      accept="application/pdf"
                      single
                    />
                    {draft.main[0] ? (
                      <div className={classes.chooser}>
                        <Text size="sm">
                          {draft.signaturePlace
                            ? outgoing.placeChosen(draft.signaturePlace.page)
                            : outgoing.placeHint}
                        </Text>
                        <Suspense fallback={<p role="status">{common.loading}</p>}>
                          <PdfView
                            url={`/api/documents/files/${draft.main[0].id}`}
                            name={draft.main[0].name}
                            onPlace={(place) => set('signaturePlace', place)}
                            mark={draft.signaturePlace}
                          />
                        </Suspense>
                      </div>
                    ) : null}
                  </>
                )}
                <FilesField
                  label={outgoing.attachments}
                  files={draft.attachments}
                  onChange={(files) => set('attachments', files)}
                />
              </Stack>
            </Panel>
          </div>
          <div className={classes.column}>
            <Panel title={fields.receivers}>
              <Stack>
                <OrganisationPicker
                  value={draft.recipients}
                  onChange={(recipients) => set('recipients', recipients)}
                />
                <Textarea
                  label={outgoing.recipientLines}
                  description={outgoing.recipientLinesHint}
                  value={draft.recipientLines}
                  onChange={(event) => set('recipientLines', event.currentTarget.value)}
                  autosize
                  minRows={3}
                />
                <Checkbox
                  label={outgoing.alsoPaper}
                  checked={draft.alsoPaper}
                  onChange={(event) => set('alsoPaper', event.currentTarget.checked)}
                />
              </Stack>
            </Panel>
            <Panel title={fields.signer}>
              <Stack>
                <Select
                  label={fields.signer}
                  data={signers.map((person) => ({
                    value: person.id,
                    label: `${person.fullName} · ${person.post}`,
                  }))}
                  value={draft.signerId}
                  onChange={(next) => set('signerId', next)}
                  searchable
                  required
                />
                <div className={classes.columns}>
                  <Select
                    label={fields.capacity}
                    data={capacities.map((value) => ({ value, label: outgoing.capacity[value] }))}
                    value={draft.capacity}
                    onChange={(next) => set('capacity', next ?? '')}
                    allowDeselect={false}
                  />
                  <TextInput
                    label={fields.signerPost}
                    value={draft.signerPost}
                    onChange={(event) => set('signerPost', event.currentTarget.value)}
                    maxLength={200}
                  />
                </div>
                <DateField
                  label={fields.replyBy}
                  value={draft.dueDate}
                  onChange={(next) => set('dueDate', next)}
                />
                <Text size="sm" c="dimmed">
                  <IconShieldOff size={15} aria-hidden="true" /> {fields.secrecy}: {documents.urgency[0]}
                </Text>
              </Stack>
            </Panel>
          </div>
        </div>
        <Group>
          <Button type="submit" leftSection={<IconDeviceFloppy size={18} />} loading={save.isPending}>
            {outgoing.saveDraft}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
