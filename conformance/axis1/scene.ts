import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomUUID, type JsonWebKey, type KeyObject } from 'node:crypto';
import { testDocument } from '../../test/crash/agency.ts';
import type { Client, Member, Reply } from './client.ts';

export const packageType = 'application/edxml+xml';
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the rules have at hand: an axis, two members and what they did with it so far. */
export interface Scene {
  readonly client: Client;
  readonly sender: Member;
  readonly receiver: Member;
  /** Makes this run's documents differ from those of every other run. */
  readonly run: string;
}

export interface Item {
  readonly id: string;
  readonly envelope: string;
  readonly contentHash: string;
  readonly urgency: number;
  readonly receipt: string;
  readonly logIndex: number;
}

let serial = 0;
/** A package that this axis has never seen. */
export function newDocument(
  scene: Scene,
  more: Partial<Parameters<typeof testDocument>[0]> = {},
): { readonly bytes: Buffer; readonly number: string } {
  serial += 1;
  const number = more.number ?? `${serial}/KT-${scene.run}`;
  const { code: from } = scene.sender;
  return { bytes: testDocument({ from, to: [scene.receiver.code], ...more, number }), number };
}

/** Sends a package as the sender; the fields can be set otherwise. */
export async function send(
  scene: Scene,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  member: Member = scene.sender,
): Promise<Reply> {
  return await scene.client.call(member, {
    path: '/axis/v1/packages',
    body: bytes,
    headers: {
      'content-type': packageType,
      'idempotency-key': randomUUID(),
      'phigiay-message-type': 'edoc',
      'phigiay-from': scene.sender.code,
      ...headers,
    },
  });
}

/** Sends a new document, which must be accepted. */
export async function sendNew(
  scene: Scene,
  more: Partial<Parameters<typeof testDocument>[0]> = {},
): Promise<{ readonly bytes: Buffer; readonly number: string; readonly reply: Reply }> {
  const made = newDocument(scene, more);
  const reply = await send(scene, made.bytes);
  assert.equal(reply.status, 201, `a package was not accepted: ${reply.body.toString().slice(0, 200)}`);
  return { ...made, reply };
}

/** Everything in a member's inbox, in the axis's order. */
export async function inboxOf(scene: Scene, member: Member): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after = '';
  for (let page = 0; page < 1_000; page += 1) {
    const query = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const reply = await scene.client.call(member, { path: `/axis/v1/inbox?limit=500${query}` });
    assert.equal(reply.status, 200);
    const { items: more, next } = reply.json as unknown as { items: Item[]; next: string };
    if (more.length === 0) return items;
    items.push(...more);
    after = next;
  }
  throw new Error('the inbox has no end');
}

/** The delivery of an envelope in the receiver's inbox. */
export async function deliveryOf(scene: Scene, envelope: unknown): Promise<Item> {
  const found = (await inboxOf(scene, scene.receiver)).filter((item) => item.envelope === envelope);
  assert.equal(found.length, 1, `the package stands ${found.length} times in the receiver's inbox`);
  return found[0]!;
}

export async function acknowledge(
  scene: Scene,
  id: string,
  result: Readonly<Record<string, string>>,
): Promise<Reply> {
  return await scene.client.call(scene.receiver, {
    path: `/axis/v1/inbox/${id}/ack`,
    body: Buffer.from(JSON.stringify(result)),
    headers: { 'content-type': 'application/json' },
  });
}

/** The axis's keys as it publishes them (§8). */
export async function keysOf(scene: Scene): Promise<{
  readonly jwk: JsonWebKey & { readonly kid?: string };
  readonly key: KeyObject;
  readonly kid: string;
  readonly logKey: string;
  readonly origin: string;
}> {
  const { status, json } = await scene.client.call(null, { path: '/axis/v1/key' });
  assert.equal(status, 200);
  const { jwk, kid, logKey, origin } = json as unknown as Awaited<ReturnType<typeof keysOf>>;
  return { jwk, kid, logKey, origin, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** A refusal must be a problem of axis-1 (§2.3) with this status and code. */
export function refusedWith(reply: Reply, status: number, code: string): Readonly<Record<string, unknown>> {
  const said = `${reply.status} ${String(reply.json?.['code'] ?? reply.body.toString().slice(0, 100))}`;
  assert.equal(reply.status, status, `expected ${status} ${code}, got ${said}`);
  assert.equal(reply.json?.['code'], code, `expected ${status} ${code}, got ${said}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(reply.json['status'], status);
  for (const name of ['type', 'title', 'detail', 'next']) {
    assert.equal(typeof reply.json[name], 'string', `the problem has no "${name}"`);
  }
  return reply.json;
}
