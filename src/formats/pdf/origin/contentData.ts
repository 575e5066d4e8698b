import type { PdfDocument } from '../document.ts';
import { decodeStream } from '../filters.ts';
import { PdfError } from '../errors.ts';
import { dict, isArray, isKind, name, type PdfStream, type PdfValue } from '../values.ts';

/** What content streams of one page may add up to; a page that needs more is not read to its end. */
export const mostContent = 32 * 2 ** 20;

const filtersOf = (document: PdfDocument, stream: PdfStream): string[] => {
  const filter = document.resolve(stream.dict.entries.get('Filter') ?? stream.dict.entries.get('F'));
  const list = isArray(filter) ? filter.map((item) => document.resolve(item)) : [filter];
  return list.flatMap((item) => (isKind(item, 'name') ? [longNames[item.name] ?? item.name] : []));
};

/** The abbreviations of inline images (ISO 32000-1 Table 94). */
const longNames: Readonly<Record<string, string>> = {
  A85: 'ASCII85Decode',
  AHx: 'ASCIIHexDecode',
  CCF: 'CCITTFaxDecode',
  DCT: 'DCTDecode',
  Fl: 'FlateDecode',
  LZW: 'LZWDecode',
  RL: 'RunLengthDecode',
};

/** The names of a stream's filters, in the order in which they are undone. */
export const filterNames = filtersOf;

/**
 * The operators of a content stream: FlateDecode, LZWDecode, RunLengthDecode and the two ASCII filters undone
 * (ISO 32000-1 §7.4). What cannot be undone reads as empty: a page's looks are judged, not its soundness.
 * @throws PdfError `too-much-data`
 */
export function contentBytes(document: PdfDocument, stream: PdfStream): Uint8Array {
  const parameters = document.resolve(stream.dict.entries.get('DecodeParms'));
  let bytes: Uint8Array = stream.raw;
  try {
    for (const [index, filter] of filtersOf(document, stream).entries()) {
      const own = isArray(parameters) ? document.resolve(parameters[index]) : parameters;
      bytes = undo(document, filter, bytes, own);
      if (bytes.length > mostContent) bytes = bytes.subarray(0, mostContent);
    }
    return bytes;
  } catch (error) {
    if (error instanceof PdfError && error.code === 'damaged') return new Uint8Array();
    throw error;
  }
}

function undo(document: PdfDocument, filter: string, bytes: Uint8Array, parameters: PdfValue): Uint8Array {
  switch (filter) {
    case 'FlateDecode': {
      const one: PdfStream = {
        kind: 'stream',
        dict: dict({
          Filter: name('FlateDecode'),
          DecodeParms: isKind(parameters, 'dict') ? parameters : undefined,
        }),
        raw: bytes,
      };
      return decodeStream(one, document.file.budget, document.resolve);
    }
    case 'LZWDecode': {
      const early = isKind(parameters, 'dict') ? parameters.entries.get('EarlyChange') : 1;
      return lzw(bytes, early === 0 ? 0 : 1);
    }
    case 'ASCII85Decode':
      return ascii85(bytes);
    case 'ASCIIHexDecode':
      return Buffer.from(
        Buffer.from(bytes).toString('latin1').replace(/>.*$/s, '').replace(/\s+/g, ''),
        'hex',
      );
    case 'RunLengthDecode':
      return runLength(bytes);
    default:
      return new Uint8Array();
  }
}

function ascii85(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let group: number[] = [];
  const flush = (count: number): void => {
    let value = 0;
    for (let at = 0; at < 5; at += 1) value = value * 85 + (group[at] ?? 84);
    for (let at = 0; at < count; at += 1) out.push(Math.floor(value / 256 ** (3 - at)) & 255);
    group = [];
  };
  for (const code of bytes) {
    if (code === 0x7e) break;
    if (code === 0x7a && group.length === 0) out.push(0, 0, 0, 0);
    else if (code >= 33 && code <= 117) {
      group.push(code - 33);
      if (group.length === 5) flush(4);
    }
  }
  if (group.length > 1) flush(group.length - 1);
  return Uint8Array.from(out);
}

function runLength(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length && out.length < mostContent;) {
    const length = bytes[at++] as number;
    if (length === 128) break;
    if (length < 128) {
      for (let index = 0; index <= length; index += 1) out.push(bytes[at++] ?? 0);
    } else {
      for (let index = 0; index < 257 - length; index += 1) out.push(bytes[at] ?? 0);
      at += 1;
    }
  }
  return Uint8Array.from(out);
}

/** LZW as of §7.4.4: codes of 9 to 12 bits, 256 clears the table, 257 ends. */
function lzw(bytes: Uint8Array, early: 0 | 1): Uint8Array {
  const out: number[] = [];
  let table: number[][] = [];
  const clear = (): void => {
    table = Array.from({ length: 258 }, (_, code) => [code]);
  };
  clear();
  let [width, bits, count] = [9, 0, 0];
  let previous: number[] | undefined;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    if (count < width) continue;
    const code = (bits >> (count - width)) & ((1 << width) - 1);
    count -= width;
    bits &= (1 << count) - 1;
    if (code === 257 || out.length > mostContent) break;
    if (code === 256) {
      clear();
      [width, previous] = [9, undefined];
      continue;
    }
    const entry = table[code] ?? (previous ? [...previous, previous[0] as number] : undefined);
    if (entry === undefined) break;
    for (const value of entry) out.push(value);
    if (previous && table.length < 4096) table.push([...previous, entry[0] as number]);
    previous = entry;
    const size = table.length + early;
    width = size >= 2048 ? 12 : size >= 1024 ? 11 : size >= 512 ? 10 : 9;
  }
  return Uint8Array.from(out);
}
