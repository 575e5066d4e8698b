import type { KeyObject } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Context, OrgId } from '#kernel';
import { alwaysCovered, verifyRequest } from '#signing';
import { publicKeyOf } from '../members.ts';
import { refuseAxis } from '../refusals.ts';
import { memberByKey } from '../store.ts';

/** How old a signature may be, seconds (axis-1 §3.4). */
export const signatureWindowSeconds = 300;
const keyCacheMs = 5_000;
const mostNonces = 1_000_000;

interface KnownKey {
  readonly key: KeyObject;
  readonly orgId: OrgId;
  readonly until: number;
}

/** Who signed a request. */
export interface Caller {
  readonly orgId: OrgId;
  readonly keyId: string;
}

/**
 * Remembers the nonces of the window. In memory: after a restart a captured request could be sent once more within
 * its five minutes, and then only repeats what axis-1 makes repeatable (§5: same package, same receipt).
 */
export function createNonces(): { first(keyId: string, nonce: string, atMs: number): boolean } {
  let current = new Set<string>();
  let previous = new Set<string>();
  let turnedAt = 0;
  // A signature may be 60 s ahead of our clock, so that it can be good for 360 s.
  const spanMs = (signatureWindowSeconds + 60) * 1_000;
  return {
    first(keyId, nonce, atMs) {
      if (atMs - turnedAt > spanMs || current.size >= mostNonces) {
        previous = atMs - turnedAt > 2 * spanMs ? new Set() : current;
        current = new Set();
        turnedAt = atMs;
      }
      const mark = `${keyId}\n${nonce}`;
      if (current.has(mark) || previous.has(mark)) return false;
      current.add(mark);
      return true;
    },
  };
}

/**
 * Makes the check of a request's signature, made of its head alone, before any of its body is read.
 * @throws `axis.signature-refused`, `axis.replayed`
 */
export function createAuthenticator(ctx: Context): (request: FastifyRequest) => Promise<Caller> {
  const keys = new Map<string, KnownKey>();
  const nonces = createNonces();

  /** Questions under way: who asks for the same key at the same time waits for the same answer. */
  const asked = new Map<string, Promise<KnownKey | null>>();

  async function knownKey(keyId: string): Promise<KnownKey | null> {
    const cached = keys.get(keyId);
    if (cached && cached.until > Date.now()) return cached;
    const underWay = asked.get(keyId);
    // Asked before this request came: a member that was not there may have been added since.
    if (underWay) return (await underWay) ?? (await readKey(keyId));
    const answer = readKey(keyId).finally(() => asked.delete(keyId));
    asked.set(keyId, answer);
    return await answer;
  }

  async function readKey(keyId: string): Promise<KnownKey | null> {
    const nowMs = Date.now();
    const row = await ctx.db.transaction(null, (tx) => memberByKey(tx, keyId));
    const key = row ? publicKeyOf(row.certificatePem, ctx.clock.now()) : null;
    if (!row || !key) {
      keys.delete(keyId);
      return null;
    }
    const known = { key, orgId: row.orgId, until: nowMs + keyCacheMs };
    keys.set(keyId, known);
    return known;
  }

  return async (request) => {
    const writes = request.method !== 'GET' && request.method !== 'HEAD';
    const now = ctx.clock.now();
    let signer: KnownKey | null = null;
    const verified = await verifyRequest({
      method: request.method,
      url: `http://${request.headers.host ?? 'localhost'}${request.raw.url ?? '/'}`,
      headers: request.headers,
      now,
      findKey: async (keyId) => (signer = await knownKey(keyId))?.key ?? null,
      required: [...alwaysCovered, ...(writes ? ['content-digest'] : []), ...sentOfOurs(request)],
      maxAgeSeconds: signatureWindowSeconds,
      nonceRequired: true,
    }).catch(() => ({ ok: false as const, reason: 'malformed' as const }));
    if (!verified.ok) throw refuseAxis('signature-refused', { reason: verified.reason });
    if (writes && !nonces.first(verified.keyId, verified.nonce, now.getTime())) throw refuseAxis('replayed');
    return { orgId: (signer as KnownKey | null)!.orgId, keyId: verified.keyId };
  };
}

/** Fields that steer what happens are signed, or they are refused. */
function sentOfOurs(request: FastifyRequest): string[] {
  return Object.keys(request.headers).filter(
    (name) => name === 'idempotency-key' || name.startsWith('phigiay-'),
  );
}
