import { findByCode } from '#directory';
import type { OrgId, Unit } from '#kernel';
import { checkSize, ownOrganisation, wakeSender } from './enqueue.ts';
import { packStatus } from './package.ts';
import { refuse } from './refusals.ts';
import { exact, findReceived, findSent, yearOf, type ResponseFor } from './resolve.ts';
import { applyStatus, isStatusCode, statusLabels, type StatusCode } from './states.ts';
import { insertStatus } from './inboxStore.ts';
import { insertOutbox, outboxByEnvelope, setRecipient } from './outboxStore.ts';
import type { Staff } from './tables.ts';

/** What a room wants to say about a document. */
export interface StatusToSend {
  /** The document it speaks of; `organId` is whom the status goes to: the sender, or for 13 the receiver. */
  readonly responseFor: {
    readonly organId: string;
    readonly code: string;
    readonly documentId: string;
    /** yyyy-MM-dd */
    readonly promulgationDate?: string | null;
  };
  readonly statusCode: string;
  /** Mandatory for refusals (02, 16): Decision 28/2018 Art. 9. */
  readonly description?: string;
  readonly staff: Staff;
  /** Whose status it is in the room that asks, for failures to find their way back. */
  readonly aboutRef?: string;
}

/**
 * Sends a business status (01–06, 13, 15, 16), in the caller's transaction.
 * @throws Refusal status-code, reason-required, sender-unknown
 */
export async function sendStatus(unit: Unit, status: StatusToSend): Promise<{ outboxId: string }> {
  const { statusCode } = status;
  if (!isStatusCode(statusCode)) throw refuse('status-code', { code: statusCode });
  const description = exact(status.description ?? '');
  if ((statusCode === '02' || statusCode === '16') && description === '') throw refuse('reason-required');
  const own = await ownOrganisation(unit);
  const about: ResponseFor = {
    ...status.responseFor,
    promulgationDate: status.responseFor.promulgationDate ?? null,
  };
  const bytes = packStatus(own, {
    responseFor: about,
    statusCode,
    description: description === '' ? statusLabels[statusCode].vi : description,
    staff: status.staff,
    at: unit.now,
  });
  checkSize(unit.ctx, bytes);
  const envelope = await unit.ctx.blobs.put(bytes);
  // The very same words in the same second are one message: the axis would give both one receipt.
  const before = await outboxByEnvelope(unit.tx, envelope);
  if (before) return { outboxId: before.id };
  const id = unit.ctx.ids.uuid();
  await insertOutbox(unit.tx, {
    id,
    orgId: unit.org,
    kind: 'status',
    ref: status.aboutRef ?? null,
    documentId: exact(about.documentId),
    documentCode: exact(about.code),
    documentYear: yearOf(about),
    fromCode: own.code,
    envelope,
    size: bytes.length,
    urgency: 0,
    notBefore: unit.now,
    now: unit.now,
  });
  const peer = await findByCode(unit.tx, about.organId, unit.now);
  const effect = peer === null ? nothing : await effectOf(unit, peer.id, about, statusCode);
  await insertStatus(unit.tx, {
    id: unit.ctx.ids.uuid(),
    orgId: unit.org,
    envelope,
    direction: 'sent',
    ...effect,
    peerId: peer?.id ?? null,
    peerCode: about.organId,
    documentId: exact(about.documentId),
    code: statusCode,
    description,
    staff: status.staff,
    saidAt: unit.now,
    receivedAt: unit.now,
    logIndex: null,
  });
  wakeSender(unit);
  return { outboxId: id };
}

const nothing = { outboxId: null, inboxId: null, late: false } as const;

/** A recall of ours (13) moves the recipient's recall state; everything else speaks of a document that we received. */
async function effectOf(
  unit: Unit,
  peer: OrgId,
  about: ResponseFor,
  code: StatusCode,
): Promise<{ readonly outboxId: string | null; readonly inboxId: string | null; readonly late: boolean }> {
  if (code !== '13') {
    const inbox = await findReceived(unit.tx, peer, about);
    return { ...nothing, inboxId: inbox?.id ?? null };
  }
  const found = await findSent(unit.tx, peer, about, unit.now);
  if (!found) return nothing;
  const { recipient, outbox } = found;
  const { state, late } = applyStatus({ delivery: recipient.delivery, recall: recipient.recall }, code);
  if (!late) await setRecipient(unit.tx, outbox.id, recipient.recipient_id, { recall: state.recall });
  return { outboxId: outbox.id, inboxId: null, late };
}
