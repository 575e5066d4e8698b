import { sha256Hex, type Context } from '#kernel';
import {
  guardedFetch,
  httpRevocation,
  onlineEvidence,
  pdfPolicy,
  verifyPdf,
  type PdfReport,
  type TrustAnchor,
} from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { lru, type Lru } from './lru.ts';
import { refuse } from './refusals.ts';
import { trustSet, type TrustSet } from './trust.ts';

/** A report of a file is some kilobytes. */
const reportsKept = 500;
/** How long a report stands for the present: a certificate may be revoked meanwhile. */
const freshMs = 10 * 60_000;

const caches = new WeakMap<Context, Lru<Promise<PdfReport>>>();

function cacheOf(ctx: Context): Lru<Promise<PdfReport>> {
  let cache = caches.get(ctx);
  if (!cache) caches.set(ctx, (cache = lru(reportsKept)));
  return cache;
}

/**
 * Verifies the signatures of a PDF by the roots that this installation believes (ETSI EN 319 102-1). The report is
 * kept by file, trust set and moment (ten minutes of it), so that a list that shows it again costs nothing.
 * @param options `at` the moment for which the answer is wanted, where no time-stamp proves another
 * @throws PdfError when the bytes are no readable PDF; Refusal file-too-large, policy-unreadable
 */
export async function verifyFile(
  ctx: Context,
  bytes: Uint8Array,
  options: { readonly at?: Date } = {},
): Promise<PdfReport> {
  const limit = ctx.config.maxPackageBytes;
  if (bytes.length > limit) throw refuse('file-too-large', { limit: Math.floor(limit / 1_048_576) });
  const trust = await trustSet(ctx);
  const now = ctx.clock.now();
  const moment = (at: Date): number => Math.floor(at.getTime() / freshMs);
  const key = `${sha256Hex(bytes)}|${trust.fingerprint}|${moment(now)}|${moment(options.at ?? now)}`;
  const cache = cacheOf(ctx);
  let report = cache.get(key);
  if (!report) {
    report = verify(ctx, bytes, trust, now, options.at);
    cache.set(key, report);
    // A failure is not an answer: the next caller gets a fresh one.
    report.catch(() => cache.forget(key));
  }
  return await report;
}

async function verify(
  ctx: Context,
  bytes: Uint8Array,
  { anchors, policy }: TrustSet,
  now: Date,
  at: Date | undefined,
): Promise<PdfReport> {
  const held = await heldAuthority(ctx);
  return await verifyPdf(bytes, {
    ...(policy === undefined ? {} : pdfPolicy(policy, { now })),
    anchors,
    now,
    ...(at === undefined ? {} : { at }),
    ...(held ? { evidence: { crls: await held.crls() } } : {}),
    ...(ctx.config.fetchEvidence ? { fetchEvidence: elsewhere(ctx, anchors, now) } : {}),
  });
}

/** Asks others what a file lacks, where the operator wants it; never a host of this network that is not allowed. */
function elsewhere(
  ctx: Context,
  anchors: readonly TrustAnchor[],
  now: Date,
): ReturnType<typeof onlineEvidence> {
  const fetch = guardedFetch({ allow: ctx.config.fetchAllow });
  return onlineEvidence({
    anchors,
    now,
    fetch: httpRevocation({ fetch, timeout: 5_000 }),
    onFailure: (detail) => ctx.log.info({ detail }, 'evidence was asked for and did not come'),
  });
}
