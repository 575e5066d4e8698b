import {
  allSuccessions,
  allTimelines,
  bodyDigest,
  directoryRevision,
  directoryRoot,
  editionBodies,
  editionHash,
  lastKnown,
  signEdition,
} from '#directory';
import { vietnamIso, type Context, type OrgId, type Tx } from '#kernel';
import { commit, encodeEntry, newSalt } from '#ledger';
import type { z } from 'zod';
import type { editionBoard } from './contract.ts';
import {
  editionDigests,
  editionsAfter,
  editionText,
  editionUse,
  insertEdition,
  latestEdition,
  lockEditions,
  nextLogIndex,
  noteApplied,
  type UseRow,
} from './editionStore.ts';
import type { Notary } from './notary.ts';
import { axisService } from './service.ts';

/** What the log commits to: number and name of an edition (docs/protocol/directory-1.md §5). */
export const editionPayload = (n: number, hash: string): Buffer =>
  Buffer.from(`phigiay-directory/1\n${n}\n${hash}\n`);

/** The revision at which the last look found nothing new: a look costs a read of the whole directory. */
const looked = new WeakMap<Context, number>();

/**
 * Publishes what has changed in the directory since the last edition as the next one: signed, and in the log, in one
 * transaction.
 * @returns its number; null when nothing has changed
 */
export async function publishEdition(ctx: Context): Promise<number | null> {
  const { notary, log } = await axisService(ctx);
  const current = await ctx.db.transaction(null, directoryRevision);
  if (looked.get(ctx) === current) return null;
  const published = await ctx.db.transaction(null, async (tx) => {
    await lockEditions(tx);
    const revision = await directoryRevision(tx);
    const n = await writeEdition(tx, notary, revision, ctx.clock.now());
    return { n, revision };
  });
  looked.set(ctx, published.revision);
  if (published.n !== null) log.wake();
  return published.n;
}

async function writeEdition(tx: Tx, notary: Notary, revision: number, at: Date): Promise<number | null> {
  const last = await latestEdition(tx);
  const known = await editionDigests(tx);
  const bodies = editionBodies(await allTimelines(tx), await allSuccessions(tx));
  const digests = new Map(bodies.map((body) => [body.id, bodyDigest(body)] as const));
  const changed = bodies.filter((body) => known.get(body.id)?.digest !== digests.get(body.id));
  // A body of which nothing is known any more (cancelled before its day) is stated as one without versions.
  const gone = [...known.keys()].filter((id) => !digests.has(id));
  for (const id of gone) {
    const body = { id, versions: [], heirs: [] };
    digests.set(id, bodyDigest(body));
    if (known.get(id)?.digest !== digests.get(id)) changed.push(body);
  }
  if (changed.length === 0) return null;
  const n = (last?.n ?? 0) + 1;
  const root = directoryRoot(digests);
  const text = signEdition(
    {
      format: 'phigiay-directory/1',
      edition: n,
      previous: last?.hash ?? null,
      at: vietnamIso(at),
      root,
      bodies: changed,
    },
    notary.receiptKey,
    notary.published.kid,
  );
  const hash = editionHash(text);
  const salt = newSalt();
  const logIndex = await nextLogIndex(tx);
  const commitment = commit(salt, editionPayload(n, hash));
  const entry = encodeEntry({ kind: 'directory', time: at.getTime(), commitment });
  await insertEdition(
    tx,
    { n, text, hash, root, revision, bodies: changed.length, publishedAt: at, logIndex, salt },
    entry,
    new Map(changed.map(({ id }) => [id, digests.get(id) as string])),
  );
  return n;
}

/** A subscriber says what it runs. @returns whether its root is that of the edition; null for an unknown edition */
export async function acknowledgeEdition(
  ctx: Context,
  said: {
    readonly subscriber: string;
    readonly org: OrgId;
    readonly edition: number;
    readonly root: string;
  },
): Promise<boolean | null> {
  return await ctx.db.transaction(null, async (tx) => {
    const edition = await editionText(tx, said.edition);
    if (!edition) return null;
    const diverged = edition.root !== said.root;
    await noteApplied(tx, { ...said, diverged, at: ctx.clock.now() });
    return !diverged;
  });
}

const dayMs = 86_400_000;
type Board = z.input<typeof editionBoard>;

/** Which edition everybody runs; behind for more than a day is a finding. */
export async function boardOfEditions(tx: Tx, now: Date): Promise<Board> {
  const latest = await latestEdition(tx);
  const n = latest?.n ?? 0;
  const editions = await editionsAfter(tx, Math.max(0, n - 50), 50);
  const use = await editionUse(tx);
  const names = await lastKnown(tx, [...new Set(use.map(({ orgId }) => orgId))]);
  const firstMissed = new Map(editions.map((edition) => [edition.n, edition.publishedAt]));
  const stateOf = (row: UseRow): Board['subscribers'][number]['state'] => {
    if (row.diverged) return 'diverged';
    // Software of the VXP protocol cannot say what it applied: what it asked for is all that is known.
    const at = row.subscriber.startsWith('vxp:') ? row.asked : row.applied;
    if (at === 0) return 'never';
    if (at >= n) return 'current';
    const since = firstMissed.get(at + 1) ?? new Date(0);
    return now.getTime() - since.getTime() > dayMs ? 'late' : 'behind';
  };
  const subscribers = use.map((row) => ({
    subscriber: row.subscriber,
    organisation: names.get(row.orgId)?.name ?? '',
    code: names.get(row.orgId)?.code ?? '',
    asked: row.asked,
    askedAt: row.askedAt?.toISOString() ?? null,
    applied: row.applied,
    appliedAt: row.appliedAt?.toISOString() ?? null,
    state: stateOf(row),
  }));
  return {
    editions: editions.toReversed().map((edition) => ({
      edition: edition.n,
      hash: edition.hash,
      bodies: edition.bodies,
      publishedAt: edition.publishedAt.toISOString(),
      logIndex: edition.logIndex,
    })),
    latest: n,
    subscribers,
    counts: {
      current: subscribers.filter(({ state }) => state === 'current').length,
      total: subscribers.length,
    },
  };
}
