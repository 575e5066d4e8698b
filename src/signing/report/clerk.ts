import { adviceOf } from './advice.ts';
import type {
  ExistenceProof,
  Finding,
  Indication,
  SignatureReport,
  SignatureRole,
  ValidationReport,
} from './types.ts';

export type ReportLanguage = 'vi' | 'en';

/** What a clerk reads of one signature. */
export interface ClerkSignature {
  readonly verdict: string;
  /** Who, in what part, for which organisation. */
  readonly who: string;
  readonly when: string;
  /** Whether it can still be checked in years; empty when that was not asked. */
  readonly lasting: string;
  readonly changes: readonly string[];
  readonly reasons: readonly string[];
}

/** What a clerk reads of a document: a verdict, why, and one line of advice. */
export interface ClerkReport {
  readonly verdict: string;
  readonly summary: string;
  readonly signatures: readonly ClerkSignature[];
  readonly reasons: readonly string[];
  readonly advice: string;
}

const verdicts: Readonly<Record<Indication, readonly [vi: string, en: string]>> = {
  'TOTAL-PASSED': ['HỢP LỆ', 'VALID'],
  INDETERMINATE: ['CHƯA ĐỦ CĂN CỨ', 'NOT ENOUGH EVIDENCE'],
  'TOTAL-FAILED': ['KHÔNG HỢP LỆ', 'NOT VALID'],
};

const roles: Readonly<Record<SignatureRole, readonly [vi: string, en: string]>> = {
  initials: ['ký nháy', 'initials'],
  officer: ['người có thẩm quyền ký', 'competent person'],
  organisation: ['chữ ký của cơ quan, tổ chức', 'signature of the organisation'],
  timestamp: ['dấu thời gian của tài liệu', 'document timestamp'],
  other: ['chữ ký số', 'digital signature'],
};

const proofs: Readonly<Record<ExistenceProof['by'], readonly [vi: string, en: string]>> = {
  timestamp: ['dấu thời gian', 'timestamp'],
  'archive-timestamp': ['dấu thời gian lưu trữ', 'archive timestamp'],
  'evidence-record': ['bản ghi bằng chứng', 'evidence record'],
};

/** A time in Vietnam: `08:05:09 ngày 24/11/2026`. */
export function vietnameseTime(date: Date): string {
  const local = new Date(date.getTime() + 7 * 3_600_000).toISOString();
  const [year, month, day] = local.slice(0, 10).split('-');
  return `${local.slice(11, 19)} ngày ${day}/${month}/${year}`;
}

const isoTime = (date: Date): string =>
  `${new Date(date.getTime() + 7 * 3_600_000).toISOString().slice(0, 19)}+07:00`;

/** The word for a verdict. */
export const verdictText = (indication: Indication, language: ReportLanguage): string =>
  verdicts[indication][language === 'vi' ? 0 : 1];

const words = (finding: Pick<Finding, 'vi' | 'en'>, language: ReportLanguage): string => {
  const text = finding[language];
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

/** A report in plain words for the person at the desk (lesson L18). */
export function clerkReport(report: ValidationReport, language: ReportLanguage = 'vi'): ClerkReport {
  const vi = language === 'vi';
  return {
    verdict: report.unsigned
      ? vi
        ? 'KHÔNG CÓ CHỮ KÝ SỐ'
        : 'NOT SIGNED'
      : verdictText(report.indication, language),
    summary: summary(report, vi),
    signatures: report.signatures.map((signature) => clerkSignature(signature, language)),
    reasons: report.findings.map((finding) => words(finding, language)),
    advice: adviceOf(report, vi),
  };
}

function summary(report: ValidationReport, vi: boolean): string {
  if (report.unsigned)
    return vi
      ? 'Tệp không có chữ ký số. Hình con dấu hay hình chữ ký trong tệp không phải là chữ ký số.'
      : 'The file has no digital signature. A picture of a seal or of a signature is not one.';
  const count = report.signatures.length;
  if (count === 0)
    return vi ? 'Không còn chữ ký số nào dùng được.' : 'No digital signature is left that could be used.';
  switch (report.indication) {
    case 'TOTAL-PASSED':
      return vi
        ? `Cả ${count} chữ ký số đều hợp lệ; từ khi ký, văn bản chỉ có những thay đổi được phép.`
        : `All ${count} digital signatures are valid; only permitted changes were made since.`;
    case 'INDETERMINATE':
      return vi
        ? `Tệp có ${count} chữ ký số, nhưng chưa đủ căn cứ để kết luận.`
        : `The file has ${count} digital signatures; there is not enough evidence for a verdict.`;
    case 'TOTAL-FAILED':
      return vi
        ? `Tệp có ${count} chữ ký số, trong đó có chữ ký không hợp lệ hoặc văn bản đã bị sửa.`
        : `The file has ${count} digital signatures; one is not valid or the document was changed.`;
  }
}

function clerkSignature(signature: SignatureReport, language: ReportLanguage): ClerkSignature {
  const vi = language === 'vi';
  return {
    verdict: verdictText(signature.indication, language),
    who: who(signature, language),
    when: when(signature, vi),
    lasting: signature.durability === undefined ? '' : words(signature.durability, language),
    changes: changesOf(signature, language),
    reasons: [...signature.findings, ...(signature.later ?? [])].map((finding) => words(finding, language)),
  };
}

function who({ signer, role }: SignatureReport, language: ReportLanguage): string {
  const part = roles[role][language === 'vi' ? 0 : 1];
  if (signer === undefined)
    return language === 'vi' ? `Không rõ người ký (${part})` : `Unknown signer (${part})`;
  const about = [signer.title, signer.unit, signer.organisation].filter(
    (text) => text !== undefined && text !== signer.name,
  );
  return `${[signer.name, ...about].join(', ')} (${part})`;
}

function when({ timestamp, declaredTime, proof }: SignatureReport, vi: boolean): string {
  if (timestamp?.indication === 'TOTAL-PASSED')
    return vi
      ? `${vietnameseTime(timestamp.time)}, theo dấu thời gian của ${timestamp.authority}`
      : `${isoTime(timestamp.time)}, by the timestamp of ${timestamp.authority}`;
  if (proof !== undefined)
    return vi
      ? `trước ${vietnameseTime(proof.time)}, theo ${proofs[proof.by][0]} của ${proof.authority}${declaredTime === undefined ? '' : ` (người ký khai ${vietnameseTime(declaredTime)})`}`
      : `before ${isoTime(proof.time)}, by the ${proofs[proof.by][1]} of ${proof.authority}${declaredTime === undefined ? '' : ` (the signer declares ${isoTime(declaredTime)})`}`;
  if (declaredTime === undefined) return vi ? 'Không có thời điểm ký' : 'No time of signing';
  return vi
    ? `${vietnameseTime(declaredTime)}, do máy người ký tự khai, không có dấu thời gian chứng minh`
    : `${isoTime(declaredTime)}, as the signer’s machine declares; no timestamp proves it`;
}

function changesOf(signature: SignatureReport, language: ReportLanguage): string[] {
  if (signature.changes.length > 0) return signature.changes.map((change) => words(change, language));
  if (!signature.coversWholeFile) return [];
  return [
    language === 'vi' ? 'Không có thay đổi nào sau chữ ký này' : 'Nothing changed after this signature',
  ];
}
