import { createHash } from 'node:crypto';
import {
  Asn1Error,
  bigintOf,
  children,
  contentBytes,
  cursor,
  derOctets,
  derSequence,
  integerBytes,
  octetsOf,
  oidOf,
  only,
  rawBytes,
  readAsn1,
  sequence,
  smallInteger,
  tags,
  timeOf,
  wholeBits,
  type Asn1,
  type Cursor,
} from '#formats/asn1';
import {
  derDigestAlgorithm,
  digestOf,
  readAlgorithm,
  type AlgorithmIdentifier,
  type ReadableDigest,
} from './algorithms.ts';
import { certificateFrom, derSerial, type Certificate } from './certificate.ts';
import { reasonOf, type RevocationReason } from './crl.ts';
import { readExtensions, type Extension } from './extensions.ts';
import { readName, type Name } from './names.ts';

export const ocspOids = { basic: '1.3.6.1.5.5.7.48.1.1', nonce: '1.3.6.1.5.5.7.48.1.2' } as const;

/** CertID (RFC 6960 §4.1.1). */
export interface OcspCertId {
  readonly digest: ReadableDigest | undefined;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  readonly serialNumber: Buffer;
  readonly der: Buffer;
}

export interface OcspRequest {
  readonly certIds: readonly OcspCertId[];
  readonly nonce: Buffer | undefined;
}

export type OcspCertStatus =
  | { readonly type: 'good' }
  | { readonly type: 'revoked'; readonly at: Date; readonly reason: RevocationReason }
  | { readonly type: 'unknown' };

export interface OcspSingleResponse {
  readonly certId: OcspCertId;
  readonly status: OcspCertStatus;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly unknownCritical: readonly string[];
}

export interface BasicOcspResponse {
  readonly tbs: Buffer;
  readonly responder: { readonly name: Name } | { readonly keyHash: Buffer };
  readonly producedAt: Date;
  readonly responses: readonly OcspSingleResponse[];
  readonly nonce: Buffer | undefined;
  readonly unknownCritical: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
  readonly certificates: readonly Certificate[];
}

export const ocspStatuses = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;
export type OcspStatus = keyof typeof ocspStatuses;

export interface OcspResponse {
  readonly der: Buffer;
  readonly status: OcspStatus;
  /** Present when the status is `successful`. */
  readonly basic: BasicOcspResponse | undefined;
}

/** CertID of a certificate; SHA-1 by default, as RFC 5019 asks and every responder understands. */
export function derCertId(
  certificate: Pick<Certificate, 'serialNumber'>,
  issuer: Certificate,
  digest: ReadableDigest = 'sha1',
): Buffer {
  const hash = (bytes: Uint8Array): Buffer => derOctets(createHash(digest).update(bytes).digest());
  return derSequence(
    derDigestAlgorithm(digest),
    hash(issuer.subject.der),
    hash(issuer.keyBits),
    derSerial(certificate),
  );
}

/** Whether a CertID names this certificate of this issuer. */
export function isCertId(
  id: OcspCertId,
  certificate: Pick<Certificate, 'serialNumber'>,
  issuer: Certificate,
): boolean {
  if (!id.digest || !id.serialNumber.equals(certificate.serialNumber)) return false;
  return isIssuerOf(id, issuer);
}

/** Whether a CertID's issuer hashes are those of the certificate authority. */
export function isIssuerOf(id: OcspCertId, issuer: Certificate): boolean {
  const { digest } = id;
  if (!digest) return false;
  const hash = (bytes: Uint8Array): Buffer => createHash(digest).update(bytes).digest();
  return hash(issuer.subject.der).equals(id.issuerNameHash) && hash(issuer.keyBits).equals(id.issuerKeyHash);
}

function readCertId(element: Asn1): OcspCertId {
  const items = cursor(sequence(element, 'CertID'));
  const digest = digestOf(readAlgorithm(items.next('hashAlgorithm')));
  const issuerNameHash = octetsOf(items.next('issuerNameHash'));
  const issuerKeyHash = octetsOf(items.next('issuerKeyHash'));
  const serialNumber = integerBytes(items.next('serialNumber'));
  items.end('CertID');
  return { digest, issuerNameHash, issuerKeyHash, serialNumber, der: rawBytes(element) };
}

/** The nonce as octets: RFC 8954 wraps it in an OCTET STRING, old requesters did not. */
function nonceIn(extensions: readonly Extension[]): Buffer | undefined {
  const found = extensions.find(({ oid }) => oid === ocspOids.nonce);
  if (!found) return undefined;
  try {
    return octetsOf(readAsn1(found.value));
  } catch {
    return found.value;
  }
}

const unknown = (extensions: readonly Extension[]): string[] =>
  extensions.filter(({ oid, critical }) => critical && oid !== ocspOids.nonce).map(({ oid }) => oid);

/** @throws Asn1Error */
export function readOcspRequest(der: Uint8Array): OcspRequest {
  const root = readAsn1(der, { limits: { bytes: 65_536, elements: 4_000 } });
  const tbs = cursor(sequence(cursor(sequence(root, 'OCSPRequest')).next('tbsRequest'), 'TBSRequest'));
  tbs.optional(0xa0);
  tbs.optional(0xa1);
  const list = sequence(tbs.next('requestList'), 'requestList');
  const extensions = readTagged(tbs, 0xa2);
  tbs.end('TBSRequest');
  return {
    certIds: list.map((entry) => readCertId(cursor(sequence(entry, 'Request')).next('reqCert'))),
    nonce: nonceIn(extensions),
  };
}

function readTagged(items: Cursor, tag: number): readonly Extension[] {
  const found = items.optional(tag);
  return found ? readExtensions(only(found, 'extensions')) : [];
}

const statusByNumber = new Map(
  Object.entries(ocspStatuses).map(([name, number]) => [number as number, name as OcspStatus]),
);

/** Reads an OCSPResponse (RFC 6960 §4.2.1). @throws Asn1Error and nothing else */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  const root = readAsn1(der, { limits: { bytes: 2 ** 20, elements: 20_000 } });
  const items = cursor(sequence(root, 'OCSPResponse'));
  const status = statusByNumber.get(smallInteger(items.next('responseStatus'), tags.enumerated));
  if (!status) throw new Asn1Error('bad-value', 'responseStatus');
  const bytes = items.optional(0xa0);
  items.end('OCSPResponse');
  if (status !== 'successful') return { der: rawBytes(root), status, basic: undefined };
  if (!bytes) throw new Asn1Error('unexpected-element', 'successful without a response');
  const inner = cursor(sequence(only(bytes, 'responseBytes'), 'ResponseBytes'));
  if (oidOf(inner.next('responseType')) !== ocspOids.basic) throw new Asn1Error('bad-value', 'responseType');
  const basic = readBasicOcspResponse(octetsOf(inner.next('response')));
  inner.end('ResponseBytes');
  return { der: rawBytes(root), status, basic };
}

/** @throws Asn1Error */
export function readBasicOcspResponse(der: Uint8Array): BasicOcspResponse {
  const outer = cursor(sequence(readAsn1(der), 'BasicOCSPResponse'));
  const tbs = outer.next('tbsResponseData');
  const signatureAlgorithm = readAlgorithm(outer.next('signatureAlgorithm'));
  const signature = wholeBits(outer.next('signature'));
  const certs = outer.optional(0xa0);
  outer.end('BasicOCSPResponse');
  const items = cursor(sequence(tbs, 'ResponseData'));
  const version = items.optional(0xa0);
  if (version && bigintOf(only(version, 'version')) !== 0n) throw new Asn1Error('bad-value', 'OCSP version');
  const responder = readResponder(items.next('responderID'));
  const producedAt = timeOf(items.next('producedAt', tags.generalizedTime));
  const responses = sequence(items.next('responses'), 'responses').map(readSingle);
  const extensions = readTagged(items, 0xa1);
  items.end('ResponseData');
  return {
    tbs: rawBytes(tbs),
    responder,
    producedAt,
    responses,
    nonce: nonceIn(extensions),
    unknownCritical: unknown(extensions),
    signatureAlgorithm,
    signature,
    certificates: certs ? sequence(only(certs, 'certs'), 'certs').map(certificateFrom) : [],
  };
}

function readResponder(element: Asn1): BasicOcspResponse['responder'] {
  if (element.tag === 0xa1) return { name: readName(only(element, 'byName')) };
  if (element.tag === 0xa2) return { keyHash: octetsOf(only(element, 'byKey')) };
  throw new Asn1Error('unexpected-element', 'ResponderID');
}

function readSingle(element: Asn1): OcspSingleResponse {
  const items = cursor(sequence(element, 'SingleResponse'));
  const certId = readCertId(items.next('certID'));
  const status = readStatus(items.next('certStatus'));
  const thisUpdate = timeOf(items.next('thisUpdate', tags.generalizedTime));
  const next = items.optional(0xa0);
  const extensions = readTagged(items, 0xa1);
  items.end('SingleResponse');
  return {
    certId,
    status,
    thisUpdate,
    nextUpdate: next && timeOf(only(next, 'nextUpdate')),
    unknownCritical: extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
  };
}

function readStatus(element: Asn1): OcspCertStatus {
  if ((element.tag === 0x80 || element.tag === 0x82) && contentBytes(element).length === 0)
    return { type: element.tag === 0x80 ? 'good' : 'unknown' };
  if (element.tag !== 0xa1) throw new Asn1Error('unexpected-element', 'CertStatus');
  const items = cursor(children(element));
  const at = timeOf(items.next('revocationTime', tags.generalizedTime));
  const reason = items.optional(0xa0);
  items.end('RevokedInfo');
  return {
    type: 'revoked',
    at,
    reason: reason
      ? reasonOf(smallInteger(only(reason, 'revocationReason'), tags.enumerated))
      : 'unspecified',
  };
}
