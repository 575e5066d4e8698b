/** Degree of urgency shown on the document (Decree 30/2020 Appendix I, II.11). */
export type Urgency = 'khan' | 'thuong-khan' | 'hoa-toc';

export const urgencyText: Readonly<Record<Urgency, string>> = {
  khan: 'KHẨN',
  'thuong-khan': 'THƯỢNG KHẨN',
  'hoa-toc': 'HỎA TỐC',
};

/** One block of the body. A plain string is a paragraph. */
export type BodyBlock =
  | string
  /** A legal basis, "Căn cứ …": italic. */
  | { readonly kind: 'basis'; readonly text: string }
  /** Centred and bold, "QUYẾT ĐỊNH:". */
  | { readonly kind: 'heading'; readonly text: string }
  /** A label in bold before the text, "Điều 1." */
  | { readonly kind: 'article'; readonly label: string; readonly text: string };

/** What a letter says; every word as it is to be printed. */
export interface LetterDraft {
  /** The superior body above the issuing one, if it is printed. */
  readonly superior?: string;
  readonly organisation: string;
  /** The part of the number and notation after the number, with its stroke: `/UBND-VP`. */
  readonly notation: string;
  /** Place of issue: `Hà Nội`. */
  readonly place: string;
  /** Year printed in the blank date. */
  readonly year: number;
  /** Name of the type: `Quyết định`. A công văn has none and prints its abstract as "V/v" under the number. */
  readonly type?: string;
  readonly abstract: string;
  /** Kính gửi: for công văn. */
  readonly recipients?: readonly string[];
  readonly body: readonly BodyBlock[];
  /** Authority and title, one line each: `KT. CHỦ TỊCH`, `PHÓ CHỦ TỊCH`. */
  readonly signatory: { readonly lines: readonly string[]; readonly name: string };
  /** Nơi nhận, without dashes and marks; the last is the filing line, `Lưu: VT, TH.05`. */
  readonly copies: readonly string[];
  readonly urgency?: Urgency;
  /** Written into the file's information; left out when not given. */
  readonly createdAt?: Date;
}

/**
 * The date as it is printed: days below 10 and the months January and February with a nought before.
 * @param date `YYYY-MM-DD`
 */
export function issueDateText(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const two = (value: number): string => String(value).padStart(2, '0');
  return `ngày ${two(day)} tháng ${month < 3 ? two(month) : month} năm ${year}`;
}

/** The number as it is printed: below 10 with a nought before. */
export const numberText = (number: number, notation: string): string =>
  `${String(number).padStart(2, '0')}${notation}`;
