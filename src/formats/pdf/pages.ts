import { catalogOf, documentAt, openPdf, type PdfDocument } from './document.ts';
import { damaged, PdfError } from './errors.ts';
import { isArray, isKind, isName, type PdfDict, type PdfRef, type PdfValue } from './values.ts';

/** left, bottom, right, top in points (1/72 inch), the page's own coordinates. */
export type PdfRect = readonly [left: number, bottom: number, right: number, top: number];

export interface PdfPage {
  readonly ref: PdfRef;
  readonly dict: PdfDict;
  readonly mediaBox: PdfRect;
  /** What a viewer shows: the crop box within the media box. */
  readonly cropBox: PdfRect;
  readonly rotate: 0 | 90 | 180 | 270;
}

interface Inherited {
  readonly mediaBox?: PdfRect | undefined;
  readonly cropBox?: PdfRect | undefined;
  readonly rotate: number;
}

const maxDepth = 60;

/** A rectangle, its corners put in order; undefined when it is not one. */
export function rectOf(document: PdfDocument, value: PdfValue | undefined): PdfRect | undefined {
  const array = document.resolve(value);
  if (!isArray(array) || array.length !== 4) return undefined;
  const numbers = array.map((item) => document.resolve(item));
  if (!numbers.every((item) => typeof item === 'number')) return undefined;
  const [x0, y0, x1, y1] = numbers as [number, number, number, number];
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

/**
 * The pages in order, with the attributes they inherit (§7.7.3.4).
 * @throws PdfError `damaged`, `loop`, `too-deep`, `too-many-objects`
 */
export function pagesOf(document: PdfDocument): PdfPage[] {
  const pages: PdfPage[] = [];
  const seen = new Set<number>();
  const visit = (value: PdfValue | undefined, inherited: Inherited, depth: number): void => {
    if (!isKind(value, 'ref')) throw damaged('cây trang sai');
    if (seen.has(value.num)) throw new PdfError('loop', { detail: 'cây trang' });
    if (depth > maxDepth) throw new PdfError('too-deep', { limit: maxDepth });
    seen.add(value.num);
    const node = document.dict(value);
    if (node === undefined) throw damaged('cây trang sai');
    const rotate = document.resolve(node.entries.get('Rotate'));
    const own: Inherited = {
      mediaBox: rectOf(document, node.entries.get('MediaBox')) ?? inherited.mediaBox,
      cropBox: rectOf(document, node.entries.get('CropBox')) ?? inherited.cropBox,
      rotate: typeof rotate === 'number' ? rotate : inherited.rotate,
    };
    const kids = document.resolve(node.entries.get('Kids'));
    if (isArray(kids) && !isName(document.resolve(node.entries.get('Type')), 'Page')) {
      for (const kid of kids) visit(kid, own, depth + 1);
      return;
    }
    pages.push(pageOf(value, node, own));
    if (pages.length > document.file.limits.pages)
      throw new PdfError('too-many-objects', { limit: document.file.limits.pages });
  };
  visit(catalogOf(document).dict.entries.get('Pages'), { rotate: 0 }, 0);
  return pages;
}

function pageOf(ref: PdfRef, dict: PdfDict, own: Inherited): PdfPage {
  const mediaBox = own.mediaBox ?? [0, 0, 595.28, 841.89];
  const crop = own.cropBox ?? mediaBox;
  const cropBox: PdfRect = [
    Math.max(crop[0], mediaBox[0]),
    Math.max(crop[1], mediaBox[1]),
    Math.min(crop[2], mediaBox[2]),
    Math.min(crop[3], mediaBox[3]),
  ];
  const rotate = (((Math.round(own.rotate / 90) * 90) % 360) + 360) % 360;
  return { ref, dict, mediaBox, cropBox, rotate: rotate as 0 | 90 | 180 | 270 };
}

/** Size of one page as a viewer shows it, and where its lower left corner lies in the page's own coordinates. */
export interface PageSize {
  readonly page: number;
  readonly width: number;
  readonly height: number;
  readonly rotate: 0 | 90 | 180 | 270;
  readonly box: PdfRect;
}

/** The pages' boxes, to choose places on them. Pages are counted from 1; sizes are points before rotation. */
export function pageSizes(pdf: Uint8Array): PageSize[] {
  return pagesOf(documentAt(openPdf(pdf))).map((page, index) => ({
    page: index + 1,
    width: page.cropBox[2] - page.cropBox[0],
    height: page.cropBox[3] - page.cropBox[1],
    rotate: page.rotate,
    box: page.cropBox,
  }));
}
