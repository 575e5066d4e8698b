import { Asn1Error } from '#formats/asn1';
import { digestOfBytes, readTimestampToken, verifyTimestampToken, type TimestampToken } from '#formats/cms';
import {
  publicKeyOf,
  type Certificate,
  type ReadableDigest,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import { archiveOf } from '../pades/archive.ts';
import { isGenuineBag } from '../pades/bag.ts';
import { levelOf } from '../pades/durability.ts';
import { earliestProof, evidenceOf, settle, type Evidence } from '../pades/evidence.ts';
import type { EvidencePool } from '../pades/pool.ts';
import { badTimestamp, judgeTimestamp, presentOf, type JudgedTimestamp } from '../pades/stamps.ts';
import { readCertificates, readEvidence } from '../pades/stored.ts';
import { judgeCertificate, type Judging, type PdfPolicy } from '../pades/trust.ts';
import { defaultPolicy, digestCounts, signatureCounts } from '../policy/index.ts';
import type { Finding } from '../report/types.ts';

/** By what signatures are judged, whatever they stand in. */
export type SignaturePolicy = PdfPolicy;

/** A timestamp over a signature, and the octets that it must stamp. */
export interface StampedOctets {
  readonly token: Uint8Array;
  readonly stamped: Uint8Array;
}

/** A signature that is mathematically right, with what it carries for its own validation. */
export interface SoundSignature {
  readonly certificate: Certificate;
  readonly signatureAlgorithm: ReadableSignatureAlgorithm;
  readonly digests: readonly ReadableDigest[];
  readonly timestamps: readonly StampedOctets[];
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Uint8Array[];
  readonly ocspResponses: readonly Uint8Array[];
}

const bare = (der: Uint8Array): { readonly der: Uint8Array } => ({ der });

/**
 * Judges a sound signature by the policy: timestamp, certificate at the time that is proven, algorithms, level
 * (EN 319 102-1 §5.3, §5.5). The same questions as for a PDF, without document timestamps.
 */
export async function judgeSignature(signature: SoundSignature, policy: SignaturePolicy): Promise<Evidence> {
  const { certificate, signatureAlgorithm, digests } = signature;
  const tokens = signature.timestamps.flatMap(({ token }) => tokenOf(token) ?? []);
  const pool = poolOf(signature, tokens);
  const judging: Judging = { policy, pool, archive: archiveOf(pool, policy.now) };
  const timestamp = await timestampOf(signature, judging);
  const proof = earliestProof(timestamp, undefined);
  const judgedAt = proof?.time ?? presentOf(policy);
  const when = { at: judgedAt, proven: proof !== undefined };
  const judgement = await judgeCertificate(certificate, signature.certificates, when, 'signing', judging);
  const level = levelOf(proof, judgement, timestamp, undefined);
  const stray = straysOf(signature, timestamp, policy);
  const rules = policy.algorithms ?? defaultPolicy.algorithms;
  const weak =
    !signatureCounts(rules, signatureAlgorithm, publicKeyOf(certificate), judgedAt) ||
    digests.some((digest) => !digestCounts(rules, digest, judgedAt));
  const loose = stray.length > 0;
  const outcome = settle(judgement, policy, { level, loose, weak, timestamp, proof, disordered: false });
  return evidenceOf({
    outcome,
    judgement,
    timestamp,
    loose: stray,
    certificate,
    proof,
    level,
    stamp: undefined,
    judgedAt,
    now: policy.now,
    algorithms: `${signatureAlgorithm}, ${digests.join(' ')}`,
  });
}

function tokenOf(der: Uint8Array): TimestampToken | undefined {
  try {
    return readTimestampToken(der);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function poolOf(signature: SoundSignature, tokens: readonly TimestampToken[]): EvidencePool {
  const datas = tokens.map(({ data }) => data);
  const own = readEvidence({
    crls: [...signature.crls, ...datas.flatMap(({ crls }) => crls)].map(bare),
    ocspResponses: [...signature.ocspResponses, ...datas.flatMap((data) => data.ocspResponses)].map(bare),
  });
  const stamping = readCertificates({ certificates: datas.flatMap((data) => data.certificates) });
  return {
    certificates: [...signature.certificates, ...stamping],
    evidence: own,
    coveredFrom: () => undefined,
  };
}

async function timestampOf(
  { timestamps, certificates }: SoundSignature,
  judging: Judging,
): Promise<JudgedTimestamp | undefined> {
  const [first, ...more] = timestamps;
  if (first === undefined) return undefined;
  const token = tokenOf(first.token);
  if (token === undefined || more.length > 0) return badTimestamp(judging.policy.now, '?');
  const verdict = verifyTimestampToken(token, digestOfBytes(first.stamped), certificates);
  return await judgeTimestamp(token, verdict, 0, judging);
}

/** Certificates that a signature carries without signing them must be genuine, or a byte of them could change. */
function straysOf(
  { certificates }: SoundSignature,
  timestamp: JudgedTimestamp | undefined,
  policy: SignaturePolicy,
): Finding[] {
  const anchors = [...policy.anchors.map((anchor) => anchor.certificate), ...(policy.certificates ?? [])];
  if (isGenuineBag([...certificates, ...(timestamp?.certificates ?? [])], anchors)) return [];
  return [
    {
      code: 'stray-certificate',
      vi: 'chữ ký kèm chứng thư lạ hoặc đã bị sửa',
      en: 'the signature carries a certificate that is altered or that nothing vouches for',
    },
  ];
}
