import { readStream, type RecordedEvent, type Unit } from '#kernel';
import { evolveWork, noWork, type Work, type WorkEvent } from './core.ts';
import { documentsWithWork, loadWork } from './store.ts';

/** The work on a document as its events give it. */
function replayWork(events: readonly RecordedEvent[]): Work {
  return events.reduce(
    (work, event) =>
      evolveWork(
        work,
        { ...event.payload, type: event.type.slice('work.'.length) } as unknown as WorkEvent,
        event.at.toISOString(),
      ),
    noWork,
  );
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Replays the record and compares it with the tables. @returns the documents that differ */
export async function rebuild(unit: Unit): Promise<readonly string[]> {
  const different: string[] = [];
  for (const id of await documentsWithWork(unit)) {
    const events = await readStream(unit, `work:${id}`);
    let replayed: unknown;
    try {
      replayed = replayWork(events);
    } catch {
      // A record with a step missing or changed may not be replayable at all.
      replayed = 'impossible';
    }
    if (canonical(replayed) !== canonical(await loadWork(unit, id))) different.push(id);
  }
  return different;
}
