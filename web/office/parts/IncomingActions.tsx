import { Button, Checkbox, Group, Radio, Select, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { incomingAnswer, refusalReasons, type IncomingDetail } from '#contracts/documents';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { peopleQuery } from '../lookups.ts';
import { ActionDialog } from './ActionDialog.tsx';

type Open = 'refuse' | 'forward' | 'recall' | 'close' | null;

/** What this person may do with this incoming document now: the buttons are the server's own list. */
export function IncomingActions({ document }: { readonly document: IncomingDetail }): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const [open, setOpen] = useState<Open>(null);
  const may = (action: IncomingDetail['actions'][number]): boolean => document.actions.includes(action);
  const close = (): void => setOpen(null);
  return (
    <Group gap="xs">
      {may('forward') ? <Button onClick={() => setOpen('forward')}>{incoming.submitToLeader}</Button> : null}
      {may('answer-recall') ? (
        <Button onClick={() => setOpen('recall')}>{incoming.recallAsked}</Button>
      ) : null}
      {['assigned', 'in-work', 'awaiting-direction', 'registered'].includes(document.state) ? (
        <Button component={Link} to="/outgoing/new" search={{ text: document.id } as never} variant="default">
          {incoming.reply}
        </Button>
      ) : null}
      {may('close') ? (
        <Button variant="default" onClick={() => setOpen('close')}>
          {incoming.noted}
        </Button>
      ) : null}
      {may('refuse') ? (
        <Button variant="outline" color="seal" onClick={() => setOpen('refuse')}>
          {incoming.refuse}
        </Button>
      ) : null}
      {open === 'refuse' ? <RefuseDialog id={document.id} onClose={close} /> : null}
      {open === 'forward' ? <ForwardDialog id={document.id} onClose={close} /> : null}
      {open === 'recall' ? <RecallDialog document={document} onClose={close} /> : null}
      {open === 'close' ? <CloseDialog id={document.id} onClose={close} /> : null}
    </Group>
  );
}

function RefuseDialog({ id, onClose }: { readonly id: string; onClose(): void }): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const [reason, setReason] = useState<string>('wrong-address');
  const [text, setText] = useState('');
  const refuse = useCommand(`/api/documents/incoming/${id}/refuse`, incomingAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={incoming.refuse}
      means={incoming.refuseDone}
      confirm={incoming.refuse}
      danger
      busy={refuse.isPending}
      error={refuse.error}
      onConfirm={() => refuse.mutate({ reason, text })}
      onClose={onClose}
    >
      <Select
        label={incoming.refuseReason}
        data={refusalReasons.map((item) => ({ value: item.code, label: item.name }))}
        value={reason}
        onChange={(next) => setReason(next ?? 'other')}
        allowDeselect={false}
      />
      <Textarea
        label={incoming.refuseText}
        description={incoming.refuseTextHint}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        minRows={3}
        autosize
        required
        data-autofocus
      />
    </ActionDialog>
  );
}

function ForwardDialog({ id, onClose }: { readonly id: string; onClose(): void }): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const leaders = useQuery(peopleQuery('leader'));
  const [leaderId, setLeaderId] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const forward = useCommand(`/api/documents/incoming/${id}/forward`, incomingAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={incoming.submitToLeader}
      confirm={incoming.submitToLeader}
      busy={forward.isPending}
      error={forward.error}
      onConfirm={() => forward.mutate({ note, ...(leaderId ? { leaderId } : {}) })}
      onClose={onClose}
    >
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
      <Textarea
        label={documents.fields.note}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
      />
    </ActionDialog>
  );
}

function RecallDialog({
  document,
  onClose,
}: {
  readonly document: IncomingDetail;
  onClose(): void;
}): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const [agree, setAgree] = useState('yes');
  const [text, setText] = useState('');
  const answer = useCommand(`/api/documents/incoming/${document.id}/answer-recall`, incomingAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={incoming.recallAsked}
      means={document.recall?.reason}
      confirm={agree === 'yes' ? incoming.recallAgree : incoming.recallDecline}
      danger={agree === 'yes'}
      busy={answer.isPending}
      error={answer.error}
      onConfirm={() => answer.mutate({ agree: agree === 'yes', text })}
      onClose={onClose}
    >
      <Radio.Group value={agree} onChange={setAgree} label={incoming.recallAsked}>
        <Stack gap="xs" mt="xs">
          <Radio value="yes" label={incoming.recallAgree} description={incoming.recallAgreeMeans} />
          <Radio value="no" label={incoming.recallDecline} />
        </Stack>
      </Radio.Group>
      <Textarea
        label={incoming.recallText}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={2}
      />
    </ActionDialog>
  );
}

function CloseDialog({ id, onClose }: { readonly id: string; onClose(): void }): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const [file, setFile] = useState(false);
  const [note, setNote] = useState('');
  const close = useCommand(`/api/documents/incoming/${id}/close`, incomingAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={incoming.noted}
      confirm={file ? incoming.filed : incoming.noted}
      busy={close.isPending}
      error={close.error}
      onConfirm={() => close.mutate({ how: file ? 'filed' : 'noted', note })}
      onClose={onClose}
    >
      <Checkbox
        label={incoming.filed}
        checked={file}
        onChange={(event) => setFile(event.currentTarget.checked)}
      />
      <Textarea
        label={incoming.closeNote}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
      />
    </ActionDialog>
  );
}
