import { createHash } from 'node:crypto';
import {
  derBoolean,
  derEnumerated,
  derExplicit,
  derGeneralizedTime,
  derInteger,
  derIntegerRaw,
  derNamedBits,
  derOctets,
  derOid,
  derSequence,
  derTime,
  encode,
} from '#formats/asn1';
import { defaultSignatureAlgorithm, derSignatureAlgorithm } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { readCrl, revocationReasons, type CertificateList, type RevocationReason } from './crl.ts';
import { oids } from './extensions.ts';
import {
  derExtension,
  derGeneralName,
  keyIdentifier,
  signStructure,
  type GeneralNameInput,
  type IssuerKey,
} from './issue.ts';
import type { Name } from './names.ts';
import { ocspOids, ocspStatuses, readOcspResponse, type OcspResponse, type OcspStatus } from './ocsp.ts';

export interface RevokedCertificate {
  /** Contents octets of the serial number. */
  readonly serialNumber: Uint8Array;
  readonly at: Date;
  readonly reason?: RevocationReason;
  readonly invalidFrom?: Date;
  /** In an indirect CRL: the issuer of the certificate. */
  readonly certificateIssuer?: Name;
}

export interface CrlRequest {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: number | bigint;
  readonly revoked: readonly RevokedCertificate[];
  /** Makes a delta CRL over the complete CRL of this number. */
  readonly deltaBase?: number | bigint;
  readonly distributionPoint?: {
    readonly fullName?: readonly GeneralNameInput[];
    readonly onlyUserCerts?: boolean;
    readonly onlyCaCerts?: boolean;
    readonly onlySomeReasons?: readonly number[];
    readonly indirect?: boolean;
  };
}

/** Issues a CRL, version 2 (RFC 5280 §5). */
export function issueCrl(
  request: CrlRequest,
  issuer: IssuerKey & { readonly certificate: Certificate },
): CertificateList {
  const algorithm = issuer.signatureAlgorithm ?? defaultSignatureAlgorithm(issuer.key);
  const { certificate } = issuer;
  const keyId = certificate.extensions.subjectKeyIdentifier ?? keyIdentifier(certificate.keyBits);
  const extensions = [
    derExtension(oids.authorityKeyIdentifier, false, derSequence(encode(0x80, keyId))),
    derExtension(oids.crlNumber, false, derInteger(request.number)),
    ...(request.deltaBase === undefined
      ? []
      : [derExtension(oids.deltaCrlIndicator, true, derInteger(request.deltaBase))]),
    ...(request.distributionPoint
      ? [derExtension(oids.issuingDistributionPoint, true, derIssuingPoint(request.distributionPoint))]
      : []),
  ];
  const entries = request.revoked.map(derEntry);
  const tbs = derSequence(
    derInteger(1),
    derSignatureAlgorithm(algorithm),
    certificate.subject.der,
    derTime(request.thisUpdate),
    derTime(request.nextUpdate),
    ...(entries.length > 0 ? [derSequence(...entries)] : []),
    derExplicit(0, derSequence(...extensions)),
  );
  return readCrl(derSequence(...signStructure(tbs, { ...issuer, signatureAlgorithm: algorithm })));
}

function derIssuingPoint(point: NonNullable<CrlRequest['distributionPoint']>): Buffer {
  const flag = (number: number, value: boolean | undefined): Buffer[] =>
    value ? [encode(0x80 | number, derBoolean(true).subarray(2))] : [];
  return derSequence(
    ...(point.fullName ? [derExplicit(0, encode(0xa0, ...point.fullName.map(derGeneralName)))] : []),
    ...flag(1, point.onlyUserCerts),
    ...flag(2, point.onlyCaCerts),
    ...(point.onlySomeReasons ? [derNamedBits(point.onlySomeReasons, 0x83)] : []),
    ...flag(4, point.indirect),
  );
}

function derEntry(entry: RevokedCertificate): Buffer {
  const extensions: Buffer[] = [];
  if (entry.reason && entry.reason !== 'unspecified')
    extensions.push(derExtension(oids.reasonCode, false, derEnumerated(revocationReasons[entry.reason])));
  if (entry.invalidFrom)
    extensions.push(derExtension(oids.invalidityDate, false, derGeneralizedTime(entry.invalidFrom)));
  if (entry.certificateIssuer) {
    const name = derGeneralName({ type: 'directory', name: entry.certificateIssuer });
    extensions.push(derExtension(oids.certificateIssuer, true, derSequence(name)));
  }
  return derSequence(
    derIntegerRaw(entry.serialNumber),
    derTime(entry.at),
    ...(extensions.length > 0 ? [derSequence(...extensions)] : []),
  );
}

export interface OcspAnswer {
  /** DER of the CertID, as the request had it. */
  readonly certId: Uint8Array;
  readonly status:
    | { readonly type: 'good' | 'unknown' }
    | { readonly type: 'revoked'; readonly at: Date; readonly reason?: RevocationReason };
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
}

export interface OcspResponseInput {
  readonly producedAt: Date;
  readonly answers: readonly OcspAnswer[];
  readonly nonce?: Uint8Array;
}

function derStatus(status: OcspAnswer['status']): Buffer {
  if (status.type !== 'revoked') return encode(status.type === 'good' ? 0x80 : 0x82);
  const reason =
    status.reason && status.reason !== 'unspecified'
      ? [derExplicit(0, derEnumerated(revocationReasons[status.reason]))]
      : [];
  return encode(0xa1, derGeneralizedTime(status.at), ...reason);
}

/** Issues a successful OCSPResponse, responder by key, with the responder's certificate (RFC 6960 §4.2). */
export function issueOcspResponse(
  input: OcspResponseInput,
  responder: IssuerKey & { readonly certificate: Certificate },
): OcspResponse {
  const { certificate } = responder;
  const answers = input.answers.map((answer) =>
    derSequence(
      answer.certId,
      derStatus(answer.status),
      derGeneralizedTime(answer.thisUpdate),
      ...(answer.nextUpdate ? [derExplicit(0, derGeneralizedTime(answer.nextUpdate))] : []),
    ),
  );
  const tbs = derSequence(
    derExplicit(2, derOctets(createHash('sha1').update(certificate.keyBits).digest())),
    derGeneralizedTime(input.producedAt),
    derSequence(...answers),
    ...(input.nonce
      ? [derExplicit(1, derSequence(derExtension(ocspOids.nonce, false, derOctets(input.nonce))))]
      : []),
  );
  const basic = derSequence(...signStructure(tbs, responder), derExplicit(0, derSequence(certificate.der)));
  const bytes = derSequence(derOid(ocspOids.basic), derOctets(basic));
  return readOcspResponse(derSequence(derEnumerated(0), derExplicit(0, bytes)));
}

/** OCSPResponse that says only why there is no answer. */
export const ocspFailure = (status: Exclude<OcspStatus, 'successful'>): Buffer =>
  derSequence(derEnumerated(ocspStatuses[status]));

/** OCSPRequest for CertIDs, with a nonce when given. */
export function buildOcspRequest(certIds: readonly Uint8Array[], nonce?: Uint8Array): Buffer {
  return derSequence(
    derSequence(
      derSequence(...certIds.map((id) => derSequence(id))),
      ...(nonce ? [derExplicit(2, derSequence(derExtension(ocspOids.nonce, false, derOctets(nonce))))] : []),
    ),
  );
}
