import type { PdfDocument } from '../document.ts';
import type { PdfRect } from '../pages.ts';
import type { PdfDict, PdfStream, PdfValue } from '../values.ts';
import { filterNames } from './contentData.ts';

/** What is drawn on a page, counted. Annotations (stamps, signatures, filled fields) are not the page's own. */
export interface PageFacts {
  /** Part of the page that images cover, 0 to 1. */
  readonly imageCover: number;
  /** Characters that a reader sees, and characters that are there and not seen. */
  readonly visible: number;
  readonly hidden: number;
  /** Line and curve segments painted. */
  readonly segments: number;
  readonly images: number;
  /** Of the image that covers most. */
  readonly mainImage?: {
    readonly filter: string;
    /** Dots to an inch, as it lies on the page. */
    readonly resolution: number;
    readonly bilevel: boolean;
    readonly bytesPerPixel: number;
    readonly cover: number;
  };
}

export type Matrix = readonly [number, number, number, number, number, number];
export const identity: Matrix = [1, 0, 0, 1, 0, 0];
export const times = (m: Matrix, n: Matrix): Matrix => [
  m[0] * n[0] + m[1] * n[2],
  m[0] * n[1] + m[1] * n[3],
  m[2] * n[0] + m[3] * n[2],
  m[2] * n[1] + m[3] * n[3],
  m[4] * n[0] + m[5] * n[2] + n[4],
  m[4] * n[1] + m[5] * n[3] + n[5],
];

/** The page is looked at as squares of this grid. */
export const grid = { columns: 40, rows: 56 };

export interface State {
  readonly matrix: Matrix;
  readonly render: number;
  readonly white: boolean;
  readonly clear: boolean;
  readonly font: PdfDict | undefined;
  readonly size: number;
  readonly leading: number;
}

export interface Drawing {
  readonly document: PdfDocument;
  readonly box: PdfRect;
  readonly covered: Uint8Array;
  readonly text: Float64Array;
  visible: number;
  hidden: number;
  segments: number;
  pending: number;
  images: number;
  operations: number;
  forms: number;
  content: number;
  main: PageFacts['mainImage'];
}

export function drawInline(drawing: Drawing, inline: { dict: PdfDict; length: number }, state: State): void {
  const entries = new Map(inline.dict.entries);
  for (const [short, long] of [
    ['W', 'Width'],
    ['H', 'Height'],
    ['BPC', 'BitsPerComponent'],
    ['IM', 'ImageMask'],
  ] as const)
    if (entries.has(short)) entries.set(long, entries.get(short) as PdfValue);
  const stream: PdfStream = {
    kind: 'stream',
    dict: { kind: 'dict', entries },
    raw: new Uint8Array(inline.length),
  };
  drawImage(drawing, stream, filterNames(drawing.document, stream).at(-1) ?? 'none', state);
}

export function drawImage(drawing: Drawing, image: PdfStream, filter: string, state: State): void {
  const { document, covered, text } = drawing;
  const number = (key: string): number => {
    const value = document.resolve(image.dict.entries.get(key));
    return typeof value === 'number' ? value : 0;
  };
  const [a, b, c, d, x, y] = state.matrix;
  const xs = [x, x + a, x + c, x + a + c];
  const ys = [y, y + b, y + d, y + b + d];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const mask = document.resolve(image.dict.entries.get('ImageMask')) === true;
  // A mask shows what lies below it, and so does an image with a soft mask.
  const opaque = !mask && !image.dict.entries.has('SMask') && !image.dict.entries.has('Mask');
  drawing.images += 1;
  let cells = 0;
  const [pageLeft, pageBottom, pageRight, pageTop] = drawing.box;
  for (let row = 0; row < grid.rows; row += 1) {
    const middleY = pageBottom + ((row + 0.5) / grid.rows) * (pageTop - pageBottom);
    if (middleY < bottom || middleY > top) continue;
    for (let column = 0; column < grid.columns; column += 1) {
      const middleX = pageLeft + ((column + 0.5) / grid.columns) * (pageRight - pageLeft);
      if (middleX < left || middleX > right) continue;
      const cell = row * grid.columns + column;
      cells += 1;
      covered[cell] = 1;
      if (!opaque) continue;
      drawing.hidden += text[cell] as number;
      drawing.visible -= text[cell] as number;
      text[cell] = 0;
    }
  }
  const cover = cells / covered.length;
  const [width, height] = [number('Width'), number('Height')];
  if (cover <= (drawing.main?.cover ?? 0) || width <= 0 || height <= 0) return;
  drawing.main = {
    filter,
    resolution: Math.round((width / Math.max(1, Math.hypot(a, b))) * 72),
    bilevel: mask || number('BitsPerComponent') === 1 || /CCITT|JBIG2/.test(filter),
    bytesPerPixel: image.raw.length / (width * height),
    cover,
  };
}
