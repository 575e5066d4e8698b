import { textWidth } from '../pdf/index.ts';
import type { BodyBlock } from './draft.ts';
import { breakLines, type Line, type Run } from './lines.ts';
import { page, textArea, type Sheet } from './page.ts';

/** Size of the text, distance of its lines, and what stands between paragraphs, in points. */
export interface Setting {
  readonly size: number;
  readonly lead: number;
  readonly between: number;
}

/**
 * Decree 30/2020 Appendix I, II.6: 13–14 pt, justified, first line 1–1.27 cm in, at least 6 pt between paragraphs,
 * lines from single to one and a half. The first setting that needs the fewest pages is taken.
 */
export const settings: readonly Setting[] = [
  { size: 14, lead: 19.5, between: 6 },
  { size: 14, lead: 17.5, between: 6 },
  { size: 13, lead: 16.2, between: 6 },
];
const indent = 36;

/** One line of the body with what it needs above it. */
export interface FlowLine {
  readonly line: Line;
  readonly centred: boolean;
  readonly above: number;
  /** Position within its paragraph, and the paragraph's length. */
  readonly index: number;
  readonly count: number;
}

function runsOf(block: BodyBlock): { runs: Run[]; centred: boolean } {
  if (typeof block === 'string') return { runs: [{ face: 'regular', text: block }], centred: false };
  switch (block.kind) {
    case 'basis':
      return { runs: [{ face: 'italic', text: block.text }], centred: false };
    case 'heading':
      return { runs: [{ face: 'bold', text: block.text }], centred: true };
    case 'article':
      return {
        runs: [
          { face: 'bold', text: block.label },
          { face: 'regular', text: block.text },
        ],
        centred: false,
      };
  }
}

/** The body as lines; after the last word stands the closing mark "./." of an official document. */
export function flowBody(blocks: readonly BodyBlock[], setting: Setting): FlowLine[] {
  const { size, lead, between } = setting;
  return blocks.flatMap((block, at) => {
    const { runs, centred } = runsOf(block);
    const closed =
      at === blocks.length - 1 && !centred ? runs.map((run, index) => closeRun(run, index, runs)) : runs;
    const lines = breakLines(closed, size, textArea.width, centred ? 0 : indent);
    return lines.map((line, index) => ({
      line,
      centred,
      above: index === 0 ? lead + (centred ? between * 1.5 : between) : lead,
      index,
      count: lines.length,
    }));
  });
}

const closeRun = (run: Run, index: number, runs: readonly Run[]): Run =>
  index === runs.length - 1 ? { ...run, text: `${run.text.trim().replace(/(\.\/)?\.$/, '')}./.` } : run;

/** Draws one line. @returns where its text ends, from the left edge */
export function drawLine(sheet: Sheet, { line, centred }: FlowLine, size: number): number {
  const y = page.height - sheet.y;
  const blanks = line.runs.reduce((sum, run) => sum + run.words.length, 0) - 1;
  const width = textArea.width - line.indent;
  const stretch = !centred && !line.last && blanks > 0 ? (width - line.width) / blanks : 0;
  let x = centred ? textArea.left + (textArea.width - line.width) / 2 : textArea.left + line.indent;
  for (const [at, { face, words }] of line.runs.entries()) {
    const last = at === line.runs.length - 1;
    const shown = last ? words : [...words, ''];
    const natural = textWidth(face, size, shown.join(' '));
    const stretched = natural + stretch * (shown.length - 1);
    if (stretch === 0) sheet.canvas.text(face, size, x, y, shown.join(' '));
    else sheet.canvas.justified(face, size, x, y, shown, stretched);
    x += stretched;
  }
  return x;
}

/**
 * Divides lines over pages: no first or last line of a paragraph alone, and the closing block takes at least
 * two lines of the body with it when it does not fit below the text.
 * @param heights of the first page's and the other pages' text space, and of the closing block
 * @returns how many lines each page holds
 */
export function paginate(
  lines: readonly FlowLine[],
  heights: { readonly first: number; readonly other: number; readonly closing: number },
): number[] {
  const counts: number[] = [];
  let from = 0;
  while (from < lines.length) {
    const space = counts.length === 0 ? heights.first : heights.other;
    const fits = fitting(lines, from, space);
    if (from + fits.count === lines.length) {
      if (fits.height + heights.closing <= space) {
        counts.push(fits.count);
        return counts;
      }
      const carried = Math.min(fits.count - 1, carry(lines));
      counts.push(fits.count - Math.max(0, carried));
      counts.push(Math.max(0, carried));
      return counts;
    }
    const count = Math.max(1, withoutOrphans(lines, from, fits.count));
    counts.push(count);
    from += count;
  }
  return counts;
}

function fitting(lines: readonly FlowLine[], from: number, space: number): { count: number; height: number } {
  let height = 0;
  let count = 0;
  for (let at = from; at < lines.length; at += 1) {
    const above = (lines[at] as FlowLine).above;
    if (height + above > space) break;
    height += above;
    count += 1;
  }
  return { count, height };
}

function withoutOrphans(lines: readonly FlowLine[], from: number, count: number): number {
  let keep = count;
  const next = lines[from + keep] as FlowLine;
  if (next.count > 1 && next.index === next.count - 1) keep -= 1;
  const last = lines[from + keep - 1];
  if (last !== undefined && (last.centred || (last.count > 1 && last.index === 0))) keep -= 1;
  return keep < 1 ? count : keep;
}

/** Lines that go with the closing block: the whole last paragraph when it is short, else two lines of it. */
const carry = (lines: readonly FlowLine[]): number => {
  const { count } = lines.at(-1) as FlowLine;
  return count <= 3 ? count : 2;
};
