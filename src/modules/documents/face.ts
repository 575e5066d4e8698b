import type { Unit } from '#kernel';
import { happenIncoming } from './happen.ts';
import type { Holder } from './contract.ts';
import { stateAfter, type Incoming, type IncomingEvent } from './incoming.ts';
import { readableIncoming, readableOutgoing } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { grantAccess, loadIncoming, loadIncomings, loadOutgoings } from './store.ts';
import { incomingStateNames } from './texts.ts';

/** What the room `work` needs of this one: it moves an incoming document on, and names what it moves. */

/**
 * An incoming document for reading, by the rights of this room.
 * @throws Refusal kernel.not-found
 */
export async function incomingById(
  unit: Unit,
  id: string,
  options: { readonly lock?: boolean } = {},
): Promise<Incoming> {
  return await readableIncoming(unit, id, options.lock ?? false);
}

/** @throws Refusal kernel.not-found unless the actor may read the document */
export async function readableDocument(unit: Unit, kind: 'incoming' | 'outgoing', id: string): Promise<void> {
  await (kind === 'incoming' ? readableIncoming : readableOutgoing)(unit, id);
}

async function move(unit: Unit, id: string, event: IncomingEvent, toSender: string): Promise<Incoming> {
  const doc = await loadIncoming(unit, id, true);
  if (!doc || stateAfter(doc, event) === undefined)
    throw refuseDocument('wrong-state', { state: doc === null ? '' : incomingStateNames[doc.state] });
  return await happenIncoming(unit, doc, id, event, toSender);
}

/** A direction was written: the lead holds the document; the sender is told 04. @throws Refusal wrong-state */
export async function directIncoming(
  unit: Unit,
  id: string,
  lead: Holder,
  toSender: string,
): Promise<Incoming> {
  return await move(unit, id, { type: 'directed', holder: lead }, toSender);
}

/** The lead gave it back: whoever directed it holds it again. @throws Refusal wrong-state */
export async function handBackIncoming(
  unit: Unit,
  id: string,
  to: Holder,
  reason: string,
): Promise<Incoming> {
  return await move(unit, id, { type: 'handed-back', holder: to, reason }, '');
}

/** Work has begun; the sender is told 05 the first time. @throws Refusal wrong-state */
export async function startWorkOnIncoming(unit: Unit, id: string, toSender: string): Promise<Incoming> {
  return await move(unit, id, { type: 'work-started' }, toSender);
}

/** The work went to another desk without changing its state. @throws Refusal wrong-state */
export async function holdIncoming(unit: Unit, id: string, holder: Holder): Promise<Incoming> {
  return await move(unit, id, { type: 'held-by', holder }, '');
}

/** Lets people, or the heads of units, read the document. */
export async function grantIncoming(unit: Unit, id: string, subjects: readonly string[]): Promise<void> {
  await grantAccess(unit, 'incoming', id, subjects);
}

/** A document on one line, as lists of work show it. */
export interface DocumentLine {
  readonly id: string;
  readonly kind: 'incoming' | 'outgoing';
  readonly notation: string | null;
  readonly abstract: string;
  /** Incoming: who issued it; outgoing: who gets it. */
  readonly partyName: string;
  readonly urgency: number;
  readonly state: string;
  readonly at: string;
  /** The deadline that the document itself names, yyyy-MM-dd. */
  readonly dueDate: string | null;
}

/** The lines of documents named `incoming:<id>` or `outgoing:<id>`; unknown ones are left out. */
export async function documentLines(
  unit: Pick<Unit, 'tx' | 'org'>,
  refs: readonly string[],
): Promise<ReadonlyMap<string, DocumentLine>> {
  const ids = (kind: string): string[] => [
    ...new Set(refs.filter((ref) => ref.startsWith(`${kind}:`)).map((ref) => ref.slice(kind.length + 1))),
  ];
  const lines = new Map<string, DocumentLine>();
  for (const doc of await loadIncomings(unit, ids('incoming'))) {
    lines.set(`incoming:${doc.id}`, {
      id: doc.id,
      kind: 'incoming',
      notation: doc.facts.notation,
      abstract: doc.abstract,
      partyName: doc.facts.issuerName,
      urgency: doc.facts.urgency,
      state: doc.state,
      at: doc.arrivedAt,
      dueDate: doc.dueDate,
    });
  }
  for (const doc of await loadOutgoings(unit, ids('outgoing'))) {
    lines.set(`outgoing:${doc.id}`, {
      id: doc.id,
      kind: 'outgoing',
      notation: doc.notation,
      abstract: doc.content.abstract,
      partyName: doc.content.recipientSummary,
      urgency: doc.content.urgency,
      state: doc.state,
      at: doc.createdAt,
      dueDate: doc.content.dueDate,
    });
  }
  return lines;
}
