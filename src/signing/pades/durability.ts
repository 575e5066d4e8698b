import type { DurabilityReport, ExistenceProof, SignatureLevel } from '../report/types.ts';
import type { TrustedStamp } from './archive.ts';
import type { JudgedTimestamp } from './stamps.ts';
import type { CertificateJudgement } from './trust.ts';

const order: readonly SignatureLevel[] = ['B-B', 'B-T', 'B-LT', 'B-LTA'];

/** Whether a level is at least the one that is wanted. */
export const reaches = (level: SignatureLevel, wanted: SignatureLevel): boolean =>
  order.indexOf(level) >= order.indexOf(wanted);

/** The level that a signature has reached by what the file itself carries (EN 319 142-1 §6). */
export function levelOf(
  proof: ExistenceProof | undefined,
  signer: CertificateJudgement,
  timestamp: JudgedTimestamp | undefined,
  stamp: TrustedStamp | undefined,
): SignatureLevel {
  if (proof === undefined) return 'B-B';
  const stamped =
    timestamp?.report.indication !== 'TOTAL-PASSED' || timestamp.judgement?.selfContained === true;
  if (!signer.selfContained || !stamped) return 'B-T';
  return stamp === undefined ? 'B-LT' : 'B-LTA';
}

const years = (count: number, from: Date): Date => {
  const date = new Date(from);
  date.setUTCFullYear(date.getUTCFullYear() + count);
  return date;
};

/** `24/11/2026`, in Vietnam. */
const day = (date: Date): string =>
  new Date(date.getTime() + 7 * 3_600_000).toISOString().slice(0, 10).split('-').toReversed().join('/');
const isoDay = (date: Date): string => new Date(date.getTime() + 7 * 3_600_000).toISOString().slice(0, 10);

/**
 * Whether the signature can still be checked in ten years. A file with all evidence stands until the certificate
 * of its newest timestamp ends; before that day the timestamp is renewed.
 */
export function durabilityOf(
  level: SignatureLevel,
  timestamp: JudgedTimestamp | undefined,
  stamp: TrustedStamp | undefined,
  now: Date,
): DurabilityReport {
  if (!reaches(level, 'B-LT'))
    return {
      selfContained: false,
      vi: 'chưa kèm đủ bằng chứng lâu dài: chỉ kiểm tra được khi nơi cấp chứng thư còn trả lời',
      en: 'the evidence for the long term is not complete: it can be checked only while the issuers answer',
    };
  const until = stamp?.checkableUntil ?? timestamp?.certificate?.notAfter ?? now;
  if (until >= years(10, now))
    return {
      selfContained: true,
      until,
      vi: `mười năm nữa vẫn kiểm tra được từ chính tệp này (đến ngày ${day(until)}), kể cả khi nơi cấp chứng thư không còn`,
      en: `in ten years it can still be checked from the file alone (until ${isoDay(until)}), even if the issuers are gone`,
    };
  return {
    selfContained: true,
    until,
    vi: `kiểm tra được từ chính tệp này đến ngày ${day(until)}; trước ngày đó cần gia hạn dấu thời gian lưu trữ`,
    en: `it can be checked from the file alone until ${isoDay(until)}; renew the archive timestamp before that day`,
  };
}
