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
import {
  desksOf,
  evolveWork,
  type Assigned,
  type Desk,
  type NewAssignment,
  type Work,
  type WorkEvent,
} from './core.ts';
import { syncDesks } from './custody.ts';
import { isOpenAssignment } from './states.ts';
import { saveWork } from './store.ts';

const mainDesk = (work: Work): Desk | undefined => desksOf(work).find((desk) => desk.branch === 'main');

function newPieces(event: WorkEvent): readonly NewAssignment[] {
  if (event.type === 'directed') return event.assignments;
  if (event.type === 'delegated') return [event.child];
  return event.type === 'reassigned' ? [event.replacement] : [];
}

const rootLead = (work: Work, id: string): Assigned | undefined =>
  work.assignments.find((one) => one.id === id && one.role === 'lead' && one.parentId === null);

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
  if (!documentEnds) await moveDocument(unit, incomingId, before, after, events);
  await syncDesks(unit, incomingId, before, after);
  return after;
}

/** What the events mean for the document: assigned, in work, handed back, held by somebody else, closed. */
async function moveDocument(
  unit: Unit,
  incomingId: string,
  before: Work,
  after: Work,
  events: readonly WorkEvent[],
): Promise<void> {
  const held = mainDesk(before)?.holder;
  const desk = mainDesk(after);
  const given = events.find((event) =>
    newPieces(event).some((piece) => piece.role === 'lead' && piece.parentId === null),
  );
  if (given && desk) {
    const text = given.type === 'directed' ? given.text : '';
    await directIncoming(unit, incomingId, desk.holder, `${desk.holder.label} chủ trì. ${text}`.trim());
    return;
  }
  for (const event of events) {
    if (!('assignmentId' in event)) continue;
    const lead = rootLead(after, event.assignmentId);
    if (lead && event.type === 'confirmed') {
      await closeIncoming(unit, incomingId, {
        how: 'noted',
        byOutgoingId: null,
        note: lead.lastText ?? event.text,
      });
      return;
    }
    if (lead && (event.type === 'returned' || event.type === 'revoked') && wasOpen(before, lead.id)) {
      await handBack(unit, incomingId, before, lead, event.reason);
      return;
    }
  }
  if (!desk) return;
  if (events.some((event) => event.type === 'accepted' && isOnMain(after, event.assignmentId)))
    await startWorkOnIncoming(unit, incomingId, `${unit.actor.name} đang xử lý`);
  if (held === undefined || held.id !== desk.holder.id) await holdIncoming(unit, incomingId, desk.holder);
}

async function handBack(
  unit: Unit,
  incomingId: string,
  before: Work,
  lead: Assigned,
  reason: string,
): Promise<void> {
  // Returned first, released after: the document is with its assigner already.
  if (before.assignments.some((one) => one.id === lead.id && one.state === 'returned')) return;
  const to = { kind: 'person', id: lead.assigner.id, label: lead.assigner.name } as const;
  await handBackIncoming(unit, incomingId, to, reason);
}

const wasOpen = (work: Work, id: string): boolean =>
  work.assignments.some((one) => one.id === id && isOpenAssignment(one.state));

const isOnMain = (work: Work, id: string): boolean =>
  work.assignments.some((one) => one.id === id && one.branch === 'main');
