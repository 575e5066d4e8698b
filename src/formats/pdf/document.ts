import { damaged, PdfError } from './errors.ts';
import { budgetOf, decodeStream, type Budget } from './filters.ts';
import {
  readIndirect,
  readValue,
  skipSpace,
  takeInteger,
  type Cursor,
  type IndirectObject,
} from './lexer.ts';
import { isKind, isName, type PdfDict, type PdfRef, type PdfStream, type PdfValue } from './values.ts';
import {
  defaultLimits,
  revisionEnds,
  readSections,
  type PdfLimits,
  type XrefEntry,
  type XrefSection,
} from './xref.ts';

/** One incremental update, or the first writing of the file. */
export interface PdfRevision {
  readonly index: number;
  /** Its sections, newest first (a linearised or hybrid file writes more than one). */
  readonly sections: readonly XrefSection[];
  readonly trailer: PdfDict;
  /** After its `%%EOF` and the end of that line. */
  readonly end: number;
  /** Where its `startxref` begins. */
  readonly startxrefAt: number;
}

/** A file that has been opened: its bytes and its revisions, oldest first. */
export interface PdfFile {
  readonly bytes: Uint8Array;
  readonly revisions: readonly PdfRevision[];
  readonly limits: PdfLimits;
  /** What another reader could read otherwise; grows while objects are read. */
  readonly anomalies: Set<string>;
  readonly budget: Budget;
  readonly cache: Map<number, IndirectObject>;
  readonly containers: Map<string, ObjectStream>;
  readonly documents: Map<number, PdfDocument>;
}

interface ObjectStream {
  readonly data: Uint8Array;
  readonly nums: readonly number[];
  readonly offsets: readonly number[];
}

/** The document as it stood after one revision. */
export interface PdfDocument {
  readonly file: PdfFile;
  readonly revision: PdfRevision;
  readonly trailer: PdfDict;
  /** The cross-reference entry in force, or undefined. */
  entry(num: number): XrefEntry | undefined;
  /** The value of an object; null when it is free, missing, damaged or not yet written in this revision. */
  object(num: number, gen?: number): PdfValue;
  /** Follows references (at most 32) to a direct value; undefined becomes null. */
  resolve(value: PdfValue | undefined): PdfValue;
  /** The dictionary that a value is or refers to, or undefined. */
  dict(value: PdfValue | undefined): PdfDict | undefined;
}

/**
 * Opens a PDF: header, every revision of the cross-reference chain, limits. Objects are read when asked for.
 * @throws PdfError `not-pdf`, `damaged`, `encrypted`, `loop`, `too-many-objects`, `too-many-revisions`, `too-much-data`
 */
export function openPdf(bytes: Uint8Array, limits: PdfLimits = defaultLimits): PdfFile {
  if (Buffer.from(bytes.subarray(0, 5)).toString('latin1') !== '%PDF-') throw new PdfError('not-pdf');
  const anomalies = new Set<string>();
  const budget = budgetOf(limits.inflated);
  const ends = revisionEnds(bytes, limits.revisions);
  const { last } = ends;
  if (last === undefined) throw damaged('thiếu startxref hoặc %%EOF');
  const note = (anomaly: string): void => void (anomalies.size < 100 && anomalies.add(anomaly));
  const sections = readSections(bytes, last.startxref, limits, budget, note);
  const revisions: PdfRevision[] = [];
  let open: XrefSection[] = [];
  for (const section of sections.toReversed()) {
    open.unshift(section);
    const end = ends.after(section.offset);
    if (end === undefined) continue;
    revisions.push({
      index: revisions.length,
      sections: open,
      trailer: section.trailer,
      end: end.end,
      startxrefAt: end.start,
    });
    open = [];
  }
  if (open.length > 0 || revisions.length === 0) throw damaged('startxref không khớp bảng tham chiếu');
  for (let at = 1; at < revisions.length; at += 1) {
    if ((revisions[at] as PdfRevision).end <= (revisions[at - 1] as PdfRevision).end)
      throw damaged('thứ tự các phiên bản sai');
  }
  return {
    bytes,
    revisions,
    limits,
    anomalies,
    budget,
    cache: new Map(),
    containers: new Map(),
    documents: new Map(),
  };
}

/** The document as it stood after a revision; without one, the newest. */
export function documentAt(file: PdfFile, index = file.revisions.length - 1): PdfDocument {
  let document = file.documents.get(index);
  if (document === undefined) file.documents.set(index, (document = openRevision(file, index)));
  return document;
}

function openRevision(file: PdfFile, index: number): PdfDocument {
  const revision = file.revisions[index] as PdfRevision;
  const sections = file.revisions
    .slice(0, index + 1)
    .toReversed()
    .flatMap((one) => one.sections);
  const known = new Map<number, XrefEntry | undefined>();
  const entry = (num: number): XrefEntry | undefined => {
    if (known.has(num)) return known.get(num);
    const found = sections.find((section) => section.entries.has(num))?.entries.get(num);
    known.set(num, found);
    return found;
  };
  const reading = new Set<number>();
  const object = (num: number, gen?: number): PdfValue => {
    const found = entry(num);
    if (found === undefined || found.type === 'free' || reading.has(num)) return null;
    reading.add(num);
    try {
      return found.type === 'offset'
        ? readAt(document, num, gen, found)
        : (gen ?? 0) === 0
          ? readCompressed(document, num, found.container, found.index)
          : null;
    } finally {
      reading.delete(num);
    }
  };
  const resolve = (value: PdfValue | undefined): PdfValue => {
    let current = value ?? null;
    for (let hops = 0; isKind(current, 'ref'); hops += 1) {
      if (hops > 32) throw new PdfError('loop', { detail: `đối tượng ${current.num}` });
      current = object(current.num, current.gen);
    }
    return current;
  };
  const document: PdfDocument = {
    file,
    revision,
    trailer: revision.trailer,
    entry,
    object,
    resolve,
    dict: (value) => {
      const direct = resolve(value);
      if (isKind(direct, 'stream')) return direct.dict;
      return isKind(direct, 'dict') ? direct : undefined;
    },
  };
  return document;
}

const noteIn =
  (file: PdfFile) =>
  (anomaly: string): void =>
    void (file.anomalies.size < 100 && file.anomalies.add(anomaly));

/**
 * The object at its offset in the file, with where it starts and ends.
 * @throws PdfError `damaged` when no such object stands there
 */
export function indirectAt(document: PdfDocument, num: number, offset: number): IndirectObject {
  const { file } = document;
  const cached = file.cache.get(offset);
  if (cached !== undefined) return cached;
  const read = readIndirect(
    file.bytes,
    offset,
    (lengthNum, lengthGen) => document.object(lengthNum, lengthGen),
    noteIn(file),
  );
  if (read.num !== num) throw damaged(`đối tượng ${num} không ở chỗ đã khai`);
  if (read.lengthRef === undefined) file.cache.set(offset, read);
  return read;
}

function readAt(
  document: PdfDocument,
  num: number,
  gen: number | undefined,
  found: { readonly offset: number; readonly gen: number },
): PdfValue {
  const { file, revision } = document;
  if (gen !== undefined && gen !== found.gen) return null;
  if (found.offset >= revision.end || found.offset === 0) {
    noteIn(file)(`object-outside:${num}`);
    return null;
  }
  try {
    const read = indirectAt(document, num, found.offset);
    if (read.gen !== found.gen || read.end > revision.end) {
      noteIn(file)(`object-outside:${num}`);
      return null;
    }
    return read.value;
  } catch (error) {
    if (!(error instanceof PdfError) || error.code !== 'damaged') throw error;
    noteIn(file)(`object-damaged:${num}`);
    return null;
  }
}

function readCompressed(document: PdfDocument, num: number, container: number, index: number): PdfValue {
  const { file } = document;
  const holder = document.entry(container);
  if (holder?.type !== 'offset') return null;
  const key = `${container}:${holder.offset}`;
  let stream = file.containers.get(key);
  if (stream === undefined) {
    const value = document.object(container);
    if (!isKind(value, 'stream') || !isName(value.dict.entries.get('Type'), 'ObjStm')) return null;
    stream = openObjectStream(document, value);
    file.containers.set(key, stream);
  }
  if (stream.nums[index] !== num) {
    noteIn(file)(`object-stream-disagrees:${num}`);
    return null;
  }
  const cursor: Cursor = {
    bytes: stream.data,
    at: stream.offsets[index] as number,
    inFile: false,
    note: noteIn(file),
  };
  const value = readValue(cursor);
  return isKind(value, 'ref') ? null : value;
}

function openObjectStream(document: PdfDocument, stream: PdfStream): ObjectStream {
  const data = decodeStream(stream, document.file.budget, document.resolve);
  const count = document.resolve(stream.dict.entries.get('N'));
  const first = document.resolve(stream.dict.entries.get('First'));
  if (typeof count !== 'number' || typeof first !== 'number' || count < 0 || count > data.length / 3 + 1)
    throw damaged('luồng đối tượng sai');
  const cursor: Cursor = { bytes: data, at: 0, inFile: false, note: noteIn(document.file) };
  const [nums, offsets]: [number[], number[]] = [[], []];
  for (let index = 0; index < count; index += 1) {
    skipSpace(cursor);
    const num = takeInteger(cursor);
    skipSpace(cursor);
    const offset = takeInteger(cursor);
    if (num === undefined || offset === undefined) throw damaged('luồng đối tượng sai');
    nums.push(num);
    offsets.push(first + offset);
  }
  return { data, nums, offsets };
}

/** The catalog's dictionary. @throws PdfError `damaged` */
export function catalogOf(document: PdfDocument): { readonly ref: PdfRef; readonly dict: PdfDict } {
  const root = document.trailer.entries.get('Root');
  const dict = document.dict(root);
  if (!isKind(root, 'ref') || dict === undefined) throw damaged('thiếu /Root');
  return { ref: root, dict };
}
