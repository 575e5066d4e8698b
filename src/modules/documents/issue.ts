import { organisationsById } from '#directory';
import { enqueueDocument, sendNow, undoSend } from '#exchange';
import type { OrgId, RecordedEvent, Unit } from '#kernel';
import { checklistOf } from './checklist.ts';
import { closeIncoming } from './close.ts';
import { attachFiles, filesById } from './fileStore.ts';
import { bytesOf, usableFiles } from './files.ts';
import { happenOutgoing } from './happen.ts';
import { attachmentsOf, messageOf } from './message.ts';
import { useNumber } from './numberStore.ts';
import type { Outgoing } from './outgoing.ts';
import { outgoingFor } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import {
  addDispatch,
  addRecipients,
  dispatchByRef,
  dispatchesOf,
  loadOutgoing,
  recipientsOf,
  removeRecipients,
  setDispatch,
  setLeavesAt,
} from './store.ts';

/**
 * "Gửi": checks the list, hands the package to the exchange, where it waits for the time of undoing (S2.11).
 * @throws Refusal checklist-open
 */
export async function issueOutgoing(unit: Unit, id: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'issue');
  const missing = checklistOf(doc).filter((item) => !item.ok);
  if (missing.length > 0)
    throw refuseDocument('checklist-open', { missing: missing.map((item) => item.text).join('; ') });
  const dispatchId = unit.ctx.ids.uuid();
  const undoSeconds = unit.ctx.config.undoSendSeconds;
  const leavesAt = new Date(unit.now.getTime() + undoSeconds * 1000);
  const ref = `outgoing:${id}:${dispatchId}`;
  const known = await organisationsById(unit.tx, doc.content.recipients as OrgId[], unit.now);
  let outboxId: string | null = null;
  if (doc.content.recipients.length > 0) {
    const files = await filesById(unit, [doc.mainFile!, ...doc.content.attachments]);
    const sent = await enqueueDocument(unit, {
      ref,
      message: await messageOf(unit, doc, { kind: 'new' }),
      attachments: await attachmentsOf(files, (file) => bytesOf(unit, file)),
      recipients: doc.content.recipients as OrgId[],
      urgency: doc.content.urgency as 0 | 1 | 2 | 3 | 4,
      undoSeconds,
    });
    outboxId = sent.outboxId;
  }
  await addRecipients(
    unit,
    id,
    [...known.values()].map((org) => ({ id: org.id, code: org.code, name: org.name })),
  );
  await addDispatch(unit, { id: dispatchId, outgoingId: id, kind: 'new', ref, outboxId, leavesAt });
  const issued = await happenOutgoing(unit, doc, id, {
    type: 'issued',
    dispatchId,
    leavesAt: leavesAt.toISOString(),
  });
  if (outboxId !== null) return issued;
  // Nobody on the axis: the paper copies are the clerk's, nothing leaves here.
  return await leftTheHouse(unit, issued, dispatchId, { acceptedAt: unit.now, logIndex: null });
}

async function waitingDispatch(unit: Unit, id: string): Promise<{ id: string; outboxId: string | null }> {
  const waiting = (await dispatchesOf(unit, id)).findLast((row) => row.state === 'waiting');
  if (!waiting) throw refuseDocument('already-left');
  return waiting;
}

/** "Hoàn tác": back to sealed, with the same number. @throws Refusal already-left */
export async function undoIssue(unit: Unit, id: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'undo');
  const waiting = await waitingDispatch(unit, id);
  if (waiting.outboxId !== null) await undoSend(unit, waiting.outboxId);
  await setDispatch(unit, waiting.id, 'undone', null);
  await removeRecipients(unit, id);
  return await happenOutgoing(unit, doc, id, { type: 'undone', dispatchId: waiting.id });
}

/** "Gửi ngay": ends the time for undoing. */
export async function sendIssuedNow(unit: Unit, id: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'send-now');
  const waiting = await waitingDispatch(unit, id);
  if (waiting.outboxId !== null) await sendNow(unit, waiting.outboxId);
  await setLeavesAt(unit, waiting.id, unit.now);
  return await happenOutgoing(unit, doc, id, { type: 'sent-now', dispatchId: waiting.id });
}

/** The package is in the axis's hands: the number is used for good, and what this answers is closed (S2.9). */
async function leftTheHouse(
  unit: Unit,
  doc: Outgoing,
  dispatchId: string,
  accepted: { readonly acceptedAt: Date; readonly logIndex: number | null },
): Promise<Outgoing> {
  await setDispatch(unit, dispatchId, 'accepted', accepted.acceptedAt);
  await useNumber(unit, doc.id);
  const isFirst = doc.sentAt === null;
  const after = await happenOutgoing(unit, doc, doc.id, {
    type: 'dispatched',
    dispatchId,
    acceptedAt: accepted.acceptedAt.toISOString(),
    logIndex: accepted.logIndex,
  });
  if (isFirst && doc.content.replyTo !== null) {
    await closeIncoming(unit, doc.content.replyTo, {
      how: 'replied',
      byOutgoingId: doc.id,
      note: `Trả lời bằng ${doc.notation}`,
    });
  }
  return after;
}

/** `exchange.accepted`: a package of ours was accepted by the axis. */
export async function onAccepted(unit: Unit, event: RecordedEvent): Promise<void> {
  const { ref, acceptedAt, logIndex } = event.payload as {
    ref: string | null;
    acceptedAt: string;
    logIndex: number | null;
  };
  const dispatch = ref === null ? null : await dispatchByRef(unit, ref);
  if (!dispatch || dispatch.state === 'accepted') return;
  const doc = await loadOutgoing(unit, dispatch.outgoingId, true);
  if (!doc) return;
  await leftTheHouse(unit, doc, dispatch.id, { acceptedAt: new Date(acceptedAt), logIndex });
}

/**
 * Sends the document again as an update (edXML BussinessDocType 2) with what was missing, to those who refused it
 * unless named (S1.5).
 * @throws Refusal nobody-to-resend, unknown-file, unknown-recipient
 */
export async function resendOutgoing(
  unit: Unit,
  id: string,
  body: {
    readonly reason: string;
    readonly attachments: readonly string[];
    readonly recipients?: readonly string[] | undefined;
  },
): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'resend');
  const all = await recipientsOf(unit, id);
  const chosen =
    body.recipients === undefined
      ? all.filter((one) => one.status === '02').map((one) => one.recipientId)
      : [...new Set(body.recipients)];
  if (chosen.length === 0) throw refuseDocument('nobody-to-resend');
  if (chosen.some((one) => !all.some((known) => known.recipientId === one)))
    throw refuseDocument('unknown-recipient');
  const added = await usableFiles(unit, body.attachments, `outgoing:${id}`);
  await attachFiles(
    unit,
    added.map((file) => file.id),
    `outgoing:${id}`,
    'attachment',
  );
  const files = await filesById(unit, [
    doc.mainFile!,
    ...doc.content.attachments,
    ...added.map((file) => file.id),
  ]);
  const dispatchId = unit.ctx.ids.uuid();
  const ref = `outgoing:${id}:${dispatchId}`;
  const sent = await enqueueDocument(unit, {
    ref,
    message: await messageOf(unit, doc, { kind: 'update', reason: body.reason }),
    attachments: await attachmentsOf(files, (file) => bytesOf(unit, file)),
    recipients: chosen as OrgId[],
    urgency: doc.content.urgency as 0 | 1 | 2 | 3 | 4,
    undoSeconds: 0,
  });
  await addDispatch(unit, {
    id: dispatchId,
    outgoingId: id,
    kind: 'update',
    ref,
    outboxId: sent.outboxId,
    leavesAt: unit.now,
  });
  return await happenOutgoing(unit, doc, id, {
    type: 'resent',
    dispatchId,
    reason: body.reason,
    attachments: added.map((file) => file.id),
    recipients: chosen,
  });
}
