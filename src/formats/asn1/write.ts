import { Asn1Error } from './errors.ts';
import { tags } from './values.ts';

/** DER of one element: tag, definite minimal length, contents. */
export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  if (tag > 0xff || (tag & 0x1f) === 0x1f) throw new Asn1Error('bad-tag', `${tag}`);
  let length = 0;
  for (const part of contents) length += part.length;
  const octets = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const out = Buffer.allocUnsafe(2 + octets + length);
  out[0] = tag;
  if (octets === 0) out[1] = length;
  else {
    out[1] = 0x80 | octets;
    out.writeUIntBE(length, 2, octets);
  }
  let at = 2 + octets;
  for (const part of contents) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const derSequence = (...parts: readonly Uint8Array[]): Buffer => encode(tags.sequence, ...parts);

/** SET in the order given: only for one element, or for elements of different types. */
export const derSet = (...parts: readonly Uint8Array[]): Buffer => encode(tags.set, ...parts);

/** SET OF in DER: sorted by encoding (X.690 §11.6). */
export const derSetOf = (parts: readonly Uint8Array[], tag: number = tags.set): Buffer =>
  encode(tag, ...[...parts].sort(Buffer.compare));

/** `[number] EXPLICIT`. */
export const derExplicit = (number: number, ...parts: readonly Uint8Array[]): Buffer =>
  encode(0xa0 | number, ...parts);

/** The same contents under another tag: IMPLICIT tagging, or the SET that signed attributes are hashed as. */
export function derRetag(tag: number, der: Uint8Array): Buffer {
  const out = Buffer.from(der);
  out[0] = tag;
  return out;
}

export const derNull: Buffer = encode(tags.null);

export const derBoolean = (value: boolean): Buffer => encode(tags.boolean, Buffer.of(value ? 0xff : 0));

/** INTEGER of a number, or of the unsigned octets given. */
export function derInteger(value: number | bigint | Uint8Array, tag: number = tags.integer): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint') return encode(tag, signedBytes(BigInt(value)));
  let at = 0;
  while (at < value.length - 1 && value[at] === 0) at++;
  const bytes = value.subarray(at);
  return ((bytes[0] ?? 0) & 0x80) !== 0 || bytes.length === 0
    ? encode(tag, Buffer.of(0), bytes)
    : encode(tag, bytes);
}

/** INTEGER from contents octets that are two's complement already: a serial number as it stands. */
export const derIntegerRaw = (content: Uint8Array): Buffer => encode(tags.integer, content);

function signedBytes(value: bigint): Buffer {
  let octets = 1;
  while (BigInt.asIntN(octets * 8, value) !== value) octets++;
  const hex = BigInt.asUintN(octets * 8, value)
    .toString(16)
    .padStart(octets * 2, '0');
  return Buffer.from(hex, 'hex');
}

export const derEnumerated = (value: number): Buffer => derInteger(value, tags.enumerated);

const oidCache = new Map<string, Buffer>();

/** @throws Asn1Error `bad-value` when the text is not an OID in dotted notation */
export function derOid(text: string): Buffer {
  const known = oidCache.get(text);
  if (known) return known;
  if (!/^[0-2](\.(0|[1-9]\d{0,38}))+$/.test(text)) throw new Asn1Error('bad-value', `OID ${text}`);
  const [root, second, ...rest] = text.split('.').map(BigInt) as [bigint, bigint, ...bigint[]];
  if (root < 2n && second > 39n) throw new Asn1Error('bad-value', `OID ${text}`);
  const octets: number[] = [];
  for (const arc of [root * 40n + second, ...rest]) {
    const part = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) part.unshift(Number(left & 0x7fn) | 0x80);
    octets.push(...part);
  }
  const der = encode(tags.oid, Buffer.from(octets));
  if (oidCache.size < 4096) oidCache.set(text, der);
  return der;
}

export const derOctets = (bytes: Uint8Array): Buffer => encode(tags.octetString, bytes);

export const derBits = (bytes: Uint8Array, unused = 0): Buffer =>
  encode(tags.bitString, Buffer.of(unused), bytes);

/** Named bit list: trailing zero bits are left out (X.690 §11.2.2). */
export function derNamedBits(bits: Iterable<number>, tag: number = tags.bitString): Buffer {
  const set = [...bits];
  if (set.length === 0) return encode(tag, Buffer.of(0));
  const last = Math.max(...set);
  const bytes = Buffer.alloc((last >> 3) + 1);
  for (const bit of set) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return encode(tag, Buffer.of(7 - (last & 7)), bytes);
}

export const derUtf8 = (text: string): Buffer => encode(tags.utf8, Buffer.from(text, 'utf8'));

const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

export function derPrintable(text: string): Buffer {
  if (!printable.test(text)) throw new Asn1Error('bad-value', 'PrintableString');
  return encode(tags.printable, Buffer.from(text, 'latin1'));
}

export function derIa5(text: string, tag: number = tags.ia5): Buffer {
  // eslint-disable-next-line no-control-regex
  if (!/^[\0-\x7f]*$/.test(text)) throw new Asn1Error('bad-value', 'IA5String');
  return encode(tag, Buffer.from(text, 'latin1'));
}

export const derBmp = (text: string): Buffer => encode(tags.bmp, Buffer.from(text, 'utf16le').swap16());

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** GeneralizedTime `YYYYMMDDHHMMSSZ`, with milliseconds only when asked for (RFC 3161 allows them). */
export function derGeneralizedTime(time: Date, milliseconds = false): Buffer {
  const fraction = milliseconds && time.getUTCMilliseconds() > 0;
  const text =
    digits(time.getUTCFullYear(), 4) +
    clockText(time) +
    (fraction ? `.${digits(time.getUTCMilliseconds(), 3).replace(/0+$/, '')}` : '');
  return encode(tags.generalizedTime, Buffer.from(`${text}Z`, 'latin1'));
}

function clockText(time: Date): string {
  return [
    time.getUTCMonth() + 1,
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
  ]
    .map((part) => digits(part, 2))
    .join('');
}

/** Time as RFC 5280 §4.1.2.5 writes it: UTCTime up to 2049, GeneralizedTime from 2050. */
export function derTime(time: Date): Buffer {
  const year = time.getUTCFullYear();
  if (year < 1950 || year > 2049) return derGeneralizedTime(time);
  return encode(tags.utcTime, Buffer.from(`${digits(year % 100, 2)}${clockText(time)}Z`, 'latin1'));
}
