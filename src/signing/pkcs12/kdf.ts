import { createDecipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { children, cursor, octetsOf, readAsn1, sequence, smallInteger, tags, type Asn1 } from '#formats/asn1';
import { digestOf, readAlgorithm, type AlgorithmIdentifier, type ReadableDigest } from '#formats/x509';
import { SigningError } from '../errors.ts';

export const pkcs12Oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbmac1: '1.2.840.113549.1.5.14',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;

const prfs = new Map<string, ReadableDigest>([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  [pkcs12Oids.hmacSha256, 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

const ciphers = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', key: 16, iv: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', key: 24, iv: 16 }],
  [pkcs12Oids.aes256Cbc, { name: 'aes-256-cbc', key: 32, iv: 16 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', key: 24, iv: 8 }],
]);

/** RFC 7292 appendix C; RC2 is there only where OpenSSL still has it. */
const legacy = new Map([
  ['1.2.840.113549.1.12.1.3', { name: 'des-ede3-cbc', key: 24, iv: 8 }],
  ['1.2.840.113549.1.12.1.4', { name: 'des-ede-cbc', key: 16, iv: 8 }],
  ['1.2.840.113549.1.12.1.5', { name: 'rc2-cbc', key: 16, iv: 8 }],
  ['1.2.840.113549.1.12.1.6', { name: 'rc2-40-cbc', key: 5, iv: 8 }],
]);

/** Iterations that a file may still cost, all derivations together. */
export interface Cost {
  iterations: number;
}

function spend(cost: Cost, iterations: number): void {
  if (iterations < 1) throw new SigningError('key-store-malformed', 'iterations');
  cost.iterations -= iterations;
  if (cost.iterations < 0) throw new SigningError('key-store-too-costly', `${iterations} iterations`);
}

const pbkdf2Async = promisify(pbkdf2);

/** A password as PKCS#12 derives keys from it: BMPString with a final zero (RFC 7292 appendix B.1). */
export function bmpPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

/** Key derivation of RFC 7292 appendix B.2; gives way to others every few thousand rounds. */
export async function pkcs12Key(
  digest: ReadableDigest,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  purpose: 1 | 2 | 3,
  length: number,
): Promise<Buffer> {
  const block = digest === 'sha384' || digest === 'sha512' ? 128 : 64;
  const fill = (bytes: Uint8Array): Buffer => {
    if (bytes.length === 0) return Buffer.alloc(0);
    return Buffer.alloc(block * Math.ceil(bytes.length / block), bytes);
  };
  const diversifier = Buffer.alloc(block, purpose);
  let input = Buffer.concat([fill(salt), fill(password)]);
  const out: Buffer[] = [];
  for (let have = 0; have < length;) {
    let hash = createHash(digest).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round++) {
      hash = createHash(digest).update(hash).digest();
      if (round % 20_000 === 0) await breathe();
    }
    out.push(hash);
    have += hash.length;
    input = addOne(input, fill(hash).subarray(0, block), block);
  }
  return Buffer.concat(out).subarray(0, length);
}

/** Each block of the input plus the block plus one, modulo its size. */
function addOne(input: Buffer, addend: Buffer, block: number): Buffer<ArrayBuffer> {
  const next = Buffer.from(input);
  for (let start = 0; start < next.length; start += block) {
    let carry = 1;
    for (let at = block - 1; at >= 0; at--) {
      carry += (next[start + at] as number) + (addend[at] as number);
      next[start + at] = carry & 0xff;
      carry >>= 8;
    }
  }
  return next;
}

interface Pbkdf2 {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly length: number | undefined;
  readonly digest: ReadableDigest;
}

function readPbkdf2(algorithm: AlgorithmIdentifier): Pbkdf2 {
  if (algorithm.oid !== pkcs12Oids.pbkdf2 || !algorithm.parameters)
    throw new SigningError('key-store-unsupported', `key derivation ${algorithm.oid}`);
  const items = cursor(sequence(readAsn1(algorithm.parameters), 'PBKDF2-params'));
  const salt = octetsOf(items.next('salt'));
  const iterations = smallInteger(items.next('iterationCount'));
  const length = items.optional(tags.integer);
  const prf = items.peek();
  const digest = prf ? prfs.get(readAlgorithm(prf).oid) : 'sha1';
  if (!digest) throw new SigningError('key-store-unsupported', 'PRF');
  return { salt, iterations, length: length && smallInteger(length), digest };
}

/**
 * Decrypts what is encrypted with a password: PBES2 (RFC 8018) or the schemes of RFC 7292 appendix C.
 * @throws SigningError; a wrong password shows as `wrong-password`
 */
export async function decryptWith(
  algorithm: AlgorithmIdentifier,
  data: Uint8Array,
  password: string,
  cost: Cost,
): Promise<Buffer> {
  const { parameters } = algorithm;
  if (!parameters) throw new SigningError('key-store-malformed', 'encryption without parameters');
  if (algorithm.oid === pkcs12Oids.pbes2) {
    const items = cursor(sequence(readAsn1(parameters), 'PBES2-params'));
    const derivation = readPbkdf2(readAlgorithm(items.next('keyDerivationFunc')));
    const scheme = readAlgorithm(items.next('encryptionScheme'));
    const cipher = ciphers.get(scheme.oid);
    if (!cipher || !scheme.parameters)
      throw new SigningError('key-store-unsupported', `cipher ${scheme.oid}`);
    const iv = octetsOf(readAsn1(scheme.parameters));
    spend(cost, derivation.iterations);
    const { salt, iterations, digest } = derivation;
    const key = await pbkdf2Async(Buffer.from(password, 'utf8'), salt, iterations, cipher.key, digest);
    return decrypt(cipher.name, key, iv, data);
  }
  const scheme = legacy.get(algorithm.oid);
  if (!scheme) throw new SigningError('key-store-unsupported', `encryption ${algorithm.oid}`);
  const { salt, iterations } = readSaltAndCount(readAsn1(parameters));
  spend(cost, iterations * 2);
  const secret = bmpPassword(password);
  const key = await pkcs12Key('sha1', secret, salt, iterations, 1, scheme.key);
  const iv = await pkcs12Key('sha1', secret, salt, iterations, 2, scheme.iv);
  return decrypt(scheme.name, key, iv, data);
}

function readSaltAndCount(element: Asn1): { readonly salt: Buffer; readonly iterations: number } {
  const items = cursor(sequence(element, 'pkcs-12PbeParams'));
  return { salt: octetsOf(items.next('salt')), iterations: smallInteger(items.next('iterations')) };
}

function decrypt(name: string, key: Buffer, iv: Buffer, data: Uint8Array): Buffer {
  let decipher: ReturnType<typeof createDecipheriv>;
  try {
    // Two-key triple DES is three-key with the first key again.
    const [cipher, full] =
      name === 'des-ede-cbc' ? ['des-ede3-cbc', Buffer.concat([key, key.subarray(0, 8)])] : [name, key];
    decipher = createDecipheriv(cipher, full, iv);
  } catch (error) {
    throw new SigningError('key-store-unsupported', `cipher ${name}`, error);
  }
  try {
    const plain = Buffer.concat([decipher.update(data), decipher.final()]);
    // One wrong key in 256 leaves a padding that looks right; what it leaves is not ASN.1.
    children(readAsn1(plain));
    return plain;
  } catch (error) {
    throw new SigningError('wrong-password', 'decryption', error);
  }
}

/** Checks MacData over the authenticated safe (RFC 7292 §4, PBMAC1 of RFC 9579). @returns whether it fits */
export async function macFits(
  element: Asn1,
  content: Uint8Array,
  password: string,
  cost: Cost,
): Promise<boolean> {
  const items = cursor(sequence(element, 'MacData'));
  const info = cursor(sequence(items.next('mac'), 'DigestInfo'));
  const algorithm = readAlgorithm(info.next('digestAlgorithm'));
  const expected = octetsOf(info.next('digest'));
  const salt = octetsOf(items.next('macSalt'));
  const count = items.optional(tags.integer);
  items.end('MacData');
  const same = (mac: Buffer): boolean => mac.length === expected.length && timingSafeEqual(mac, expected);
  if (algorithm.oid === pkcs12Oids.pbmac1 && algorithm.parameters) {
    const parts = cursor(sequence(readAsn1(algorithm.parameters), 'PBMAC1-params'));
    const derivation = readPbkdf2(readAlgorithm(parts.next('keyDerivationFunc')));
    const digest = prfs.get(readAlgorithm(parts.next('messageAuthScheme')).oid);
    const { length } = derivation;
    if (!digest || length === undefined || length < 20 || length > 64)
      throw new SigningError('key-store-unsupported', 'PBMAC1');
    spend(cost, derivation.iterations);
    const secret = Buffer.from(password, 'utf8');
    const key = await pbkdf2Async(secret, derivation.salt, derivation.iterations, length, derivation.digest);
    return same(createHmac(digest, key).update(content).digest());
  }
  const digest = digestOf(algorithm);
  if (!digest) throw new SigningError('key-store-unsupported', `MAC ${algorithm.oid}`);
  const iterations = count ? smallInteger(count) : 1;
  // An empty password is no octets at all to some writers, and one zero character to others.
  const secrets = password === '' ? [bmpPassword(''), Buffer.alloc(0)] : [bmpPassword(password)];
  for (const secret of secrets) {
    spend(cost, iterations);
    const key = await pkcs12Key(digest, secret, salt, iterations, 3, expected.length);
    if (same(createHmac(digest, key).update(content).digest())) return true;
  }
  return false;
}
