import type { Canvas, Face, FieldPlacement, PdfRect } from '../pdf/index.ts';
import { textWidth } from '../pdf/index.ts';

const mm = 72 / 25.4;

/** A4 and the margins of Decree 30/2020 Appendix I, I.1: top and bottom 20 mm, left 30 mm, right 15 mm. */
export const page = { width: 210 * mm, height: 297 * mm };
export const margin = { top: 20 * mm, bottom: 20 * mm, left: 30 * mm, right: 15 * mm };
export const textArea = {
  left: margin.left,
  right: page.width - margin.right,
  width: page.width - margin.left - margin.right,
};

/** A page being drawn; `y` is the distance of the next free line from the top edge. */
export interface Sheet {
  readonly number: number;
  readonly canvas: Canvas;
  y: number;
}

/** A rectangle given by its upper left corner from the top edge. */
export const rectAt = (left: number, top: number, width: number, height: number): PdfRect => [
  left,
  page.height - top - height,
  left + width,
  page.height - top,
];

/** Draws a line of text with its base line at `y` from the top edge. */
export function put(sheet: Sheet, face: Face, size: number, x: number, y: number, text: string): void {
  sheet.canvas.text(face, size, x, page.height - y, text);
}

export function putCentred(
  sheet: Sheet,
  face: Face,
  size: number,
  centre: number,
  y: number,
  text: string,
): void {
  put(sheet, face, size, centre - textWidth(face, size, text) / 2, y, text);
}

/** A thin rule centred below a text. */
export function rule(sheet: Sheet, centre: number, y: number, width: number): void {
  sheet.canvas.line(centre - width / 2, page.height - y, centre + width / 2, page.height - y, 0.7);
}

/** A field and how its page is found again. */
export type PlacedField = FieldPlacement & { readonly kind: 'text' | 'signature' };
