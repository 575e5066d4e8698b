import { createHash, randomBytes, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  parseDictionary,
  serializeDictionary,
  serializeInnerList,
  type InnerList,
  type Item,
  type Parameters,
} from 'structured-headers';

/** Header fields of a message, by name in any letter case; several values of one field as a list. */
export type MessageHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The algorithms of RFC 9421 §3.3 that we sign and accept with; each key type has exactly one. */
export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'rsa-v1_5-sha256' | 'ed25519';

/** Why a message signature was refused; a closed list. */
export type SignatureFault =
  | 'missing'
  | 'malformed'
  | 'unsupported-component'
  | 'component-missing'
  | 'not-covered'
  | 'created-missing'
  | 'too-old'
  | 'from-the-future'
  | 'expired'
  | 'nonce-missing'
  | 'unknown-key'
  | 'unsupported-key'
  | 'wrong-algorithm'
  | 'wrong-signature';

export type VerifiedRequest =
  | {
      readonly ok: true;
      readonly keyId: string;
      readonly nonce: string;
      /** Seconds since 1970. */
      readonly created: number;
      readonly covered: readonly string[];
    }
  | { readonly ok: false; readonly reason: SignatureFault };

/** What an axis-1 request always covers (RFC 9421 §2.2): a signature is good for one method at one address. */
export const alwaysCovered = ['@method', '@authority', '@path', '@query'] as const;

/** Fields that the signer covers whenever the request has them. */
const coveredWhenPresent = [
  'content-digest',
  'content-type',
  'content-length',
  'idempotency-key',
  'phigiay-message-type',
  'phigiay-from',
  'phigiay-to',
];

const label = 'sig1';
const tag = 'phigiay-axis-1';
const longestHeader = 8_192;
/** Clocks of two machines may differ by this many seconds. */
const clockSkewSeconds = 60;

const algorithms = new WeakMap<KeyObject, SignatureAlgorithm | 'none'>();

/** The one algorithm of a key, or null for a key that we neither sign nor verify with. */
export function algorithmOf(key: KeyObject): SignatureAlgorithm | null {
  let known = algorithms.get(key);
  if (known === undefined) {
    // Looked up once: asking OpenSSL for a key's details costs as much as hashing the request.
    known = readAlgorithm(key) ?? 'none';
    algorithms.set(key, known);
  }
  return known === 'none' ? null : known;
}

function readAlgorithm(key: KeyObject): SignatureAlgorithm | null {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return details?.namedCurve === 'prime256v1' ? 'ecdsa-p256-sha256' : null;
    case 'rsa':
      return (details?.modulusLength ?? 0) >= 2_048 ? 'rsa-v1_5-sha256' : null;
    case 'ed25519':
      return 'ed25519';
    default:
      return null;
  }
}

function fieldValue(headers: MessageHeaders, name: string): string | null {
  let found: string | readonly string[] | undefined = headers[name];
  if (found === undefined) {
    const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
    if (key !== undefined) found = headers[key];
  }
  if (found === undefined) return null;
  const values = typeof found === 'string' ? [found] : found;
  return values.map((value) => value.trim().replace(/[ \t]*\r?\n[ \t]*/g, ' ')).join(', ');
}

interface Message {
  readonly method: string;
  readonly url: string;
  readonly headers: MessageHeaders;
}

/** The value of one component (RFC 9421 §2.1, §2.2), or null when the message does not have it. */
function componentValue(message: Message, url: URL, name: string): string | null {
  switch (name) {
    case '@method':
      return message.method.toUpperCase();
    case '@authority':
      return url.host.toLowerCase();
    case '@path':
      return url.pathname === '' ? '/' : url.pathname;
    case '@query':
      return url.search === '' ? '?' : url.search;
    case '@scheme':
      return url.protocol.slice(0, -1);
    case '@target-uri':
      return url.href;
    default:
      return name.startsWith('@') ? null : fieldValue(message.headers, name);
  }
}

/** The signature base of RFC 9421 §2.5, or the fault that keeps it from being made. */
function signatureBase(message: Message, input: InnerList): string | SignatureFault {
  const url = new URL(message.url);
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const [name, parameters] of input[0]) {
    if (typeof name !== 'string') return 'malformed';
    if (parameters.size > 0 || seen.has(name) || name !== name.toLowerCase()) return 'unsupported-component';
    seen.add(name);
    const value = componentValue(message, url, name);
    if (value === null) return name.startsWith('@') ? 'unsupported-component' : 'component-missing';
    lines.push(`"${name}": ${value}`);
  }
  lines.push(`"@signature-params": ${serializeInnerList(input)}`);
  return lines.join('\n');
}

function signBase(base: string, key: KeyObject, algorithm: SignatureAlgorithm): Buffer {
  const bytes = Buffer.from(base, 'utf8');
  if (algorithm === 'ed25519') return sign(null, bytes, key);
  if (algorithm === 'ecdsa-p256-sha256') return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
  return sign('sha256', bytes, key);
}

const verifyInPool = promisify(verify);

/** An ECDSA signature r‖s (IEEE P1363) as DER, which OpenSSL verifies without a detour; null when not 64 bytes. */
function derOfPair(signature: Uint8Array): Buffer | null {
  if (signature.length !== 64) return null;
  const integer = (bytes: Uint8Array): Uint8Array[] => {
    let from = 0;
    while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
    const digits = bytes.subarray(from);
    const sign = digits[0]! >= 0x80 ? [0] : [];
    return [Uint8Array.from([0x02, digits.length + sign.length, ...sign]), digits];
  };
  const body = Buffer.concat([...integer(signature.subarray(0, 32)), ...integer(signature.subarray(32))]);
  return Buffer.concat([Uint8Array.from([0x30, body.length]), body]);
}

/** In the thread pool: a server's main thread has better things to do. */
function verifyBase(
  base: string,
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Promise<boolean> {
  const bytes = Buffer.from(base, 'utf8');
  if (algorithm === 'ed25519') return verifyInPool(null, bytes, key, signature);
  if (algorithm === 'ecdsa-p256-sha256') {
    const der = derOfPair(signature);
    return der ? verifyInPool('sha256', bytes, key, der) : Promise.resolve(false);
  }
  return verifyInPool('sha256', bytes, key, signature);
}

/**
 * Signs a request with HTTP Message Signatures (RFC 9421).
 * @param request `url` absolute; `headers` as they will be sent (content-digest already among them);
 *   `created` seconds since 1970, by default now; `nonce` by default 128 random bits;
 *   `covered` by default `alwaysCovered` and every field of ours that is present
 * @returns the two header fields to add
 */
export function signRequest(request: {
  readonly method: string;
  readonly url: string;
  readonly headers: MessageHeaders;
  readonly privateKey: KeyObject;
  readonly keyId: string;
  readonly created?: number | undefined;
  readonly nonce?: string | undefined;
  readonly covered?: readonly string[] | undefined;
}): { readonly 'signature-input': string; readonly signature: string } {
  const algorithm = algorithmOf(request.privateKey);
  if (algorithm === null) throw new TypeError('this type of key cannot sign requests');
  const covered = request.covered ?? [
    ...alwaysCovered,
    ...coveredWhenPresent.filter((name) => fieldValue(request.headers, name) !== null),
  ];
  const parameters: Parameters = new Map<string, string | number>([
    ['created', request.created ?? Math.floor(Date.now() / 1000)],
    ['nonce', request.nonce ?? randomBytes(16).toString('base64url')],
    ['keyid', request.keyId],
    ['alg', algorithm],
    ['tag', tag],
  ]);
  const input: InnerList = [covered.map((name): Item => [name, new Map()]), parameters];
  const base = signatureBase(request, input);
  if (!base.startsWith('"')) throw new TypeError(`the request cannot be signed: ${base}`);
  return {
    'signature-input': serializeDictionary(new Map([[label, input]])),
    signature: serializeDictionary(
      new Map([[label, [signBase(base, request.privateKey, algorithm), new Map()] as Item]]),
    ),
  };
}

interface Claim {
  readonly input: InnerList;
  readonly signature: Uint8Array;
}

/** Picks our signature out of the fields: the one tagged for this protocol, else the only one there is. */
function claimOf(headers: MessageHeaders): Claim | SignatureFault {
  const inputText = fieldValue(headers, 'signature-input');
  const signatureText = fieldValue(headers, 'signature');
  if (inputText === null || signatureText === null) return 'missing';
  if (inputText.length > longestHeader || signatureText.length > longestHeader) return 'malformed';
  try {
    const inputs = [...parseDictionary(inputText)];
    const signatures = parseDictionary(signatureText);
    const chosen =
      inputs.find(([, member]) => member[1].get('tag') === tag) ??
      (inputs.length === 1 ? inputs[0] : undefined);
    if (!chosen) return 'missing';
    const [name, input] = chosen;
    const signature = signatures.get(name)?.[0];
    if (!Array.isArray(input[0]) || !(signature instanceof ArrayBuffer)) return 'malformed';
    return { input: input as InnerList, signature: new Uint8Array(signature) };
  } catch {
    return 'malformed';
  }
}

/** Checks what the signature says of itself: its coverage and its time. */
function faultOfParameters(
  input: InnerList,
  rules: {
    readonly required: readonly string[];
    readonly nowSeconds: number;
    readonly maxAgeSeconds: number;
    readonly nonceRequired: boolean;
  },
): SignatureFault | null {
  const covered = new Set(input[0].map(([name]) => name));
  if (rules.required.some((name) => !covered.has(name))) return 'not-covered';
  const created = input[1].get('created');
  if (typeof created !== 'number' || !Number.isInteger(created)) return 'created-missing';
  if (created < rules.nowSeconds - rules.maxAgeSeconds) return 'too-old';
  if (created > rules.nowSeconds + Math.min(clockSkewSeconds, rules.maxAgeSeconds)) return 'from-the-future';
  const expires = input[1].get('expires');
  if (expires !== undefined && (typeof expires !== 'number' || expires < rules.nowSeconds)) return 'expired';
  const nonce = input[1].get('nonce');
  if (nonce === undefined) return rules.nonceRequired ? 'nonce-missing' : null;
  return typeof nonce === 'string' && nonce.length >= 16 && nonce.length <= 128 ? null : 'nonce-missing';
}

/**
 * Verifies a request's message signature (RFC 9421 §3.2).
 * @param request `url` absolute, made of the received Host and target; `required` the components that must be
 *   covered; `maxAgeSeconds` how old `created` may be (60 s ahead are allowed for clock differences)
 * @returns who signed, with the nonce for the caller's replay check, or the reason for refusing
 */
export async function verifyRequest(request: {
  readonly method: string;
  readonly url: string;
  readonly headers: MessageHeaders;
  readonly now: Date;
  findKey(keyId: string): KeyObject | null | Promise<KeyObject | null>;
  readonly required: readonly string[];
  readonly maxAgeSeconds: number;
  readonly nonceRequired?: boolean;
}): Promise<VerifiedRequest> {
  const claim = claimOf(request.headers);
  if (typeof claim === 'string') return { ok: false, reason: claim };
  const { input, signature } = claim;
  const fault = faultOfParameters(input, {
    required: request.required,
    nowSeconds: Math.floor(request.now.getTime() / 1000),
    maxAgeSeconds: request.maxAgeSeconds,
    nonceRequired: request.nonceRequired ?? true,
  });
  if (fault !== null) return { ok: false, reason: fault };
  const keyId = input[1].get('keyid');
  if (typeof keyId !== 'string' || keyId.length === 0 || keyId.length > 200) {
    return { ok: false, reason: 'unknown-key' };
  }
  let base: string;
  try {
    base = signatureBase(request, input);
  } catch {
    return { ok: false, reason: 'malformed' };
  }
  if (!base.startsWith('"')) return { ok: false, reason: base as SignatureFault };
  const key = await request.findKey(keyId);
  if (!key) return { ok: false, reason: 'unknown-key' };
  const algorithm = algorithmOf(key);
  if (algorithm === null) return { ok: false, reason: 'unsupported-key' };
  const stated = input[1].get('alg');
  if (stated !== undefined && stated !== algorithm) return { ok: false, reason: 'wrong-algorithm' };
  if (!(await verifyBase(base, key, algorithm, signature))) return { ok: false, reason: 'wrong-signature' };
  const nonce = input[1].get('nonce');
  return {
    ok: true,
    keyId,
    nonce: typeof nonce === 'string' ? nonce : '',
    created: input[1].get('created') as number,
    covered: input[0].map(([name]) => name as string),
  };
}

/** The Content-Digest field (RFC 9530) of a body: `sha-256=:…:`. */
export function contentDigest(bytes: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
}

/**
 * Checks a Content-Digest field against the body. Every algorithm that we know (sha-256, sha-512) must match, and
 * at least one must be there; others are ignored, as RFC 9530 §2 asks.
 */
export function checkContentDigest(header: string | undefined, bytes: Uint8Array): boolean {
  if (header === undefined || header.length > longestHeader) return false;
  try {
    let known = 0;
    for (const [name, member] of parseDictionary(header)) {
      if (name !== 'sha-256' && name !== 'sha-512') continue;
      const given = member[0];
      if (!(given instanceof ArrayBuffer)) return false;
      const expected = createHash(name.replace('-', '')).update(bytes).digest();
      const received = Buffer.from(given);
      if (received.length !== expected.length || !timingSafeEqual(received, expected)) return false;
      known += 1;
    }
    return known > 0;
  } catch {
    return false;
  }
}
