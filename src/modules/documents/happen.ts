import { record } from '#audit';
import type { Unit } from '#kernel';
import type { Timer } from './contract.ts';
import { toldBy, evolveIncoming, type Incoming, type IncomingEvent } from './incoming.ts';
import { evolveOutgoing, type Outgoing, type OutgoingEvent, type PersonRef } from './outgoing.ts';
import { tellSender } from './tell.ts';
import { saveIncoming, saveOutgoing } from './store.ts';
import { incomingTimers, outgoingTimers } from './timers.ts';

/** Who acts, as the record keeps them. */
export function actorRef(unit: Pick<Unit, 'actor'>): PersonRef {
  const { actor } = unit;
  return {
    id: actor.personId ?? actor.id,
    name: actor.name,
    ...(actor.post === undefined ? {} : { post: actor.post }),
  };
}

const withoutType = <E extends { readonly type: string }>(event: E): Record<string, unknown> => {
  const { type: _type, ...rest } = event;
  return rest;
};

/** Until when the law wants the next step of whoever holds the document now. */
function nextDue(timers: readonly Timer[]): string | null {
  return timers.flatMap((timer) => (timer.doneAt === null ? [timer.due] : [])).sort()[0] ?? null;
}

/** Content of a draft says nothing in the audit that the record does not say better. */
function auditDetail(event: OutgoingEvent | IncomingEvent): Readonly<Record<string, unknown>> {
  const { content, facts, ...rest } = withoutType(event);
  return content !== undefined || facts !== undefined ? {} : rest;
}

/**
 * Lets something happen to an outgoing document: the row, the event with its holder, the audit entry, and whatever
 * other rooms do about it, in one transaction.
 * @returns the document after it
 */
export async function happenOutgoing(
  unit: Unit,
  doc: Outgoing | null,
  id: string,
  event: OutgoingEvent,
): Promise<Outgoing> {
  const after = evolveOutgoing(doc, event, { id, at: unit.now.toISOString() });
  // A status that changes nothing on the document itself need not rewrite its row.
  if (event.type !== 'status-received' || after.attention !== doc?.attention) await saveOutgoing(unit, after);
  await unit.publish({
    stream: `outgoing:${id}`,
    type: `documents.${event.type}`,
    payload: {
      ...withoutType(event),
      holder: after.holder,
      legalDue: nextDue(outgoingTimers(after, unit.now)),
    },
  });
  await record(unit, {
    action: `documents.${event.type}`,
    object: `outgoing:${id}`,
    detail: auditDetail(event),
  });
  return after;
}

/** Lets something happen to an incoming document, and tells its sender what they must know (03 to 06). */
export async function happenIncoming(
  unit: Unit,
  doc: Incoming | null,
  id: string,
  event: IncomingEvent,
  toSender = '',
): Promise<Incoming> {
  const after = evolveIncoming(doc, event, { id, at: unit.now.toISOString() });
  await saveIncoming(unit, after);
  await unit.publish({
    stream: `incoming:${id}`,
    type: `documents.${event.type}`,
    payload: {
      ...withoutType(event),
      holder: after.holder,
      legalDue: nextDue(incomingTimers(after, unit.now)),
    },
  });
  await record(unit, {
    action: `documents.${event.type}`,
    object: `incoming:${id}`,
    detail: auditDetail(event),
  });
  if (event.type in toldBy && doc !== null && after.told !== doc.told && after.told !== null)
    await tellSender(unit, after, after.told, toSender);
  return after;
}
