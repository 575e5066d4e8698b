import { Button, Group, NumberInput, Textarea } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { workAnswer, type Assignment, type AssignmentAction } from '#contracts/work';
import { DateField } from '../../ui/DateField.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Tag } from '../../ui/Tag.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { ActionDialog } from './ActionDialog.tsx';
import classes from './DirectionPanel.module.css';
import { PartyPicker, type Party } from './PartyPicker.tsx';
import { TimeLeft } from './Tags.tsx';

const tones = {
  offered: 'soon',
  accepted: 'active',
  delegated: 'active',
  reported: 'active',
  confirmed: 'good',
  returned: 'soon',
  revoked: 'neutral',
} as const;
const immediate: readonly AssignmentAction[] = ['accept', 'seen'];
const prominent: readonly AssignmentAction[] = ['accept', 'finish', 'confirm', 'seen'];

export function AssignmentCard({ assignment }: { readonly assignment: Assignment }): ReactNode {
  const { work } = useTexts();
  const [open, setOpen] = useState<AssignmentAction | null>(null);
  return (
    <div className={classes.card} data-role={assignment.role}>
      <div className={classes.line}>
        <Tag>{work.assignment.role[assignment.role]}</Tag>
        <span className={classes.who}>{assignment.assignee.label}</span>
        <Tag tone={tones[assignment.state]}>{work.assignment.state[assignment.state]}</Tag>
        {assignment.time ? <TimeLeft time={assignment.time} /> : null}
      </div>
      {assignment.noDeadlineReason ? (
        <p className={classes.last}>
          {work.direction.noDeadline}: {assignment.noDeadlineReason}
        </p>
      ) : null}
      {assignment.lastText ? (
        <p className={classes.last}>
          {assignment.percent === null ? '' : `${assignment.percent} % · `}
          {assignment.lastText}
        </p>
      ) : null}
      {assignment.finishedAt ? <p className={classes.when}>{formatDateTime(assignment.finishedAt)}</p> : null}
      {assignment.actions.length > 0 ? (
        <Group gap="xs">
          {assignment.actions.map((action) =>
            immediate.includes(action) ? (
              <ImmediateAction key={action} assignment={assignment} action={action} />
            ) : (
              <Button
                key={action}
                size="compact-md"
                variant={prominent.includes(action) ? 'filled' : 'default'}
                onClick={() => setOpen(action)}
              >
                {work.assignment.action[action]}
              </Button>
            ),
          )}
        </Group>
      ) : null}
      {open ? <AssignmentDialog assignment={assignment} action={open} onClose={() => setOpen(null)} /> : null}
    </div>
  );
}

function ImmediateAction({
  assignment,
  action,
}: {
  readonly assignment: Assignment;
  readonly action: AssignmentAction;
}): ReactNode {
  const { work } = useTexts();
  const run = useCommand(`/api/work/assignments/${assignment.id}/${action}`, workAnswer);
  return (
    <Button size="compact-md" loading={run.isPending} onClick={() => run.mutate({})}>
      {work.assignment.action[action]}
    </Button>
  );
}

function AssignmentDialog({
  assignment,
  action,
  onClose,
}: {
  readonly assignment: Assignment;
  readonly action: AssignmentAction;
  onClose(): void;
}): ReactNode {
  const { work, documents } = useTexts();
  const [text, setText] = useState('');
  const [percent, setPercent] = useState<number | string>('');
  const [to, setTo] = useState<Party | null>(null);
  const [due, setDue] = useState('');
  const run = useCommand(`/api/work/assignments/${assignment.id}/${action}`, workAnswer, onClose);
  const asksReason = action === 'return' || action === 'rework' || action === 'revoke';
  const handsOn = action === 'delegate' || action === 'reassign';
  const body = (): Record<string, unknown> => {
    if (asksReason) return { reason: text };
    if (handsOn) return { to, text, ...(due === '' ? {} : { due }) };
    if (action === 'report') return { text, ...(typeof percent === 'number' ? { percent } : {}) };
    return { text };
  };
  const label = work.assignment.action[action];
  const field = asksReason
    ? documents.outgoing.reason
    : handsOn
      ? work.assignment.note
      : work.assignment.result;
  return (
    <ActionDialog
      opened
      title={label}
      confirm={label}
      danger={action === 'revoke'}
      busy={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate(body())}
      onClose={onClose}
    >
      {handsOn ? <PartyPicker label={work.assignment.to} value={to} onChange={setTo} required /> : null}
      <Textarea
        label={field}
        description={asksReason ? documents.outgoing.reasonHint : undefined}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        minRows={3}
        autosize
        maxLength={2000}
        required={action !== 'confirm'}
        data-autofocus
      />
      {action === 'report' ? (
        <NumberInput
          label={work.assignment.percent}
          min={0}
          max={100}
          value={percent}
          onChange={setPercent}
        />
      ) : null}
      {handsOn ? (
        <DateField label={work.assignment.due} value={due} onChange={(next) => setDue(next)} />
      ) : null}
    </ActionDialog>
  );
}
