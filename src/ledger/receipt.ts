import { createPublicKey, hash, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decodeBase64url } from './base64.ts';
import { commit, encodeEntry, newSalt } from './entry.ts';
import { LedgerError } from './errors.ts';
import { hashLeaf, rootOfHashes } from './merkle.ts';

/** What the axis attests when it has accepted an envelope. */
export interface ReceiptClaims {
  readonly version: 1;
  /** SHA-256 of the envelope's bytes, 64 hexadecimal digits. */
  readonly envelopeHash: string;
  /** Kind of message: `new`, `recall`, `update`, `replace`, `status`… */
  readonly kind: string;
  readonly document: {
    readonly issuer: string;
    readonly id: string;
    readonly notation: string;
    /** `YYYY-MM-DD`. */
    readonly date: string;
  };
  /** Code of the sender. */
  readonly sender: string;
  /** To how many it goes, and the RFC 6962 root of their codes in their order, 64 hexadecimal digits. */
  readonly recipients: { readonly count: number; readonly root: string };
  /** ISO 8601 with +07:00. */
  readonly acceptedAt: string;
  /** The sender's own count of accepted envelopes: 1, 2, 3… without gaps. */
  readonly counter: number;
  readonly log: { readonly origin: string; readonly index: number };
  /** Base64url of 32 bytes. */
  readonly salt: string;
}

/** What a receipt is made of: the list itself, which travels beside the receipt. */
export interface ReceiptFacts extends Omit<ReceiptClaims, 'salt' | 'version' | 'recipients'> {
  readonly recipients: readonly string[];
}

/** A receipt that was read and, by `verifyReceipt`, verified. */
export interface DecodedReceipt {
  readonly claims: ReceiptClaims;
  readonly kid: string;
  /** The bytes to which the log's entry commits. */
  readonly payload: Buffer;
}

/** Media type of the receipt, as JWS `typ` (RFC 7515 §4.1.9). */
export const receiptType = 'phigiay-receipt+jwt';
const maximumReceiptBytes = 16_384;
const maximumRecipients = 50_000;

/**
 * Binds a list of recipients, however long, in 32 bytes (log-1 §5): the RFC 6962 root whose leaves are the codes in
 * UTF-8, in their order.
 */
export function bindRecipients(codes: readonly string[]): ReceiptClaims['recipients'] {
  const leaves = codes.map((code) => hashLeaf(Buffer.from(code)));
  return { count: codes.length, root: rootOfHashes(leaves).toString('hex') };
}

/** Whether this list, in this order, is the one that the receipt binds. */
export function bindsRecipients(claims: ReceiptClaims, codes: readonly string[]): boolean {
  const { count, root } = bindRecipients(codes);
  return claims.recipients.count === count && claims.recipients.root === root;
}

/** The one spelling of the claims: keys in a fixed order, no white space, UTF-8. */
export function serializeClaims(claims: ReceiptClaims): Buffer {
  const { document, log } = claims;
  return Buffer.from(
    JSON.stringify({
      version: claims.version,
      envelopeHash: claims.envelopeHash,
      kind: claims.kind,
      document: {
        issuer: document.issuer,
        id: document.id,
        notation: document.notation,
        date: document.date,
      },
      sender: claims.sender,
      recipients: { count: claims.recipients.count, root: claims.recipients.root },
      acceptedAt: claims.acceptedAt,
      counter: claims.counter,
      log: { origin: log.origin, index: log.index },
      salt: claims.salt,
    }),
  );
}

const headers = new Map<string, string>();

function headerOf(kid: string): string {
  const known = headers.get(kid);
  if (known !== undefined) return known;
  const text = Buffer.from(JSON.stringify({ alg: 'ES256', typ: receiptType, kid })).toString('base64url');
  if (headers.size > 100) headers.clear();
  headers.set(kid, text);
  return text;
}

const signingKeys = new WeakSet<KeyObject>();

/** Asked once for each key: a receipt is signed for every package, and OpenSSL copies a key's details each time. */
function isSigningKey(key: KeyObject): boolean {
  if (signingKeys.has(key)) return true;
  if (key.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false;
  signingKeys.add(key);
  return true;
}

/**
 * A DER ECDSA signature of P-256 as r‖s, 64 bytes (RFC 7518 §3.4). Node can hand out this form itself
 * (`dsaEncoding`), at twice the cost of the whole signature.
 */
function pairOfDer(der: Buffer): Buffer {
  const pair = Buffer.alloc(64);
  let at = 2;
  for (const end of [32, 64]) {
    const start = at + 2;
    at = start + der[at + 1]!;
    // An integer has a zero before a high first bit, and none of its leading zeros else.
    const digits = der.subarray(Math.max(start, at - 32), at);
    digits.copy(pair, end - digits.length);
  }
  return pair;
}

/**
 * Signs a receipt: a compact JWS (RFC 7515) with ES256. ECDSA signatures differ each time, so the caller
 * stores the result once and returns those bytes for ever.
 * @param key a P-256 private key
 * @throws LedgerError receipt-malformed, key-malformed
 */
export function signReceipt(claims: ReceiptClaims, key: KeyObject, kid: string): string {
  return signPayload(claims, serializeClaims(claims), key, kid);
}

function signPayload(claims: ReceiptClaims, payload: Buffer, key: KeyObject, kid: string): string {
  if (!isSigningKey(key)) throw new LedgerError('key-malformed', 'not a P-256 private key');
  const fault = faultOf(claims);
  if (fault !== undefined) throw new LedgerError('receipt-malformed', fault);
  const input = `${headerOf(kid)}.${payload.toString('base64url')}`;
  return `${input}.${pairOfDer(sign('sha256', Buffer.from(input), key)).toString('base64url')}`;
}

/**
 * The receipt and the log entry that commits to it, in one step: call it inside the transaction that assigns
 * `log.index` and `counter`, and store both.
 */
export function issueReceipt(
  facts: ReceiptFacts,
  key: KeyObject,
  kid: string,
): { readonly receipt: string; readonly entry: Buffer; readonly claims: ReceiptClaims } {
  const salt = newSalt();
  const complete: ReceiptClaims = {
    version: 1,
    ...facts,
    recipients: bindRecipients(facts.recipients),
    salt: salt.toString('base64url'),
  };
  const payload = serializeClaims(complete);
  const receipt = signPayload(complete, payload, key, kid);
  const time = Date.parse(facts.acceptedAt);
  return {
    receipt,
    entry: encodeEntry({ kind: 'accept', time, commitment: commit(salt, payload) }),
    claims: complete,
  };
}

/** Reads a receipt without verifying its signature. @throws LedgerError receipt-malformed */
export function decodeReceipt(
  receipt: string,
): DecodedReceipt & { readonly input: string; signature: Buffer } {
  const wrong = (why: string): LedgerError => new LedgerError('receipt-malformed', why);
  if (receipt.length > maximumReceiptBytes) throw wrong('too long');
  const parts = receipt.split('.');
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || !header || !payload || signature?.length !== 64) throw wrong('not a compact JWS');
  let kid: unknown;
  let claims: ReceiptClaims;
  try {
    kid = (JSON.parse(header.toString()) as { kid?: unknown } | null)?.kid;
    claims = JSON.parse(payload.toString()) as ReceiptClaims;
  } catch {
    throw wrong('not JSON');
  }
  // Only the header that we write is read: no other algorithm, no `crit`, no key inside.
  if (typeof kid !== 'string' || headerOf(kid) !== parts[0]) throw wrong('the header');
  const fault = faultOf(claims);
  if (fault !== undefined) throw wrong(fault);
  if (!serializeClaims(claims).equals(payload)) throw wrong('not the one spelling of its claims');
  return { claims, kid, payload, input: `${parts[0]}.${parts[1]}`, signature };
}

/** Verifies a receipt. @param key the axis's P-256 public key @throws LedgerError receipt-malformed, receipt-invalid */
export function verifyReceipt(receipt: string, key: KeyObject): DecodedReceipt {
  const { claims, kid, payload, input, signature } = decodeReceipt(receipt);
  const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (!isP256 || !verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new LedgerError('receipt-invalid', 'the signature is not of this key');
  return { claims, kid, payload };
}

/** The public JWK of a P-256 key with its RFC 7638 thumbprint as `kid`. @throws LedgerError key-malformed */
export function publicJwk(key: KeyObject): JsonWebKey & { readonly kid: string } {
  const exported = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  const { crv, kty, x, y } = exported;
  if (crv !== 'P-256') throw new LedgerError('key-malformed', 'not a P-256 key');
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  return { kty: 'EC', crv, x: x as string, y: y as string, kid };
}

const patterns = {
  envelopeHash: /^[0-9a-f]{64}$/,
  kind: /^[a-z][a-z-]{0,31}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  acceptedAt: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?\+07:00$/,
  // eslint-disable-next-line no-control-regex
  text: /^[^\p{Cc}]{1,500}$/u,
  salt: /^[A-Za-z0-9_-]{43}$/,
} as const;

/** What is wrong with claims that came from outside, or `undefined`. */
function faultOf(claims: unknown): string | undefined {
  const record = (value: unknown): Record<string, unknown> =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const matches = (value: unknown, pattern: RegExp): boolean =>
    typeof value === 'string' && value.isWellFormed() && pattern.test(value);
  const whole = (value: unknown, from: number): boolean =>
    Number.isSafeInteger(value) && Number(value) >= from;
  const all = record(claims);
  const document = record(all['document']);
  const log = record(all['log']);
  const recipients = record(all['recipients']);
  const rules: [boolean, string][] = [
    [all['version'] === 1, 'version'],
    [matches(all['envelopeHash'], patterns.envelopeHash), 'envelopeHash'],
    [matches(all['kind'], patterns.kind), 'kind'],
    [matches(document['issuer'], patterns.text), 'document.issuer'],
    [matches(document['id'], patterns.text), 'document.id'],
    [matches(document['notation'], patterns.text), 'document.notation'],
    [matches(document['date'], patterns.date), 'document.date'],
    [matches(all['sender'], patterns.text), 'sender'],
    [whole(recipients['count'], 0) && Number(recipients['count']) <= maximumRecipients, 'recipients'],
    [matches(recipients['root'], patterns.envelopeHash), 'recipients'],
    [matches(all['acceptedAt'], patterns.acceptedAt), 'acceptedAt'],
    [!Number.isNaN(Date.parse(String(all['acceptedAt']))), 'acceptedAt'],
    [whole(all['counter'], 1), 'counter'],
    [matches(log['origin'], patterns.text), 'log.origin'],
    [whole(log['index'], 0), 'log.index'],
    [matches(all['salt'], patterns.salt), 'salt'],
  ];
  return rules.find(([good]) => !good)?.[1];
}
