import { Button, Group, List, PasswordInput, Select, Textarea, ThemeIcon } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { outgoingAnswer, type OutgoingAction, type OutgoingDetail } from '#contracts/documents';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { settingsQuery } from '../documents.ts';
import { peopleQuery } from '../lookups.ts';
import { ActionDialog } from './ActionDialog.tsx';
import { DeviceCode } from './DeviceCode.tsx';
import { FilesField, type UploadedFile } from './FilesField.tsx';

type ButtonAction = Exclude<OutgoingAction, 'copy'>;
const isButton = (action: OutgoingAction): action is ButtonAction => action !== 'copy';
const prominent: readonly OutgoingAction[] = ['submit', 'approve', 'sign', 'number', 'seal', 'issue', 'undo'];
const dangerous: readonly OutgoingAction[] = ['return', 'recall', 'void'];

/** What this person may do with this document now: the buttons are the server's own list. */
export function OutgoingActions({ document }: { readonly document: OutgoingDetail }): ReactNode {
  const { documents } = useTexts();
  const [open, setOpen] = useState<ButtonAction | null>(null);
  // Copies have their own panel.
  const order = document.actions
    .filter(isButton)
    .sort((a, b) => Number(prominent.includes(b)) - Number(prominent.includes(a)));
  return (
    <Group gap="xs">
      {order.map((action) => {
        const label = documents.outgoing.action[action];
        if (action === 'edit') {
          return (
            <Button key={action} component={Link} to={`/outgoing/${document.id}/edit`} variant="default">
              {label}
            </Button>
          );
        }
        if (action === 'undo' || action === 'send-now')
          return <AtOnce key={action} document={document} action={action} />;
        return (
          <Button
            key={action}
            variant={
              prominent.includes(action) ? 'filled' : dangerous.includes(action) ? 'outline' : 'default'
            }
            color={dangerous.includes(action) ? 'seal' : 'ink'}
            onClick={() => setOpen(action)}
          >
            {label}
          </Button>
        );
      })}
      {open && document.actions.includes(open) ? (
        <OutgoingDialog document={document} action={open} onClose={() => setOpen(null)} />
      ) : null}
    </Group>
  );
}

function AtOnce({
  document,
  action,
}: {
  readonly document: OutgoingDetail;
  readonly action: 'undo' | 'send-now';
}): ReactNode {
  const { documents } = useTexts();
  const run = useCommand(`/api/documents/outgoing/${document.id}/${action}`, outgoingAnswer);
  return (
    <Button
      variant={action === 'undo' ? 'filled' : 'default'}
      loading={run.isPending}
      onClick={() => run.mutate({})}
    >
      {documents.outgoing.action[action]}
    </Button>
  );
}

/** The text field of an action, if it has one: the name of the field in the request. */
const textOf: Partial<Record<OutgoingAction, 'note' | 'opinion' | 'reason'>> = {
  submit: 'note',
  review: 'opinion',
  approve: 'opinion',
  return: 'reason',
  recall: 'reason',
  resend: 'reason',
  void: 'reason',
};

function OutgoingDialog({
  document,
  action,
  onClose,
}: {
  readonly document: OutgoingDetail;
  readonly action: ButtonAction;
  onClose(): void;
}): ReactNode {
  const { documents, device } = useTexts();
  const { outgoing } = documents;
  const [text, setText] = useState('');
  const [pin, setPin] = useState('');
  const [person, setPerson] = useState<string | null>(null);
  const [files, setFiles] = useState<UploadedFile[]>([]);
  const heads = useQuery({
    ...peopleQuery(action === 'void' ? 'leader' : 'head'),
    enabled: action === 'submit' || action === 'void',
  });
  const settings = useQuery(settingsQuery);
  const run = useCommand(`/api/documents/outgoing/${document.id}/${action}`, outgoingAnswer, onClose);
  const field = textOf[action];
  const needsPin = action === 'sign' || action === 'seal';
  const mayInitial = action === 'submit' || action === 'approve';
  const body = (): Record<string, unknown> => ({
    ...(field ? { [field]: text } : {}),
    ...(needsPin || (mayInitial && pin !== '') ? { pin } : {}),
    ...(action === 'issue' ? { confirm: true } : {}),
    ...(action === 'submit' && person ? { reviewerId: person } : {}),
    ...(action === 'void' ? { authoriserId: person } : {}),
    ...(action === 'resend' ? { attachments: files.map((file) => file.id) } : {}),
  });
  const titles: Partial<Record<OutgoingAction, string>> = {
    sign: outgoing.signTitle,
    seal: outgoing.sealTitle,
    number: outgoing.numberTitle,
    issue: outgoing.issueTitle,
  };
  const means: Partial<Record<OutgoingAction, string>> = {
    sign: outgoing.signMeans,
    seal: outgoing.sealMeans,
    number: outgoing.numberMeans,
    issue: outgoing.issueMeans(settings.data?.undoSeconds ?? 60),
    recall: outgoing.recallMeans,
    void: outgoing.voidMeans,
    resend: outgoing.resendMeans,
  };
  const label = outgoing.action[action];
  const people = (heads.data?.items ?? []).map((item) => ({
    value: item.id,
    label: `${item.fullName} · ${item.post}`,
  }));
  return (
    <ActionDialog
      opened
      title={titles[action] ?? label}
      means={means[action]}
      confirm={label}
      danger={dangerous.includes(action)}
      busy={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate(body())}
      onClose={onClose}
    >
      {action === 'issue' ? <Checklist document={document} /> : null}
      {action === 'submit' ? (
        <Select
          label={outgoing.reviewer}
          placeholder={outgoing.ownHead}
          data={people}
          value={person}
          onChange={setPerson}
          clearable
        />
      ) : null}
      {action === 'void' ? (
        <Select label={outgoing.authoriser} data={people} value={person} onChange={setPerson} required />
      ) : null}
      {field ? (
        <Textarea
          label={field === 'reason' ? outgoing.reason : outgoing.opinion}
          description={field === 'reason' ? outgoing.reasonHint : undefined}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          minRows={3}
          autosize
          maxLength={2000}
          required={field === 'reason' || action === 'review'}
          data-autofocus
        />
      ) : null}
      {action === 'resend' ? (
        <FilesField label={outgoing.attachments} files={files} onChange={setFiles} />
      ) : null}
      {needsPin || mayInitial ? (
        <PasswordInput
          label={mayInitial ? outgoing.initials : outgoing.pin}
          description={
            mayInitial ? outgoing.initialsHint : action === 'sign' ? outgoing.pinHint : outgoing.pinSealHint
          }
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value)}
          inputMode="numeric"
          autoComplete="off"
          required={needsPin}
          data-autofocus={needsPin ? true : undefined}
        />
      ) : null}
      {action === 'sign' ? (
        <DeviceCode
          path="/api/documents/outgoing/sign-on-device"
          body={{ ids: [document.id] }}
          label={device.sign}
          after={device.signed}
        />
      ) : null}
    </ActionDialog>
  );
}

function Checklist({ document }: { readonly document: OutgoingDetail }): ReactNode {
  return (
    <List spacing="xs" center>
      {document.checklist.map((item) => (
        <List.Item
          key={item.code}
          icon={
            <ThemeIcon color={item.ok ? 'leaf' : 'seal'} size={22} radius="xl">
              {item.ok ? <IconCheck size={15} aria-hidden="true" /> : <IconX size={15} aria-hidden="true" />}
            </ThemeIcon>
          }
        >
          {item.text}
        </List.Item>
      ))}
    </List>
  );
}
