import { refuse, type Actor, type Unit } from '#kernel';
import type { IncomingAction, OutgoingAction } from './states.ts';
import type { Incoming } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';
import { incomingActionsIn, nextIncoming, nextOutgoing, outgoingActionsIn } from './states.ts';
import { refuseDocument } from './refusals.ts';
import { hasAccess, loadIncoming, loadOutgoing } from './store.ts';
import { incomingStateNames, outgoingStateNames } from './texts.ts';

/** Who may do what. Rights hold on the server for every command; the screen shows what this answers (lesson L14). */

const has = (actor: Actor, role: string): boolean => actor.roles.includes(role);

/** Clerks and leaders see every document of their organisation; the system acts for the house itself. */
export function seesAll(actor: Actor): boolean {
  return has(actor, 'clerk') || has(actor, 'leader') || actor.kind === 'system';
}

/** Under which names an actor may have been let in: their own, and their unit's for its head. */
export function subjectsOf(actor: Actor): string[] {
  const subjects: string[] = [];
  if (actor.personId !== undefined) subjects.push(actor.personId);
  if (actor.unitId !== undefined && has(actor, 'head')) subjects.push(actor.unitId);
  return subjects;
}

/** Under which names an actor can hold a document. */
export function holdersOf(actor: Actor): { kind: string; id: string }[] {
  return [
    ...(actor.personId === undefined ? [] : [{ kind: 'person', id: actor.personId as string }]),
    ...(actor.unitId !== undefined && has(actor, 'head')
      ? [{ kind: 'unit', id: actor.unitId as string }]
      : []),
    ...actor.roles.map((role) => ({ kind: 'role', id: role })),
  ];
}

/** Whose turn an action is, in words; null when it is this actor's. */
function notFor(actor: Actor, doc: Outgoing, action: OutgoingAction): string | null {
  const mine = (person: { id: string; name: string } | null): string | null =>
    person !== null && person.id === actor.personId ? null : (person?.name ?? 'người được giao');
  const clerk = has(actor, 'clerk') ? null : 'văn thư';
  switch (action) {
    case 'edit':
    case 'submit':
      return mine(doc.drafter);
    case 'review':
    case 'approve':
      return mine(doc.reviewer);
    case 'return':
      if (doc.state === 'in-review') return mine(doc.reviewer);
      return doc.state === 'approved' ? mine(doc.content.signer) : clerk;
    case 'sign':
      return mine(doc.content.signer);
    case 'number':
    case 'seal':
    case 'issue':
    case 'undo':
    case 'send-now':
    case 'recall':
    case 'resend':
    case 'void':
    case 'copy':
      return clerk;
  }
}

/** What this actor may do with the document now: the transition table, cut down to their part in it. */
export function outgoingActionsFor(actor: Actor, doc: Outgoing, now: Date): OutgoingAction[] {
  return outgoingActionsIn(doc.state).filter(
    (action) =>
      notFor(actor, doc, action) === null &&
      (action !== 'undo' && action !== 'send-now'
        ? true
        : doc.undoUntil !== null && doc.undoUntil > now.toISOString()),
  );
}

function notForIncoming(actor: Actor, doc: Incoming, action: IncomingAction): string | null {
  if (action === 'close' && doc.state !== 'registered') {
    // What is in work is closed by its result, or by the reply that answers it.
    if (doc.state !== 'awaiting-direction') return 'người đang xử lý';
    return has(actor, 'leader') ? null : 'lãnh đạo';
  }
  return has(actor, 'clerk') ? null : 'văn thư';
}

export function incomingActionsFor(actor: Actor, doc: Incoming): IncomingAction[] {
  return incomingActionsIn(doc.state).filter((action) => notForIncoming(actor, doc, action) === null);
}

/**
 * The document, for reading. Not there, of another organisation, not for this reader: one and the same answer
 * (S2.14).
 */
export async function readableOutgoing(unit: Unit, id: string, lock = false): Promise<Outgoing> {
  const doc = await loadOutgoing(unit, id, lock);
  if (!doc || !(seesAll(unit.actor) || (await hasAccess(unit, 'outgoing', id, subjectsOf(unit.actor)))))
    throw refuse('not-found');
  return doc;
}

/** The document, for reading; see `readableOutgoing`. */
export async function readableIncoming(unit: Unit, id: string, lock = false): Promise<Incoming> {
  const doc = await loadIncoming(unit, id, lock);
  if (!doc || !(seesAll(unit.actor) || (await hasAccess(unit, 'incoming', id, subjectsOf(unit.actor)))))
    throw refuse('not-found');
  return doc;
}

/**
 * The document, locked, when the actor may take this action on it now.
 * @throws Refusal kernel.not-found, wrong-state, not-yours
 */
export async function outgoingFor(unit: Unit, id: string, action: OutgoingAction): Promise<Outgoing> {
  const doc = await readableOutgoing(unit, id, true);
  if (nextOutgoing(doc.state, action) === undefined)
    throw refuseDocument('wrong-state', { state: outgoingStateNames[doc.state] });
  const who = notFor(unit.actor, doc, action);
  if (who !== null) throw refuseDocument('not-yours', { who });
  return doc;
}

/** The document, locked, when the actor may take this action on it now; see `outgoingFor`. */
export async function incomingFor(unit: Unit, id: string, action: IncomingAction): Promise<Incoming> {
  const doc = await readableIncoming(unit, id, true);
  if (nextIncoming(doc.state, action) === undefined)
    throw refuseDocument('wrong-state', { state: incomingStateNames[doc.state] });
  const who = notForIncoming(unit.actor, doc, action);
  if (who !== null) throw refuseDocument('not-yours', { who });
  return doc;
}

/** @throws Refusal kernel.forbidden unless the actor has one of the roles */
export function requireRole(actor: Actor, ...roles: readonly string[]): void {
  if (!roles.some((role) => has(actor, role))) throw refuse('forbidden');
}
