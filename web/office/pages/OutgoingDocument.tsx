import { Alert, Anchor, List, Text } from '@mantine/core';
import { IconClock, IconFileOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import type { OutgoingDetail } from '#contracts/documents';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { useLanguage, useTexts } from '../../ui/language.tsx';
import { Waiting } from '../../ui/Waiting.tsx';
import { outgoingQuery } from '../documents.ts';
import { CopiesPanel } from '../parts/CopiesPanel.tsx';
import { Deliveries } from '../parts/Deliveries.tsx';
import { Facts } from '../parts/Facts.tsx';
import { FileReader } from '../parts/FileReader.tsx';
import { History } from '../parts/History.tsx';
import { Journey } from '../parts/Journey.tsx';
import { OutgoingActions } from '../parts/OutgoingActions.tsx';
import { SignaturePanel } from '../parts/SignaturePanel.tsx';
import { OutgoingTag, UrgencyTag } from '../parts/Tags.tsx';
import { Timers } from '../parts/Timers.tsx';
import { useSigningTexts } from '../signingTexts.ts';
import classes from './pages.module.css';

const PdfView = lazy(async () => ({ default: (await import('../../ui/PdfView.tsx')).PdfView }));

export function OutgoingDocumentPage(): ReactNode {
  const { id } = useParams({ strict: false }) as { id: string };
  const { documents, common } = useTexts();
  const signing = useSigningTexts();
  const { language } = useLanguage();
  const { data: document, error } = useQuery(outgoingQuery(id));
  if (error) return <ProblemAlert error={error} />;
  if (!document) return <Waiting label={common.loading} />;
  const { outgoing } = documents;
  const files = [...(document.mainFile ? [document.mainFile] : []), ...document.attachments];
  return (
    <>
      <PageHead
        title={`${document.notation ?? document.typeName} · ${document.abstract}`}
        about={
          <span className={classes.tags}>
            <OutgoingTag state={document.state} />
            <UrgencyTag urgency={document.urgency} />
            {document.attention ? <Tag tone="bad">{documents.attention[document.attention]}</Tag> : null}
            {document.holder ? `${documents.fields.holder}: ${document.holder.label}` : null}
          </span>
        }
        actions={<OutgoingActions document={document} />}
      />
      <Journey document={document} />
      {document.authority && !document.authority.ok ? (
        <Alert
          color="seal"
          variant="outline"
          icon={<IconFileOff />}
          mb="md"
          title={signing.authorities.missing}
        >
          {document.signer.name}: {document.authority.reason?.[language]}. {signing.authorities.whoMay}:{' '}
          {document.authority.whoMay.join('; ') || documents.fields.none}.
        </Alert>
      ) : null}
      <UndoNote until={document.undoUntil} />
      {document.voided ? (
        <Alert
          color="seal"
          variant="outline"
          icon={<IconFileOff />}
          mb="md"
          title={`${documents.outgoingState.void} · ${formatDateTime(document.voided.at)}`}
        >
          {documents.registers.voided(
            document.voided.reason,
            document.voided.by.name,
            document.voided.authoriser.name,
          )}
        </Alert>
      ) : null}
      <div className={classes.split}>
        {document.mainFile ? (
          <FileReader key={document.mainFile.sha256} files={files} />
        ) : (
          <div className={classes.reader}>
            <span />
            <Suspense fallback={<p role="status">{common.loading}</p>}>
              <PdfView
                key={document.version}
                url={`/api/documents/outgoing/${document.id}/preview?v=${document.version}`}
                name={outgoing.preview}
              />
            </Suspense>
          </div>
        )}
        <div className={classes.column}>
          <Panel title={outgoing.deliveries}>
            <Deliveries document={document} />
          </Panel>
          {document.mainFile?.signatures ? (
            <Panel title={documents.files.signatures}>
              <SignaturePanel file={document.mainFile} />
            </Panel>
          ) : null}
          {document.opinions.length > 0 ? (
            <Panel title={outgoing.opinions}>
              <List spacing="sm" listStyleType="none">
                {document.opinions.map((opinion) => (
                  <List.Item key={opinion.at}>
                    <Text size="sm" c="dimmed">
                      {opinion.by.name} · {formatDateTime(opinion.at)}
                    </Text>
                    {opinion.text || documents.fields.none}
                  </List.Item>
                ))}
              </List>
            </Panel>
          ) : null}
          <Panel title={outgoing.title}>
            <OutgoingFacts document={document} />
          </Panel>
          <CopiesPanel kind="outgoing" documentId={document.id} may={document.actions.includes('copy')} />
          {document.timers.length > 0 ? (
            <Panel title={outgoing.timers}>
              <Timers timers={document.timers} />
            </Panel>
          ) : null}
          <Panel title={outgoing.history}>
            <History lines={document.history} />
          </Panel>
        </div>
      </div>
    </>
  );
}

/** The minute after "Gửi": how long it can still be taken back. */
function UndoNote({ until }: { readonly until: string | null }): ReactNode {
  const { documents } = useTexts();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until === null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  if (until === null) return null;
  const seconds = Math.max(0, Math.ceil((new Date(until).getTime() - now) / 1000));
  return (
    <Alert color="amber" variant="outline" icon={<IconClock />} mb="md">
      {documents.outgoing.leavesIn(seconds)}
    </Alert>
  );
}

function OutgoingFacts({ document }: { readonly document: OutgoingDetail }): ReactNode {
  const { documents } = useTexts();
  const signing = useSigningTexts();
  const { fields, outgoing } = documents;
  return (
    <Facts
      items={[
        [fields.notation, document.notation],
        [fields.date, document.promulgationDate ? formatDate(document.promulgationDate) : null],
        [fields.type, document.typeName],
        [fields.receivers, document.recipients.map((recipient) => recipient.name).join('; ')],
        [
          fields.signer,
          [document.capacity, document.signerPost, document.signer.name].filter(Boolean).join(' · '),
        ],
        [signing.authorities.basisLabel, document.authority?.basis ?? null],
        [fields.drafter, `${document.drafter.name}${document.unitName ? ` · ${document.unitName}` : ''}`],
        [fields.replyBy, document.dueDate ? formatDate(document.dueDate) : null],
        [
          outgoing.replyTo,
          document.replyTo ? (
            <Anchor component={Link} to={`/incoming/${document.replyTo.id}`}>
              {document.replyTo.notation}
            </Anchor>
          ) : null,
        ],
        [outgoing.versions, document.versions.length],
      ]}
    />
  );
}
