import type { Certificate } from '#formats/x509';
import { evaluateCertificate, signingPolicy, timestampingPolicy, type TrustVerdict } from '../evaluate.ts';
import type { TrustAnchor, TrustPurpose } from '../path/index.ts';
import type { Finding, Indication, SignatureRole, SubIndication } from '../report/types.ts';
import type { RevocationEvidence } from '../revocation/index.ts';

/** By what a document is judged. */
export interface PdfPolicy {
  readonly anchors: readonly TrustAnchor[];
  /** The present. */
  readonly now: Date;
  /** The moment for which the answer is wanted, where no timestamp proves another. */
  readonly at?: Date;
  /** Signatures that must be there. */
  readonly require?: readonly SignatureRole[];
  /** A signature without a trusted timestamp is not enough. */
  readonly requireTimestamp?: boolean;
  /** `require`: an unknown state of a certificate is not enough. Default `prefer`. */
  readonly revocation?: 'require' | 'prefer' | 'ignore';
  /** Certificates and states that are at hand beside those in the document. */
  readonly certificates?: readonly Certificate[];
  readonly evidence?: RevocationEvidence;
  /** Asks for the state of certificates elsewhere (OCSP, CRL); what it cannot get it leaves out. */
  readonly fetchEvidence?: (
    certificate: Certificate,
    candidates: readonly Certificate[],
  ) => Promise<RevocationEvidence>;
}

export interface CertificateJudgement {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly findings: readonly Finding[];
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
  return [{ code: first.code, vi, en }];
}

/**
 * Judges the certificate of a signature or of a timestamp by the policy.
 * @param when the moment, and whether a trusted timestamp proves it
 */
export async function judgeCertificate(
  certificate: Certificate,
  candidates: readonly Certificate[],
  when: { readonly at: Date; readonly proven: boolean },
  purpose: Extract<TrustPurpose, 'signing' | 'timestamping'>,
  policy: PdfPolicy,
): Promise<CertificateJudgement> {
  const known = [...candidates, ...(policy.certificates ?? [])];
  const fetched = policy.fetchEvidence ? await policy.fetchEvidence(certificate, known) : {};
  const verdict = evaluateCertificate({
    certificate,
    candidates: known,
    anchors: policy.anchors,
    ...when,
    now: policy.now,
    evidence: {
      crls: [...(policy.evidence?.crls ?? []), ...(fetched.crls ?? [])],
      ocspResponses: [...(policy.evidence?.ocspResponses ?? []), ...(fetched.ocspResponses ?? [])],
    },
    policy: {
      ...(purpose === 'timestamping' ? timestampingPolicy : signingPolicy),
      revocation: policy.revocation ?? 'prefer',
    },
  });
  return {
    indication: verdict.indication,
    ...(verdict.subIndication === undefined ? {} : { subIndication: verdict.subIndication }),
    findings: findingsOf(verdict),
  };
}
