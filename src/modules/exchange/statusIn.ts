import { findByCode } from '#directory';
import type { OrgId, Unit } from '#kernel';
import type { InboxItem } from './axisClient.ts';
import type { ReadStatus } from './package.ts';
import { exact, findReceived, findSent } from './resolve.ts';
import { applyStatus, statusLabels, type StatusCode } from './states.ts';
import { adoptRecalls, insertStatus, type NewStatus } from './inboxStore.ts';
import { setRecipient } from './outboxStore.ts';

/**
 * Applies a status message that arrived, in the transaction in which it is entered into the inbox: finds its
 * document, moves the recipient's state forward or keeps the status as late evidence, and tells the other rooms.
 */
export async function applyArrivedStatus(
  unit: Unit,
  item: InboxItem,
  from: OrgId | null,
  status: ReadStatus & { readonly statusCode: StatusCode },
): Promise<void> {
  const addressee = await findByCode(unit.tx, status.responseFor.organId, unit.now);
  // A status that names another organisation as its receiver speaks of none of our documents.
  const isOurs = addressee === null || addressee.id === unit.org;
  const peer = isOurs ? from : null;
  const found =
    peer === null
      ? { ref: null, outboxId: null, inboxId: null, late: false }
      : status.statusCode === '13'
        ? await applyRecallRequest(unit, peer, status)
        : await applyToSent(unit, peer, status);
  const row: NewStatus = {
    id: unit.ctx.ids.uuid(),
    orgId: unit.org,
    envelope: item.envelope,
    direction: 'received',
    outboxId: found.outboxId,
    inboxId: found.inboxId,
    peerId: from,
    peerCode: item.from,
    documentId: exact(status.responseFor.documentId),
    code: status.statusCode,
    description: status.description,
    staff: status.staff,
    saidAt: status.at ?? new Date(item.acceptedAt),
    receivedAt: unit.now,
    logIndex: item.logIndex ?? null,
    late: found.late,
  };
  await insertStatus(unit.tx, row);
  await unit.publish({
    stream: found.ref ?? (found.inboxId === null ? `status:${row.id}` : `inbox:${found.inboxId}`),
    type: 'exchange.status-arrived',
    payload: {
      ref: found.ref,
      inboxId: found.inboxId,
      statusCode: status.statusCode,
      label: statusLabels[status.statusCode].vi,
      fromOrgId: from,
      fromCode: item.from,
      documentId: row.documentId,
      description: status.description,
      at: row.saidAt.toISOString(),
      staff: status.staff,
      logIndex: row.logIndex,
      late: found.late,
    },
  });
}

/**
 * A document is here whose recall came before it: tells the other rooms of the recall now, so that both sides end alike
 * in whatever order the two arrive (S1.4).
 */
export async function applyEarlierRecalls(
  unit: Unit,
  document: { readonly inboxId: string; readonly fromOrgId: OrgId | null; readonly documentId: string },
): Promise<void> {
  const { inboxId, fromOrgId } = document;
  if (fromOrgId === null || document.documentId === '') return;
  const rows = await adoptRecalls(unit.tx, unit.org, { ...document, fromOrgId });
  for (const row of rows) {
    await unit.publish({
      stream: `inbox:${inboxId}`,
      type: 'exchange.status-arrived',
      payload: {
        ref: null,
        inboxId,
        statusCode: row.code,
        label: statusLabels[row.code].vi,
        fromOrgId,
        fromCode: row.peer_code,
        documentId: row.document_id,
        description: row.description,
        at: row.said_at.toISOString(),
        staff: row.staff,
        logIndex: row.log_index,
        late: row.late,
      },
    });
  }
}

interface Found {
  readonly ref: string | null;
  readonly outboxId: string | null;
  readonly inboxId: string | null;
  readonly late: boolean;
}

/** 13: the sender of a document that we received asks to have it back; the documents room decides. */
async function applyRecallRequest(unit: Unit, peer: OrgId, status: ReadStatus): Promise<Found> {
  const inbox = await findReceived(unit.tx, peer, status.responseFor);
  return { ref: null, outboxId: null, inboxId: inbox?.id ?? null, late: false };
}

async function applyToSent(
  unit: Unit,
  peer: OrgId,
  status: ReadStatus & { readonly statusCode: StatusCode },
): Promise<Found> {
  const found = await findSent(unit.tx, peer, status.responseFor, unit.now);
  if (!found) return { ref: null, outboxId: null, inboxId: null, late: false };
  const { outbox, recipient } = found;
  const { state, late } = applyStatus(
    { delivery: recipient.delivery, recall: recipient.recall },
    status.statusCode,
  );
  if (!late) {
    await setRecipient(unit.tx, outbox.id, recipient.recipient_id, {
      delivery: state.delivery,
      recall: state.recall,
      status: status.statusCode,
    });
  }
  return { ref: outbox.ref, outboxId: outbox.id, inboxId: null, late };
}
