import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { documentAt, openPdf, type PdfDocument } from './document.ts';
import {
  dict,
  isArray,
  name,
  ref,
  withEntries,
  type PdfDict,
  type PdfRef,
  type PdfStream,
  type PdfString,
  type PdfValue,
  type Span,
} from './values.ts';

const numberText = (value: number): string => {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(4).replace(/0+$/, '').replace(/\.$/, '');
};

const nameText = (text: string): string =>
  `/${text.replace(/[^!-~]|[#()<>[\]{}/%]/g, (char) => `#${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;

const stringText = (value: PdfString): string => {
  const buffer = Buffer.from(value.bytes);
  if (value.hex === true) return `<${buffer.toString('hex').toUpperCase()}>`;
  // oxlint-disable-next-line no-control-regex
  const text = buffer
    .toString('latin1')
    .replace(/[\\()]/g, '\\$&')
    .replace(/\r/g, '\\r');
  return `(${text})`;
};

/** Collects bytes and remembers where marks came to stand. */
interface Sink {
  readonly parts: Uint8Array[];
  at: number;
  readonly marks: Map<string, Span>;
}

function emit(sink: Sink, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  sink.parts.push(bytes);
  sink.at += bytes.length;
}

function emitValue(sink: Sink, value: PdfValue): void {
  if (value === null) return emit(sink, 'null');
  if (typeof value === 'boolean') return emit(sink, String(value));
  if (typeof value === 'number') return emit(sink, numberText(value));
  if (isArray(value)) {
    emit(sink, '[');
    for (const [index, item] of value.entries()) {
      if (index > 0) emit(sink, ' ');
      emitValue(sink, item);
    }
    return emit(sink, ']');
  }
  switch (value.kind) {
    case 'name':
      return emit(sink, nameText(value.name));
    case 'string':
      return emit(sink, stringText(value));
    case 'ref':
      return emit(sink, `${value.num} ${value.gen} R`);
    case 'raw': {
      const start = sink.at;
      emit(sink, value.text);
      if (value.mark !== undefined) sink.marks.set(value.mark, { start, end: sink.at });
      return undefined;
    }
    case 'dict': {
      emit(sink, '<<');
      for (const [key, item] of value.entries) {
        emit(sink, `${nameText(key)} `);
        emitValue(sink, item);
      }
      return emit(sink, '>>');
    }
    case 'stream':
      emitValue(sink, withEntries(value.dict, { Length: value.raw.length }));
      emit(sink, '\nstream\n');
      emit(sink, value.raw);
      return emit(sink, '\nendstream');
  }
}

/** A stream of the data given, deflated. */
export function deflated(data: string | Uint8Array, entries: PdfDict = dict({})): PdfStream {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  return {
    kind: 'stream',
    dict: withEntries(entries, { Filter: name('FlateDecode') }),
    raw: deflateSync(bytes),
  };
}

export interface Written {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Only what was appended. */
  readonly appended: Uint8Array;
  /** Where marked values stand in the whole file. */
  readonly marks: ReadonlyMap<string, Span>;
}

/** Writes a new file, or appends one incremental update to a file whose bytes stay as they are. */
export interface PdfWriter {
  /** The document that is continued; undefined for a new file. */
  readonly base: PdfDocument | undefined;
  allocate(): PdfRef;
  addObject(value: PdfValue): PdfRef;
  /** Sets an allocated object, or replaces an existing one under its number and generation. */
  setObject(at: PdfRef, value: PdfValue): void;
  /** The value an object will have. */
  value(at: PdfRef): PdfValue;
  /** New file only: the catalog and the document information. */
  setTrailer(entries: Readonly<Record<string, PdfValue>>): void;
  finish(): Written;
}

const header = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1');

/** Begins a new file (PDF 1.7). */
export const createPdf = (): PdfWriter => writer(undefined);

/**
 * Begins one incremental update (§7.5.6). Tables are continued with a table, streams with a stream; /ID, /Info
 * and generation numbers are kept.
 * @throws PdfError as `openPdf`
 */
export const updatePdf = (pdf: Uint8Array | PdfDocument): PdfWriter =>
  writer(pdf instanceof Uint8Array ? documentAt(openPdf(pdf)) : pdf);

function writer(base: PdfDocument | undefined): PdfWriter {
  const objects = new Map<number, { gen: number; value: PdfValue | undefined }>();
  let trailer: Record<string, PdfValue> = {};
  let next = base === undefined ? 1 : (base.trailer.entries.get('Size') as number);
  if (base !== undefined) {
    for (const revision of base.file.revisions)
      for (const section of revision.sections)
        for (const num of section.entries.keys()) if (num >= next) next = num + 1;
  }
  const allocate = (): PdfRef => {
    objects.set(next, { gen: 0, value: undefined });
    next += 1;
    return ref(next - 1);
  };
  const setObject = (at: PdfRef, value: PdfValue): void => void objects.set(at.num, { gen: at.gen, value });
  return {
    base,
    allocate,
    setObject,
    addObject(value) {
      const at = allocate();
      setObject(at, value);
      return at;
    },
    value: (at) => objects.get(at.num)?.value ?? base?.object(at.num, at.gen) ?? null,
    setTrailer(entries) {
      trailer = { ...trailer, ...entries };
    },
    finish: () => finish(base, objects, trailer, next),
  };
}

interface Placed {
  readonly num: number;
  readonly gen: number;
  readonly offset: number;
}

function finish(
  base: PdfDocument | undefined,
  objects: ReadonlyMap<number, { gen: number; value: PdfValue | undefined }>,
  trailer: Readonly<Record<string, PdfValue>>,
  next: number,
): Written {
  const before = base?.file.bytes ?? new Uint8Array();
  const sink: Sink = { parts: [], at: before.length, marks: new Map() };
  if (base === undefined) emit(sink, header);
  else if (before.at(-1) !== 10 && before.at(-1) !== 13) emit(sink, '\n');
  const placed: Placed[] = [];
  for (const [num, { gen, value }] of [...objects].sort(([left], [right]) => left - right)) {
    if (value === undefined) continue;
    placed.push({ num, gen, offset: sink.at });
    emit(sink, `${num} ${gen} obj\n`);
    emitValue(sink, value);
    emit(sink, '\nendobj\n');
  }
  const newest = base?.revision.sections[0];
  const kept: Record<string, PdfValue> = { ...trailer };
  if (base !== undefined) {
    for (const key of ['Root', 'Info', 'ID']) {
      const value = base.trailer.entries.get(key);
      if (value !== undefined) kept[key] = value;
    }
    kept['Prev'] = newest?.offset ?? 0;
  } else kept['ID'] ??= newId(sink.parts);
  const at = sink.at;
  if (newest?.kind === 'stream') emitXrefStream(sink, placed, kept, next);
  else emitTable(sink, placed, kept, next, base === undefined);
  emit(sink, `startxref\n${at}\n%%EOF\n`);
  const bytes = Buffer.concat([before, ...sink.parts], sink.at);
  return { bytes, appended: bytes.subarray(before.length), marks: sink.marks };
}

function newId(parts: readonly Uint8Array[]): PdfValue {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const id: PdfString = { kind: 'string', bytes: hash.digest().subarray(0, 16), hex: true };
  return [id, id];
}

/** Runs of consecutive numbers. */
function runs(placed: readonly Placed[]): Placed[][] {
  const out: Placed[][] = [];
  for (const one of placed) {
    const run = out.at(-1);
    if (run !== undefined && (run.at(-1) as Placed).num + 1 === one.num) run.push(one);
    else out.push([one]);
  }
  return out;
}

function emitTable(
  sink: Sink,
  placed: readonly Placed[],
  trailer: Readonly<Record<string, PdfValue>>,
  size: number,
  first: boolean,
): void {
  emit(sink, 'xref\n');
  const lines: string[] = first ? ['0 1\n0000000000 65535 f \n'] : [];
  for (const run of runs(placed)) {
    lines.push(`${(run[0] as Placed).num} ${run.length}\n`);
    for (const { offset, gen } of run)
      lines.push(`${String(offset).padStart(10, '0')} ${String(gen).padStart(5, '0')} n \n`);
  }
  emit(sink, lines.join(''));
  emit(sink, 'trailer\n');
  emitValue(sink, dict({ Size: size, ...trailer }));
  emit(sink, '\n');
}

function emitXrefStream(
  sink: Sink,
  placed: readonly Placed[],
  trailer: Readonly<Record<string, PdfValue>>,
  next: number,
): void {
  const all = [...placed, { num: next, gen: 0, offset: sink.at }];
  const data = Buffer.alloc(all.length * 8);
  for (const [index, { offset, gen }] of all.entries()) {
    data.writeUInt8(1, index * 8);
    data.writeUIntBE(offset, index * 8 + 1, 5);
    data.writeUInt16BE(gen, index * 8 + 6);
  }
  const index = runs(all).flatMap((run) => [(run[0] as Placed).num, run.length]);
  emit(sink, `${next} 0 obj\n`);
  emitValue(
    sink,
    deflated(data, dict({ Type: name('XRef'), Size: next + 1, W: [1, 5, 2], Index: index, ...trailer })),
  );
  emit(sink, '\nendobj\n');
}
