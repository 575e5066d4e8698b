import { createFontSet, textWidth, type Face, type FontSet } from './fonts.ts';

/** Collects the operators of one content stream. Coordinates are points from the lower left corner. */
export interface Canvas {
  readonly fonts: FontSet;
  /** One line of text, its base line starting at x, y. */
  text(face: Face, size: number, x: number, y: number, text: string): void;
  /** One line stretched to a width by its blanks, as justified text is. */
  justified(face: Face, size: number, x: number, y: number, words: readonly string[], width: number): void;
  line(x0: number, y0: number, x1: number, y1: number, thickness: number): void;
  box(left: number, bottom: number, right: number, top: number, thickness: number): void;
  raw(operators: string): void;
  operators(): string;
}

export const coordinate = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '') || '0';
const at = coordinate;

/** Begins a content stream that shares its fonts with others of the same document. */
export function createCanvas(fonts: FontSet = createFontSet()): Canvas {
  const out: string[] = [];
  const begin = (face: Face, size: number, x: number, y: number): string =>
    `BT /${fonts.resource(face)} ${at(size)} Tf 1 0 0 1 ${at(x)} ${at(y)} Tm`;
  return {
    fonts,
    text(face, size, x, y, text) {
      if (text === '') return;
      out.push(`${begin(face, size, x, y)} ${fonts.show(face, text)} Tj ET`);
    },
    justified(face, size, x, y, words, width) {
      const blanks = words.length - 1;
      const natural = textWidth(face, size, words.join(' '));
      if (blanks <= 0) return this.text(face, size, x, y, words.join(' '));
      const adjust = -(((width - natural) / blanks) * 1000) / size;
      const parts = words.map((word, index) =>
        index < blanks ? `${fonts.show(face, `${word} `)} ${adjust.toFixed(1)}` : fonts.show(face, word),
      );
      out.push(`${begin(face, size, x, y)} [${parts.join(' ')}] TJ ET`);
    },
    line(x0, y0, x1, y1, thickness) {
      out.push(`${at(thickness)} w ${at(x0)} ${at(y0)} m ${at(x1)} ${at(y1)} l S`);
    },
    box(left, bottom, right, top, thickness) {
      out.push(`${at(thickness)} w ${at(left)} ${at(bottom)} ${at(right - left)} ${at(top - bottom)} re S`);
    },
    raw: (operators) => void out.push(operators),
    operators: () => out.join('\n'),
  };
}
