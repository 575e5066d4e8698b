import { sendStatus } from '#exchange';
import type { PersonId, RecordedEvent, Unit } from '#kernel';
import { personRef } from './drafts.ts';
import { actorRef, happenOutgoing } from './happen.ts';
import { voidNumber } from './numberStore.ts';
import { evolveRecipient, hasTakenIn, type Outgoing } from './outgoing.ts';
import { outgoingFor } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { dispatchByRef, loadOutgoing, recipientsOf, saveRecipient, type RecipientRow } from './store.ts';

/**
 * "Lấy lại" after it left: a request (status 13) to every receiver that has not refused it. Each answers for itself:
 * one that has not registered gives it back at once, another's clerk decides (product/01-axis.md §4).
 * @throws Refusal nothing-to-recall
 */
export async function recallOutgoing(unit: Unit, id: string, reason: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'recall');
  const asked = (await recipientsOf(unit, id)).filter(
    (one) => one.status !== '02' && one.recall !== 'agreed',
  );
  if (asked.length === 0) throw refuseDocument('nothing-to-recall');
  for (const recipient of asked) {
    await saveRecipient(unit, id, recipient.recipientId, { ...recipient, recall: 'requested' });
    await sendStatus(unit, {
      responseFor: {
        organId: recipient.code,
        code: doc.notation!,
        documentId: doc.documentId!,
        promulgationDate: doc.promulgationDate!,
      },
      statusCode: '13',
      description: reason,
      staff: { department: unit.actor.post ?? '', name: unit.actor.name },
      aboutRef: `outgoing:${id}`,
    });
  }
  return await happenOutgoing(unit, doc, id, {
    type: 'recalled',
    reason,
    recipients: asked.map((one) => one.recipientId),
  });
}

/** "Hủy số": the number stays in the register, struck through; the next number is the next (S2.8). */
export async function voidOutgoing(
  unit: Unit,
  id: string,
  body: { readonly reason: string; readonly authoriserId: string },
): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'void');
  const authoriser = await personRef(unit, body.authoriserId as PersonId, 'người cho phép hủy', [
    'leader',
    'head',
  ]);
  await voidNumber(unit, id, {
    reason: body.reason,
    by: unit.actor.name,
    authoriser: authoriser.name,
    at: unit.now.toISOString(),
  });
  return await happenOutgoing(unit, doc, id, {
    type: 'voided',
    reason: body.reason,
    by: actorRef(unit),
    authoriser,
  });
}

/**
 * `exchange.status-arrived` for a document of ours: the receiver's line moves forward, never back; a refusal is
 * work for the clerk; answers to a recall settle it once every receiver has answered.
 */
export async function onStatusOfOutgoing(unit: Unit, event: RecordedEvent): Promise<void> {
  const said = event.payload as {
    ref: string | null;
    statusCode: string;
    fromOrgId: string | null;
    description: string;
    at: string;
  };
  if (said.ref === null || said.fromOrgId === null || said.statusCode === '13') return;
  const dispatch = await dispatchByRef(unit, said.ref);
  const doc = dispatch === null ? null : await loadOutgoing(unit, dispatch.outgoingId, true);
  if (!doc) return;
  const all = await recipientsOf(unit, doc.id);
  const from = all.find((one) => one.recipientId === said.fromOrgId);
  if (!from) return;
  const moved = evolveRecipient(from, said.statusCode, said.description);
  await saveRecipient(unit, doc.id, from.recipientId, moved);
  const lines = all.map((one) => (one === from ? { ...one, ...moved } : one));
  const after = await happenOutgoing(unit, doc, doc.id, {
    type: 'status-received',
    recipient: from.recipientId,
    statusCode: said.statusCode,
    description: said.description,
    statusAt: said.at,
    moved: moved !== from,
  });
  await settle(unit, after, lines);
}

async function settle(unit: Unit, doc: Outgoing, lines: readonly RecipientRow[]): Promise<void> {
  if (doc.state === 'recalling' && lines.every((one) => one.recall !== 'requested')) {
    const kept = lines.some((one) => one.recall === 'declined');
    await happenOutgoing(unit, doc, doc.id, {
      type: 'recall-settled',
      outcome: kept ? 'kept' : 'recalled',
    });
  } else if (doc.state === 'dispatched' && lines.every(hasTakenIn)) {
    await happenOutgoing(unit, doc, doc.id, { type: 'acknowledged' });
  }
}
