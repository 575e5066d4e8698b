import type { DocumentType } from './contractTypes.ts';

/** Numbers below 10 are printed with a zero before them (Decree 30/2020 App. I). */
export function printedNumber(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/**
 * Number and sign of a document (Decree 30/2020 App. I section II.3): a named type gives `12/QĐ-BTTTT`; công văn
 * has no type abbreviation and names the drafting unit instead, `1600/VPCP-KTTH`.
 */
export function notationOf(
  value: number,
  type: Pick<DocumentType, 'abbreviation'>,
  organisation: string,
  unit: string,
): { readonly number: string; readonly sign: string; readonly full: string } {
  const number = printedNumber(value);
  const sign =
    type.abbreviation === ''
      ? [organisation, unit].filter((part) => part !== '').join('-')
      : `${type.abbreviation}-${organisation}`;
  return { number, sign, full: `${number}/${sign}` };
}

const skipped = new Set(['và', 'của', 'các', 'về', 'tại', 'thuộc']);

/**
 * A guess at an organisation's abbreviation where the office has not set one: first letters of the words of its
 * kind and field, without the place. "Sở Tài chính tỉnh Tây Ninh" → STC, "Bộ Thông tin và Truyền thông" → BTTTT.
 */
export function guessAbbreviation(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/\(.*?\)/g, ' ')
    .trim();
  const withoutPlace = clean.replace(
    /\s+(tỉnh|thành phố|tp\.?|huyện|quận|thị xã|xã|phường|thị trấn)\s+.*$/iu,
    '',
  );
  const letters = (withoutPlace.match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter((word) => !skipped.has(word.toLowerCase()))
    .map((word) => word[0]!.toUpperCase())
    .join('');
  if (/^(ủy ban nhân dân|uỷ ban nhân dân|ubnd)/iu.test(clean)) return 'UBND';
  return letters.slice(0, 10) || 'CQ';
}

/** What an agency writes as "địa danh": the place in its name, else "Hà Nội" for central bodies. */
export function guessPlace(name: string): string {
  const place = /\b(?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường)\s+(.+)$/iu.exec(name.normalize('NFC'));
  return place?.[1]?.trim() ?? 'Hà Nội';
}
