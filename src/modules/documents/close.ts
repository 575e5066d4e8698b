import type { Unit } from '#kernel';
import { happenIncoming } from './happen.ts';
import { stateAfter, type Incoming, type IncomingEvent } from './incoming.ts';
import { loadIncoming } from './store.ts';

/**
 * Closes an incoming document, whoever asks: its reply left the house, its work is done, a clerk noted it. What is
 * closed, refused or taken back already stays as it is. The sender is told 06.
 */
export async function closeIncoming(
  unit: Unit,
  id: string,
  how: {
    readonly how: 'replied' | 'noted' | 'filed';
    readonly byOutgoingId: string | null;
    readonly note: string;
  },
): Promise<Incoming | null> {
  const doc = await loadIncoming(unit, id, true);
  const event: IncomingEvent = { type: 'closed', ...how };
  if (!doc || stateAfter(doc, event) === undefined) return doc;
  return await happenIncoming(unit, doc, id, event, how.note);
}
