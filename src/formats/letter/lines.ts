import { textWidth, type Face } from '../pdf/index.ts';

/** A run of words in one face. */
export interface Run {
  readonly face: Face;
  readonly text: string;
}

/** Words of one line, runs of the same face together. */
export interface Line {
  readonly runs: readonly { readonly face: Face; readonly words: readonly string[] }[];
  readonly width: number;
  /** The last line of its paragraph is not stretched. */
  readonly last: boolean;
  readonly indent: number;
}

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFC')
    .split(/[ \t\r\n]+/)
    .filter((word) => word !== '');

/** Cuts a word that is wider than the line into pieces that fit. */
function pieces(face: Face, size: number, word: string, width: number): string[] {
  if (textWidth(face, size, word) <= width) return [word];
  const out: string[] = [];
  let piece = '';
  for (const char of word) {
    if (piece !== '' && textWidth(face, size, piece + char) > width) {
      out.push(piece);
      piece = '';
    }
    piece += char;
  }
  return [...out, piece];
}

/**
 * Breaks runs of text into lines at blanks (greedy). A word longer than the line is cut.
 * @param width of a line in points; the first is narrower by `indent`
 */
export function breakLines(runs: readonly Run[], size: number, width: number, indent = 0): Line[] {
  const lines: Line[] = [];
  let open: { face: Face; words: string[] }[] = [];
  let used = 0;
  let offset = indent;
  const close = (last: boolean): void => {
    lines.push({ runs: open, width: used, last, indent: offset });
    open = [];
    used = 0;
    offset = 0;
  };
  for (const { face, text } of runs) {
    const blank = textWidth(face, size, ' ');
    for (const word of wordsOf(text).flatMap((one) => pieces(face, size, one, width - indent))) {
      const wide = textWidth(face, size, word);
      if (used > 0 && offset + used + blank + wide > width) close(false);
      used += (used > 0 ? blank : 0) + wide;
      const run = open.at(-1);
      if (run?.face === face) run.words.push(word);
      else open.push({ face, words: [word] });
    }
  }
  if (open.length > 0 || lines.length === 0) close(true);
  return lines;
}

/** Words that must not be parted at the end of a line in the names of organisations and of receivers. */
const together = [
  'ỦY BAN NHÂN DÂN',
  'HỘI ĐỒNG NHÂN DÂN',
  'THÀNH PHỐ',
  'THÔNG TIN',
  'TRUYỀN THÔNG',
  'KHOA HỌC',
  'CÔNG NGHỆ',
  'GIÁO DỤC',
  'ĐÀO TẠO',
  'NÔNG NGHIỆP',
  'TÀI NGUYÊN',
  'MÔI TRƯỜNG',
  'KẾ HOẠCH',
  'ĐẦU TƯ',
  'VĂN PHÒNG',
  '(để b/c)',
];
const glue = '\u00a0';

/** Puts unbreakable blanks into the phrases that stay together. */
export const keepTogether = (text: string): string =>
  together.reduce(
    (glued, phrase) => glued.replaceAll(phrase, phrase.replaceAll(' ', glue)),
    text.normalize('NFC'),
  );

/** The words of a line as text with ordinary blanks. */
export const textOf = (line: Line): string =>
  line.runs
    .flatMap((run) => run.words)
    .join(' ')
    .replaceAll(glue, ' ');

/** Breaks text into centred lines of nearly equal length, as headings are set. */
export function balancedLines(face: Face, size: number, text: string, width: number): string[] {
  const plain = (limit: number): string[] =>
    breakLines([{ face, text: keepTogether(text) }], size, limit).map(textOf);
  const count = plain(width).length;
  const widest = Math.max(0, ...wordsOf(keepTogether(text)).map((word) => textWidth(face, size, word)));
  let [narrow, wide] = [Math.min(width, Math.max(width / (count + 1), widest)), width];
  if (plain(narrow).length <= count) return plain(narrow);
  while (wide - narrow > 2) {
    const middle = (narrow + wide) / 2;
    if (plain(middle).length > count) narrow = middle;
    else wide = middle;
  }
  return plain(wide);
}
