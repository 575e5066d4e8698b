import { damaged, PdfError } from './errors.ts';
import { decodeStream, type Budget } from './filters.ts';
import { isWhite, readIndirect, readValue, skipSpace, takeInteger, takeWord, type Cursor } from './lexer.ts';
import { isArray, isKind, type PdfDict, type Span } from './values.ts';

export type XrefEntry =
  | { readonly type: 'free'; readonly gen: number }
  | { readonly type: 'offset'; readonly offset: number; readonly gen: number }
  | { readonly type: 'compressed'; readonly container: number; readonly index: number };

/** One cross-reference section: a table with its trailer (and its hybrid stream), or a stream. */
export interface XrefSection {
  readonly offset: number;
  readonly kind: 'table' | 'stream';
  readonly trailer: PdfDict;
  readonly entries: Map<number, XrefEntry>;
  /** The bytes it takes, for the accounting of appended bytes. */
  readonly spans: readonly Span[];
}

/** Limits on what a file may ask of its reader. */
export interface PdfLimits {
  /** Objects that all sections together may claim. */
  readonly objects: number;
  /** Incremental updates. */
  readonly revisions: number;
  /** Bytes that all streams together may inflate to. */
  readonly inflated: number;
  /** Pages. */
  readonly pages: number;
}

export const defaultLimits: PdfLimits = {
  objects: 1_000_000,
  revisions: 400,
  inflated: 256 * 2 ** 20,
  pages: 20_000,
};

interface Reading {
  readonly bytes: Uint8Array;
  readonly limits: PdfLimits;
  readonly budget: Budget;
  readonly note: (anomaly: string) => void;
  objects: number;
}

/**
 * Follows the chain of cross-reference sections (§7.5.4, §7.5.8) from the newest back.
 * @param startxref offset of the newest section
 * @returns the sections, newest first
 * @throws PdfError `damaged`, `loop`, `encrypted`, `too-many-objects`, `too-many-revisions`, `too-much-data`
 */
export function readSections(
  bytes: Uint8Array,
  startxref: number,
  limits: PdfLimits,
  budget: Budget,
  note: (anomaly: string) => void,
): XrefSection[] {
  const reading: Reading = { bytes, limits, budget, note, objects: 0 };
  const sections: XrefSection[] = [];
  const seen = new Set<number>();
  let at: number | undefined = startxref;
  while (at !== undefined) {
    if (seen.has(at)) throw new PdfError('loop', { detail: '/Prev' });
    seen.add(at);
    if (sections.length > limits.revisions)
      throw new PdfError('too-many-revisions', { limit: limits.revisions });
    const section = readSection(reading, at);
    if (section.trailer.entries.has('Encrypt')) throw new PdfError('encrypted');
    sections.push(section);
    const previous = section.trailer.entries.get('Prev');
    if (previous !== undefined && (typeof previous !== 'number' || !Number.isInteger(previous)))
      throw damaged('/Prev không phải vị trí');
    at = previous as number | undefined;
  }
  return sections;
}

function claim(reading: Reading, count: number): void {
  reading.objects += count;
  if (reading.objects > reading.limits.objects)
    throw new PdfError('too-many-objects', { limit: reading.limits.objects });
}

function checkSize(reading: Reading, trailer: PdfDict): void {
  const size = trailer.entries.get('Size');
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) throw damaged('thiếu /Size');
  if (size > reading.limits.objects)
    throw new PdfError('too-many-objects', { limit: reading.limits.objects });
}

function readSection(reading: Reading, offset: number): XrefSection {
  if (offset < 0 || offset >= reading.bytes.length) throw damaged('bảng tham chiếu nằm ngoài tệp');
  const cursor: Cursor = { bytes: reading.bytes, at: offset, inFile: true, note: reading.note };
  skipSpace(cursor);
  return takeWord(cursor, 'xref') ? readTable(reading, cursor, offset) : readXrefStream(reading, offset);
}

function readTable(reading: Reading, cursor: Cursor, offset: number): XrefSection {
  const entries = new Map<number, XrefEntry>();
  for (;;) {
    skipSpace(cursor);
    if (takeWord(cursor, 'trailer')) break;
    const start = takeInteger(cursor);
    skipSpace(cursor);
    const count = takeInteger(cursor);
    if (start === undefined || count === undefined) throw damaged('bảng tham chiếu sai');
    if (start + count > reading.limits.objects)
      throw new PdfError('too-many-objects', { limit: reading.limits.objects });
    if (count * 18 > reading.bytes.length - cursor.at) throw damaged('bảng tham chiếu dài hơn tệp');
    claim(reading, count);
    for (let index = 0; index < count; index += 1) {
      const entry = readTableEntry(cursor);
      if (!entries.has(start + index)) entries.set(start + index, entry);
      else reading.note('xref-entry-twice');
    }
  }
  const trailer = readValue(cursor);
  if (!isKind(trailer, 'dict')) throw damaged('thiếu trailer');
  checkSize(reading, trailer);
  const spans: Span[] = [{ start: offset, end: cursor.at }];
  const hybrid = trailer.entries.get('XRefStm');
  if (typeof hybrid === 'number') spans.push(...readHybrid(reading, hybrid, entries));
  return { offset, kind: 'table', trailer, entries, spans };
}

function readTableEntry(cursor: Cursor): XrefEntry {
  skipSpace(cursor);
  const offset = takeInteger(cursor);
  skipSpace(cursor);
  const gen = takeInteger(cursor);
  skipSpace(cursor);
  if (offset === undefined || gen === undefined) throw damaged('dòng tham chiếu sai');
  if (takeWord(cursor, 'n')) return { type: 'offset', offset, gen };
  if (takeWord(cursor, 'f')) return { type: 'free', gen };
  throw damaged('dòng tham chiếu sai');
}

/** In a hybrid file (§7.5.8.4) the stream gives what the table hides as free; it must not contradict the table. */
function readHybrid(reading: Reading, offset: number, entries: Map<number, XrefEntry>): readonly Span[] {
  if (!Number.isInteger(offset) || offset < 0 || offset >= reading.bytes.length)
    throw damaged('/XRefStm sai');
  const hidden = readXrefStream(reading, offset);
  for (const [num, entry] of hidden.entries) {
    const own = entries.get(num);
    if (own === undefined || own.type === 'free') entries.set(num, entry);
    else if (JSON.stringify(own) !== JSON.stringify(entry)) reading.note(`hybrid-disagrees:${num}`);
  }
  return hidden.spans;
}

function readXrefStream(reading: Reading, offset: number): XrefSection {
  const lengthOf = (): never => {
    throw damaged('luồng tham chiếu có /Length gián tiếp');
  };
  const object = readIndirect(reading.bytes, offset, lengthOf, reading.note);
  const stream = object.value;
  if (!isKind(stream, 'stream')) throw damaged('không thấy bảng tham chiếu');
  const type = stream.dict.entries.get('Type');
  if (!isKind(type, 'name') || type.name !== 'XRef') throw damaged('không thấy bảng tham chiếu');
  if (stream.dict.entries.has('Encrypt')) throw new PdfError('encrypted');
  checkSize(reading, stream.dict);
  const widths = stream.dict.entries.get('W');
  if (
    !isArray(widths) ||
    widths.length < 3 ||
    !widths.every((width) => typeof width === 'number' && Number.isInteger(width) && width >= 0 && width <= 6)
  )
    throw damaged('/W sai');
  const [w0, w1, w2] = widths as [number, number, number];
  const size = stream.dict.entries.get('Size') as number;
  const index = stream.dict.entries.get('Index') ?? [0, size];
  if (
    !isArray(index) ||
    index.length % 2 === 1 ||
    !index.every((item) => typeof item === 'number' && Number.isInteger(item) && item >= 0)
  )
    throw damaged('/Index sai');
  const data = decodeStream(stream, reading.budget);
  const entries = readStreamEntries(reading, data, [w0, w1, w2], index as number[]);
  return {
    offset,
    kind: 'stream',
    trailer: stream.dict,
    entries,
    spans: [{ start: object.start, end: object.end }],
  };
}

function readStreamEntries(
  reading: Reading,
  data: Uint8Array,
  [w0, w1, w2]: readonly [number, number, number],
  index: readonly number[],
): Map<number, XrefEntry> {
  const entries = new Map<number, XrefEntry>();
  const width = w0 + w1 + w2;
  let at = 0;
  const field = (size: number): number => {
    let value = 0;
    for (let count = 0; count < size; count += 1) value = value * 256 + (data[at++] as number);
    return value;
  };
  for (let pair = 0; pair < index.length; pair += 2) {
    const [start, count] = [index[pair] as number, index[pair + 1] as number];
    if (start + count > reading.limits.objects)
      throw new PdfError('too-many-objects', { limit: reading.limits.objects });
    if (width === 0 || count * width > data.length - at) throw damaged('luồng tham chiếu ngắn hơn đã khai');
    claim(reading, count);
    for (let num = start; num < start + count; num += 1) {
      const type = w0 === 0 ? 1 : field(w0);
      const [second, third] = [field(w1), field(w2)];
      const entry: XrefEntry =
        type === 1
          ? { type: 'offset', offset: second, gen: third }
          : type === 2
            ? { type: 'compressed', container: second, index: third }
            : { type: 'free', gen: third };
      if (entries.has(num)) reading.note('xref-entry-twice');
      else entries.set(num, entry);
    }
  }
  return entries;
}

/** An end of a revision: `startxref N %%EOF`. */
export interface RevisionEnd {
  readonly startxref: number;
  /** Offset of the keyword `startxref`. */
  readonly start: number;
  /** After `%%EOF` and the end of its line. */
  readonly end: number;
}

const keyword = Buffer.from('startxref');

/** How far behind a section its `startxref` is looked for before the whole file is searched. */
const near = 65_536;

/** Finds the ends of revisions; the whole file is searched only when an end is not where writers put it. */
export interface RevisionEnds {
  /** The last one of the file. */
  readonly last: RevisionEnd | undefined;
  /** The first one behind a section that names the section's offset. @throws PdfError `too-many-revisions` */
  after(offset: number): RevisionEnd | undefined;
}

export function revisionEnds(bytes: Uint8Array, limit: number): RevisionEnds {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let all: RevisionEnd[] | undefined;
  let last: RevisionEnd | undefined;
  let at = buffer.lastIndexOf(keyword);
  for (let tries = 0; at >= 0 && last === undefined && tries < limit * 4; tries += 1) {
    last = revisionEndAt(buffer, at);
    at = at === 0 ? -1 : buffer.lastIndexOf(keyword, at - 1);
  }
  return {
    last,
    after(offset) {
      const found = buffer.subarray(offset + 1, offset + near).indexOf(keyword);
      const end = found < 0 ? undefined : revisionEndAt(buffer, offset + 1 + found);
      if (end?.startxref === offset) return end;
      all ??= findRevisionEnds(buffer, limit);
      return all.find((one) => one.startxref === offset && one.start > offset);
    },
  };
}

/** Every `startxref N %%EOF` of the file, first to last. */
function findRevisionEnds(buffer: Buffer, limit: number): RevisionEnd[] {
  const ends: RevisionEnd[] = [];
  for (
    let at = buffer.lastIndexOf(keyword);
    at >= 0;
    at = at === 0 ? -1 : buffer.lastIndexOf(keyword, at - 1)
  ) {
    const end = revisionEndAt(buffer, at);
    if (end !== undefined) ends.push(end);
    if (ends.length > limit * 4) throw new PdfError('too-many-revisions', { limit });
  }
  return ends.toReversed();
}

function revisionEndAt(buffer: Buffer, start: number): RevisionEnd | undefined {
  const cursor: Cursor = { bytes: buffer, at: start + keyword.length, inFile: true, note: () => undefined };
  while (isWhite(buffer[cursor.at])) cursor.at += 1;
  const startxref = takeInteger(cursor);
  if (startxref === undefined) return undefined;
  while (isWhite(buffer[cursor.at])) cursor.at += 1;
  if (buffer.toString('latin1', cursor.at, cursor.at + 5) !== '%%EOF') return undefined;
  let end = cursor.at + 5;
  if (buffer[end] === 13) end += 1;
  if (buffer[end] === 10) end += 1;
  return { startxref, start, end };
}
