import {
  documentAt,
  formFields,
  hiddenIn,
  isKind,
  openPdf,
  pagesOf,
  PdfError,
  reserveFields,
  type FieldPlacement,
} from '#formats/pdf';
import { refuseDocument } from './refusals.ts';

/** The middle of the officer's signature on a page, in points from its lower left corner. */
export interface SignaturePlace {
  readonly page: number;
  readonly x: number;
  readonly y: number;
}

/** Signature and seal around a place; the seal covers about a third of the signature on its left (App. I). */
function signatureFields({ page, x, y }: SignaturePlace): FieldPlacement[] {
  const [left, bottom] = [Math.max(57, Math.round(x) - 71), Math.max(16, Math.round(y) - 37)];
  return [
    { field: 'ky_nguoi_co_tham_quyen', page, rect: [left, bottom, left + 142, bottom + 74] },
    { field: 'ky_co_quan', page, rect: [left - 55, bottom - 14, left + 47, bottom + 88] },
  ];
}

/**
 * Places of number, date and signatures on an uploaded A4 letter, where Decree 30/2020 App. I puts them: number and
 * date under the heads of the first page, signature and seal at the lower right of the last.
 */
function placements(
  last: number,
  frame: { readonly sign: string; readonly place: string; readonly year: number },
  chosen: SignaturePlace | undefined,
): FieldPlacement[] {
  return [
    {
      field: 'so_ky_hieu',
      page: 1,
      rect: [85, 726, 265, 745],
      style: {
        template: 'Số: {}',
        blank: `Số:         /${frame.sign}`,
        face: 'regular',
        size: 13,
        align: 'centre',
      },
    },
    {
      field: 'ngay_ban_hanh',
      page: 1,
      rect: [285, 726, 551, 745],
      style: {
        template: `${frame.place}, {}`,
        blank: `${frame.place}, ngày      tháng      năm ${frame.year}`,
        face: 'italic',
        size: 13,
        align: 'centre',
      },
    },
    // The end of the text is not known on an uploaded page: initials go to its lower right corner.
    { field: 'ky_nhay', page: last, rect: [458, 30, 498, 45] },
    { field: 'ky_nhay_don_vi', page: last, rect: [502, 30, 542, 45] },
    ...signatureFields(
      chosen === undefined
        ? { page: last, x: 429, y: 147 }
        : { ...chosen, page: Math.min(chosen.page, last) },
    ),
  ];
}

/**
 * Prepares an uploaded PDF for signing: what a letter of ours has reserved is reserved here too, by an incremental
 * update, where it is missing. A file of another size of page, or one that cannot be read, cannot be signed here.
 * @throws Refusal unreadable-pdf, already-signed, not-what-you-see
 */
export function preparedUpload(
  bytes: Uint8Array,
  frame: { readonly sign: string; readonly place: string; readonly year: number },
  chosen?: SignaturePlace,
): Uint8Array {
  try {
    const document = documentAt(openPdf(bytes));
    const fields = formFields(document);
    if (fields.some((field) => field.type === 'Sig' && isKind(field.value, 'dict')))
      throw refuseDocument('already-signed');
    const hidden = hiddenIn(bytes);
    if (hidden.length > 0)
      throw refuseDocument('not-what-you-see', {
        what: {
          vi: hidden.map((one) => one.vi).join(', '),
          en: hidden.map((one) => one.en).join(', '),
        },
      });
    const known = new Set(fields.map((field) => field.name));
    const missing = placements(pagesOf(document).length, frame, chosen).filter(
      ({ field }) => !known.has(field),
    );
    return missing.length === 0 ? bytes : reserveFields(bytes, missing);
  } catch (error) {
    if (error instanceof PdfError) throw refuseDocument('unreadable-pdf', { reason: error.message });
    throw error;
  }
}
