import { createHash, type KeyObject } from 'node:crypto';
import {
  Asn1Error,
  cursor,
  derIntegerRaw,
  derSequence,
  integerBytes,
  only,
  rawBytes,
  readAsn1,
  sequence,
  smallInteger,
  tags,
  timeOf,
  wholeBits,
  type Asn1,
} from '#formats/asn1';
import { readAlgorithm, readPublicKey, type AlgorithmIdentifier } from './algorithms.ts';
import { decodeExtensions, readExtensions, type CertificateExtensions } from './extensions.ts';
import { readName, sameName, type Name } from './names.ts';

/** An X.509 certificate. Every Buffer is a window on the DER it was read from. */
export interface Certificate {
  readonly der: Buffer;
  readonly tbs: Buffer;
  readonly version: number;
  /** Contents octets of the serial number as they stand. */
  readonly serialNumber: Buffer;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly keyAlgorithm: AlgorithmIdentifier;
  /** Bits of the public key: what RFC 6960 hashes as issuerKeyHash. */
  readonly keyBits: Buffer;
  /** Decoded on first use. @throws Asn1Error when one of them is malformed */
  readonly extensions: CertificateExtensions;
  readonly signature: Buffer;
}

/**
 * Reads a certificate (RFC 5280 §4.1).
 * @throws Asn1Error and nothing else
 */
export function readCertificate(der: Uint8Array): Certificate {
  return certificateFrom(readAsn1(der, { rules: 'der', limits: { bytes: 2 ** 20, elements: 20_000 } }));
}

export function certificateFrom(element: Asn1): Certificate {
  const outer = cursor(sequence(element, 'Certificate'));
  const tbs = outer.next('tbsCertificate');
  const signatureAlgorithm = readAlgorithm(outer.next('signatureAlgorithm'));
  const signature = wholeBits(outer.next('signatureValue'));
  outer.end('Certificate');
  const items = cursor(sequence(tbs, 'TBSCertificate'));
  const versionTag = items.optional(0xa0);
  const version = versionTag ? smallInteger(only(versionTag, 'version')) + 1 : 1;
  if (version < 1 || version > 3) throw new Asn1Error('bad-value', `certificate version ${version}`);
  const serialNumber = integerBytes(items.next('serialNumber'));
  if (!readAlgorithm(items.next('signature')).der.equals(signatureAlgorithm.der))
    throw new Asn1Error('bad-value', 'two different signature algorithms');
  const issuer = readName(items.next('issuer'));
  const validity = cursor(sequence(items.next('validity'), 'Validity'));
  const notBefore = timeOf(validity.next('notBefore'));
  const notAfter = timeOf(validity.next('notAfter'));
  validity.end('Validity');
  const subject = readName(items.next('subject'));
  const spki = items.next('subjectPublicKeyInfo', tags.sequence);
  const key = cursor(sequence(spki, 'SubjectPublicKeyInfo'));
  const keyAlgorithm = readAlgorithm(key.next('algorithm'));
  const keyBits = wholeBits(key.next('subjectPublicKey'));
  key.end('SubjectPublicKeyInfo');
  items.optional(0x81);
  items.optional(0x82);
  const extensionsTag = items.optional(0xa3);
  items.end('TBSCertificate');
  if (extensionsTag && version !== 3) throw new Asn1Error('bad-value', 'extensions before version 3');
  const list = extensionsTag && only(extensionsTag, 'extensions');
  let decoded: CertificateExtensions | undefined;
  return {
    der: rawBytes(element),
    tbs: rawBytes(tbs),
    version,
    serialNumber,
    signatureAlgorithm,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki: rawBytes(spki),
    keyAlgorithm,
    keyBits,
    get extensions() {
      decoded ??= decodeExtensions(list ? readExtensions(list) : []);
      return decoded;
    },
    signature,
  };
}

/** Certificates in a PEM text, in order; other blocks are left out. */
export function readCertificatesPem(pem: string): Certificate[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, base64]) => readCertificate(Buffer.from(base64 as string, 'base64')));
}

export function certificateToPem(certificate: Pick<Certificate, 'der'>): string {
  const lines = certificate.der.toString('base64').replace(/(.{64})(?!$)/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Certificates by their bytes, oldest first, so that what is derived from them is derived once. */
const certificatesKept = new Map<string, Certificate>();
const certificateLimits = { count: 1000, bytes: 16_384 };

/**
 * As `certificateFrom`, but the same object for the same bytes as long as it is remembered (bounded): the same
 * certificates come again with every document. It stands on a copy, so no document is kept in memory by it.
 */
export function sharedCertificate(element: Asn1): Certificate {
  const der = rawBytes(element);
  if (der.length > certificateLimits.bytes) return certificateFrom(element);
  const id = der.toString('latin1');
  let known = certificatesKept.get(id);
  if (known === undefined) {
    known = certificateFrom(readAsn1(Buffer.from(der)));
    if (certificatesKept.size >= certificateLimits.count)
      certificatesKept.delete(certificatesKept.keys().next().value as string);
    certificatesKept.set(id, known);
  }
  return known;
}

const publicKeys = new WeakMap<Certificate, KeyObject>();
/** Keys by their SubjectPublicKeyInfo, oldest first: the same issuers come again with every document. */
const keysBySpki = new Map<string, KeyObject>();
const keysKept = 2000;

/** The subject's key. @throws Asn1Error `bad-value` when OpenSSL does not take it */
export function publicKeyOf(certificate: Certificate): KeyObject {
  const known = publicKeys.get(certificate);
  if (known) return known;
  const spki = certificate.spki.toString('latin1');
  let key = keysBySpki.get(spki);
  if (!key) {
    key = readPublicKey(certificate.spki);
    if (keysBySpki.size >= keysKept) keysBySpki.delete(keysBySpki.keys().next().value as string);
    keysBySpki.set(spki, key);
  }
  publicKeys.set(certificate, key);
  return key;
}

const fingerprints = new WeakMap<Certificate, string>();

/** SHA-256 of the DER, in lower-case hex. */
export function fingerprint(certificate: Certificate): string {
  let known = fingerprints.get(certificate);
  if (known === undefined) {
    known = createHash('sha256').update(certificate.der).digest('hex');
    fingerprints.set(certificate, known);
  }
  return known;
}

export const serialHex = (certificate: Pick<Certificate, 'serialNumber'>): string =>
  certificate.serialNumber.toString('hex');

export const isSelfIssued = (certificate: Certificate): boolean =>
  sameName(certificate.issuer, certificate.subject);

/** IssuerAndSerialNumber (RFC 5652 §10.2.4), the issuer's name byte for byte. */
export function derIssuerAndSerial(certificate: Certificate): Buffer {
  return derSequence(certificate.issuer.der, derSerial(certificate));
}

export function derSerial(certificate: Pick<Certificate, 'serialNumber'>): Buffer {
  return derIntegerRaw(certificate.serialNumber);
}
