import { Button, Group, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { z } from 'zod';
import { decisionView, dryRunAnswer, type DecisionView, type DryRun } from '#contracts/directory';
import { ask } from '../../ui/api.ts';
import { DateField } from '../../ui/DateField.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { decisionTones } from './DecisionsPage.tsx';
import classes from './directory.module.css';
import { DryRunPanel } from './DryRunPanel.tsx';
import { draftOf, eventOf, inputsOf, kinds, newDraft, type EventDraft, type EventKind } from './eventForm.ts';
import { useDirectoryTexts } from './texts.ts';

const idAnswer = z.object({ id: z.string() });
const mostEdited = 200;

export function NewDecisionPage(): ReactNode {
  const navigate = useNavigate();
  return (
    <Editor
      decision={null}
      onSaved={(id) => void navigate({ to: `/directory/decisions/${id}`, replace: true })}
    />
  );
}

export function DecisionPage(): ReactNode {
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error } = useQuery({
    queryKey: ['directory', 'decision', id],
    queryFn: ({ signal }) => ask(`/api/directory/decisions/${id}`, decisionView, signal),
  });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  return <Editor key={data.id} decision={data} onSaved={() => undefined} />;
}

function Editor({
  decision,
  onSaved,
}: {
  readonly decision: DecisionView | null;
  onSaved(id: string): void;
}): ReactNode {
  const texts = useDirectoryTexts();
  const [number, setNumber] = useState(decision?.number ?? '');
  const [title, setTitle] = useState(decision?.title ?? '');
  const [effective, setEffective] = useState(decision?.effective ?? '');
  const [events, setEvents] = useState<readonly EventDraft[]>(() =>
    decision ? decision.events.slice(0, mostEdited).map(draftOf) : [newDraft('merge')],
  );
  const [result, setResult] = useState<DryRun | null>(null);
  const base = `/api/directory/decisions${decision ? `/${decision.id}` : ''}`;
  const save = useCommand(base, idAnswer, ({ id }) => onSaved(id));
  const check = useCommand<object, typeof dryRunAnswer>(`${base}/check`, dryRunAnswer, setResult);
  // A long list came from a file: it is looked at here, and changed there.
  const editable =
    (decision === null || decision.may.includes('edit')) && (decision?.events.length ?? 0) <= mostEdited;
  const content = {
    number,
    title,
    effective,
    events: events.map(eventOf),
    corrects: decision?.corrects ?? null,
  };
  return (
    <>
      <PageHead
        title={decision ? `${texts.decisions}: ${decision.number}` : texts.prepare}
        about={decision ? <Standing decision={decision} /> : undefined}
      />
      <div className={classes.stack}>
        <Panel>
          <div className={classes.inputs}>
            <TextInput
              label={texts.number}
              value={number}
              disabled={!editable}
              onChange={(event) => setNumber(event.currentTarget.value)}
            />
            <TextInput
              label={texts.decisionTitle}
              value={title}
              disabled={!editable}
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <DateField
              label={texts.effective}
              value={effective}
              disabled={!editable}
              onChange={setEffective}
            />
          </div>
        </Panel>
        <Panel title={`${texts.events} (${decision ? decision.events.length : events.length})`}>
          {events.map((event, place) => (
            <EventInputs
              key={event.key}
              event={event}
              place={place + 1}
              disabled={!editable}
              onChange={(next) => setEvents(events.map((one) => (one.key === event.key ? next : one)))}
              onRemove={() => setEvents(events.filter((one) => one.key !== event.key))}
            />
          ))}
          {editable ? (
            <Button variant="default" mt="md" onClick={() => setEvents([...events, newDraft('rename')])}>
              {texts.addEvent}
            </Button>
          ) : null}
        </Panel>
        <ProblemAlert error={save.error ?? check.error} />
        <Group>
          {editable ? (
            <Button loading={save.isPending} onClick={() => save.mutate(content)}>
              {texts.save}
            </Button>
          ) : null}
          {decision?.may.includes('check') ? (
            <Button variant="default" loading={check.isPending} onClick={() => check.mutate({})}>
              {texts.check}
            </Button>
          ) : null}
          {decision ? <Steps decision={decision} /> : null}
        </Group>
        {decision && result ? <DryRunPanel id={decision.id} result={result} /> : null}
      </div>
    </>
  );
}

function Standing({ decision }: { readonly decision: DecisionView }): ReactNode {
  const texts = useDirectoryTexts();
  return (
    <>
      <Tag tone={decisionTones[decision.state]}>{texts.states[decision.state]}</Tag>{' '}
      {texts.effective.toLowerCase()} {formatDate(decision.effective)} ·{' '}
      {texts.preparedBy(decision.createdBy.name, formatDateTime(decision.createdAt))}
      {decision.signedBy && decision.signedAt
        ? ` · ${texts.signedBy(decision.signedBy.name, formatDateTime(decision.signedAt))}`
        : ''}
      {decision.cancelReason ? ` · ${texts.reason}: ${decision.cancelReason}` : ''}
    </>
  );
}

function EventInputs({
  event,
  place,
  disabled,
  onChange,
  onRemove,
}: {
  readonly event: EventDraft;
  readonly place: number;
  readonly disabled: boolean;
  onChange(next: EventDraft): void;
  onRemove(): void;
}): ReactNode {
  const texts = useDirectoryTexts();
  const set = (name: string, value: string): void =>
    onChange({ ...event, values: { ...event.values, [name]: value } });
  return (
    <div className={classes.event} role="group" aria-label={texts.event(place)}>
      <Group justify="space-between" align="flex-end">
        <NativeSelect
          label={`${texts.event(place)}: ${texts.kind}`}
          value={event.kind}
          disabled={disabled}
          data={kinds.map((kind) => ({ value: kind, label: texts.eventKinds[kind] }))}
          onChange={(change) => onChange({ ...event, kind: change.currentTarget.value as EventKind })}
        />
        {disabled ? null : (
          <Button variant="subtle" size="compact-sm" onClick={onRemove} aria-label={texts.removeEvent(place)}>
            ✕
          </Button>
        )}
      </Group>
      <div className={classes.inputs}>
        {inputsOf[event.kind].map((name) =>
          name === 'splitInto' ? (
            <Textarea
              key={name}
              label={texts.fields[name]}
              autosize
              minRows={2}
              value={event.values[name] ?? ''}
              disabled={disabled}
              onChange={(change) => set(name, change.currentTarget.value)}
            />
          ) : (
            <TextInput
              key={name}
              label={texts.fields[name]}
              value={event.values[name] ?? ''}
              disabled={disabled}
              onChange={(change) => set(name, change.currentTarget.value)}
            />
          ),
        )}
      </div>
    </div>
  );
}

/** Signing and cancelling: each asks once more, and says what it means. */
function Steps({ decision }: { readonly decision: DecisionView }): ReactNode {
  const texts = useDirectoryTexts();
  const [open, setOpen] = useState<'sign' | 'cancel' | null>(null);
  const [reason, setReason] = useState('');
  const base = `/api/directory/decisions/${decision.id}`;
  const sign = useCommand<object, typeof idAnswer>(`${base}/sign`, idAnswer, () => setOpen(null));
  const cancel = useCommand<object, typeof idAnswer>(`${base}/cancel`, idAnswer, () => setOpen(null));
  return (
    <>
      {decision.may.includes('sign') ? <Button onClick={() => setOpen('sign')}>{texts.sign}</Button> : null}
      {decision.may.includes('cancel') ? (
        <Button variant="default" onClick={() => setOpen('cancel')}>
          {texts.cancel}
        </Button>
      ) : null}
      <Dialog opened={open === 'sign'} title={texts.sign} onClose={() => setOpen(null)}>
        <Text mb="md">{texts.signHint}</Text>
        <ProblemAlert error={sign.error} />
        <Button loading={sign.isPending} onClick={() => sign.mutate({ planHash: decision.planHash })}>
          {texts.sign}
        </Button>
      </Dialog>
      <Dialog opened={open === 'cancel'} title={texts.cancel} onClose={() => setOpen(null)}>
        <Textarea
          label={texts.reason}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          mb="md"
        />
        <ProblemAlert error={cancel.error} />
        <Button
          color="seal"
          loading={cancel.isPending}
          disabled={reason.trim() === ''}
          onClick={() => cancel.mutate({ reason })}
        >
          {texts.cancel}
        </Button>
      </Dialog>
    </>
  );
}
