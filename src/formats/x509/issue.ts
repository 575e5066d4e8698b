import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import {
  Asn1Error,
  children,
  derBits,
  derBoolean,
  derExplicit,
  derIa5,
  derInteger,
  derNamedBits,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derTime,
  encode,
  readAsn1,
  wholeBits,
  type Asn1,
} from '#formats/asn1';
import {
  defaultSignatureAlgorithm,
  derSignatureAlgorithm,
  signBytes,
  type SignatureAlgorithm,
} from './algorithms.ts';
import { readCertificate, type Certificate } from './certificate.ts';
import { keyUsages, oids, type KeyUsage } from './extensions.ts';
import type { Name } from './names.ts';

/** A name to write into an extension. */
export type GeneralNameInput =
  | { readonly type: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly type: 'directory'; readonly name: Name }
  | { readonly type: 'ip'; readonly value: Uint8Array };

/** What an issuer signs with. `certificate` is absent when the issuer signs itself. */
export interface IssuerKey {
  readonly key: KeyObject;
  readonly certificate?: Certificate;
  readonly signatureAlgorithm?: SignatureAlgorithm;
}

export interface CertificateRequest {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Unsigned octets; 16 random octets when absent. */
  readonly serialNumber?: Uint8Array;
  /** Present for a certificate authority. */
  readonly ca?: { readonly pathLength?: number };
  readonly keyUsage?: readonly KeyUsage[];
  readonly extendedKeyUsage?: readonly string[];
  readonly extendedKeyUsageCritical?: boolean;
  readonly subjectAltName?: readonly GeneralNameInput[];
  readonly policies?: readonly string[];
  readonly policyMappings?: readonly (readonly [issuer: string, subject: string])[];
  readonly nameConstraints?: {
    readonly permitted?: readonly GeneralNameInput[];
    readonly excluded?: readonly GeneralNameInput[];
  };
  readonly ocspUrls?: readonly string[];
  readonly caIssuersUrls?: readonly string[];
  readonly crlUrls?: readonly string[];
  readonly ocspNoCheck?: boolean;
  /** Further extensions, as they are. */
  readonly extra?: readonly {
    readonly oid: string;
    readonly critical: boolean;
    readonly value: Uint8Array;
  }[];
}

export function derExtension(oid: string, critical: boolean, value: Uint8Array): Buffer {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctets(value));
}

export function derGeneralName(name: GeneralNameInput): Buffer {
  switch (name.type) {
    case 'email':
      return derIa5(name.value, 0x81);
    case 'dns':
      return derIa5(name.value, 0x82);
    case 'uri':
      return derIa5(name.value, 0x86);
    case 'ip':
      return encode(0x87, name.value);
    case 'directory':
      return derExplicit(4, name.name.der);
  }
}

/** RFC 5280 §4.2.1.2 method (1): SHA-1 of the key bits, an identifier and not a protection. */
export function keyIdentifier(keyBits: Uint8Array): Buffer {
  return createHash('sha1').update(keyBits).digest();
}

function subtrees(number: number, names: readonly GeneralNameInput[] | undefined): Buffer[] {
  if (!names || names.length === 0) return [];
  return [derExplicit(number, ...names.map((name) => derSequence(derGeneralName(name))))];
}

function extensionsOf(request: CertificateRequest, keyBits: Buffer, issuerKeyId: Buffer): Buffer[] {
  const out: Buffer[] = [];
  const add = (oid: string, critical: boolean, value: Uint8Array): void => {
    out.push(derExtension(oid, critical, value));
  };
  const { ca, keyUsage, extendedKeyUsage, nameConstraints } = request;
  const length = ca?.pathLength;
  if (ca) {
    const limit = length === undefined ? [] : [derInteger(length)];
    add(oids.basicConstraints, true, derSequence(derBoolean(true), ...limit));
  }
  add(oids.subjectKeyIdentifier, false, derOctets(keyIdentifier(keyBits)));
  add(oids.authorityKeyIdentifier, false, derSequence(encode(0x80, issuerKeyId)));
  if (keyUsage) add(oids.keyUsage, true, derNamedBits(keyUsage.map((use) => keyUsages[use])));
  if (extendedKeyUsage) {
    const critical = request.extendedKeyUsageCritical ?? false;
    add(oids.extendedKeyUsage, critical, derSequence(...extendedKeyUsage.map(derOid)));
  }
  if (request.subjectAltName) {
    add(oids.subjectAltName, false, derSequence(...request.subjectAltName.map(derGeneralName)));
  }
  if (nameConstraints) {
    const parts = [...subtrees(0, nameConstraints.permitted), ...subtrees(1, nameConstraints.excluded)];
    add(oids.nameConstraints, true, derSequence(...parts));
  }
  if (request.policies) {
    add(
      oids.certificatePolicies,
      false,
      derSequence(...request.policies.map((policy) => derSequence(derOid(policy)))),
    );
  }
  if (request.policyMappings) {
    const pairs = request.policyMappings.map(([issuer, subject]) =>
      derSequence(derOid(issuer), derOid(subject)),
    );
    add(oids.policyMappings, true, derSequence(...pairs));
  }
  if (request.crlUrls && request.crlUrls.length > 0) {
    const points = request.crlUrls.map((url) => derDistributionPoint(url));
    add(oids.crlDistributionPoints, false, derSequence(...points));
  }
  const access = [
    ...(request.ocspUrls ?? []).map((url) => [oids.ocsp, url] as const),
    ...(request.caIssuersUrls ?? []).map((url) => [oids.caIssuers, url] as const),
  ].map(([method, url]) => derSequence(derOid(method), derIa5(url, 0x86)));
  if (access.length > 0) add(oids.authorityInfoAccess, false, derSequence(...access));
  if (request.ocspNoCheck) add(oids.ocspNoCheck, false, derNull);
  for (const { oid, critical, value } of request.extra ?? []) add(oid, critical, value);
  return out;
}

/** DistributionPoint with one URL as fullName. */
export function derDistributionPoint(url: string): Buffer {
  return derSequence(derExplicit(0, derExplicit(0, derIa5(url, 0x86))));
}

/** Signs a to-be-signed structure the way certificates, CRLs and OCSP responses do. */
export function signStructure(tbs: Buffer, issuer: IssuerKey): Buffer[] {
  const algorithm = issuer.signatureAlgorithm ?? defaultSignatureAlgorithm(issuer.key);
  return [tbs, derSignatureAlgorithm(algorithm), derBits(signBytes(algorithm, issuer.key, tbs))];
}

/** A positive serial number of 16 random octets. */
export function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  return serial;
}

/**
 * Issues an X.509 v3 certificate (RFC 5280 §4.1); without `issuer.certificate` it is signed by itself.
 * @throws Asn1Error `bad-value` when a text does not fit its type
 */
export function issueCertificate(request: CertificateRequest, issuer: IssuerKey): Certificate {
  const spki = request.publicKey.export({ format: 'der', type: 'spki' });
  const keyBits = spkiBits(spki);
  const issuerBits = issuer.certificate?.keyBits ?? keyBits;
  const issuerKeyId = issuer.certificate?.extensions.subjectKeyIdentifier ?? keyIdentifier(issuerBits);
  const algorithm = issuer.signatureAlgorithm ?? defaultSignatureAlgorithm(issuer.key);
  if (request.notAfter < request.notBefore) throw new Asn1Error('bad-value', 'validity');
  const tbs = derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(request.serialNumber ?? randomSerial()),
    derSignatureAlgorithm(algorithm),
    issuer.certificate?.subject.der ?? request.subject.der,
    derSequence(derTime(request.notBefore), derTime(request.notAfter)),
    request.subject.der,
    spki,
    derExplicit(3, derSequence(...extensionsOf(request, keyBits, issuerKeyId))),
  );
  return readCertificate(derSequence(...signStructure(tbs, { ...issuer, signatureAlgorithm: algorithm })));
}

function spkiBits(spki: Buffer): Buffer {
  const [, bits] = children(readAsn1(spki));
  return wholeBits(bits as Asn1);
}
