import { createHash } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import {
  digestOfBytes,
  readSignedData,
  readTimestampToken,
  signatureTimestamps,
  verifySigner,
  verifyTimestampToken,
  type CmsProblem,
  type DigestSource,
  type SignedData,
  type SignerInfo,
  type SignerVerdict,
  type TimestampToken,
  type TimestampVerdict,
} from '#formats/cms';
import { displayName, nameToString, serialHex, type Certificate } from '#formats/x509';
import type {
  CertificateReport,
  Finding,
  Indication,
  SignerReport,
  TimestampReport,
} from '../report/types.ts';
import type { SignatureContainer } from './container.ts';
import { judgeCertificate, type CertificateJudgement, type PdfPolicy } from './trust.ts';

export type { PdfPolicy } from './trust.ts';

/** What the CMS of one signature proves, and how far it is believed. */
export interface Evidence {
  readonly indication: Indication;
  readonly subIndication?: string;
  readonly findings: readonly Finding[];
  readonly signer?: SignerReport;
  readonly certificate?: CertificateReport;
  readonly timestamp?: TimestampReport;
  readonly judgedAt: Date;
  readonly judgedBy: 'timestamp' | 'given-time';
  readonly algorithms?: string;
}

const cmsTexts: Readonly<Record<CmsProblem, readonly [vi: string, en: string]>> = {
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
function faultOf(problems: readonly CmsProblem[]): { indication: Indication; subIndication: string } {
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

const digestOfParts =
  (parts: readonly Uint8Array[]): DigestSource =>
  (algorithm) => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };

/**
 * Examines the CMS of a sound container: digest and signature, timestamp, certificate at the time that is proven.
 * Never throws on what stands in the file.
 */
export async function examine(container: SignatureContainer, policy: PdfPolicy): Promise<Evidence> {
  try {
    return container.subFilter === 'ETSI.RFC3161'
      ? await examineTimestamp(container, policy)
      : await examineSignature(container, policy);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return fault(['malformed'], policy);
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

async function examineSignature(container: SignatureContainer, policy: PdfPolicy): Promise<Evidence> {
  const data = readSignedData(container.cms);
  const [signer, ...more] = data.signers;
  if (signer === undefined || more.length > 0 || data.content !== undefined)
    return fault(['malformed'], policy);
  const verdict = verifySigner(data, signer, {
    digest: digestOfParts(container.parts),
    requireSigningCertificate: container.subFilter === 'ETSI.CAdES.detached',
  });
  const { certificate } = verdict;
  if (!verdict.valid || certificate === undefined) {
    const failed = fault(verdict.problems, policy);
    return certificate === undefined ? failed : { ...failed, signer: signerOf(certificate) };
  }
  const timestamp = await timestampOf(data, signer, policy);
  const proven = timestamp?.report.indication === 'TOTAL-PASSED' ? timestamp.report.time : undefined;
  const judgedAt = proven ?? policy.at ?? policy.now;
  const judgement = await judgeCertificate(
    certificate,
    data.certificates,
    { at: judgedAt, proven: proven !== undefined },
    'signing',
    policy,
  );
  const findings = [...judgement.findings, ...(timestamp?.findings ?? [])];
  const outcome = settle(judgement, timestamp?.findings.length ?? 0, proven !== undefined, policy, findings);
  return {
    ...outcome,
    findings,
    signer: signerOf(certificate),
    certificate: certificateReport(certificate, judgement, judgedAt),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.report }),
    judgedAt,
    judgedBy: proven === undefined ? 'given-time' : 'timestamp',
    algorithms: algorithmsOf(verdict),
  };
}

/** A bad timestamp proves no time; with a policy that asks for one the signature is then not enough (trap 16). */
function settle(
  judgement: CertificateJudgement,
  timestampFindings: number,
  proven: boolean,
  policy: PdfPolicy,
  findings: Finding[],
): { indication: Indication; subIndication?: string } {
  if (judgement.indication !== 'TOTAL-PASSED')
    return {
      indication: judgement.indication,
      ...(judgement.subIndication === undefined ? {} : { subIndication: judgement.subIndication }),
    };
  if (policy.requireTimestamp === true && !proven) {
    if (timestampFindings === 0)
      findings.push({
        code: 'no-timestamp',
        vi: 'thiếu dấu thời gian chứng minh thời điểm ký',
        en: 'no timestamp proves the time of signing',
      });
    return { indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' };
  }
  return { indication: 'TOTAL-PASSED' };
}

const algorithmsOf = ({ signatureAlgorithm, digestAlgorithm }: SignerVerdict): string =>
  `${signatureAlgorithm ?? '?'}, ${digestAlgorithm ?? '?'}`;

async function timestampOf(
  data: SignedData,
  signer: SignerInfo,
  policy: PdfPolicy,
): Promise<{ report: TimestampReport; findings: Finding[] } | undefined> {
  const [der] = signatureTimestamps(signer);
  if (der === undefined) return undefined;
  let token: TimestampToken;
  try {
    token = readTimestampToken(der);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return undefined;
  }
  const verdict = verifyTimestampToken(token, digestOfBytes(signer.signature), data.certificates);
  return await timestampReport(token, verdict, policy);
}

async function timestampReport(
  token: TimestampToken,
  verdict: TimestampVerdict,
  policy: PdfPolicy,
): Promise<{ report: TimestampReport; findings: Finding[] }> {
  const { certificate, time } = verdict;
  const authority = certificate === undefined ? '?' : signerOf(certificate).name;
  if (!verdict.valid || certificate === undefined)
    return {
      report: { time, authority, indication: 'TOTAL-FAILED', subIndication: 'SIG_CRYPTO_FAILURE' },
      findings: [
        {
          code: 'timestamp-invalid',
          vi: 'dấu thời gian kèm theo không đúng với chữ ký này',
          en: 'the timestamp does not belong to this signature',
        },
      ],
    };
  const judgement = await judgeCertificate(
    certificate,
    token.data.certificates,
    { at: time, proven: true },
    'timestamping',
    policy,
  );
  const trusted = judgement.indication === 'TOTAL-PASSED';
  return {
    report: {
      time,
      authority,
      indication: judgement.indication,
      ...(judgement.subIndication === undefined ? {} : { subIndication: judgement.subIndication }),
    },
    findings: trusted
      ? []
      : [
          {
            code: 'timestamp-untrusted',
            vi: 'nơi cấp dấu thời gian chưa được tin cậy, thời điểm ký chưa được chứng minh',
            en: 'the time-stamping authority is not trusted; the time of signing is not proven',
          },
        ],
  };
}

/** A document timestamp (ETSI EN 319 142-1 §5.4.3): its imprint is of the byte ranges. */
async function examineTimestamp(container: SignatureContainer, policy: PdfPolicy): Promise<Evidence> {
  const token = readTimestampToken(container.cms);
  const verdict = verifyTimestampToken(token, digestOfParts(container.parts));
  const { report, findings } = await timestampReport(token, verdict, policy);
  return {
    indication: report.indication,
    ...(report.subIndication === undefined ? {} : { subIndication: report.subIndication }),
    findings,
    ...(verdict.certificate === undefined ? {} : { signer: signerOf(verdict.certificate) }),
    timestamp: report,
    judgedAt: report.time,
    judgedBy: 'timestamp',
  };
}

function signerOf(certificate: Certificate): SignerReport {
  const { commonName, title, organisation, units } = displayName(certificate.subject);
  const unit = units.at(-1);
  return {
    name: commonName ?? organisation ?? nameToString(certificate.subject),
    ...(title === undefined ? {} : { title }),
    ...(unit === undefined ? {} : { unit }),
    ...(organisation === undefined ? {} : { organisation }),
  };
}

const certificateReport = (
  certificate: Certificate,
  judgement: CertificateJudgement,
  at: Date,
): CertificateReport => ({
  subject: nameToString(certificate.subject),
  issuer: nameToString(certificate.issuer),
  serial: serialHex(certificate),
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
  indication: judgement.indication,
  ...(judgement.subIndication === undefined ? {} : { subIndication: judgement.subIndication }),
  at,
});
