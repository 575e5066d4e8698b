import { vietnamDate, type OrgId, type Tx } from '#kernel';
import { isCode, normaliseCode } from './codes.ts';
import { successionsAround } from './decisionStore.ts';
import { organisationsById, lastKnown, resolveRecipients } from './store.ts';
import type { Organisation } from './types.ts';
import { ownersOf } from './versionStore.ts';

/** Why a letter to a code reaches a body that does not have it. */
export interface Forwarded {
  /** The code as it was written. */
  readonly code: string;
  /** The body that had it; its last name. */
  readonly name: string;
  /** Number of the decision; empty when the body itself has another code today. */
  readonly basis: string;
  /** Day of the decision, yyyy-MM-dd; empty as above. */
  readonly on: string;
}

/** A body, and by which road one came to it. */
export interface Resolved {
  readonly org: Organisation;
  readonly codes: string[];
  /** Null when one of the codes is its own today. */
  readonly forwarded: Forwarded | null;
  /** For each of `codes` that is not its own today: whose it was. */
  readonly forwardedCodes: ReadonlyMap<string, Forwarded>;
}

/** A reorganisation of reorganisations: more steps than this are an error in the data. */
const longestChain = 50;

/** Who answers today for bodies that have ended, step by step along the heirs that take their letters. */
export async function heirsOf(
  tx: Tx,
  ids: readonly OrgId[],
  at: Date,
): Promise<ReadonlyMap<OrgId, { readonly org: Organisation; readonly basis: string; readonly on: string }>> {
  const day = vietnamDate(at);
  const result = new Map<OrgId, { org: Organisation; basis: string; on: string }>();
  /** Where each chain stands, and the first step that led there. */
  let open = new Map<OrgId, { at: OrgId; basis: string; on: string }>(
    ids.map((id) => [id, { at: id, basis: '', on: '' }]),
  );
  for (let step = 0; step < longestChain && open.size > 0; step += 1) {
    const places = [...new Set([...open.values()].map((one) => one.at))];
    const living = await organisationsById(tx, places, at);
    const steps = await successionsAround(tx, places, 'from', day);
    const next = new Map<OrgId, (typeof steps)[number]>();
    for (const one of steps) if (one.letters) next.set(one.from, one);
    const going: typeof open = new Map();
    for (const [id, chain] of open) {
      const org = living.get(chain.at);
      if (org) result.set(id, { org, basis: chain.basis, on: chain.on });
      const onward = org ? undefined : next.get(chain.at);
      if (onward)
        going.set(id, {
          at: onward.to,
          basis: chain.basis || onward.basis,
          on: chain.on || onward.effective,
        });
    }
    open = going;
  }
  return result;
}

/**
 * Resolves the codes of a letter's receivers for its delivery: a code that nobody has today, but somebody had, leads
 * to that body's heir, or to the body itself under its new code.
 * @returns one entry for each body that answers, and the codes that never were anybody's or have nobody left
 */
export async function resolveForDelivery(
  tx: Tx,
  codes: readonly string[],
  at: Date,
): Promise<{ readonly found: readonly Resolved[]; readonly unknown: readonly string[] }> {
  const direct = await resolveRecipients(tx, codes, at);
  const found = new Map<OrgId, Resolved>(
    direct.found.map(({ org, codes: named }) => [
      org.id,
      { org, codes: named, forwarded: null, forwardedCodes: new Map() },
    ]),
  );
  if (direct.unknown.length === 0) return { found: [...found.values()], unknown: [] };
  const keys = new Map(direct.unknown.map((code) => [code, normaliseCode(code)]));
  const owners = await ownersOf(tx, [...new Set(keys.values())].filter(isCode));
  const ids = [...new Set(owners.values())];
  const heirs = await heirsOf(tx, ids, at);
  const names = await lastKnown(tx, ids);
  const unknown: string[] = [];
  for (const [code, key] of keys) {
    const owner = owners.get(key);
    const heir = owner && heirs.get(owner);
    if (!owner || !heir) {
      unknown.push(code);
      continue;
    }
    const name = names.get(owner)?.name ?? '';
    const forwarded = { code, name, basis: heir.basis, on: heir.on };
    const known = found.get(heir.org.id);
    known?.codes.push(code);
    const forwardedCodes = new Map([...(known?.forwardedCodes ?? []), [code, forwarded] as const]);
    const { org } = heir;
    found.set(
      org.id,
      known ? { ...known, forwardedCodes } : { org, codes: [code], forwarded, forwardedCodes },
    );
  }
  return { found: [...found.values()], unknown };
}

/** Who answers today for a code of any time; null when the code was never anybody's or nobody is left. */
export async function answersFor(tx: Tx, code: string, at: Date): Promise<Resolved | null> {
  return (await resolveForDelivery(tx, [code], at)).found[0] ?? null;
}
