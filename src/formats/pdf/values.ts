/** The kinds of object of ISO 32000-1 §7.3, as plain data. Arrays, numbers, booleans and null are themselves. */
export interface PdfName {
  readonly kind: 'name';
  readonly name: string;
}

export interface PdfString {
  readonly kind: 'string';
  readonly bytes: Uint8Array;
  /** Written as `<…>`. */
  readonly hex?: boolean;
  /** Where its delimiters stand in the file; absent when it was read from an object stream. */
  readonly span?: Span;
}

export interface PdfRef {
  readonly kind: 'ref';
  readonly num: number;
  readonly gen: number;
}

export interface PdfDict {
  readonly kind: 'dict';
  readonly entries: Map<string, PdfValue>;
}

export interface PdfStream {
  readonly kind: 'stream';
  readonly dict: PdfDict;
  /** The bytes as they stand in the file, filters not undone. */
  readonly raw: Uint8Array;
}

/** Bytes written as they are; `mark` lets the writer say where they came to stand. Never read, only written. */
export interface PdfRaw {
  readonly kind: 'raw';
  readonly text: string;
  readonly mark?: string;
}

export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfString
  | PdfRef
  | PdfDict
  | PdfStream
  | PdfRaw
  | readonly PdfValue[];

/** Half-open interval of byte offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const name = (text: string): PdfName => ({ kind: 'name', name: text });
export const ref = (num: number, gen = 0): PdfRef => ({ kind: 'ref', num, gen });

/** A dictionary of the entries given; those that are undefined are left out. */
export function dict(entries: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const map = new Map<string, PdfValue>();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) map.set(key, value);
  return { kind: 'dict', entries: map };
}

/** A copy of a dictionary with some entries set, or taken out where the new value is undefined. */
export function withEntries(base: PdfDict, changes: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const entries = new Map(base.entries);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return { kind: 'dict', entries };
}

export const isArray = (value: PdfValue | undefined): value is readonly PdfValue[] => Array.isArray(value);

export function isKind<Kind extends Exclude<PdfValue, null | boolean | number | readonly PdfValue[]>['kind']>(
  value: PdfValue | undefined,
  kind: Kind,
): value is Extract<PdfValue, { kind: Kind }> {
  return typeof value === 'object' && value !== null && !isArray(value) && value.kind === kind;
}

export const isName = (value: PdfValue | undefined, text: string): boolean =>
  isKind(value, 'name') && value.name === text;

/** A text string (§7.9.2.2): PDFDocEncoding when it is plain ASCII, else UTF-16BE with its mark. NFC. */
export function textString(text: string): PdfString {
  const composed = text.normalize('NFC');
  // oxlint-disable-next-line no-control-regex
  if (/^[\x09\x0a\x0d\x20-\x7e]*$/.test(composed))
    return { kind: 'string', bytes: Buffer.from(composed, 'latin1') };
  const bytes = Buffer.alloc(2 + composed.length * 2);
  bytes.writeUInt16BE(0xfeff, 0);
  for (let at = 0; at < composed.length; at += 1) bytes.writeUInt16BE(composed.charCodeAt(at), 2 + at * 2);
  return { kind: 'string', bytes, hex: true };
}

/** A date (§7.9.4) in Vietnamese time: `D:YYYYMMDDHHmmSS+07'00'`. */
export function dateString(date: Date): PdfString {
  const local = new Date(date.getTime() + 7 * 3_600_000).toISOString();
  return textString(`D:${local.slice(0, 19).replace(/[-:T]/g, '')}+07'00'`);
}

/** The text of a text string: UTF-16BE, UTF-8 (ISO 32000-2) or, as an approximation of PDFDocEncoding, Latin-1. */
export function decodeText(value: PdfString): string {
  const bytes = Buffer.from(value.bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes.subarray(2));
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3).toString('utf8');
  return bytes.toString('latin1');
}

/** Whether two values say the same: entries in any order, strings by their bytes, references by number. */
export function sameValue(left: PdfValue | undefined, right: PdfValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isArray(left)) {
    return (
      isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => sameValue(item, right[at] as PdfValue))
    );
  }
  if (isArray(right) || left.kind !== right.kind) return false;
  switch (left.kind) {
    case 'name':
      return left.name === (right as PdfName).name;
    case 'ref':
      return left.num === (right as PdfRef).num && left.gen === (right as PdfRef).gen;
    case 'string':
      return Buffer.compare(left.bytes, (right as PdfString).bytes) === 0;
    case 'dict': {
      const other = (right as PdfDict).entries;
      if (left.entries.size !== other.size) return false;
      for (const [key, value] of left.entries) if (!sameValue(value, other.get(key))) return false;
      return true;
    }
    case 'stream':
      return (
        Buffer.compare(left.raw, (right as PdfStream).raw) === 0 &&
        sameValue(left.dict, (right as PdfStream).dict)
      );
    case 'raw':
      return left.text === (right as PdfRaw).text;
  }
}
