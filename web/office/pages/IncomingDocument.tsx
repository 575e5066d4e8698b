import { Alert, Anchor } from '@mantine/core';
import { IconArrowBackUp, IconSignature, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { IncomingDetail } from '#contracts/documents';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useLanguage, useTexts } from '../../ui/language.tsx';
import { Waiting } from '../../ui/Waiting.tsx';
import { incomingQuery, nextIncomingQuery } from '../documents.ts';
import { Forwarded } from '../parts/Forwarded.tsx';
import { CopiesPanel } from '../parts/CopiesPanel.tsx';
import { DirectionPanel } from '../parts/DirectionPanel.tsx';
import { Facts } from '../parts/Facts.tsx';
import { FileReader } from '../parts/FileReader.tsx';
import { History } from '../parts/History.tsx';
import { IncomingActions } from '../parts/IncomingActions.tsx';
import { RegisterForm } from '../parts/RegisterForm.tsx';
import { SignaturePanel } from '../parts/SignaturePanel.tsx';
import { IncomingTag, UrgencyTag } from '../parts/Tags.tsx';
import { Timers } from '../parts/Timers.tsx';
import { useSigningTexts } from '../signingTexts.ts';
import classes from './pages.module.css';

export function IncomingDocumentPage(): ReactNode {
  const { id } = useParams({ strict: false }) as { id: string };
  const { documents, common } = useTexts();
  const signing = useSigningTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: document, error } = useQuery(incomingQuery(id));

  /** The next one is already known; when the desk is clear, back to the list. */
  const goOn = async (): Promise<void> => {
    const next = await queries.fetchQuery(nextIncomingQuery(id));
    await navigate(next.item ? { to: `/incoming/${next.item.id}` } : { to: '/incoming' });
  };

  if (error) return <ProblemAlert error={error} />;
  if (!document) return <Waiting label={common.loading} />;
  const { incoming } = documents;
  return (
    <>
      <PageHead
        title={`${document.notation} · ${document.abstract}`}
        about={
          <span className={classes.tags}>
            {document.issuerName}
            <IncomingTag state={document.state} />
            <UrgencyTag urgency={document.urgency} />
          </span>
        }
        actions={<IncomingActions document={document} />}
      />
      <Notes document={document} />
      <div className={classes.split}>
        <FileReader key={document.id} files={document.files} />
        <div className={classes.column}>
          {document.actions.includes('register') ? (
            <Panel title={incoming.register}>
              <RegisterForm key={document.id} document={document} onRegistered={() => void goOn()} />
            </Panel>
          ) : null}
          {document.files.some((file) => file.signatures) ? (
            <Panel title={documents.files.signatures}>
              <div className={classes.column}>
                {document.files.map((file) => (
                  <SignaturePanel key={file.id} file={file} />
                ))}
              </div>
            </Panel>
          ) : null}
          {document.arrivalNumber === null ? null : <DirectionPanel document={document} />}
          <Panel title={incoming.title}>
            <IncomingFacts document={document} />
          </Panel>
          <CopiesPanel kind="incoming" documentId={document.id} may={document.actions.includes('copy')} />
          {document.arrivalNumber !== null && document.files.some((file) => file.pages !== null) ? (
            <Anchor href={`/api/documents/incoming/${document.id}/stamped`} target="_blank" rel="noopener">
              {signing.copies.stamped}
            </Anchor>
          ) : null}
          <Panel title={documents.outgoing.timers}>
            <Timers timers={document.timers} />
          </Panel>
          <Panel title={documents.outgoing.history}>
            <History lines={document.history} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function Notes({ document }: { readonly document: IncomingDetail }): ReactNode {
  const { documents } = useTexts();
  const signing = useSigningTexts();
  const { language } = useLanguage();
  const { incoming } = documents;
  return (
    <>
      {document.contentDestroyed ? (
        <Alert color="amber" variant="outline" icon={<IconTrash />} mb="md">
          {incoming.contentDestroyed}
        </Alert>
      ) : null}
      {document.signerFindings.length > 0 ? (
        <Alert
          color="amber"
          variant="outline"
          icon={<IconSignature />}
          mb="md"
          title={signing.authorities.outside}
        >
          {document.signerFindings.map((one) => one[language]).join('; ')}.
        </Alert>
      ) : null}
      {document.refusal ? (
        <Alert
          color="seal"
          variant="outline"
          icon={<IconArrowBackUp />}
          mb="md"
          title={`${incoming.refused} · ${formatDateTime(document.refusal.at)} · ${document.refusal.by.name}`}
        >
          {document.refusal.text}
        </Alert>
      ) : null}
      {document.recall && document.recall.answer === null ? (
        <Alert
          color="amber"
          variant="outline"
          icon={<IconArrowBackUp />}
          mb="md"
          title={incoming.recallAsked}
        >
          {document.recall.reason}
        </Alert>
      ) : null}
    </>
  );
}

function IncomingFacts({ document }: { readonly document: IncomingDetail }): ReactNode {
  const { documents } = useTexts();
  const { fields, incoming } = documents;
  return (
    <Facts
      items={[
        [fields.arrivalNumber, document.arrivalNumber],
        [fields.arrivalDate, document.arrivalDate ? formatDate(document.arrivalDate) : null],
        [fields.notation, document.notation],
        [fields.date, document.promulgationDate ? formatDate(document.promulgationDate) : null],
        [fields.type, document.typeName],
        [fields.issuer, `${document.issuerName} (${document.issuerCode})`],
        [
          incoming.signedBy,
          [document.signer.competence, document.signer.position, document.signer.fullName]
            .filter(Boolean)
            .join(' · '),
        ],
        [
          fields.receivers,
          <div key="receivers">
            {document.recipientLines.join('; ')}
            <Forwarded note={document.forwarded} />
          </div>,
        ],
        [fields.dueDate, document.dueDate ? formatDate(document.dueDate) : null],
        [fields.holder, document.holder?.label],
        [
          incoming.responseFor,
          document.responseFor
            .map((item) =>
              item.outgoingId ? (
                <Anchor key={item.notation} component={Link} to={`/outgoing/${item.outgoingId}`}>
                  {item.notation}
                </Anchor>
              ) : (
                item.notation
              ),
            )
            .at(0),
        ],
        [
          incoming.replies,
          document.replies.length > 0
            ? document.replies.map((reply) => (
                <div key={reply.id}>
                  <Anchor component={Link} to={`/outgoing/${reply.id}`}>
                    {reply.notation ?? documents.outgoingState[reply.state]}
                  </Anchor>
                </div>
              ))
            : null,
        ],
        [
          incoming.updates,
          document.updates ? (
            <Anchor component={Link} to={`/incoming/${document.updates.id}`}>
              {document.updates.notation}
            </Anchor>
          ) : null,
        ],
        [
          incoming.updatedBy,
          document.updatedBy.length > 0
            ? document.updatedBy.map((other) => (
                <div key={other.id}>
                  <Anchor component={Link} to={`/incoming/${other.id}`}>
                    {other.notation} · {documents.incomingState[other.state]}
                  </Anchor>
                </div>
              ))
            : null,
        ],
        [fields.documentId, document.documentId],
        [fields.logIndex, document.logIndex],
        [fields.envelope, document.envelope],
      ]}
    />
  );
}
