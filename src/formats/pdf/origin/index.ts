import { documentAt, type PdfDocument, type PdfFile } from '../document.ts';
import { pagesOf } from '../pages.ts';
import { decodeText, isKind } from '../values.ts';
import type { PageFacts } from './drawing.ts';
import { factsOfPage } from './pageFacts.ts';

/** How a page came to be: drawn by a program, taken by a scanner or camera, or with nothing on it. */
export type PageKind = 'digital' | 'scan' | 'blank';

/** Why a page is taken for what it is; the closed list. */
export type OriginReason =
  | 'full-page-image'
  | 'image-only'
  | 'invisible-text'
  | 'little-text-on-image'
  | 'visible-text'
  | 'text-over-background'
  | 'vector-drawing'
  | 'nothing-drawn'
  | 'scanner-producer';

export interface PageOrigin {
  /** From 1. */
  readonly page: number;
  readonly kind: PageKind;
  readonly reasons: readonly OriginReason[];
  readonly facts: PageFacts;
}

/** `mixed`: pages drawn by a program beside scanned ones; `empty`: nothing on any page. */
export type FileOriginKind = 'born-digital' | 'scan' | 'mixed' | 'empty';

export interface FileOrigin {
  readonly kind: FileOriginKind;
  readonly pageCount: number;
  /** Of long files pages are taken at even distances. */
  readonly pages: readonly PageOrigin[];
  /** The program that claims to have made the file. */
  readonly producer?: string;
  readonly reasons: readonly OriginReason[];
}

const mostPages = 300;

const marks = {
  /** Fewer characters on an image are a stamp, a page number, a note: the page is still the image. */
  overlay: 350,
  /** Fewer characters are none. */
  some: 15,
  /** Segments of outlines, when letters were turned into curves. */
  outlines: 400,
  /** Part of the page that only a page image covers. */
  pageImage: 0.5,
  /** A picture beside text. */
  figure: 0.05,
  /** Scanners do not work as coarsely as this. */
  coarse: 60,
  /** Bytes to a pixel of a picture on which hardly anything is to be seen. */
  flat: 0.022,
};

/** Judges one page by what it draws. */
export function judgePage(facts: PageFacts): { kind: PageKind; reasons: OriginReason[] } {
  const { imageCover, visible, hidden, segments, mainImage } = facts;
  const drawn = visible >= marks.some || segments >= marks.outlines;
  if (imageCover < 0.004) {
    if (visible >= 1) return { kind: 'digital', reasons: ['visible-text'] };
    return segments >= 12
      ? { kind: 'digital', reasons: ['vector-drawing'] }
      : { kind: 'blank', reasons: ['nothing-drawn'] };
  }
  const ocr = hidden >= 30 && hidden > visible * 2;
  if (!drawn) {
    if (imageCover < marks.figure && !ocr) return { kind: 'blank', reasons: ['nothing-drawn'] };
    const reasons: OriginReason[] = [imageCover >= marks.pageImage ? 'full-page-image' : 'image-only'];
    return { kind: 'scan', reasons: ocr ? [...reasons, 'invisible-text'] : reasons };
  }
  if (imageCover >= marks.pageImage) {
    if (ocr) return { kind: 'scan', reasons: ['full-page-image', 'invisible-text'] };
    const background =
      mainImage !== undefined &&
      ((!mainImage.bilevel && mainImage.bytesPerPixel < marks.flat) || mainImage.resolution < marks.coarse);
    if (background || visible >= marks.overlay || segments >= marks.outlines)
      return {
        kind: 'digital',
        reasons: [visible >= marks.some ? 'text-over-background' : 'vector-drawing'],
      };
    return { kind: 'scan', reasons: ['full-page-image', 'little-text-on-image'] };
  }
  if (ocr && imageCover >= marks.figure) return { kind: 'scan', reasons: ['image-only', 'invisible-text'] };
  return { kind: 'digital', reasons: [visible >= marks.some ? 'visible-text' : 'vector-drawing'] };
}

/** Programs that make files of scanned pages. Anybody can write a name here: it explains and never decides. */
const scanners =
  /scan|ocr|abbyy|omnipage|paperport|capture|tesseract|kofax|xerox|ricoh|canon|konica|minolta|kyocera|brother|fujitsu|epson|sharp mx|lexmark/i;

/**
 * Tells how a document came to be, page by page, by what stands in it and never by its name (S3.6): images that
 * fill pages, text that is not to be seen, letters drawn as curves. Images are not decoded.
 * @throws PdfError when the page tree cannot be read, `too-much-data`
 */
export function originOf(file: PdfFile): FileOrigin {
  const document = documentAt(file);
  const all = pagesOf(document);
  const step = Math.max(1, all.length / mostPages);
  const pages: PageOrigin[] = [];
  for (let at = 0; Math.floor(at) < all.length; at += step) {
    const page = all[Math.floor(at)];
    if (page === undefined) break;
    const facts = factsOfPage(document, page);
    pages.push({ page: Math.floor(at) + 1, ...judgePage(facts), facts });
  }
  const producer = producerOf(document);
  const has = (kind: PageKind): boolean => pages.some((page) => page.kind === kind);
  const kind = has('scan') ? (has('digital') ? 'mixed' : 'scan') : has('digital') ? 'born-digital' : 'empty';
  const reasons = new Set(pages.filter((page) => page.kind !== 'blank').flatMap((page) => page.reasons));
  if (kind === 'scan' && producer !== undefined && scanners.test(producer)) reasons.add('scanner-producer');
  return {
    kind,
    pageCount: all.length,
    pages,
    ...(producer === undefined ? {} : { producer }),
    reasons: [...reasons],
  };
}

function producerOf(document: PdfDocument): string | undefined {
  const info = document.dict(document.trailer.entries.get('Info'));
  const texts = ['Creator', 'Producer'].flatMap((key) => {
    const value = document.resolve(info?.entries.get(key));
    return isKind(value, 'string') ? [decodeText(value).trim().slice(0, 120)] : [];
  });
  const said = [...new Set(texts.filter((text) => text !== ''))].join(' · ');
  return said === '' ? undefined : said;
}
