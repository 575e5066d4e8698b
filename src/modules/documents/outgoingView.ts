import { organisationsById } from '#directory';
import { deliveries } from '#exchange';
import type { OrgId, RecordedEvent, Unit } from '#kernel';
import type { z } from 'zod';
import { checklistOf } from './checklist.ts';
import type { Dispatch, opinion, OutgoingDetail, OutgoingRow, recipientStatus } from './contract.ts';
import { authorityView } from './empowered.ts';
import { asFileInfo, filesById } from './fileStore.ts';
import { historyOf } from './historyView.ts';
import type { DraftContent, Outgoing } from './outgoing.ts';
import { outgoingActionsFor } from './policy.ts';
import { outgoingTimers } from './timers.ts';
import { dispatchesOf, loadIncomings, recipientsOf, type RecipientRow } from './store.ts';

const personOf = (ref: { id: string; name: string; post?: string | undefined }): OutgoingRow['drafter'] => ({
  id: ref.id,
  name: ref.name,
  ...(ref.post === undefined ? {} : { post: ref.post }),
});

/** The documents as lines of a list. */
export async function outgoingRows(unit: Unit, docs: readonly Outgoing[]): Promise<OutgoingRow[]> {
  const answered = await loadIncomings(
    unit,
    docs.flatMap((doc) => doc.content.replyTo ?? []),
  );
  const notations = new Map(answered.map((doc) => [doc.id, doc.facts.notation]));
  return docs.map((doc) => ({
    id: doc.id,
    state: doc.state,
    typeCode: doc.content.typeCode,
    typeName: doc.content.typeName,
    abstract: doc.content.abstract,
    notation: doc.notation,
    promulgationDate: doc.promulgationDate,
    recipientCount: doc.content.recipients.length,
    recipientSummary: doc.content.recipientSummary || doc.content.recipientLines.slice(0, 3).join(', '),
    urgency: doc.content.urgency,
    dueDate: doc.content.dueDate,
    drafter: personOf(doc.drafter),
    unitName: doc.unit?.name ?? null,
    signer: personOf(doc.content.signer),
    holder: doc.holder,
    attention: doc.attention,
    replyTo:
      doc.content.replyTo === null
        ? null
        : { id: doc.content.replyTo, notation: notations.get(doc.content.replyTo) ?? '' },
    createdAt: doc.createdAt,
    updatedAt: doc.updatedAt,
    actions: outgoingActionsFor(unit.actor, doc, unit.now),
  }));
}

type Opinion = z.infer<typeof opinion>;
const steps: Readonly<Record<string, Opinion['step']>> = {
  submitted: 'submitted',
  reviewed: 'opinion',
  approved: 'approved',
  returned: 'returned',
};

function actorOf(event: RecordedEvent): OutgoingRow['drafter'] {
  return personOf({ id: event.actor.id, name: event.actor.name, post: event.actor.post });
}

/** All opinions of the review, kept for ever (Decree 30/2020 App. VI V). */
function opinionsOf(events: readonly RecordedEvent[]): Opinion[] {
  const opinions: Opinion[] = [];
  let version = 1;
  for (const event of events) {
    const type = event.type.slice('documents.'.length);
    if (type === 'draft-edited') version = event.payload['version'] as number;
    const step = steps[type];
    if (step === undefined) continue;
    const said = event.payload['opinion'] ?? event.payload['reason'] ?? event.payload['note'];
    opinions.push({
      at: event.at.toISOString(),
      by: actorOf(event),
      step,
      text: typeof said === 'string' ? said : '',
      version,
    });
  }
  return opinions;
}

/** Every saved version of the draft, out of the record. */
function versionsOf(
  events: readonly RecordedEvent[],
): { version: number; at: string; by: OutgoingRow['drafter']; content: DraftContent }[] {
  return events
    .filter((event) => event.type === 'documents.draft-created' || event.type === 'documents.draft-edited')
    .map((event) => ({
      version: (event.payload['version'] as number | undefined) ?? 1,
      at: event.at.toISOString(),
      by: actorOf(event),
      content: event.payload['content'] as DraftContent,
    }));
}

type RecipientStatus = z.infer<typeof recipientStatus>;

async function dispatchViews(unit: Unit, doc: Outgoing, lines: readonly RecipientRow[]): Promise<Dispatch[]> {
  const own = new Map(lines.map((line) => [line.recipientId, line]));
  const views: Dispatch[] = [];
  for (const row of await dispatchesOf(unit, doc.id)) {
    if (row.state === 'undone') continue;
    const timeline = row.outboxId === null ? null : await deliveries(unit, row.ref);
    views.push({
      id: row.id,
      kind: row.kind,
      state: timeline?.outbox.state ?? row.state,
      leavesAt: row.leavesAt?.toISOString() ?? null,
      acceptedAt: row.acceptedAt?.toISOString() ?? null,
      logIndex: timeline?.outbox.logIndex ?? null,
      envelope: timeline?.outbox.envelope ?? null,
      attempts: timeline?.outbox.attempts ?? 0,
      lastError: timeline?.outbox.lastError?.message ?? null,
      recipients: (timeline?.recipients ?? []).map((recipient): RecipientStatus => {
        const line = own.get(recipient.orgId);
        return {
          orgId: recipient.orgId,
          code: recipient.code,
          name: recipient.name,
          transport: recipient.transport === 'refused' ? 'stored' : recipient.transport,
          status: line?.status ?? recipient.status,
          recall: line?.recall ?? null,
          refusal: line?.refusal ?? null,
          forwarded: recipient.forwarded,
          statuses: recipient.statuses.map((status) => ({
            code: status.code,
            label: status.label,
            description: status.description === '' ? null : status.description,
            at: status.at,
            staff: status.staff.name === '' ? null : status.staff.name,
            logIndex: status.logIndex,
            late: status.late,
          })),
        };
      }),
    });
  }
  return views;
}

/** The document with everything that belongs to it. */
export async function outgoingView(unit: Unit, doc: Outgoing): Promise<OutgoingDetail> {
  const [row] = await outgoingRows(unit, [doc]);
  const { content } = doc;
  const known = await organisationsById(unit.tx, content.recipients as OrgId[], unit.now);
  const { events, lines } = await historyOf(unit, `outgoing:${doc.id}`);
  const files = await filesById(unit, [
    ...(doc.mainFile === null ? [] : [doc.mainFile]),
    ...content.attachments,
  ]);
  const main = files.find((file) => file.id === doc.mainFile);
  return {
    ...row!,
    number: doc.number,
    register: doc.register,
    recipients: content.recipients.map((id) => {
      const org = known.get(id as OrgId);
      return { id, name: org?.name ?? '', code: org?.code ?? '' };
    }),
    recipientLines: [...content.recipientLines],
    secrecy: 'Thường',
    body: content.body,
    fileId: content.fileId,
    capacity: content.capacity,
    signerPost: content.signerPost,
    alsoPaper: content.alsoPaper,
    signaturePlace: content.signaturePlace ?? null,
    version: doc.version,
    versions: versionsOf(events).map(({ version, at, by, content: { abstract } }) => ({
      version,
      at,
      by,
      abstract,
    })),
    opinions: opinionsOf(events),
    mainFile: main ? asFileInfo(main) : null,
    attachments: files.filter((file) => file !== main).map(asFileInfo),
    checklist: checklistOf(doc),
    undoUntil: doc.undoUntil !== null && doc.undoUntil > unit.now.toISOString() ? doc.undoUntil : null,
    dispatches: await dispatchViews(unit, doc, await recipientsOf(unit, doc.id)),
    timers: outgoingTimers(doc, unit.now),
    voided: doc.voided && {
      reason: doc.voided.reason,
      at: doc.voided.at,
      by: personOf(doc.voided.by),
      authoriser: personOf(doc.voided.authoriser),
    },
    recallReason: doc.recallReason,
    authority: await authorityView(unit, doc),
    history: lines,
  };
}

/** A version as it was saved. */
export async function versionOf(
  unit: Unit,
  doc: Outgoing,
  version: number,
): Promise<
  | {
      version: number;
      at: string;
      by: OutgoingRow['drafter'];
      content: Omit<DraftContent, 'signer' | 'typeName' | 'recipientSummary'> & { signerId: string };
    }
  | undefined
> {
  const { events } = await historyOf(unit, `outgoing:${doc.id}`);
  const found = versionsOf(events).find((candidate) => candidate.version === version);
  if (!found) return undefined;
  const { signer, typeName: _type, recipientSummary: _summary, ...content } = found.content;
  return { ...found, content: { ...content, signerId: signer.id } };
}
