import { record } from '#audit';
import {
  closeIncoming,
  directIncoming,
  grantIncoming,
  handBackIncoming,
  holdIncoming,
  startWorkOnIncoming,
} from '#documents';
import type { Unit } from '#kernel';
import { evolveWork, type Work, type WorkEvent } from './core.ts';
import { syncDesks } from './custody.ts';
import { documentMoves, newPieces, type DocumentMove } from './moves.ts';
import { saveWork } from './store.ts';

/**
 * Lets the events of one decision happen: record, rows, audit, then what they mean for the document itself and for
 * who holds it, in the caller's transaction.
 * @param documentEnds the document was closed or taken back elsewhere: it is not moved from here
 */
export async function happenWork(
  unit: Unit,
  incomingId: string,
  before: Work,
  events: readonly WorkEvent[],
  documentEnds = false,
): Promise<Work> {
  if (events.length === 0) return before;
  let after = before;
  for (const event of events) {
    after = evolveWork(after, event, unit.now.toISOString());
    const { type, ...payload } = event;
    await unit.publish({ stream: `work:${incomingId}`, type: `work.${type}`, payload });
    await record(unit, {
      action: `work.${type}`,
      object: `incoming:${incomingId}`,
      detail: 'assignmentId' in event ? { assignmentId: event.assignmentId } : {},
    });
    for (const piece of newPieces(event)) await grantIncoming(unit, incomingId, [piece.assignee.id]);
  }
  const known = new Map(before.assignments.map((one) => [one.id, one]));
  await saveWork(
    unit,
    incomingId,
    after,
    after.assignments.filter((one) => known.get(one.id) !== one),
  );
  if (!documentEnds) {
    for (const move of documentMoves(before, after, events)) await carry(unit, incomingId, move);
  }
  await syncDesks(unit, incomingId, before, after);
  return after;
}

async function carry(unit: Unit, incomingId: string, move: DocumentMove): Promise<void> {
  switch (move.type) {
    case 'direct':
      await directIncoming(unit, incomingId, move.holder, move.text);
      return;
    case 'close':
      await closeIncoming(unit, incomingId, { how: 'noted', byOutgoingId: null, note: move.note });
      return;
    case 'hand-back':
      await handBackIncoming(unit, incomingId, move.to, move.reason);
      return;
    case 'start-work':
      await startWorkOnIncoming(unit, incomingId, `${unit.actor.name} đang xử lý`);
      return;
    case 'hold':
      await holdIncoming(unit, incomingId, move.holder);
  }
}
