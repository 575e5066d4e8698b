import {
  desksOf,
  type Assigned,
  type Desk,
  type Holder,
  type NewAssignment,
  type Work,
  type WorkEvent,
} from './core.ts';
import { isOpenAssignment } from './states.ts';

/** What a change of the work means for the document itself. */
export type DocumentMove =
  | { type: 'direct'; holder: Holder; text: string }
  | { type: 'close'; note: string }
  | { type: 'hand-back'; to: Holder; reason: string }
  | { type: 'start-work' }
  | { type: 'hold'; holder: Holder };

const mainDesk = (work: Work): Desk | undefined => desksOf(work).find((desk) => desk.branch === 'main');

/** The pieces of work that an event brings in. */
export function newPieces(event: WorkEvent): readonly NewAssignment[] {
  if (event.type === 'directed') return event.assignments;
  if (event.type === 'delegated') return [event.child];
  return event.type === 'reassigned' ? [event.replacement] : [];
}

const byId = (work: Work, id: string): Assigned | undefined => work.assignments.find((one) => one.id === id);

/**
 * Assigned, in work, handed back, held by somebody else, closed: the document's main branch goes where the lead's
 * work goes, and nowhere else.
 */
export function documentMoves(before: Work, after: Work, events: readonly WorkEvent[]): DocumentMove[] {
  const desk = mainDesk(after);
  const given = events.find((event) =>
    newPieces(event).some((piece) => piece.role === 'lead' && piece.parentId === null),
  );
  if (given && desk) {
    const text = given.type === 'directed' ? given.text : '';
    return [{ type: 'direct', holder: desk.holder, text: `${desk.holder.label} chủ trì. ${text}`.trim() }];
  }
  for (const event of events) {
    if (!('assignmentId' in event)) continue;
    const lead = byId(after, event.assignmentId);
    const was = byId(before, event.assignmentId);
    if (!lead || lead.role !== 'lead' || lead.parentId !== null || !was) continue;
    if (event.type === 'confirmed') return [{ type: 'close', note: lead.lastText ?? event.text }];
    if ((event.type === 'returned' || event.type === 'revoked') && isOpenAssignment(was.state)) {
      // Returned first, released after: the document is with its assigner already.
      if (was.state === 'returned') return [];
      const to: Holder = { kind: 'person', id: lead.assigner.id, label: lead.assigner.name };
      return [{ type: 'hand-back', to, reason: event.reason }];
    }
  }
  if (!desk) return [];
  const moves: DocumentMove[] = [];
  if (events.some((event) => event.type === 'accepted' && byId(after, event.assignmentId)?.branch === 'main'))
    moves.push({ type: 'start-work' });
  if (mainDesk(before)?.holder.id !== desk.holder.id) moves.push({ type: 'hold', holder: desk.holder });
  return moves;
}
