import { Button, Stack, Text } from '@mantine/core';
import { IconCertificate } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Dispatch, OutgoingDetail } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import { Tag, type Tone } from '../../ui/Tag.tsx';
import { useTexts } from '../../ui/language.tsx';
import classes from './Deliveries.module.css';
import { Forwarded } from './Forwarded.tsx';

const toneOf = (status: string | null): Tone =>
  status === '06' || status === '15'
    ? 'good'
    : status === '02' || status === '16'
      ? 'bad'
      : status === null
        ? 'neutral'
        : 'active';

/** For each receiver how far the document is: each status with who gave it, when, and its place in the log. */
export function Deliveries({ document }: { readonly document: OutgoingDetail }): ReactNode {
  const { documents } = useTexts();
  if (document.dispatches.length === 0) return <Text c="dimmed">{documents.outgoing.notSent}</Text>;
  return (
    <Stack>
      {document.dispatches.map((dispatch) => (
        <OneDispatch key={dispatch.id} documentId={document.id} dispatch={dispatch} />
      ))}
    </Stack>
  );
}

function OneDispatch({
  documentId,
  dispatch,
}: {
  readonly documentId: string;
  readonly dispatch: Dispatch;
}): ReactNode {
  const { documents } = useTexts();
  const { outgoing, fields, transport, status } = documents;
  return (
    <div>
      <div className={classes.head}>
        {dispatch.kind === 'update' ? <Tag>{outgoing.updateDispatch}</Tag> : null}
        {dispatch.acceptedAt ? (
          <span>
            {outgoing.accepted} {formatDateTime(dispatch.acceptedAt)} · {fields.logIndex} {dispatch.logIndex}
          </span>
        ) : null}
        {dispatch.lastError ? <Tag tone="bad">{dispatch.lastError}</Tag> : null}
        {dispatch.envelope ? (
          <Button
            component="a"
            href={`/api/documents/outgoing/${documentId}/receipts/${dispatch.id}`}
            download={`bien-nhan-${documentId}.json`}
            size="compact-sm"
            variant="default"
            leftSection={<IconCertificate size={16} />}
          >
            {outgoing.receipt}
          </Button>
        ) : null}
      </div>
      <ul className={classes.recipients}>
        {dispatch.recipients.map((recipient) => (
          <li key={recipient.orgId} className={classes.recipient}>
            <div className={classes.line}>
              <strong>{recipient.name}</strong>
              <Tag tone={toneOf(recipient.status)}>
                {recipient.status
                  ? (status[recipient.status] ?? recipient.status)
                  : transport[recipient.transport]}
              </Tag>
            </div>
            <Forwarded note={recipient.forwarded} />
            {recipient.refusal ? <p className={classes.refusal}>{recipient.refusal}</p> : null}
            <ol className={classes.statuses}>
              {recipient.statuses.map((line, index) => (
                <li key={index} data-late={line.late || undefined}>
                  <span className={classes.code}>{line.code}</span>
                  <span>
                    {status[line.code] ?? line.label}
                    {line.description && line.description !== line.label ? `: ${line.description}` : ''}
                    <span className={classes.who}>
                      {[
                        line.staff,
                        formatDateTime(line.at),
                        line.logIndex === null ? null : `${fields.logIndex} ${line.logIndex}`,
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </span>
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </div>
  );
}
