import { Asn1Error } from '#formats/asn1';
import {
  digestOfBytes,
  readTimestampToken,
  signatureTimestamps,
  verifyTimestampToken,
  type SignedData,
  type SignerInfo,
  type TimestampToken,
  type TimestampVerdict,
} from '#formats/cms';
import { publicKeyOf, signatureAlgorithmOf, digestOf, type Certificate } from '#formats/x509';
import { defaultPolicy, digestCounts, signatureCounts } from '../policy/index.ts';
import type { Finding, TimestampReport } from '../report/types.ts';
import { archiveOf, type Archive } from './archive.ts';
import type { SignatureContainer } from './container.ts';
import { certificateReport, signerOf } from './describe.ts';
import type { Evidence } from './evidence.ts';
import { looseParts } from './loose.ts';
import type { EvidencePool } from './pool.ts';
import { judgeCertificate, type CertificateJudgement, type Judging, type PdfPolicy } from './trust.ts';

/** A timestamp, how far it is believed, and what it stands on. */
export interface JudgedTimestamp {
  readonly report: TimestampReport;
  readonly findings: readonly Finding[];
  readonly certificate?: Certificate;
  readonly judgement?: CertificateJudgement;
  readonly judgedAt: Date;
  readonly certificates: readonly Certificate[];
  readonly warnings: TimestampVerdict['warnings'];
}

export const badTimestamp = (time: Date, authority: string): JudgedTimestamp => ({
  report: { time, authority, indication: 'TOTAL-FAILED', subIndication: 'SIG_CRYPTO_FAILURE' },
  findings: [
    {
      code: 'timestamp-invalid',
      vi: 'dấu thời gian kèm theo hỏng hoặc không phải của chữ ký này',
      en: 'the timestamp is damaged or does not belong to this signature',
    },
  ],
  judgedAt: time,
  certificates: [],
  warnings: [],
});

/** The present of a judgement: the moment that is asked about, or now. */
export const presentOf = (policy: PdfPolicy): Date => policy.at ?? policy.now;

/**
 * The timestamp over a signature (RFC 3161 appendix A), judged at the time by which it is proven to have existed.
 * @param covered the revision (from 0) that a document timestamp must cover to prove it
 */
export async function timestampOf(
  data: SignedData,
  signer: SignerInfo,
  covered: number,
  judging: Judging,
): Promise<JudgedTimestamp | undefined> {
  const [der, ...more] = signatureTimestamps(signer);
  if (der === undefined) return undefined;
  let token: TimestampToken;
  try {
    token = readTimestampToken(der);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return badTimestamp(judging.policy.now, '?');
  }
  if (more.length > 0) return badTimestamp(token.info.time, '?');
  const verdict = verifyTimestampToken(token, digestOfBytes(signer.signature), data.certificates);
  return await judgeTimestamp(token, verdict, covered, judging);
}

/**
 * Time-stamp validation (EN 319 102-1 §5.4, §5.6.2): the authority's certificate must be good at the time by which
 * the token is proven to have existed, the present where nothing proves it: its own word about its time is not asked.
 */
export async function judgeTimestamp(
  token: TimestampToken,
  verdict: TimestampVerdict,
  covered: number,
  judging: Judging,
): Promise<JudgedTimestamp> {
  const { certificate, time } = verdict;
  const authority = certificate === undefined ? '?' : signerOf(certificate).name;
  if (!verdict.valid || certificate === undefined) return badTimestamp(time, authority);
  const proof = judging.archive.covering(covered)?.time;
  const at = proof ?? presentOf(judging.policy);
  const judge = (moment: Date, proven: boolean): Promise<CertificateJudgement> =>
    judgeCertificate(
      certificate,
      token.data.certificates,
      { at: moment, proven, contained: time },
      'timestamping',
      judging,
    );
  let judgement = await judge(at, proof !== undefined);
  // RFC 3161 §4: tokens from before a revocation that did not concern the key stay good.
  const { harmlesslyRevokedAt } = judgement;
  if (harmlesslyRevokedAt !== undefined && time < harmlesslyRevokedAt) judgement = await judge(time, true);
  const weak = judgement.indication === 'TOTAL-PASSED' && isWeak(token, certificate, at, judging.policy);
  const indication = weak ? 'INDETERMINATE' : judgement.indication;
  const subIndication = weak ? 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE' : judgement.subIndication;
  return {
    report: { time, authority, indication, ...(subIndication === undefined ? {} : { subIndication }) },
    findings: indication === 'TOTAL-PASSED' ? [] : [untrusted(weak ? undefined : judgement)],
    certificate,
    judgement,
    judgedAt: at,
    certificates: token.data.certificates,
    warnings: verdict.warnings,
  };
}

function untrusted(judgement: CertificateJudgement | undefined): Finding {
  const why = judgement?.findings[0];
  const expired = judgement?.subIndication === 'OUT_OF_BOUNDS_NO_POE';
  if (expired || judgement === undefined)
    return {
      code: 'timestamp-outlived',
      vi: expired
        ? 'chứng thư của nơi cấp dấu thời gian đã hết hạn và không có dấu thời gian lưu trữ nào chứng minh tiếp'
        : 'thuật toán của dấu thời gian đã yếu và không có dấu thời gian lưu trữ nào chứng minh tiếp',
      en: expired
        ? 'the certificate of the time-stamping authority has expired and no archive timestamp carries the proof on'
        : 'the algorithm of the timestamp is weak by now and no archive timestamp carries the proof on',
    };
  return {
    code: 'timestamp-untrusted',
    vi: `nơi cấp dấu thời gian chưa được tin cậy, thời điểm ký chưa được chứng minh${why === undefined ? '' : ` (${why.vi})`}`,
    en: `the time-stamping authority is not trusted; the time of signing is not proven${why === undefined ? '' : ` (${why.en})`}`,
  };
}

function isWeak(token: TimestampToken, certificate: Certificate, at: Date, policy: PdfPolicy): boolean {
  const rules = policy.algorithms ?? defaultPolicy.algorithms;
  const [signer] = token.data.signers;
  const digest = signer && digestOf(signer.digestAlgorithm);
  const algorithm = signer && signatureAlgorithmOf(signer.signatureAlgorithm, digest);
  const imprint = token.info.digestAlgorithm;
  return !(
    algorithm !== undefined &&
    imprint !== undefined &&
    digestCounts(rules, imprint, at) &&
    signatureCounts(rules, algorithm, publicKeyOf(certificate), at)
  );
}

/**
 * Judges the document timestamps of a file, newest first: the newest by the present, each older one by the time
 * that newer ones prove (EN 319 102-1 §5.6.3).
 * @returns the proofs of existence, and what was found of each timestamp
 */
export async function judgeArchive(
  containers: readonly SignatureContainer[],
  pool: EvidencePool,
  policy: PdfPolicy,
): Promise<{ readonly archive: Archive; readonly found: ReadonlyMap<SignatureContainer, Evidence> }> {
  const archive = archiveOf(pool, policy.now);
  const found = new Map<SignatureContainer, Evidence>();
  const stamps = containers
    .filter((one) => one.subFilter === 'ETSI.RFC3161' && one.problems.length === 0)
    .sort((left, right) => (right.revision ?? 0) - (left.revision ?? 0));
  for (const container of stamps) {
    try {
      const evidence = await examineDocTimestamp(container, { policy, pool, archive });
      if (evidence !== undefined) found.set(container, evidence);
    } catch (error) {
      // Malformed: `examine` says so.
      if (!(error instanceof Asn1Error)) throw error;
    }
  }
  return { archive, found };
}

/** A document timestamp (ETSI EN 319 142-1 §5.4.3): its imprint is of the byte ranges. */
async function examineDocTimestamp(
  container: SignatureContainer,
  judging: Judging,
): Promise<Evidence | undefined> {
  let token: TimestampToken;
  try {
    token = readTimestampToken(container.cms);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return undefined;
  }
  const revision = container.revision as number;
  const verdict = verifyTimestampToken(token, container.digest);
  const stamp = await judgeTimestamp(token, verdict, revision + 1, judging);
  const { report, judgement, certificate } = stamp;
  const later = judging.archive.covering(revision + 1);
  if (later !== undefined && report.time.getTime() > later.time.getTime() + (judging.policy.skew ?? 300_000))
    return outOfOrder(stamp);
  const loose = judgement === undefined ? [] : looseInStamp(container, token, stamp, judging.policy);
  const passed = report.indication === 'TOTAL-PASSED';
  if (passed && loose.length === 0 && certificate !== undefined)
    judging.archive.trust({
      time: report.time,
      revision,
      authority: report.authority,
      checkableUntil: certificate.notAfter,
    });
  const outcome = passed && loose.length > 0 ? notTidy : report;
  const { indication, subIndication } = outcome;
  return {
    indication,
    ...(subIndication === undefined ? {} : { subIndication }),
    findings: [...stamp.findings, ...loose],
    ...(certificate === undefined ? {} : { signer: signerOf(certificate) }),
    timestamp: report,
    ...(certificate === undefined || judgement === undefined
      ? {}
      : { certificate: certificateReport(certificate, judgement, stamp.judgedAt), later: judgement.later }),
    judgedAt: stamp.judgedAt,
    judgedBy: later === undefined ? 'given-time' : 'timestamp',
  };
}

const notTidy: Pick<Evidence, 'indication' | 'subIndication'> = {
  indication: 'INDETERMINATE',
  subIndication: 'SIG_CONSTRAINTS_FAILURE',
};

/** What a document timestamp carries beside itself: no byte of it may change unnoticed. */
function looseInStamp(
  container: SignatureContainer,
  { data }: TimestampToken,
  { warnings, judgement }: JudgedTimestamp,
  policy: PdfPolicy,
): Finding[] {
  return looseParts({
    cms: container.cms,
    data,
    signer: data.signers[0] as SignerInfo,
    warnings,
    bag: data.certificates,
    genuine: [
      ...policy.anchors.map((anchor) => anchor.certificate),
      ...(policy.certificates ?? []),
      ...(judgement?.path ?? []),
    ],
    baseline: true,
  });
}

export const orderFinding: Finding = {
  code: 'timestamp-order',
  vi: 'các dấu thời gian mâu thuẫn nhau: dấu có sau lại ghi thời điểm sớm hơn',
  en: 'the timestamps contradict one another: a later one bears an earlier time',
};

const outOfOrder = ({ report, judgedAt }: JudgedTimestamp): Evidence => ({
  indication: 'INDETERMINATE',
  subIndication: 'TIMESTAMP_ORDER_FAILURE',
  findings: [orderFinding],
  timestamp: report,
  judgedAt,
  judgedBy: 'given-time',
});
