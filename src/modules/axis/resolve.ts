import { resolveForDelivery, type Organisation } from '#directory';
import type { Context, OrgId } from '#kernel';
import type { ForwardNote, Recipient } from './batch.ts';

const cacheMs = 5_000;
const mostCached = 200_000;

interface Known {
  readonly org: Organisation;
  readonly note: ForwardNote | null;
  readonly until: number;
  readonly day: number;
}

/** The day in Viet Nam, counted: a code may end at midnight, and nothing is remembered beyond it. */
const dayOf = (now: Date): number => Math.floor((now.getTime() + 7 * 3_600_000) / 86_400_000);

/** Codes to organisations. */
export interface CodeBook {
  /** The organisations of the codes, one each in the order of its first code, and the codes that nobody has. */
  resolve(codes: readonly string[]): Promise<{
    readonly found: readonly (Recipient & { readonly codes: readonly string[] })[];
    readonly unknown: readonly string[];
  }>;
  orgOf(code: string): Promise<OrgId | null>;
  /** Who answers for a code that has ended; null for a code in force and for one that never was. */
  forwardOf(code: string): Promise<ForwardNote | null>;
}

/**
 * The directory, remembered for five seconds: an axis asks for the same codes thousands of times a second. A code
 * that nobody has is never remembered, so that a new organisation is found at once.
 */
export function createCodeBook(ctx: Context): CodeBook {
  const cache = new Map<string, Known>();
  const keyOf = (code: string): string => code.replace(/\s+/g, '').toUpperCase();

  /** Questions under way: who asks the same at the same time waits for the same answer. */
  const asked = new Map<string, Promise<void>>();
  const missingOf = (codes: readonly string[]): readonly string[] => {
    const nowMs = Date.now();
    const today = dayOf(ctx.clock.now());
    return codes.filter((code) => {
      const known = cache.get(keyOf(code));
      return known === undefined || known.until <= nowMs || known.day !== today;
    });
  };

  async function look(codes: readonly string[]): Promise<void> {
    let missing = missingOf(codes);
    if (missing.length === 0) return;
    const question = missing.map(keyOf).join('\n');
    const underWay = asked.get(question);
    if (underWay) {
      await underWay;
      // Asked before this caller came: what it did not find may have been added since.
      missing = missingOf(codes);
      if (missing.length > 0) await ask(missing);
      return;
    }
    const answer = ask(missing).finally(() => asked.delete(question));
    asked.set(question, answer);
    await answer;
  }

  async function ask(missing: readonly string[]): Promise<void> {
    const nowMs = Date.now();
    if (cache.size > mostCached) cache.clear();
    const now = ctx.clock.now();
    const day = dayOf(now);
    const { found } = await ctx.db.transaction(null, (tx) =>
      resolveForDelivery(tx, [...new Set(missing)], now),
    );
    for (const code of missing) cache.delete(keyOf(code));
    const until = nowMs + cacheMs;
    for (const { org, codes: known, forwardedCodes } of found) {
      for (const code of known) {
        const was = forwardedCodes.get(code) ?? null;
        const note = was && { ...was, toCode: org.code, toName: org.name };
        cache.set(keyOf(code), { org, note, until, day });
      }
    }
  }

  return {
    async resolve(codes) {
      await look(codes);
      const found = new Map<OrgId, Recipient & { codes: string[] }>();
      const unknown: string[] = [];
      for (const code of codes) {
        const known = cache.get(keyOf(code));
        if (!known) {
          unknown.push(code);
          continue;
        }
        const { org, note } = known;
        const before = found.get(org.id);
        // Written to the body itself as well: then it is no forwarded letter.
        if (before && (!before.forwarded || note !== null)) before.codes.push(code);
        else
          found.set(org.id, {
            orgId: org.id,
            code: code.trim(),
            name: org.name,
            forwarded: note,
            codes: [...(before?.codes ?? []), code],
          });
      }
      return { found: [...found.values()], unknown };
    },
    async orgOf(code) {
      await look([code]);
      const known = cache.get(keyOf(code));
      return known?.note === null ? known.org.id : null;
    },
    async forwardOf(code) {
      await look([code]);
      return cache.get(keyOf(code))?.note ?? null;
    },
  };
}
