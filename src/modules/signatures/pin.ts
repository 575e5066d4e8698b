import { unitOfWork, type Unit } from '#kernel';
import { record } from '#audit';
import { refuse } from './refusals.ts';
import { clearWrongPins, recordWrongPins, type KeyRow } from './store.ts';

/** Wrong PINs in a row after which a key is locked. */
export const wrongPinLimit = 5;

// Wrong PINs in a row by key, of this process: counted before anything can be rolled back.
const wrongInARow = new Map<string, number>();
const busy = new Map<string, Promise<unknown>>();
const recording = new Set<Promise<unknown>>();

/** One try after another for each key, so that a hundred guesses at once are not a hundred tries. */
async function inTurn<T>(keyId: string, work: () => Promise<T>): Promise<T> {
  const before = busy.get(keyId) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  busy.set(keyId, settled);
  try {
    return await mine;
  } finally {
    if (busy.get(keyId) === settled) busy.delete(keyId);
  }
}

/**
 * A wrong PIN must stay counted although the refusal rolls the caller's transaction back: it is written in a
 * transaction of its own, which nobody waits for (waiting would hold two connections at once). Until it is written
 * the count of this process holds.
 */
function keepWrongPin(unit: Unit, key: KeyRow, wrong: number): void {
  const kept = unitOfWork(unit.ctx, { org: unit.org, actor: unit.actor }, async (own) => {
    await recordWrongPins(own.tx, key.id, wrong, wrongPinLimit, own.now);
    await record(own, {
      action: wrong >= wrongPinLimit ? 'signatures.key-locked' : 'signatures.wrong-pin',
      object: `key:${key.id}`,
      detail: { kind: key.kind, remaining: Math.max(0, wrongPinLimit - wrong) },
    });
  }).catch((error: unknown) => unit.ctx.log.error({ err: error }, 'a wrong PIN could not be recorded'));
  recording.add(kept);
  void kept.finally(() => recording.delete(kept));
}

/** Ends when every wrong PIN so far is written down. */
export async function wrongPinsRecorded(): Promise<void> {
  await Promise.all(recording);
}

/**
 * Opens a key with its PIN.
 * @param open returns null when the PIN is wrong
 * @throws Refusal `wrong-pin` with the remaining tries, `key-locked` after five wrong ones in a row
 */
export async function openWithPin<T>(
  unit: Unit,
  key: KeyRow,
  open: () => T | null | Promise<T | null>,
): Promise<T> {
  return await inTurn(key.id, async () => {
    const before = Math.max(wrongInARow.get(key.id) ?? 0, key.wrong_pins);
    if (key.locked_at !== null || before >= wrongPinLimit) throw refuse('key-locked');
    const opened = await open();
    if (opened === null) {
      const wrong = before + 1;
      wrongInARow.set(key.id, wrong);
      keepWrongPin(unit, key, wrong);
      throw wrong >= wrongPinLimit
        ? refuse('key-locked')
        : refuse('wrong-pin', { remaining: wrongPinLimit - wrong });
    }
    wrongInARow.delete(key.id);
    await clearWrongPins(unit.tx, key.id);
    return opened;
  });
}
