import type { Actor } from '#kernel';
import type { Assigned, Holder } from './core.ts';
import { assignmentActionsIn, type AssignmentAction } from './states.ts';

/** Who may do what with work. Rights hold on the server for every command (lesson L14). */

const has = (actor: Actor, role: string): boolean => actor.roles.includes(role);

/** Names under which an actor holds a document or a piece of work. */
export function holdersOf(actor: Actor): { kind: string; id: string }[] {
  return [...partiesOf(actor), ...actor.roles.map((role) => ({ kind: 'role', id: role }))];
}

/** Names under which an actor is given work: their own, and their unit's for its head. */
export function partiesOf(actor: Actor): { kind: string; id: string }[] {
  return [
    ...(actor.personId === undefined ? [] : [{ kind: 'person', id: actor.personId as string }]),
    ...(actor.unitId !== undefined && has(actor, 'head')
      ? [{ kind: 'unit', id: actor.unitId as string }]
      : []),
  ];
}

function isAssignee(actor: Actor, one: Assigned): boolean {
  return (
    (one.worker !== null && one.worker.id === actor.personId) ||
    partiesOf(actor).some((party) => party.kind === one.assignee.kind && party.id === one.assignee.id)
  );
}

/** Whoever gave the work; for what the leadership gave, any leader. */
function isAssigner(actor: Actor, one: Assigned): boolean {
  return one.assigner.id === actor.personId || (one.parentId === null && has(actor, 'leader'));
}

/** Whose turn an action is, in words; null when it is this actor's. */
export function notForWork(actor: Actor, one: Assigned, action: AssignmentAction): string | null {
  switch (action) {
    case 'confirm':
    case 'rework':
    case 'revoke':
    case 'reassign':
      return isAssigner(actor, one) ? null : one.assigner.name;
    case 'delegate':
      if (!isAssignee(actor, one)) return one.assignee.label;
      return has(actor, 'head') || has(actor, 'leader') ? null : 'trưởng đơn vị';
    case 'accept':
    case 'return':
    case 'report':
    case 'finish':
    case 'seen':
      return isAssignee(actor, one) ? null : (one.worker?.name ?? one.assignee.label);
  }
}

/** While the sender asks to have the document back, work on it stands still; seeing is no work. */
export function mayMove(documentState: string, action: AssignmentAction): boolean {
  return action === 'seen' || ['assigned', 'in-work', 'awaiting-direction'].includes(documentState);
}

/** What this actor may do with the piece of work now, out of the transition table. */
export function assignmentActionsFor(actor: Actor, one: Assigned, documentState: string): AssignmentAction[] {
  return assignmentActionsIn(one.role, one.state).filter(
    (action) => mayMove(documentState, action) && notForWork(actor, one, action) === null,
  );
}

/** A leader directs; so does whoever the document was submitted to. */
export function mayDirect(
  actor: Actor,
  doc: { readonly state: string; readonly holder: Holder | null },
): boolean {
  if (!['registered', 'awaiting-direction', 'assigned', 'in-work'].includes(doc.state)) return false;
  return (
    has(actor, 'leader') ||
    (doc.holder?.kind === 'person' && doc.holder.id === actor.personId && has(actor, 'head'))
  );
}
