import type { Certificate } from '#formats/x509';
import {
  evaluateCertificate,
  signingPolicy,
  timestampingPolicy,
  type EvaluateInput,
  type TrustVerdict,
} from '../evaluate.ts';
import type { Signed, TrustAnchor, TrustPurpose } from '../path/index.ts';
import { acceptByDate, defaultPolicy, type AlgorithmRules, type ValidationPolicy } from '../policy/index.ts';
import { vietnameseTime } from '../report/clerk.ts';
import type {
  Finding,
  Indication,
  SignatureLevel,
  SignatureRole,
  StateReport,
  SubIndication,
} from '../report/types.ts';
import { pathStates, type CertificateState, type RevocationEvidence } from '../revocation/index.ts';
import type { Archive } from './archive.ts';
import type { EvidencePool } from './pool.ts';

/** A certificate whose evidence is asked for elsewhere. */
export interface EvidenceQuestion {
  readonly certificate: Certificate;
  readonly candidates: readonly Certificate[];
  readonly purpose: Extract<TrustPurpose, 'signing' | 'timestamping'>;
  readonly at: Date;
}

/** By what a document is judged. */
export interface PdfPolicy {
  readonly anchors: readonly TrustAnchor[];
  /** The present. */
  readonly now: Date;
  /** The moment for which the answer is wanted, where no timestamp proves another. */
  readonly at?: Date;
  /** Name and version, for the report. */
  readonly name?: string;
  /** Signatures that must be there. */
  readonly require?: readonly SignatureRole[];
  /** A signature without a trusted timestamp is not enough. */
  readonly requireTimestamp?: boolean;
  /** The level that every signature must have reached. */
  readonly requireLevel?: SignatureLevel;
  /** `require`: an unknown state of a certificate is not enough. Default `prefer`. */
  readonly revocation?: 'require' | 'prefer' | 'ignore';
  /** The same for certificates of time-stamping authorities. Default as `revocation`. */
  readonly timestampRevocation?: 'require' | 'prefer' | 'ignore';
  /** Evidence must have been issued at the time of signing or later. */
  readonly issuedAfterSigning?: boolean;
  /** Milliseconds for which evidence without a next update is believed, and that clocks may differ. */
  readonly maxAge?: number;
  readonly skew?: number;
  /** Which algorithms count until when. Default: those of `defaultPolicy`. */
  readonly algorithms?: AlgorithmRules;
  /** Kinds of change that are permitted where the signature permits them; absent: all. */
  readonly allowedChanges?: readonly string[];
  /** Certificates and states that are at hand beside those in the document. */
  readonly certificates?: readonly Certificate[];
  readonly evidence?: RevocationEvidence;
  /** Asks elsewhere (OCSP, CRL, AIA) for what is missing; what it cannot get it leaves out. Absent: nobody is asked. */
  readonly fetchEvidence?: (
    question: EvidenceQuestion,
  ) => Promise<RevocationEvidence & { readonly certificates?: readonly Certificate[] }>;
}

/** The policy as `verifyPdf` wants it, from its data form. */
export function pdfPolicy(
  policy: ValidationPolicy,
  present: Pick<PdfPolicy, 'now' | 'at' | 'certificates' | 'evidence' | 'fetchEvidence'>,
): PdfPolicy {
  const { revocation, time } = policy;
  return {
    ...present,
    name: policy.name,
    anchors: policy.anchors,
    algorithms: policy.algorithms,
    revocation: revocation.signing,
    timestampRevocation: revocation.timestamping,
    issuedAfterSigning: revocation.issuedAfterSigning,
    maxAge: revocation.maxAgeHours * 3_600_000,
    skew: time.skewSeconds * 1000,
    requireTimestamp: time.requireTimestamp,
    requireLevel: policy.requireLevel,
    require: policy.requireSignatures,
    ...(policy.allowedChanges === undefined ? {} : { allowedChanges: policy.allowedChanges }),
  };
}

/** What the judgements of one file share. */
export interface Judging {
  readonly policy: PdfPolicy;
  readonly pool: EvidencePool;
  readonly archive: Archive;
}

export interface CertificateJudgement {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly findings: readonly Finding[];
  readonly state?: StateReport;
  /** What became of the certificate after the moment. */
  readonly later: readonly Finding[];
  /** The path that was found, without its anchor: certificates that others vouch for. */
  readonly path: readonly Certificate[];
  /** The file itself says all that is needed. */
  readonly selfContained: boolean;
  /** The certificate is revoked, its key was not said to be lost. */
  readonly harmlesslyRevokedAt?: Date;
}

const texts: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  'no-chain': [
    'chứng thư không thuộc hệ thống chứng thực được tin cậy',
    'the certificate does not lead to a trusted authority',
  ],
  'wrong-signature': [
    'chứng thư không thuộc hệ thống chứng thực được tin cậy',
    'the certificate does not lead to a trusted authority',
  ],
  'names-do-not-chain': [
    'chứng thư không thuộc hệ thống chứng thực được tin cậy',
    'the certificate does not lead to a trusted authority',
  ],
  'anchor-not-trusted-then': [
    'cơ quan chứng thực chưa được tin cậy vào thời điểm đó',
    'the authority was not trusted at that time',
  ],
  expired: [
    'chứng thư đã hết hạn và không có dấu thời gian chứng minh đã ký trước đó',
    'the certificate had expired and no timestamp proves an earlier signature',
  ],
  'not-yet-valid': [
    'chứng thư chưa có hiệu lực vào thời điểm đó',
    'the certificate was not yet valid at that time',
  ],
  'weak-algorithm': ['thuật toán ký đã yếu, không còn bảo đảm', 'the algorithm is too weak by now'],
  'key-usage': ['chứng thư không dùng để ký văn bản', 'the certificate is not meant for signing'],
  'extended-key-usage': [
    'chứng thư không dùng cho mục đích này',
    'the certificate is not meant for this purpose',
  ],
  revoked: ['chứng thư đã bị thu hồi', 'the certificate is revoked'],
  'revocation-unknown': [
    'chưa kiểm tra được chứng thư có bị thu hồi hay không',
    'it could not be checked whether the certificate is revoked',
  ],
};
const otherwise = ['chuỗi chứng thư không hợp lệ', 'the certificate path is not valid'] as const;

function findingsOf({ indication, reasons }: TrustVerdict): readonly Finding[] {
  if (indication === 'TOTAL-PASSED') return [];
  const [first] = reasons;
  if (!first) return [];
  const [vi, en] = texts[first.code] ?? otherwise;
  const { revokedAt } = first;
  if (revokedAt === undefined) return [{ code: first.code, vi, en }];
  return [
    {
      code: first.code,
      vi: `${vi} lúc ${vietnameseTime(revokedAt)}`,
      en: `${en} since ${revokedAt.toISOString()}`,
    },
  ];
}

/** Reasons for which the key was its owner's until the revocation (RFC 3161 §4, item 1). */
const harmless = new Set(['affiliationChanged', 'superseded', 'cessationOfOperation']);

const together = (...parts: readonly RevocationEvidence[]): Required<RevocationEvidence> => ({
  crls: parts.flatMap(({ crls = [] }) => crls),
  ocspResponses: parts.flatMap(({ ocspResponses = [] }) => ocspResponses),
});

const isKnown = (verdict: TrustVerdict): boolean =>
  verdict.path?.ok === true && verdict.states.every(({ status }) => status !== 'unknown');

/** The moment at which a certificate is judged. */
export interface When {
  readonly at: Date;
  /** A trusted timestamp proves that the signature existed then. */
  readonly proven: boolean;
  /** The moment for which the file's own evidence must be complete; default `at`. */
  readonly contained?: Date;
}

/**
 * Judges the certificate of a signature or of a timestamp by the policy, by what the file carries, by what is at
 * hand, and only then by what others are asked for.
 */
export async function judgeCertificate(
  certificate: Certificate,
  candidates: readonly Certificate[],
  when: When,
  purpose: Extract<TrustPurpose, 'signing' | 'timestamping'>,
  judging: Judging,
): Promise<CertificateJudgement> {
  const { policy, pool } = judging;
  const carried = [...candidates, ...pool.certificates];
  const evaluate = (
    known: readonly Certificate[],
    evidence: RevocationEvidence,
    moment: When = when,
  ): TrustVerdict =>
    evaluateCertificate(evaluateInput(certificate, known, moment, purpose, judging, evidence));
  const embedded = pool.evidence.crls.length + pool.evidence.ocspResponses.length > 0;
  const alone = embedded ? evaluate(carried, pool.evidence) : undefined;
  const { contained } = when;
  const own =
    alone === undefined || contained === undefined
      ? alone
      : evaluate(carried, pool.evidence, { at: contained, proven: true });
  const selfContained = own?.indication === 'TOTAL-PASSED' && isKnown(own);
  let known = [...carried, ...(policy.certificates ?? [])];
  let evidence = together(pool.evidence, policy.evidence ?? {});
  const more = policy.evidence !== undefined || policy.certificates !== undefined;
  let verdict = alone === undefined || more ? evaluate(known, evidence) : alone;
  if (!isKnown(verdict) && policy.fetchEvidence) {
    const fetched = await policy.fetchEvidence({ certificate, candidates: known, purpose, at: when.at });
    known = [...known, ...(fetched.certificates ?? [])];
    evidence = together(evidence, fetched);
    verdict = evaluate(known, evidence);
  }
  const [state] = verdict.states;
  const forgivable = state?.status === 'revoked' && harmless.has(state.reason) ? state.at : undefined;
  return {
    indication: verdict.indication,
    ...(verdict.subIndication === undefined ? {} : { subIndication: verdict.subIndication }),
    findings: findingsOf(verdict),
    ...(state === undefined ? {} : { state: stateReport(state) }),
    later: when.proven ? laterFindings(certificate, verdict, known, evidence, policy) : [],
    path: verdict.path?.ok === true ? verdict.path.certificates : [],
    selfContained,
    ...(forgivable === undefined ? {} : { harmlesslyRevokedAt: forgivable }),
  };
}

function evaluateInput(
  certificate: Certificate,
  candidates: readonly Certificate[],
  when: When,
  purpose: 'signing' | 'timestamping',
  { policy, archive }: Judging,
  evidence: RevocationEvidence,
): EvaluateInput {
  const existedBy = (signed: Signed): Date =>
    when.proven && signed === certificate ? when.at : archive.existedBy(signed);
  const revocation = policy.revocation ?? 'prefer';
  return {
    certificate,
    candidates,
    anchors: policy.anchors,
    at: when.at,
    proven: when.proven,
    now: policy.now,
    evidence,
    existedBy,
    policy: {
      ...(purpose === 'timestamping' ? timestampingPolicy : signingPolicy),
      revocation: purpose === 'timestamping' ? (policy.timestampRevocation ?? revocation) : revocation,
      acceptAlgorithm: acceptByDate(policy.algorithms ?? defaultPolicy.algorithms, existedBy),
      ...(policy.skew === undefined ? {} : { skew: policy.skew }),
      ...(policy.maxAge === undefined ? {} : { maxAge: policy.maxAge }),
      ...(policy.issuedAfterSigning === undefined || purpose === 'timestamping'
        ? {}
        : { issuedAfter: policy.issuedAfterSigning }),
    },
  };
}

const stateReport = (state: CertificateState): StateReport => ({
  status: state.status,
  ...(state.status === 'unknown' ? {} : { source: state.source }),
  ...(state.status === 'unknown' || state.thisUpdate === undefined ? {} : { thisUpdate: state.thisUpdate }),
  ...(state.status === 'revoked' ? { revokedAt: state.at, revocationReason: state.reason } : {}),
});

/** Revoked or expired since: worth saying, without harm to what was signed before (S3.4). */
function laterFindings(
  certificate: Certificate,
  { indication, path }: TrustVerdict,
  candidates: readonly Certificate[],
  evidence: Required<RevocationEvidence>,
  { now }: PdfPolicy,
): Finding[] {
  if (indication !== 'TOTAL-PASSED' || path?.ok !== true) return [];
  const any = evidence.crls.length + evidence.ocspResponses.length > 0;
  const [state] = any ? pathStates({ path, candidates, evidence, rules: { at: now, now } }) : [];
  if (state?.status === 'revoked')
    return [
      {
        code: 'revoked-later',
        vi: `chứng thư bị thu hồi lúc ${vietnameseTime(state.at)}, sau khi đã ký; vào ngày ký nó còn hiệu lực nên chữ ký vẫn có giá trị`,
        en: `the certificate was revoked at ${state.at.toISOString()}, after signing; it was good on the day of signing, so the signature stands`,
      },
    ];
  if (certificate.notAfter >= now) return [];
  return [
    {
      code: 'expired-later',
      vi: `chứng thư hết hạn lúc ${vietnameseTime(certificate.notAfter)}, sau khi đã ký; dấu thời gian chứng minh đã ký trước đó`,
      en: `the certificate expired at ${certificate.notAfter.toISOString()}, after signing; a timestamp proves the earlier signature`,
    },
  ];
}
