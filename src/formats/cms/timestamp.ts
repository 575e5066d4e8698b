import { createHash, randomBytes } from 'node:crypto';
import {
  Asn1Error,
  bitsSet,
  booleanOf,
  children,
  cursor,
  derBoolean,
  derGeneralizedTime,
  derInteger,
  derNamedBits,
  derOctets,
  derOid,
  derSequence,
  derUtf8,
  encode,
  integerBytes,
  octetsOf,
  oidOf,
  rawBytes,
  readAsn1,
  sequence,
  smallInteger,
  stringOf,
  tags,
  timeOf,
} from '#formats/asn1';
import {
  derDigestAlgorithm,
  digestOf,
  oids,
  readAlgorithm,
  type Certificate,
  type ReadableDigest,
} from '#formats/x509';
import { cmsOids, readSignedData, type SignedData } from './read.ts';
import { verifySigner, type SignerVerdict } from './verify.ts';

export interface TstInfo {
  readonly policy: string;
  readonly digestAlgorithm: ReadableDigest | undefined;
  readonly messageImprint: Buffer;
  readonly serialNumber: Buffer;
  readonly time: Date;
  /** Milliseconds, rounded up; 0 when the token says nothing. */
  readonly accuracy: number;
  readonly nonce: Buffer | undefined;
}

export interface TimestampToken {
  readonly der: Buffer;
  readonly data: SignedData;
  readonly info: TstInfo;
}

/** TSTInfo (RFC 3161 §2.4.2). @throws Asn1Error */
export function readTstInfo(der: Uint8Array): TstInfo {
  const items = cursor(sequence(readAsn1(der), 'TSTInfo'));
  if (smallInteger(items.next('version')) !== 1) throw new Asn1Error('bad-value', 'TSTInfo version');
  const policy = oidOf(items.next('policy'));
  const imprint = cursor(sequence(items.next('messageImprint'), 'MessageImprint'));
  const digestAlgorithm = digestOf(readAlgorithm(imprint.next('hashAlgorithm')));
  const messageImprint = octetsOf(imprint.next('hashedMessage'));
  imprint.end('MessageImprint');
  const serialNumber = integerBytes(items.next('serialNumber'));
  const time = timeOf(items.next('genTime', tags.generalizedTime));
  const accuracyTag = items.optional(tags.sequence);
  const ordering = items.optional(tags.boolean);
  if (ordering) booleanOf(ordering);
  const nonceTag = items.optional(tags.integer);
  const nonce = nonceTag && integerBytes(nonceTag);
  items.optional(0xa0);
  items.optional(0xa1);
  items.end('TSTInfo');
  let accuracy = 0;
  if (accuracyTag) {
    const parts = cursor(children(accuracyTag));
    const seconds = parts.optional(tags.integer);
    const millis = parts.optional(0x80);
    const micros = parts.optional(0x81);
    parts.end('Accuracy');
    accuracy =
      (seconds ? smallInteger(seconds) * 1000 : 0) +
      (millis ? smallInteger(millis, 0x80) : 0) +
      (micros ? Math.ceil(smallInteger(micros, 0x81) / 1000) : 0);
  }
  return { policy, digestAlgorithm, messageImprint, serialNumber, time, accuracy, nonce };
}

/** Reads a time-stamp token: SignedData around TSTInfo. @throws Asn1Error */
export function readTimestampToken(
  der: Uint8Array,
  options: { readonly zeroPadded?: boolean } = {},
): TimestampToken {
  const data = readSignedData(der, options);
  if (data.contentType !== cmsOids.tstInfo || !data.content)
    throw new Asn1Error('unexpected-element', 'not a time-stamp token');
  const bytes = Buffer.from(der.buffer, der.byteOffset, data.length);
  return { der: bytes, data, info: readTstInfo(data.content) };
}

export type TimestampProblem =
  | SignerVerdict['problems'][number]
  | 'imprint-mismatch'
  | 'not-a-time-stamping-key'
  | 'outside-certificate-validity';

export interface TimestampVerdict {
  /** Whether the token is mathematically good for the data. The TSA's trust is judged apart. */
  readonly valid: boolean;
  readonly problems: readonly TimestampProblem[];
  readonly warnings: SignerVerdict['warnings'];
  readonly certificate: Certificate | undefined;
  readonly time: Date;
}

/**
 * Verifies a token over data of which the digest is at hand (RFC 3161 §2.3, §2.4.2): signature, ESS certificate,
 * imprint, and the critical, only use of the TSA's key.
 */
export function verifyTimestampToken(
  token: TimestampToken,
  digest: (algorithm: ReadableDigest) => Uint8Array,
  certificates: readonly Certificate[] = [],
): TimestampVerdict {
  const { info, data } = token;
  const [signer, ...more] = data.signers;
  if (!signer || more.length > 0)
    return { valid: false, problems: ['malformed'], warnings: [], certificate: undefined, time: info.time };
  const verdict = verifySigner(data, signer, { certificates, requireSigningCertificate: true });
  const problems: TimestampProblem[] = [...verdict.problems];
  if (!info.digestAlgorithm || !info.messageImprint.equals(digest(info.digestAlgorithm)))
    problems.push('imprint-mismatch');
  const { certificate } = verdict;
  if (certificate) {
    if (!mayTimestamp(certificate)) problems.push('not-a-time-stamping-key');
    if (info.time < certificate.notBefore || info.time > certificate.notAfter)
      problems.push('outside-certificate-validity');
  }
  return { valid: problems.length === 0, problems, warnings: verdict.warnings, certificate, time: info.time };
}

/** RFC 3161 §2.3: extended key usage critical, and nothing but time stamping. */
export function mayTimestamp(certificate: Certificate): boolean {
  try {
    const { extendedKeyUsage, keyUsage, all } = certificate.extensions;
    const critical = all.some(({ oid, critical }) => oid === oids.extendedKeyUsage && critical);
    const only = extendedKeyUsage?.length === 1 && extendedKeyUsage[0] === oids.timeStamping;
    return (
      critical && only && (!keyUsage || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation'))
    );
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

export interface TstInfoInput {
  readonly policy: string;
  readonly digestAlgorithm: ReadableDigest;
  readonly messageImprint: Uint8Array;
  readonly serialNumber: Uint8Array;
  readonly time: Date;
  /** Seconds. */
  readonly accuracy?: number;
  /** Contents octets of the INTEGER in the request. */
  readonly nonce?: Uint8Array;
}

export function derTstInfo(input: TstInfoInput): Buffer {
  return derSequence(
    derInteger(1),
    derOid(input.policy),
    derMessageImprint(input.digestAlgorithm, input.messageImprint),
    derInteger(input.serialNumber),
    derGeneralizedTime(input.time, true),
    ...(input.accuracy ? [derSequence(derInteger(input.accuracy))] : []),
    ...(input.nonce ? [encode(tags.integer, input.nonce)] : []),
  );
}

function derMessageImprint(algorithm: ReadableDigest, digest: Uint8Array): Buffer {
  return derSequence(derDigestAlgorithm(algorithm), derOctets(digest));
}

export interface TimestampRequest {
  readonly digestAlgorithm: ReadableDigest | undefined;
  readonly messageImprint: Buffer;
  readonly policy: string | undefined;
  readonly nonce: Buffer | undefined;
  readonly certificateRequested: boolean;
}

/** TimeStampReq (RFC 3161 §2.4.1) with a nonce of 8 octets and a request for the certificate. */
export function buildTimestampRequest(
  algorithm: ReadableDigest,
  digest: Uint8Array,
): { readonly der: Buffer; readonly nonce: Buffer } {
  const nonce = randomBytes(8);
  nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40;
  const der = derSequence(
    derInteger(1),
    derMessageImprint(algorithm, digest),
    encode(tags.integer, nonce),
    derBoolean(true),
  );
  return { der, nonce };
}

/** @throws Asn1Error */
export function readTimestampRequest(der: Uint8Array): TimestampRequest {
  const items = cursor(sequence(readAsn1(der, { limits: { bytes: 65_536 } }), 'TimeStampReq'));
  if (smallInteger(items.next('version')) !== 1) throw new Asn1Error('bad-value', 'TimeStampReq version');
  const imprint = cursor(sequence(items.next('messageImprint'), 'MessageImprint'));
  const digestAlgorithm = digestOf(readAlgorithm(imprint.next('hashAlgorithm')));
  const messageImprint = octetsOf(imprint.next('hashedMessage'));
  imprint.end('MessageImprint');
  const policy = items.optional(tags.oid);
  const nonce = items.optional(tags.integer);
  const wanted = items.optional(tags.boolean);
  if (items.optional(0xa0)) throw new Asn1Error('bad-value', 'TimeStampReq extensions');
  items.end('TimeStampReq');
  return {
    digestAlgorithm,
    messageImprint,
    policy: policy && oidOf(policy),
    nonce: nonce && integerBytes(nonce),
    certificateRequested: wanted ? booleanOf(wanted) : false,
  };
}

/** Bits of PKIFailureInfo that a TSA answers with (RFC 3161 §2.4.2). */
export const timestampFailures = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  systemFailure: 25,
} as const;
export type TimestampFailure = keyof typeof timestampFailures;

/** TimeStampResp around a token, or a rejection. */
export function buildTimestampResponse(
  outcome: { readonly token: Uint8Array } | { readonly failure: TimestampFailure; readonly text?: string },
): Buffer {
  if ('token' in outcome) return derSequence(derSequence(derInteger(0)), outcome.token);
  const text = outcome.text === undefined ? [] : [derSequence(derUtf8(outcome.text))];
  return derSequence(derSequence(derInteger(2), ...text, derNamedBits([timestampFailures[outcome.failure]])));
}

export type TimestampResponse =
  | { readonly granted: true; readonly token: TimestampToken }
  | {
      readonly granted: false;
      readonly status: number;
      readonly text: string;
      readonly failures: ReadonlySet<number>;
    };

/** @throws Asn1Error */
export function readTimestampResponse(der: Uint8Array): TimestampResponse {
  const items = cursor(sequence(readAsn1(der, { limits: { bytes: 2 ** 20 } }), 'TimeStampResp'));
  const info = cursor(sequence(items.next('status'), 'PKIStatusInfo'));
  const status = smallInteger(info.next('status'));
  const text = info.optional(tags.sequence);
  const failures = info.optional(tags.bitString);
  const token = items.peek();
  if (status === 0 || status === 1) {
    if (!token) throw new Asn1Error('unexpected-element', 'granted without a token');
    return { granted: true, token: readTimestampToken(rawBytes(token)) };
  }
  return {
    granted: false,
    status,
    text: text
      ? children(text)
          .map((line) => stringOf(line) ?? '')
          .join(' ')
      : '',
    failures: failures ? bitsSet(failures) : new Set(),
  };
}

/** Digest function over data that is at hand. */
export function digestOfBytes(bytes: Uint8Array): (algorithm: ReadableDigest) => Buffer {
  return (algorithm) => createHash(algorithm).update(bytes).digest();
}
