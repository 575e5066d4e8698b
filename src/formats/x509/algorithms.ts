import { constants, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import {
  Asn1Error,
  cursor,
  derExplicit,
  derInteger,
  derNull,
  derOid,
  derSequence,
  oidOf,
  only,
  rawBytes,
  readAsn1,
  sequence,
  smallInteger,
  type Asn1,
} from '#formats/asn1';

export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';
/** `sha1` is read so that old signatures can be named weak; nothing is made with it but OCSP certificate ids. */
export type ReadableDigest = DigestAlgorithm | 'sha1' | 'sha224';

/** What Phi Giấy signs with. */
export type SignatureAlgorithm =
  | `rsa-${DigestAlgorithm}`
  | `rsa-pss-${DigestAlgorithm}`
  | `ecdsa-${DigestAlgorithm}`
  | 'ed25519';
/** What is read besides, if only to be judged weak. */
export type ReadableSignatureAlgorithm =
  | SignatureAlgorithm
  | 'rsa-sha1'
  | 'rsa-sha224'
  | 'rsa-pss-sha1'
  | 'ecdsa-sha1'
  | 'ecdsa-sha224'
  | 'dsa-sha1'
  | 'dsa-sha224'
  | 'dsa-sha256';

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** DER of the parameters; absent when there are none. */
  readonly parameters: Buffer | undefined;
  readonly der: Buffer;
}

const digestOids: Readonly<Record<ReadableDigest, string>> = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const digestByOid = new Map(Object.entries(digestOids).map(([name, oid]) => [oid, name as ReadableDigest]));

const signatureOids = new Map<string, ReadableSignatureAlgorithm>([
  ['1.2.840.113549.1.1.5', 'rsa-sha1'],
  ['1.2.840.113549.1.1.14', 'rsa-sha224'],
  ['1.2.840.113549.1.1.11', 'rsa-sha256'],
  ['1.2.840.113549.1.1.12', 'rsa-sha384'],
  ['1.2.840.113549.1.1.13', 'rsa-sha512'],
  ['1.2.840.10045.4.1', 'ecdsa-sha1'],
  ['1.2.840.10045.4.3.1', 'ecdsa-sha224'],
  ['1.2.840.10045.4.3.2', 'ecdsa-sha256'],
  ['1.2.840.10045.4.3.3', 'ecdsa-sha384'],
  ['1.2.840.10045.4.3.4', 'ecdsa-sha512'],
  ['1.2.840.10040.4.3', 'dsa-sha1'],
  ['2.16.840.1.101.3.4.3.1', 'dsa-sha224'],
  ['2.16.840.1.101.3.4.3.2', 'dsa-sha256'],
  ['1.3.101.112', 'ed25519'],
]);
const oidBySignature = new Map([...signatureOids].map(([oid, name]) => [name, oid]));
const rsaEncryption = '1.2.840.113549.1.1.1';
const ecPublicKey = '1.2.840.10045.2.1';
const dsaKey = '1.2.840.10040.4.1';
const rsaPss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';
const saltLengths: Readonly<Record<string, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** @throws Asn1Error when the element is not an AlgorithmIdentifier (RFC 5280 §4.1.1.2) */
export function readAlgorithm(element: Asn1): AlgorithmIdentifier {
  const items = cursor(sequence(element, 'AlgorithmIdentifier'));
  const oid = oidOf(items.next('algorithm'));
  const parameters = items.peek();
  if (parameters) items.next('parameters');
  items.end('AlgorithmIdentifier');
  return { oid, parameters: parameters && rawBytes(parameters), der: rawBytes(element) };
}

const isNull = (parameters: Buffer): boolean =>
  parameters.length === 2 && parameters[0] === 5 && parameters[1] === 0;

/** The digest an AlgorithmIdentifier names, or undefined when it is not one that is read. */
export function digestOf(algorithm: AlgorithmIdentifier): ReadableDigest | undefined {
  if (algorithm.parameters && !isNull(algorithm.parameters)) return undefined;
  return digestByOid.get(algorithm.oid);
}

/**
 * The signature algorithm an AlgorithmIdentifier names. CMS may name only the kind of key (RFC 3370 §3.2):
 * the digest is then the signer's.
 */
export function signatureAlgorithmOf(
  algorithm: AlgorithmIdentifier,
  digest?: ReadableDigest,
): ReadableSignatureAlgorithm | undefined {
  const { oid, parameters } = algorithm;
  if (oid === rsaPss) return parameters && readPss(parameters);
  if (parameters && !isNull(parameters) && oid !== ecPublicKey && oid !== dsaKey) return undefined;
  const named = signatureOids.get(oid);
  // RFC 5758 §3.2, RFC 8410 §3: parameters MUST be absent.
  if (parameters && (named === 'ed25519' || named?.startsWith('ecdsa-'))) return undefined;
  if (named || !digest) return named;
  const kind = { [rsaEncryption]: 'rsa', [ecPublicKey]: 'ecdsa', [dsaKey]: 'dsa' }[oid];
  const candidate = `${kind}-${digest}` as ReadableSignatureAlgorithm;
  return oidBySignature.has(candidate) ? candidate : undefined;
}

/** RSASSA-PSS-params (RFC 4055 §3.1): only with MGF1 of the same digest and a salt as long as the digest. */
function readPss(parameters: Buffer): ReadableSignatureAlgorithm | undefined {
  const items = cursor(sequence(readAsn1(parameters), 'RSASSA-PSS-params'));
  const hash = items.optional(0xa0);
  const mask = items.optional(0xa1);
  const salt = items.optional(0xa2);
  const trailer = items.optional(0xa3);
  items.end('RSASSA-PSS-params');
  const digest = hash ? digestOf(readAlgorithm(only(hash, 'hashAlgorithm'))) : 'sha1';
  if (!digest || digest === 'sha224') return undefined;
  if (mask) {
    const generator = readAlgorithm(only(mask, 'maskGenAlgorithm'));
    if (generator.oid !== mgf1 || !generator.parameters) return undefined;
    if (digestOf(readAlgorithm(readAsn1(generator.parameters))) !== digest) return undefined;
  } else if (digest !== 'sha1') return undefined;
  const length = salt ? smallInteger(only(salt, 'saltLength')) : 20;
  if (length !== saltLengths[digest]) return undefined;
  if (trailer && smallInteger(only(trailer, 'trailerField')) !== 1) return undefined;
  return `rsa-pss-${digest}`;
}

export function derDigestAlgorithm(digest: ReadableDigest): Buffer {
  return derSequence(derOid(digestOids[digest]));
}

export function derSignatureAlgorithm(algorithm: SignatureAlgorithm): Buffer {
  if (algorithm.startsWith('rsa-pss-')) {
    const digest = algorithm.slice(8) as DigestAlgorithm;
    const hash = derSequence(derOid(digestOids[digest]), derNull);
    const parameters = derSequence(
      derExplicit(0, hash),
      derExplicit(1, derSequence(derOid(mgf1), hash)),
      derExplicit(2, derInteger(saltLengths[digest] as number)),
    );
    return derSequence(derOid(rsaPss), parameters);
  }
  const oid = derOid(oidBySignature.get(algorithm) as string);
  return algorithm.startsWith('rsa-') ? derSequence(oid, derNull) : derSequence(oid);
}

/** The digest inside a signature algorithm; Ed25519 hashes by itself, CMS uses SHA-512 beside it (RFC 8419). */
export function digestOfSignature(algorithm: ReadableSignatureAlgorithm): ReadableDigest {
  return algorithm === 'ed25519'
    ? 'sha512'
    : (algorithm.slice(algorithm.lastIndexOf('-') + 1) as ReadableDigest);
}

export function isWeakSignature(algorithm: ReadableSignatureAlgorithm): boolean {
  return algorithm.endsWith('-sha1') || algorithm.endsWith('-sha224') || algorithm.startsWith('dsa-');
}

/**
 * The algorithm that a key signs with when nothing else is asked: RSA with PKCS#1 v1.5, the curve's own digest.
 * @throws Asn1Error `bad-value` for a key type that is not used here
 */
export function defaultSignatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'rsa-sha256';
    case 'rsa-pss':
      return 'rsa-pss-sha256';
    case 'ed25519':
      return 'ed25519';
    case 'ec':
      if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ecdsa-sha256';
      if (key.asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'ecdsa-sha384';
      if (key.asymmetricKeyDetails?.namedCurve === 'secp521r1') return 'ecdsa-sha512';
  }
  throw new Asn1Error('bad-value', `key of type ${key.asymmetricKeyType}`);
}

const keyTypes: Readonly<Record<string, readonly string[]>> = {
  rsa: ['rsa'],
  'rsa-pss': ['rsa', 'rsa-pss'],
  ecdsa: ['ec'],
  dsa: ['dsa'],
};

const kindOf = (algorithm: ReadableSignatureAlgorithm): string =>
  algorithm.startsWith('rsa-pss-') ? 'rsa-pss' : (algorithm.split('-')[0] as string);

/** Whether the algorithm belongs to the kind of key. */
export function fitsKey(algorithm: ReadableSignatureAlgorithm, key: KeyObject): boolean {
  const type = key.asymmetricKeyType ?? '';
  return algorithm === 'ed25519' ? type === 'ed25519' : (keyTypes[kindOf(algorithm)] ?? []).includes(type);
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** Whether the signature is the key's over the data. A false answer covers keys of the wrong kind too. */
export function verifyBytes(
  algorithm: ReadableSignatureAlgorithm,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!fitsKey(algorithm, key)) return false;
  const digest = algorithm === 'ed25519' ? null : digestOfSignature(algorithm);
  try {
    return verify(digest, data, algorithm.startsWith('rsa-pss-') ? { key, ...pss } : key, signature);
  } catch {
    return false;
  }
}

/** Signs the data (not a digest of it); ECDSA signatures come as DER, the form of X.509 and CMS. */
export function signBytes(algorithm: SignatureAlgorithm, key: KeyObject, data: Uint8Array): Buffer {
  if (!fitsKey(algorithm, key))
    throw new Asn1Error('bad-value', `${algorithm} with ${key.asymmetricKeyType}`);
  const digest = algorithm === 'ed25519' ? null : digestOfSignature(algorithm);
  return sign(digest, data, algorithm.startsWith('rsa-pss-') ? { key, ...pss } : key);
}

/**
 * The key in a SubjectPublicKeyInfo.
 * @throws Asn1Error `bad-value` when OpenSSL does not take it
 */
export function readPublicKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    throw new Asn1Error('bad-value', 'public key');
  }
}
