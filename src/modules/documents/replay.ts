import { readStream, type RecordedEvent, type Unit } from '#kernel';
import { evolveIncoming, type Incoming, type IncomingEvent } from './incoming.ts';
import {
  evolveOutgoing,
  evolveRecipient,
  untouchedRecipient,
  type Outgoing,
  type OutgoingEvent,
  type RecipientState,
} from './outgoing.ts';
import { loadIncoming, loadOutgoing, recipientsOf, streamsOf } from './store.ts';

/** An event of this room as its core knows it, out of the record. */
function coreEvent<E extends { readonly type: string }>(event: RecordedEvent): E {
  const { holder: _holder, ...payload } = event.payload;
  // `held-by` and `directed` carry a holder of their own.
  const own =
    event.type === 'documents.held-by' ||
    event.type === 'documents.directed' ||
    event.type === 'documents.handed-back'
      ? event.payload
      : payload;
  return { ...own, type: event.type.slice('documents.'.length) } as unknown as E;
}

const own = (events: readonly RecordedEvent[]): RecordedEvent[] =>
  events.filter((event) => event.type.startsWith('documents.'));

/** An outgoing document and its receivers as their events give them. */
function replayOutgoing(
  id: string,
  events: readonly RecordedEvent[],
): { readonly doc: Outgoing | null; readonly recipients: ReadonlyMap<string, RecipientState> } {
  let doc: Outgoing | null = null;
  const recipients = new Map<string, RecipientState>();
  for (const recorded of own(events)) {
    const event = coreEvent<OutgoingEvent>(recorded);
    doc = evolveOutgoing(doc, event, { id, at: recorded.at.toISOString() });
    if (event.type === 'issued')
      for (const recipient of doc.content.recipients) recipients.set(recipient, untouchedRecipient);
    if (event.type === 'undone') recipients.clear();
    if (event.type === 'status-received') {
      const before = recipients.get(event.recipient) ?? untouchedRecipient;
      recipients.set(event.recipient, evolveRecipient(before, event.statusCode, event.description));
    }
    if (event.type === 'recalled') {
      for (const recipient of event.recipients)
        recipients.set(recipient, {
          ...(recipients.get(recipient) ?? untouchedRecipient),
          recall: 'requested',
        });
    }
  }
  return { doc, recipients };
}

/** An incoming document as its events give it. */
function replayIncoming(id: string, events: readonly RecordedEvent[]): Incoming | null {
  let doc: Incoming | null = null;
  for (const recorded of own(events)) {
    doc = evolveIncoming(doc, coreEvent<IncomingEvent>(recorded), { id, at: recorded.at.toISOString() });
  }
  return doc;
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** A record with a step missing or changed may not be replayable at all: then it differs from any row. */
function replayed<T>(replay: () => T): T | 'impossible' {
  try {
    return replay();
  } catch {
    return 'impossible';
  }
}

/**
 * Replays the record of one organisation and compares it with the tables (lesson L1).
 * @returns the streams whose tables say something else; empty when the record is the truth
 */
export async function rebuild(unit: Unit): Promise<readonly string[]> {
  const different: string[] = [];
  for (const stream of await streamsOf(unit, 'outgoing')) {
    const id = stream.split(':')[1]!;
    const events = await readStream(unit, stream);
    const truth = replayed(() => replayOutgoing(id, events));
    const stored = await loadOutgoing(unit, id, false);
    const lines = (await recipientsOf(unit, id)).map(({ recipientId, status, refusal, recall }) => [
      recipientId,
      { status, refusal, recall },
    ]);
    const same =
      truth !== 'impossible' &&
      canonical(settled(truth.doc)) === canonical(settled(stored)) &&
      canonical(Object.fromEntries(lines)) === canonical(Object.fromEntries(truth.recipients));
    if (!same) different.push(stream);
  }
  for (const stream of await streamsOf(unit, 'incoming')) {
    const id = stream.split(':')[1]!;
    const events = await readStream(unit, stream);
    const doc = replayed(() => replayIncoming(id, events));
    if (canonical(doc) !== canonical(await loadIncoming(unit, id, false))) different.push(stream);
  }
  return different;
}

/** A status that changes nothing on the document leaves its row, and with it `updatedAt`, as it was. */
function settled(doc: Outgoing | null): object | null {
  return doc === null ? null : { ...doc, updatedAt: null };
}
