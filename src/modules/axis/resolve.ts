import { resolveRecipients, type Organisation } from '#directory';
import type { Context, OrgId } from '#kernel';
import type { Recipient } from './batch.ts';

const cacheMs = 5_000;
const mostCached = 200_000;

/** Codes to organisations. */
export interface CodeBook {
  /** The organisations of the codes, one each in the order of its first code, and the codes that nobody has. */
  resolve(codes: readonly string[]): Promise<{
    readonly found: readonly (Recipient & { readonly codes: readonly string[] })[];
    readonly unknown: readonly string[];
  }>;
  orgOf(code: string): Promise<OrgId | null>;
}

/**
 * The directory, remembered for five seconds: an axis asks for the same codes thousands of times a second. A code
 * that nobody has is never remembered, so that a new organisation is found at once.
 */
export function createCodeBook(ctx: Context): CodeBook {
  const cache = new Map<string, { readonly org: Organisation; readonly until: number }>();
  const keyOf = (code: string): string => code.replace(/\s+/g, '').toUpperCase();

  /** Questions under way: who asks the same at the same time waits for the same answer. */
  const asked = new Map<string, Promise<void>>();
  const missingOf = (codes: readonly string[]): readonly string[] => {
    const nowMs = Date.now();
    return codes.filter((code) => (cache.get(keyOf(code))?.until ?? 0) <= nowMs);
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
    const { found } = await ctx.db.transaction(null, (tx) =>
      resolveRecipients(tx, [...new Set(missing)], ctx.clock.now()),
    );
    for (const code of missing) cache.delete(keyOf(code));
    for (const { org, codes: known } of found) {
      for (const code of known) cache.set(keyOf(code), { org, until: nowMs + cacheMs });
    }
  }

  return {
    async resolve(codes) {
      await look(codes);
      const found = new Map<OrgId, Recipient & { codes: string[] }>();
      const unknown: string[] = [];
      for (const code of codes) {
        const org = cache.get(keyOf(code))?.org;
        if (!org) {
          unknown.push(code);
          continue;
        }
        const before = found.get(org.id);
        if (before) before.codes.push(code);
        else found.set(org.id, { orgId: org.id, code: code.trim(), name: org.name, codes: [code] });
      }
      return { found: [...found.values()], unknown };
    },
    async orgOf(code) {
      await look([code]);
      return cache.get(keyOf(code))?.org.id ?? null;
    },
  };
}
