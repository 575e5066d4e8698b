import { Asn1Error } from '#formats/asn1';
import { verifySigner, type CmsProblem, type SignerVerdict } from '#formats/cms';
import { publicKeyOf, type Certificate } from '#formats/x509';
import { defaultPolicy, signatureCounts } from '../policy/index.ts';
import type {
  CertificateReport,
  DurabilityReport,
  ExistenceProof,
  Finding,
  Indication,
  SignatureLevel,
  SignerReport,
  SubIndication,
  TimestampReport,
} from '../report/types.ts';
import type { SignatureContainer } from './container.ts';
import { certificateReport, signerOf } from './describe.ts';
import { durabilityOf, levelOf, reaches } from './durability.ts';
import { looseParts } from './loose.ts';
import { cmsOf } from './pool.ts';
import { orderFinding, presentOf, timestampOf, type JudgedTimestamp } from './stamps.ts';
import { judgeCertificate, type CertificateJudgement, type Judging, type PdfPolicy } from './trust.ts';

/** What the CMS of one signature proves, and how far it is believed. */
export interface Evidence {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly findings: readonly Finding[];
  readonly signer?: SignerReport;
  readonly certificate?: CertificateReport;
  readonly timestamp?: TimestampReport;
  readonly proof?: ExistenceProof;
  readonly level?: SignatureLevel;
  readonly later?: readonly Finding[];
  readonly durability?: DurabilityReport;
  readonly judgedAt: Date;
  readonly judgedBy: 'timestamp' | 'given-time';
  readonly algorithms?: string;
}

export const cmsTexts: Readonly<Record<CmsProblem, readonly [vi: string, en: string]>> = {
  malformed: ['dữ liệu chữ ký hỏng', 'the signature value is malformed'],
  'unsupported-algorithm': ['thuật toán ký không được hỗ trợ', 'the algorithm is not supported'],
  'digest-algorithm-not-listed': ['dữ liệu chữ ký hỏng', 'the signature value is inconsistent'],
  'signer-certificate-missing': [
    'không kèm chứng thư số của người ký',
    'the signer’s certificate is missing',
  ],
  'content-missing': ['không xác định được phần đã ký', 'the signed content is missing'],
  'content-type-mismatch': ['dữ liệu chữ ký hỏng', 'the content types differ'],
  'message-digest-mismatch': [
    'nội dung đã bị sửa: không khớp với chữ ký',
    'the content was altered: it does not match the signature',
  ],
  'signing-certificate-mismatch': [
    'chứng thư kèm theo không phải chứng thư đã dùng để ký',
    'the certificate is not the one that was signed with',
  ],
  'wrong-signature': ['chữ ký không đúng với khóa của người ký', 'the signature is not the signer’s'],
};

/** Sub-indication of ETSI EN 319 102-1 for a fault of the CMS. */
export function faultOf(problems: readonly CmsProblem[]): {
  indication: Indication;
  subIndication: SubIndication;
} {
  if (problems.includes('message-digest-mismatch'))
    return { indication: 'TOTAL-FAILED', subIndication: 'HASH_FAILURE' };
  if (problems.includes('wrong-signature'))
    return { indication: 'TOTAL-FAILED', subIndication: 'SIG_CRYPTO_FAILURE' };
  if (problems.includes('signer-certificate-missing'))
    return { indication: 'INDETERMINATE', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' };
  if (problems.includes('unsupported-algorithm'))
    return { indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE' };
  return { indication: 'TOTAL-FAILED', subIndication: 'FORMAT_FAILURE' };
}

/**
 * Examines the CMS of a sound container: digest and signature, timestamp, certificate at the time that is proven.
 * Never throws on what stands in the file.
 */
export async function examine(container: SignatureContainer, judging: Judging): Promise<Evidence> {
  try {
    if (container.subFilter === 'ETSI.RFC3161') return fault(['malformed'], judging.policy);
    return await examineSignature(container, judging);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return fault(['malformed'], judging.policy);
  }
}

function fault(problems: readonly CmsProblem[], policy: PdfPolicy): Evidence {
  return {
    ...faultOf(problems),
    findings: problems.map((problem) => ({
      code: problem,
      vi: cmsTexts[problem][0],
      en: cmsTexts[problem][1],
    })),
    judgedAt: policy.at ?? policy.now,
    judgedBy: 'given-time',
  };
}

/** The earliest trusted time by which a signature is proven to have existed. */
export function earliestProof(
  timestamp: JudgedTimestamp | undefined,
  archived: ExistenceProof | undefined,
): ExistenceProof | undefined {
  if (timestamp?.report.indication !== 'TOTAL-PASSED') return archived;
  const { time, authority } = timestamp.report;
  return archived !== undefined && archived.time < time ? archived : { time, by: 'timestamp', authority };
}

async function examineSignature(container: SignatureContainer, judging: Judging): Promise<Evidence> {
  const { policy, archive } = judging;
  const data = cmsOf(container);
  const [signer, ...more] = data.signers;
  if (signer === undefined || more.length > 0 || data.content !== undefined)
    return fault(['malformed'], policy);
  const verdict = verifySigner(data, signer, {
    digest: container.digest,
    requireSigningCertificate: container.subFilter === 'ETSI.CAdES.detached',
  });
  const { certificate } = verdict;
  if (!verdict.valid || certificate === undefined) {
    const failed = fault(verdict.problems, policy);
    return certificate === undefined ? failed : { ...failed, signer: signerOf(certificate) };
  }
  // Its own revision leaves out the contents: only a later document timestamp covers a signature.
  const covered = (container.revision as number) + 1;
  const timestamp = await timestampOf(data, signer, covered, judging);
  const archived = archive.covering(covered);
  const proof = earliestProof(timestamp, archived);
  const judgedAt = proof?.time ?? presentOf(policy);
  const judgement = await judgeCertificate(
    certificate,
    data.certificates,
    { at: judgedAt, proven: proof !== undefined },
    'signing',
    judging,
  );
  const loose = looseParts({
    cms: container.cms,
    data,
    signer,
    warnings: [...verdict.warnings, ...(timestamp?.warnings ?? [])],
    bag: [...data.certificates, ...(timestamp?.certificates ?? [])],
    genuine: [
      ...policy.anchors.map((anchor) => anchor.certificate),
      ...(policy.certificates ?? []),
      ...judgement.path,
      ...(timestamp?.judgement?.path ?? []),
    ],
    baseline: container.subFilter === 'ETSI.CAdES.detached',
  });
  const stamp = archive.newestOver(covered);
  const level = levelOf(proof, judgement, timestamp, stamp);
  const outcome = settle(judgement, policy, {
    level,
    loose: loose.length > 0,
    weak: isWeak(verdict, certificate, judgedAt, policy),
    timestamp,
    proof,
    disordered: isDisordered(timestamp, archived, policy),
  });
  return evidenceOf({
    outcome,
    judgement,
    timestamp,
    loose,
    certificate,
    proof,
    level,
    stamp,
    judgedAt,
    now: policy.now,
    algorithms: algorithmsOf(verdict),
  });
}

/** What is said of a judged signature, whatever it stands in. */
export function evidenceOf(judged: {
  readonly outcome: ReturnType<typeof settle>;
  readonly judgement: CertificateJudgement;
  readonly timestamp: JudgedTimestamp | undefined;
  readonly loose: readonly Finding[];
  readonly certificate: Certificate;
  readonly proof: ReturnType<typeof earliestProof>;
  readonly level: SignatureLevel;
  /** The newest document timestamp over it. */
  readonly stamp: Parameters<typeof durabilityOf>[2];
  readonly judgedAt: Date;
  readonly now: Date;
  readonly algorithms: string;
}): Evidence {
  const { outcome, judgement, timestamp, certificate, proof, level, judgedAt } = judged;
  return {
    ...outcome.verdict,
    findings: [...judgement.findings, ...(timestamp?.findings ?? []), ...judged.loose, ...outcome.findings],
    signer: signerOf(certificate),
    certificate: certificateReport(certificate, judgement, judgedAt),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.report }),
    ...(proof === undefined ? {} : { proof }),
    level,
    later: judgement.later,
    durability: durabilityOf(level, timestamp, judged.stamp, judged.now),
    judgedAt,
    judgedBy: proof === undefined ? 'given-time' : 'timestamp',
    algorithms: judged.algorithms,
  };
}

const isDisordered = (
  timestamp: JudgedTimestamp | undefined,
  archived: ExistenceProof | undefined,
  { skew = 300_000 }: PdfPolicy,
): boolean =>
  timestamp !== undefined &&
  archived !== undefined &&
  timestamp.report.time.getTime() > archived.time.getTime() + skew;

function isWeak(verdict: SignerVerdict, certificate: Certificate, at: Date, policy: PdfPolicy): boolean {
  const { signatureAlgorithm } = verdict;
  const rules = policy.algorithms ?? defaultPolicy.algorithms;
  return (
    signatureAlgorithm === undefined ||
    !signatureCounts(rules, signatureAlgorithm, publicKeyOf(certificate), at)
  );
}

interface About {
  readonly level: SignatureLevel;
  readonly loose: boolean;
  readonly weak: boolean;
  readonly timestamp: JudgedTimestamp | undefined;
  readonly proof: ExistenceProof | undefined;
  readonly disordered: boolean;
}

interface Outcome {
  readonly verdict: { readonly indication: Indication; readonly subIndication?: SubIndication };
  readonly findings: readonly Finding[];
}

/**
 * A bad timestamp is not enough (trap 16: pyHanko refuses too); one of an authority that is not trusted proves no
 * time, and then a policy that asks for a proven time is not satisfied.
 */
export function settle(judgement: CertificateJudgement, policy: PdfPolicy, about: About): Outcome {
  const { indication, subIndication } = judgement;
  const notEnough = (sub: SubIndication, ...findings: readonly Finding[]): Outcome => ({
    verdict: { indication: 'INDETERMINATE', subIndication: sub },
    findings,
  });
  if (indication !== 'TOTAL-PASSED')
    return {
      verdict: { indication, ...(subIndication === undefined ? {} : { subIndication }) },
      findings: [],
    };
  if (about.weak)
    return notEnough(
      about.proof === undefined ? 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE' : 'CRYPTO_CONSTRAINTS_FAILURE',
      weakAlgorithm,
    );
  if (about.disordered) return notEnough('TIMESTAMP_ORDER_FAILURE', orderFinding);
  if (about.loose || about.timestamp?.report.indication === 'TOTAL-FAILED')
    return notEnough('SIG_CONSTRAINTS_FAILURE');
  if (policy.requireTimestamp === true && about.proof === undefined)
    return about.timestamp === undefined
      ? notEnough('SIG_CONSTRAINTS_FAILURE', noTimestamp)
      : notEnough('SIG_CONSTRAINTS_FAILURE');
  const wanted = policy.requireLevel;
  if (wanted !== undefined && !reaches(about.level, wanted))
    return notEnough('SIG_CONSTRAINTS_FAILURE', {
      code: 'level-too-low',
      vi: `chữ ký mới đạt mức ${about.level}, quy định yêu cầu mức ${wanted}`,
      en: `the signature is of level ${about.level}; the policy asks for ${wanted}`,
    });
  return { verdict: { indication }, findings: [] };
}

const weakAlgorithm: Finding = {
  code: 'weak-algorithm',
  vi: 'thuật toán ký đã yếu vào thời điểm được chứng minh, không còn bảo đảm',
  en: 'the algorithm was weak already at the time that is proven',
};

const noTimestamp: Finding = {
  code: 'no-timestamp',
  vi: 'thiếu dấu thời gian chứng minh thời điểm ký',
  en: 'no timestamp proves the time of signing',
};

const algorithmsOf = ({ signatureAlgorithm, digestAlgorithm }: SignerVerdict): string =>
  `${signatureAlgorithm ?? '?'}, ${digestAlgorithm ?? '?'}`;
