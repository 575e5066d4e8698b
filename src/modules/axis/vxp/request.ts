import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What the SDK sends with an operation: header parameters without `XroadVnpt-`, names in lower case. */
export type VxpParameters = ReadonlyMap<string, string>;

const prefix = 'xroadvnpt-';
/** Headers about the signature itself; all others are under it. */
const unsignedNames = new Set(['sign-header-key', 'sign-header', 'hash-header', 'version']);
const longestSignHeader = 16_384;

type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Node hands header bytes over as Latin-1; the text is UTF-8. */
const bytesOf = (value: string): Buffer => Buffer.from(value, 'latin1');

function vxpHeaders(headers: RawHeaders): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.toLowerCase().startsWith(prefix)) continue;
    found.set(
      name.slice(prefix.length).toLowerCase(),
      typeof value === 'string' ? value : (value ?? []).join(', '),
    );
  }
  return found;
}

/** Constant-time comparison of two hex texts; false when the length differs. */
function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

function signedEntries(signHeader: Buffer): Map<string, string> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(signHeader.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const entries = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed)) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(prefix) || typeof value !== 'string') return null;
    const short = lower.slice(prefix.length);
    if (entries.has(short)) return null;
    entries.set(short, value);
  }
  return entries;
}

/** A secret that no system has: an unknown system costs the same time as a wrong signature. */
const nobodysSecret = 'phigiay: no such system';

/**
 * Verifies the signed headers of a VXP request (docs/protocol/vxp.md §2): the HMAC over the received sign-header
 * bytes first, then that the separate headers and the signed entries are the same set with the same values.
 * @param secretOf the shared secret of a system, or null when there is no such system
 * @returns the parameters, or null when anything is wrong: the caller never learns what
 */
export async function verifyVxpHeaders(
  headers: RawHeaders,
  secretOf: (systemId: string) => Promise<string | null>,
): Promise<VxpParameters | null> {
  const given = vxpHeaders(headers);
  const signHeader = given.get('sign-header') ?? '';
  const systemId = given.get('systemid') ?? '';
  if (signHeader.length > longestSignHeader) return null;
  const secret = systemId.length <= 200 ? await secretOf(systemId) : null;
  const signed = bytesOf(signHeader);
  const expected = createHmac('sha256', secret ?? nobodysSecret)
    .update(signed)
    .digest('hex');
  const genuine = sameText(expected, (given.get('hash-header') ?? '').trim().toLowerCase());
  if (!genuine || secret === null) return null;
  const entries = signedEntries(signed);
  if (!entries || entries.get('systemid') !== systemId) return null;
  for (const name of given.keys()) if (!unsignedNames.has(name) && !entries.has(name)) return null;
  for (const [name, value] of entries) {
    const header = given.get(name);
    // Outer blanks do not survive HTTP.
    if (header === undefined || bytesOf(header).toString('utf8').trim() !== value.trim()) return null;
  }
  return entries;
}

/** Hex of a digest as the SDK prints it: each byte without its leading zero. */
export function unpaddedHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16)).join('');
}

/**
 * The package in a sendEdoc body: the SDK appends CRLF, which the hash does not include.
 * @param claimed `hash-file`, padded or not
 * @returns the package's bytes, or null when the hash fits neither reading
 */
export function packageOfBody(body: Buffer, claimed: string): Buffer | null {
  const hash = claimed.trim().toLowerCase();
  const withoutLineEnd =
    body.length >= 2 && body[body.length - 2] === 13 && body[body.length - 1] === 10
      ? [body.subarray(0, body.length - 2)]
      : [];
  for (const candidate of [...withoutLineEnd, body]) {
    const digest = createHash('sha256').update(candidate).digest();
    if (sameText(digest.toString('hex'), hash) || sameText(unpaddedHex(digest), hash)) return candidate;
  }
  return null;
}

/** The `to` parameter: JSON array of codes; a single code or a list with commas or semicolons is read as well. */
export function narrowedCodes(parameter: string | undefined): readonly string[] | null {
  const text = parameter?.trim() ?? '';
  if (text === '' || text === '[]') return [];
  if (!text.startsWith('[')) {
    return text
      .split(/[;,]/)
      .map((code) => code.trim())
      .filter((code) => code !== '');
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed) || parsed.some((code) => typeof code !== 'string')) return null;
    return parsed as string[];
  } catch {
    return null;
  }
}

/** Signs parameters as the SDK does (used by the conformance runner and by tests). */
export function signVxpHeaders(
  parameters: readonly (readonly [string, string])[],
  secret: string,
): Record<string, string> {
  const signHeader = JSON.stringify(
    Object.fromEntries(parameters.map(([name, value]) => [`XroadVnpt-${name}`, value])),
  );
  return {
    ...Object.fromEntries(parameters.map(([name, value]) => [`XroadVnpt-${name}`, value])),
    'XroadVnpt-sign-header-key': parameters.map(([name]) => name).join(';'),
    'XroadVnpt-sign-header': signHeader,
    'XroadVnpt-hash-header': createHmac('sha256', secret).update(signHeader, 'utf8').digest('hex'),
    'XroadVnpt-version': '3.0.201608',
  };
}
