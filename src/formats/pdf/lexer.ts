import { damaged, PdfError } from './errors.ts';
import { isKind, type PdfDict, type PdfStream, type PdfString, type PdfValue } from './values.ts';

/** A place in bytes being read. `inFile` is false inside object streams, whose strings have no place in the file. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly inFile: boolean;
  /** Called for what another reader could read otherwise, for example a key written twice. */
  readonly note: (anomaly: string) => void;
}

const maxDepth = 100;

const white = new Uint8Array(256);
for (const code of [0, 9, 10, 12, 13, 32]) white[code] = 1;
const delimiter = new Uint8Array(256);
for (const char of '()<>[]{}/%') delimiter[char.charCodeAt(0)] = 1;
const regular = (code: number | undefined): boolean =>
  code !== undefined && white[code] === 0 && delimiter[code] === 0;
const digit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57;
const hexValue = (code: number | undefined): number => {
  if (code === undefined) return -1;
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  return code >= 97 && code <= 102 ? code - 87 : -1;
};

export const isWhite = (code: number | undefined): boolean => code !== undefined && white[code] === 1;

/** Moves over white space and comments. */
export function skipSpace(cursor: Cursor): void {
  const { bytes } = cursor;
  for (;;) {
    const code = bytes[cursor.at];
    if (code === undefined) return;
    if (white[code] === 1) cursor.at += 1;
    else if (code === 0x25) {
      while (cursor.at < bytes.length && bytes[cursor.at] !== 10 && bytes[cursor.at] !== 13) cursor.at += 1;
    } else return;
  }
}

/** Moves over a keyword if it stands here. */
export function takeWord(cursor: Cursor, word: string): boolean {
  const { bytes, at } = cursor;
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[at + index] !== word.charCodeAt(index)) return false;
  }
  if (regular(bytes[at + word.length]) && regular(word.charCodeAt(word.length - 1))) return false;
  cursor.at = at + word.length;
  return true;
}

/** An unsigned integer of at most 15 digits, or undefined (the cursor then stays). */
export function takeInteger(cursor: Cursor): number | undefined {
  const { bytes } = cursor;
  let at = cursor.at;
  let value = 0;
  while (digit(bytes[at]) && at - cursor.at < 16) value = value * 10 + ((bytes[at++] as number) - 48);
  if (at === cursor.at || at - cursor.at > 15 || regular(bytes[at])) return undefined;
  cursor.at = at;
  return value;
}

function readName(cursor: Cursor): string {
  const { bytes } = cursor;
  cursor.at += 1;
  const start = cursor.at;
  let escaped = false;
  while (regular(bytes[cursor.at])) if (bytes[cursor.at++] === 0x23) escaped = true;
  // Names are short: joining characters is cheaper than a Buffer for each.
  let text = '';
  for (let at = start; at < cursor.at; at += 1) text += String.fromCharCode(bytes[at] as number);
  if (!escaped) return text;
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

const escapes: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 102: 12 };

function readLiteral(cursor: Cursor): PdfString {
  const { bytes } = cursor;
  const start = cursor.at;
  const out: number[] = [];
  let depth = 0;
  for (;;) {
    const code = bytes[cursor.at++];
    if (code === undefined) throw damaged('chuỗi ký tự không đóng');
    if (code === 0x28) {
      if (depth++ > 0) out.push(code);
    } else if (code === 0x29) {
      if (--depth === 0) break;
      out.push(code);
    } else if (code === 0x5c) readEscape(cursor, out);
    else if (code === 13) {
      if (bytes[cursor.at] === 10) cursor.at += 1;
      out.push(10);
    } else out.push(code);
  }
  const value = { kind: 'string' as const, bytes: Uint8Array.from(out) };
  return cursor.inFile ? { ...value, span: { start, end: cursor.at } } : value;
}

function readEscape(cursor: Cursor, out: number[]): void {
  const { bytes } = cursor;
  const code = bytes[cursor.at++];
  if (code === undefined) throw damaged('chuỗi ký tự không đóng');
  if (code >= 48 && code <= 55) {
    let value = code - 48;
    for (let more = 0; more < 2; more += 1) {
      const next = bytes[cursor.at];
      if (next === undefined || next < 48 || next > 55) break;
      value = value * 8 + next - 48;
      cursor.at += 1;
    }
    out.push(value & 255);
  } else if (code === 13) {
    if (bytes[cursor.at] === 10) cursor.at += 1;
  } else if (code !== 10) out.push(escapes[code] ?? code);
}

function readHex(cursor: Cursor): PdfString {
  const { bytes } = cursor;
  const start = cursor.at;
  cursor.at += 1;
  const end = bytes.indexOf(0x3e, cursor.at);
  if (end < 0) throw damaged('chuỗi hexa không đóng');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + cursor.at, end - cursor.at).toString('latin1');
  let value: Uint8Array = Buffer.from(text, 'hex');
  if (value.length * 2 !== text.length) {
    const digits: number[] = [];
    for (let at = cursor.at; at < end; at += 1) {
      const nibble = hexValue(bytes[at]);
      if (nibble >= 0) digits.push(nibble);
      else if (!isWhite(bytes[at])) throw damaged('chuỗi hexa có ký tự lạ');
    }
    if (digits.length % 2 === 1) digits.push(0);
    value = new Uint8Array(digits.length / 2);
    for (let at = 0; at < value.length; at += 1)
      value[at] = (digits[at * 2] as number) * 16 + (digits[at * 2 + 1] as number);
  }
  cursor.at = end + 1;
  const string = { kind: 'string' as const, bytes: value, hex: true };
  return cursor.inFile ? { ...string, span: { start, end: cursor.at } } : string;
}

function readNumber(cursor: Cursor): PdfValue {
  const { bytes } = cursor;
  const start = cursor.at;
  const first = takeInteger(cursor);
  if (first === undefined) {
    while (regular(bytes[cursor.at])) cursor.at += 1;
    const text = Buffer.from(bytes.subarray(start, cursor.at)).toString('latin1');
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) || text.length > 64) throw damaged('số viết sai');
    return Number(text);
  }
  const after = cursor.at;
  if (isWhite(bytes[after])) {
    skipSpace(cursor);
    const gen = takeInteger(cursor);
    if (gen !== undefined) {
      skipSpace(cursor);
      if (takeWord(cursor, 'R')) return { kind: 'ref', num: first, gen };
    }
    cursor.at = after;
  }
  return first;
}

function readDict(cursor: Cursor, depth: number): PdfDict {
  cursor.at += 2;
  const entries = new Map<string, PdfValue>();
  for (;;) {
    skipSpace(cursor);
    const code = cursor.bytes[cursor.at];
    if (code === 0x3e && cursor.bytes[cursor.at + 1] === 0x3e) break;
    if (code !== 0x2f) throw damaged('từ điển thiếu tên khóa');
    const key = readName(cursor);
    const value = readValue(cursor, depth + 1);
    if (entries.has(key)) cursor.note(`duplicate-key:${key}`);
    if (value !== null) entries.set(key, value);
  }
  cursor.at += 2;
  return { kind: 'dict', entries };
}

/**
 * Reads one direct value at the cursor, which then stands after it.
 * @throws PdfError `damaged`, `too-deep`
 */
export function readValue(cursor: Cursor, depth = 0): PdfValue {
  if (depth > maxDepth) throw new PdfError('too-deep', { limit: maxDepth });
  skipSpace(cursor);
  const code = cursor.bytes[cursor.at];
  switch (code) {
    case 0x2f:
      return { kind: 'name', name: readName(cursor) };
    case 0x28:
      return readLiteral(cursor);
    case 0x3c:
      return cursor.bytes[cursor.at + 1] === 0x3c ? readDict(cursor, depth) : readHex(cursor);
    case 0x5b: {
      cursor.at += 1;
      const items: PdfValue[] = [];
      for (;;) {
        skipSpace(cursor);
        if (cursor.bytes[cursor.at] === 0x5d) break;
        items.push(readValue(cursor, depth + 1));
      }
      cursor.at += 1;
      return items;
    }
    default:
      if (takeWord(cursor, 'true')) return true;
      if (takeWord(cursor, 'false')) return false;
      if (takeWord(cursor, 'null')) return null;
      return readNumber(cursor);
  }
}

export interface IndirectObject {
  readonly num: number;
  readonly gen: number;
  readonly value: PdfValue;
  readonly start: number;
  /** After `endobj`. */
  readonly end: number;
  /** The object that holds the stream's length, when that is a reference. */
  readonly lengthRef?: number;
}

/**
 * Reads `num gen obj … endobj` at an offset. A stream must end exactly where its /Length says.
 * @param lengthOf the value of a reference used as /Length
 * @throws PdfError `damaged`, `too-deep`
 */
export function readIndirect(
  bytes: Uint8Array,
  offset: number,
  lengthOf: (num: number, gen: number) => PdfValue,
  note: (anomaly: string) => void,
): IndirectObject {
  const cursor: Cursor = { bytes, at: offset, inFile: true, note };
  skipSpace(cursor);
  const start = cursor.at;
  const num = takeInteger(cursor);
  skipSpace(cursor);
  const gen = takeInteger(cursor);
  skipSpace(cursor);
  if (num === undefined || gen === undefined || !takeWord(cursor, 'obj'))
    throw damaged(`không có đối tượng ở vị trí ${offset}`);
  let value = readValue(cursor);
  skipSpace(cursor);
  let lengthRef: number | undefined;
  if (isKind(value, 'dict') && takeWord(cursor, 'stream')) {
    const length = value.entries.get('Length');
    if (isKind(length, 'ref')) lengthRef = length.num;
    value = readStream(cursor, value, isKind(length, 'ref') ? lengthOf(length.num, length.gen) : length);
    skipSpace(cursor);
  }
  if (!takeWord(cursor, 'endobj')) throw damaged(`đối tượng ${num} không kết thúc`);
  return { num, gen, value, start, end: cursor.at, ...(lengthRef === undefined ? {} : { lengthRef }) };
}

function readStream(cursor: Cursor, dict: PdfDict, length: PdfValue | undefined): PdfStream {
  const { bytes } = cursor;
  if (bytes[cursor.at] === 13) cursor.at += 1;
  if (bytes[cursor.at] === 10) cursor.at += 1;
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0)
    throw damaged('luồng không có độ dài');
  const end = cursor.at + length;
  if (end > bytes.length) throw damaged('luồng dài hơn tệp');
  const raw = bytes.subarray(cursor.at, end);
  cursor.at = end;
  for (let skipped = 0; skipped < 2 && isWhite(bytes[cursor.at]); skipped += 1) cursor.at += 1;
  if (!takeWord(cursor, 'endstream')) throw damaged('độ dài luồng không khớp');
  return { kind: 'stream', dict, raw };
}
