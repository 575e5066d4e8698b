import { Asn1Error } from '#formats/asn1';
import {
  cmsOids,
  digestOfBytes,
  readSignedData,
  readTimestampToken,
  signatureTimestamps,
  verifySigner,
  verifyTimestampToken,
  type CmsProblem,
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
  SubIndication,
  TimestampReport,
} from '../report/types.ts';
import { holdsOnlyCertificates, isGenuineBag } from './bag.ts';
import type { SignatureContainer } from './container.ts';
import { digestOfParts } from './parts.ts';
import { judgeCertificate, type CertificateJudgement, type PdfPolicy } from './trust.ts';

export type { PdfPolicy } from './trust.ts';

/** What the CMS of one signature proves, and how far it is believed. */
export interface Evidence {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
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
function faultOf(problems: readonly CmsProblem[]): { indication: Indication; subIndication: SubIndication } {
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
  const loose = looseParts(container, data, signer, verdict, timestamp, policy);
  findings.push(...loose);
  const outcome = settle(
    judgement,
    { loose: loose.length > 0, timestamp, proven: proven !== undefined },
    policy,
  );
  if (outcome.missing !== undefined) findings.push(outcome.missing);
  return {
    ...outcome.verdict,
    findings,
    signer: signerOf(certificate),
    certificate: certificateReport(certificate, judgement, judgedAt),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.report }),
    judgedAt,
    judgedBy: proven === undefined ? 'given-time' : 'timestamp',
    algorithms: algorithmsOf(verdict),
  };
}

/**
 * What a signature carries without signing it: certificates, unsigned attributes, versions. Whatever there is not
 * genuine makes the signature not enough, so that no byte of it can change unnoticed.
 */
function looseParts(
  container: SignatureContainer,
  data: SignedData,
  signer: SignerInfo,
  verdict: SignerVerdict,
  timestamp: JudgedTimestamp | undefined,
  policy: PdfPolicy,
): Finding[] {
  const anchors = policy.anchors.map((anchor) => anchor.certificate);
  const bag = [...data.certificates, ...(timestamp?.certificates ?? [])];
  const findings: Finding[] = [];
  if (!isGenuineBag(bag, [...anchors, ...(policy.certificates ?? [])]))
    findings.push({
      code: 'stray-certificate',
      vi: 'chữ ký kèm chứng thư lạ hoặc đã bị sửa',
      en: 'the signature carries a certificate that is altered or that nothing vouches for',
    });
  const others = signer.unsignedAttributes.filter(({ oid }) => oid !== cmsOids.signatureTimeStampToken);
  // ETSI EN 319 142-1 §6.3: a PAdES signature has no other unsigned attribute.
  const pades = container.subFilter === 'ETSI.CAdES.detached';
  const untidy =
    [...verdict.warnings, ...(timestamp?.warnings ?? [])].includes('version-unexpected') ||
    data.version > 3 ||
    !holdsOnlyCertificates(container.cms) ||
    signatureTimestamps(signer).some((token) => !holdsOnlyCertificates(token));
  if (pades && (others.length > 0 || untidy))
    findings.push({
      code: 'stray-attribute',
      vi: 'phần không được ký của chữ ký có dữ liệu lạ',
      en: 'the unsigned part of the signature holds unexpected data',
    });
  return findings;
}

/**
 * A bad timestamp is not enough (trap 16: pyHanko refuses too); one of an authority that is not trusted proves no
 * time, and then a policy that asks for a proven time is not satisfied.
 */
function settle(
  judgement: CertificateJudgement,
  about: {
    readonly loose: boolean;
    readonly timestamp: JudgedTimestamp | undefined;
    readonly proven: boolean;
  },
  policy: PdfPolicy,
): {
  readonly verdict: { indication: Indication; subIndication?: SubIndication };
  readonly missing?: Finding;
} {
  const { indication, subIndication } = judgement;
  if (indication !== 'TOTAL-PASSED')
    return { verdict: { indication, ...(subIndication === undefined ? {} : { subIndication }) } };
  const notEnough = { indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' } as const;
  if (about.loose || about.timestamp?.report.indication === 'TOTAL-FAILED') return { verdict: notEnough };
  if (policy.requireTimestamp !== true || about.proven) return { verdict: { indication } };
  if (about.timestamp !== undefined) return { verdict: notEnough };
  return {
    verdict: notEnough,
    missing: {
      code: 'no-timestamp',
      vi: 'thiếu dấu thời gian chứng minh thời điểm ký',
      en: 'no timestamp proves the time of signing',
    },
  };
}

const algorithmsOf = ({ signatureAlgorithm, digestAlgorithm }: SignerVerdict): string =>
  `${signatureAlgorithm ?? '?'}, ${digestAlgorithm ?? '?'}`;

interface JudgedTimestamp {
  readonly report: TimestampReport;
  readonly findings: readonly Finding[];
  readonly certificates: readonly Certificate[];
  readonly warnings: TimestampVerdict['warnings'];
}

const badTimestamp = (time: Date, authority: string): JudgedTimestamp => ({
  report: { time, authority, indication: 'TOTAL-FAILED', subIndication: 'SIG_CRYPTO_FAILURE' },
  findings: [
    {
      code: 'timestamp-invalid',
      vi: 'dấu thời gian kèm theo hỏng hoặc không phải của chữ ký này',
      en: 'the timestamp is damaged or does not belong to this signature',
    },
  ],
  certificates: [],
  warnings: [],
});

async function timestampOf(
  data: SignedData,
  signer: SignerInfo,
  policy: PdfPolicy,
): Promise<JudgedTimestamp | undefined> {
  const [der, ...more] = signatureTimestamps(signer);
  if (der === undefined) return undefined;
  let token: TimestampToken;
  try {
    token = readTimestampToken(der);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return badTimestamp(policy.now, '?');
  }
  if (more.length > 0) return badTimestamp(token.info.time, '?');
  const verdict = verifyTimestampToken(token, digestOfBytes(signer.signature), data.certificates);
  return await judgeTimestamp(token, verdict, policy);
}

async function judgeTimestamp(
  token: TimestampToken,
  verdict: TimestampVerdict,
  policy: PdfPolicy,
): Promise<JudgedTimestamp> {
  const { certificate, time } = verdict;
  const authority = certificate === undefined ? '?' : signerOf(certificate).name;
  if (!verdict.valid || certificate === undefined) return badTimestamp(time, authority);
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
    certificates: token.data.certificates,
    warnings: verdict.warnings,
  };
}

/** A document timestamp (ETSI EN 319 142-1 §5.4.3): its imprint is of the byte ranges. */
async function examineTimestamp(container: SignatureContainer, policy: PdfPolicy): Promise<Evidence> {
  const token = readTimestampToken(container.cms);
  const verdict = verifyTimestampToken(token, digestOfParts(container.parts));
  const { report, findings } = await judgeTimestamp(token, verdict, policy);
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
