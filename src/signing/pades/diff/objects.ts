import {
  indirectAt,
  isKind,
  isName,
  PdfError,
  sameValue,
  type PdfDocument,
  type PdfFile,
  type PdfRevision,
  type Span,
} from '#formats/pdf';
import { genOf } from './graph.ts';

/** Objects that a revision changed. */
export interface Touched {
  /** Not in the older document. */
  readonly added: ReadonlySet<number>;
  /** In both, saying something else. */
  readonly altered: ReadonlySet<number>;
  /** No longer in the newer one. */
  readonly removed: ReadonlySet<number>;
  /** Object streams or generations replaced: what they hold changes without an entry of its own. */
  readonly hidden: readonly string[];
}

/** Compares the entries that the newer revision writes with what was in force before. */
export function touchedObjects(older: PdfDocument, newer: PdfDocument): Touched {
  const added = new Set<number>();
  const altered = new Set<number>();
  const removed = new Set<number>();
  const hidden: string[] = [];
  const numbers = new Set(newer.revision.sections.flatMap((section) => [...section.entries.keys()]));
  for (const num of numbers) {
    if (num === 0) continue;
    const [before, after] = [older.entry(num), newer.entry(num)];
    const existed = before !== undefined && before.type !== 'free';
    const exists = after !== undefined && after.type !== 'free';
    if (!existed && exists) added.add(num);
    else if (existed && !exists) removed.add(num);
    else if (existed && exists) {
      const [was, is] = [older.object(num, genOf(older, num)), newer.object(num, genOf(newer, num))];
      if (genOf(older, num) !== genOf(newer, num)) hidden.push(`đối tượng ${num} đổi thế hệ`);
      if (sameValue(was, is)) continue;
      if (isKind(was, 'stream') && isName(was.dict.entries.get('Type'), 'ObjStm'))
        hidden.push(`luồng đối tượng ${num} bị thay`);
      altered.add(num);
    }
  }
  return { added, altered, removed, hidden };
}

const isBlank = (bytes: Uint8Array, { start, end }: Span): boolean => {
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
  return text
    .split(/[\r\n]+/)
    .every(
      (line) =>
        /^[\0\t\f ]*$/.test(line) || (/^[\0\t\f ]*%/.test(line) && !/\bobj\b|xref|trailer/.test(line)),
    );
};

/**
 * Whether every byte that a revision appended belongs to an object, table or trailer that it declares.
 * Undeclared objects are what repairing readers would show (incremental saving attack).
 */
export function hasStrayData(file: PdfFile, newer: PdfDocument, from: number): boolean {
  const { revision } = newer;
  const spans: Span[] = [{ start: revision.startxrefAt, end: revision.end }];
  for (const section of revision.sections) {
    spans.push(...section.spans);
    for (const [num, entry] of section.entries) {
      if (entry.type !== 'offset' || entry.offset < from) continue;
      const span = extent(newer, num, entry.offset);
      if (span === undefined || span.end > revision.startxrefAt) return true;
      spans.push(span);
    }
  }
  spans.sort((left, right) => left.start - right.start);
  let at = from;
  let last: Span | undefined;
  for (const span of spans) {
    if (last !== undefined && span.start === last.start && span.end === last.end) continue;
    if (span.start < at) return true;
    if (!isBlank(file.bytes, { start: at, end: span.start })) return true;
    at = span.end;
    last = span;
  }
  return false;
}

function extent(document: PdfDocument, num: number, offset: number): Span | undefined {
  try {
    const { start, end } = indirectAt(document, num, offset);
    return { start, end };
  } catch (error) {
    if (error instanceof PdfError) return undefined;
    throw error;
  }
}

/** Whether anything but white space follows the last revision. */
export function hasTrailingData(file: PdfFile): boolean {
  const last = file.revisions.at(-1) as PdfRevision;
  return !/^[\0\t\n\f\r ]*$/.test(Buffer.from(file.bytes.subarray(last.end)).toString('latin1'));
}
