import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  Asn1Error,
  children,
  cursor,
  octetsOf,
  oidOf,
  only,
  readAsn1,
  rawBytes,
  sequence,
  smallInteger,
  tags,
  type Asn1,
} from '#formats/asn1';
import {
  fingerprint,
  publicKeyOf,
  readAlgorithm,
  readCertificate,
  sameName,
  type Certificate,
} from '#formats/x509';
import { SigningError } from '../errors.ts';
import { keySigner, type Signer } from '../signer.ts';
import { decryptWith, macFits, pkcs12Oids, type Cost } from './kdf.ts';

export interface Pkcs12Limits {
  readonly bytes: number;
  /** Iterations of key derivation, all together. */
  readonly iterations: number;
  /** Keys and certificates. */
  readonly bags: number;
}

export const defaultPkcs12Limits: Pkcs12Limits = { bytes: 1 << 20, iterations: 3_000_000, bags: 200 };

export interface Pkcs12 {
  readonly key: KeyObject;
  /** The key's certificate, then its issuers as far as the file has them. */
  readonly chain: readonly Certificate[];
  readonly signer: Signer;
  /** Whether the file carries a MAC; one without may have been changed by anybody. */
  readonly authenticated: boolean;
}

interface Found {
  readonly keys: Buffer[];
  readonly certificates: Certificate[];
}

interface Reading extends Found {
  readonly password: string;
  readonly cost: Cost;
  bags: number;
}

/** Safe contents inside safe contents that are followed. */
const nesting = 4;

/**
 * Reads a key and its certificates from a PKCS#12 file (RFC 7292).
 * @throws SigningError `wrong-password`, `key-store-malformed`, `key-store-unsupported`, `key-store-too-costly`,
 * `key-store-without-key`
 */
export async function readPkcs12(
  bytes: Uint8Array,
  password: string,
  limits: Partial<Pkcs12Limits> = {},
): Promise<Pkcs12> {
  const all = { ...defaultPkcs12Limits, ...limits };
  try {
    return await readWithin(bytes, password, all);
  } catch (error) {
    if (error instanceof Asn1Error) throw new SigningError('key-store-malformed', error.message, error);
    throw error;
  }
}

async function readWithin(bytes: Uint8Array, password: string, limits: Pkcs12Limits): Promise<Pkcs12> {
  const root = readAsn1(bytes, { limits: { bytes: limits.bytes, elements: 50_000 } });
  const items = cursor(sequence(root, 'PFX'));
  if (smallInteger(items.next('version')) !== 3) throw new Asn1Error('bad-value', 'PFX version');
  const content = dataOf(items.next('authSafe'));
  const mac = items.optional(tags.sequence);
  items.end('PFX');
  const cost = { iterations: limits.iterations };
  if (mac && !(await macFits(mac, content, password, cost))) throw new SigningError('wrong-password', 'MAC');
  const reading: Reading = { keys: [], certificates: [], password, cost, bags: limits.bags };
  for (const info of sequence(readAsn1(content), 'AuthenticatedSafe')) {
    await readSafe(readAsn1(await openSafe(info, reading)), reading, nesting);
  }
  return { ...assemble(reading), authenticated: mac !== undefined };
}

/** The octets of a ContentInfo of type data. */
function dataOf(element: Asn1): Buffer {
  const items = cursor(sequence(element, 'ContentInfo'));
  const type = oidOf(items.next('contentType'));
  if (type !== pkcs12Oids.data) throw new SigningError('key-store-unsupported', `content ${type}`);
  return octetsOf(only(items.next('content', 0xa0), 'content'));
}

async function openSafe(element: Asn1, reading: Reading): Promise<Buffer> {
  const items = cursor(sequence(element, 'ContentInfo'));
  const type = oidOf(items.next('contentType'));
  if (type === pkcs12Oids.data) return dataOf(element);
  if (type !== pkcs12Oids.encryptedData) throw new SigningError('key-store-unsupported', `content ${type}`);
  const data = cursor(sequence(only(items.next('content', 0xa0), 'content'), 'EncryptedData'));
  data.next('version', tags.integer);
  const encrypted = cursor(sequence(data.next('encryptedContentInfo'), 'EncryptedContentInfo'));
  encrypted.next('contentType', tags.oid);
  const algorithm = readAlgorithm(encrypted.next('contentEncryptionAlgorithm'));
  return await decryptWith(
    algorithm,
    octetsOf(encrypted.next('encryptedContent'), 0x80),
    reading.password,
    reading.cost,
  );
}

async function readSafe(element: Asn1, reading: Reading, depth: number): Promise<void> {
  if (depth === 0) throw new SigningError('key-store-malformed', 'safe contents too deep');
  for (const bag of sequence(element, 'SafeContents')) {
    if (--reading.bags < 0) throw new SigningError('key-store-too-costly', 'too many bags');
    const items = cursor(sequence(bag, 'SafeBag'));
    const type = oidOf(items.next('bagId'));
    const value = only(items.next('bagValue', 0xa0), 'bagValue');
    if (type === pkcs12Oids.keyBag) reading.keys.push(rawBytes(value));
    else if (type === pkcs12Oids.shroudedKeyBag) {
      const parts = cursor(sequence(value, 'EncryptedPrivateKeyInfo'));
      const algorithm = readAlgorithm(parts.next('encryptionAlgorithm'));
      const data = octetsOf(parts.next('encryptedData'));
      reading.keys.push(await decryptWith(algorithm, data, reading.password, reading.cost));
    } else if (type === pkcs12Oids.certBag) readCertBag(value, reading);
    else if (type === pkcs12Oids.safeContentsBag) await readSafe(value, reading, depth - 1);
  }
}

function readCertBag(value: Asn1, reading: Reading): void {
  const [type, wrapped] = children(value);
  if (!type || !wrapped || oidOf(type) !== pkcs12Oids.x509Certificate) return;
  reading.certificates.push(readCertificate(octetsOf(only(wrapped, 'certValue'))));
}

/** The first key that has its certificate in the file. */
function assemble({ keys, certificates }: Found): Omit<Pkcs12, 'authenticated'> {
  for (const der of keys) {
    const key = privateKey(der);
    const publicKey = createPublicKey(key);
    const own = certificates.find((certificate) => publicKeyOf(certificate).equals(publicKey));
    if (!own) continue;
    const chain = chainFrom(own, certificates);
    return { key, chain, signer: keySigner(key, chain) };
  }
  throw new SigningError('key-store-without-key', `${keys.length} keys, ${certificates.length} certificates`);
}

function privateKey(der: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (error) {
    throw new SigningError('key-store-malformed', 'private key', error);
  }
}

function chainFrom(own: Certificate, certificates: readonly Certificate[]): readonly Certificate[] {
  const chain = [own];
  const left = new Map(certificates.map((certificate) => [fingerprint(certificate), certificate]));
  left.delete(fingerprint(own));
  for (let last = own; ; last = chain.at(-1) as Certificate) {
    const next = [...left.values()].find(({ subject }) => sameName(subject, last.issuer));
    if (!next) return chain;
    left.delete(fingerprint(next));
    chain.push(next);
  }
}
