import { readStream, type RecordedEvent, type Unit } from '#kernel';
import type { z } from 'zod';
import type { historyLine } from './contract.ts';
import { eventText } from './texts.ts';

type Line = z.infer<typeof historyLine>;

/** Contents and lists that say nothing on one line of history. */
const left = new Set(['content', 'facts', 'holder', 'recipients']);

/** The events of a document as the screen shows them. */
export async function historyOf(
  unit: Unit,
  stream: string,
): Promise<{ readonly events: readonly RecordedEvent[]; readonly lines: Line[] }> {
  const events = (await readStream(unit, stream)).filter((event) => event.type.startsWith('documents.'));
  const lines = events.map((event): Line => {
    const type = event.type.slice('documents.'.length);
    return {
      seq: event.seq,
      at: event.at.toISOString(),
      type,
      actor: event.actor.name,
      post: event.actor.post ?? null,
      text: eventText(type, event.payload),
      detail: Object.fromEntries(Object.entries(event.payload).filter(([name]) => !left.has(name))),
    };
  });
  return { events, lines };
}
