import { Button, Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { IncomingDetail } from '#contracts/documents';
import { workAnswer } from '#contracts/work';
import { DateField } from '../../ui/DateField.tsx';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import { useCommand } from '../../ui/useCommand.ts';
import { workQuery } from '../documents.ts';
import { AssignmentCard } from './AssignmentCard.tsx';
import { CustodyTrail } from './CustodyTrail.tsx';
import { PartiesPicker, PartyPicker, type Party } from './PartyPicker.tsx';
import classes from './DirectionPanel.module.css';

/** The leader's bút phê and what came of it: who leads, who contributes, who has it now. */
export function DirectionPanel({ document }: { readonly document: IncomingDetail }): ReactNode {
  const { work } = useTexts();
  const { data, error } = useQuery(workQuery(document.id));
  return (
    <Panel title={work.direction.title}>
      <Stack>
        <ProblemAlert error={error} />
        {data?.directions.length === 0 && !data.mayDirect ? (
          <Text c="dimmed">{work.direction.none}</Text>
        ) : null}
        {data?.directions.map((direction) => (
          <section key={direction.id}>
            <blockquote className={classes.quote}>
              <p>{direction.text}</p>
              <footer>
                {direction.by.name}
                {direction.by.post ? `, ${direction.by.post}` : ''} · {formatDateTime(direction.at)}
              </footer>
            </blockquote>
            <div className={classes.assignments}>
              {direction.assignments.map((assignment) => (
                <AssignmentCard key={assignment.id} assignment={assignment} />
              ))}
            </div>
          </section>
        ))}
        {data && data.custody.length > 0 ? <CustodyTrail branches={data.custody} /> : null}
        {data?.mayDirect ? <DirectionForm document={document} first={data.directions.length === 0} /> : null}
      </Stack>
    </Panel>
  );
}

function DirectionForm({
  document,
  first,
}: {
  readonly document: IncomingDetail;
  readonly first: boolean;
}): ReactNode {
  const { work } = useTexts();
  const { direction } = work;
  const [open, setOpen] = useState(first);
  const [text, setText] = useState('');
  const [lead, setLead] = useState<Party | null>(null);
  const [coordinators, setCoordinators] = useState<Party[]>([]);
  const [inform, setInform] = useState<Party[]>([]);
  const [due, setDue] = useState(document.dueDate ?? '');
  const [noDeadline, setNoDeadline] = useState(false);
  const [noDeadlineReason, setNoDeadlineReason] = useState('');
  const [needsConfirmation, setNeedsConfirmation] = useState(false);
  const direct = useCommand(`/api/work/incoming/${document.id}/direct`, workAnswer, () => setOpen(false));
  const submit = (): void => {
    if (direct.isPending) return;
    direct.mutate({
      text,
      lead,
      coordinators,
      inform,
      due: noDeadline || due === '' ? null : due,
      ...(noDeadline ? { noDeadlineReason } : {}),
      needsConfirmation,
    });
  };
  useShortcuts({ 'Ctrl+Enter': open ? submit : undefined });
  if (!open) {
    return (
      <Group>
        <Button variant="default" onClick={() => setOpen(true)}>
          {direction.write}
        </Button>
      </Group>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <ProblemAlert error={direct.error} />
        <Textarea
          label={direction.write}
          description={direction.writeHint}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={2}
          maxLength={2000}
          required
        />
        <PartyPicker label={direction.lead} value={lead} onChange={setLead} />
        <PartiesPicker label={direction.coordinators} value={coordinators} onChange={setCoordinators} />
        <PartiesPicker label={direction.inform} value={inform} onChange={setInform} />
        <Group align="flex-end" grow>
          <DateField
            label={direction.due}
            value={due}
            onChange={(next) => setDue(next)}
            disabled={noDeadline}
          />
          <Checkbox
            label={direction.noDeadline}
            checked={noDeadline}
            onChange={(event) => setNoDeadline(event.currentTarget.checked)}
            mb={8}
          />
        </Group>
        {noDeadline ? (
          <TextInput
            label={direction.noDeadlineReason}
            value={noDeadlineReason}
            onChange={(event) => setNoDeadlineReason(event.currentTarget.value)}
            required
          />
        ) : null}
        <Checkbox
          label={direction.needsConfirmation}
          checked={needsConfirmation}
          onChange={(event) => setNeedsConfirmation(event.currentTarget.checked)}
        />
        <Group>
          <Button type="submit" loading={direct.isPending} title="Ctrl + Enter">
            {direction.submit}
          </Button>
          {due !== '' && !noDeadline ? (
            <Text size="sm" c="dimmed">
              17:00 {formatDate(due)}
            </Text>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}
