import {
  documentAt,
  openPdf,
  pagesOf,
  reserveFields,
  textWidth,
  type PdfPage,
  type PdfRect,
} from '#formats/pdf';
import { PadesError } from './errors.ts';
import type { PdfSignatureOptions } from './prepare.ts';

type Options = Omit<PdfSignatureOptions, 'digestAlgorithm'>;

/** Points from the upper and the right edge: within the margins that every document leaves free. */
const edge = { top: 12, right: 36 };
const lineHeight = 12.5;

/** The upper right corner as the reader sees it, on a page that may be shown turned. */
function cornerOf(
  { cropBox: [left, bottom, right, top], rotate }: PdfPage,
  width: number,
  height: number,
): PdfRect {
  switch (rotate) {
    case 0:
      return [right - edge.right - width, top - edge.top - height, right - edge.right, top - edge.top];
    case 90:
      return [left + edge.top, top - edge.right - width, left + edge.top + height, top - edge.right];
    case 180:
      return [left + edge.right, bottom + edge.top, left + edge.right + width, bottom + edge.top + height];
    case 270:
      return [right - edge.top - height, bottom + edge.right, right - edge.top, bottom + edge.right + width];
  }
}

/** Vietnam time as Decree 30/2020 App. I wants it: date, time, zone by ISO 8601, `2026-11-24T08:00:00+07:00`. */
export function vietnamTimeText(at: Date): string {
  return `${new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19)}+07:00`;
}

/**
 * A signature of the organisation that is text only, in the upper right corner of page 1: Times New Roman, upright,
 * 10 pt, black (Decree 30/2020 App. I, II.8). The place is reserved by an update of its own.
 * @returns the file with the place, and how it is signed
 * @throws PadesError `already-signed`; PdfError when the bytes cannot be read or the page is too small
 */
export function cornerSignature(
  pdf: Uint8Array,
  act: {
    readonly field: 'ky_phu_luc' | 'ky_sao';
    readonly lines: readonly string[];
    readonly organisation: string;
    readonly signingTime: Date;
    readonly reason: string;
  },
): { readonly pdf: Uint8Array; readonly options: Options } {
  const document = documentAt(openPdf(pdf));
  const [page] = pagesOf(document);
  if (page === undefined) throw new PadesError('no-such-signature-field', { field: act.field });
  const [width, height] = cornerSize(act.lines);
  const reserved = reserveFields(pdf, [{ field: act.field, page: 1, rect: cornerOf(page, width, height) }]);
  return {
    pdf: reserved,
    options: {
      field: act.field,
      signingTime: act.signingTime,
      signerName: act.organisation,
      appearance: { kind: 'text', lines: act.lines, rotate: page.rotate },
      docMdp: 2,
      fieldMdp: { action: 'All' },
      reason: act.reason,
    },
  };
}

const cornerSize = (lines: readonly string[]): readonly [width: number, height: number] => [
  Math.ceil(Math.max(...lines.map((line) => textWidth('regular', 10, line)))) + 2,
  Math.ceil(lines.length * lineHeight) + 1,
];

/**
 * A separate annex file, bound to its document: number and notation and the signing time in the corner, the hash of
 * the sealed document in the signed reason.
 * @param act `number` as printed, `mainHash` SHA-256 of the sealed document, hex
 */
export const annexSignature = (
  pdf: Uint8Array,
  act: {
    readonly organisation: string;
    readonly number: string;
    readonly mainHash: string;
    readonly signingTime: Date;
  },
): ReturnType<typeof cornerSignature> =>
  cornerSignature(pdf, {
    field: 'ky_phu_luc',
    lines: [act.number, vietnamTimeText(act.signingTime)],
    organisation: act.organisation,
    signingTime: act.signingTime,
    reason: `Phụ lục của văn bản ${act.number}; SHA-256 ${act.mainHash}`,
  });

/**
 * An electronic copy: its form, who made it and when, in the corner of page 1 (App. I, II.8).
 * @param act `form` as printed (`SAO Y`), `number` of the copy with its notation
 */
export const copySignature = (
  pdf: Uint8Array,
  act: {
    readonly form: string;
    readonly number: string;
    readonly organisation: string;
    readonly signingTime: Date;
  },
): ReturnType<typeof cornerSignature> =>
  cornerSignature(pdf, {
    field: 'ky_sao',
    lines: [`${act.form}; ${act.organisation}`, `${act.number}; ${vietnamTimeText(act.signingTime)}`],
    organisation: act.organisation,
    signingTime: act.signingTime,
    reason: `${act.form} số ${act.number}`,
  });

/** The hash that a signature's reason binds an annex to; undefined for any other signature. */
export const annexedTo = (reason: string | undefined): string | undefined =>
  /^Phụ lục của văn bản .{1,200}; SHA-256 ([0-9a-f]{64})$/u.exec(reason ?? '')?.[1];
