import { Asn1Error } from './errors.ts';
import { children, contentBytes, expectTag, type Asn1 } from './read.ts';

/** Universal tags as identifier octets. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  numeric: 0x12,
  printable: 0x13,
  t61: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visible: 0x1a,
  universal: 0x1c,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const oidCache = new Map<string, string>();

/** Dotted notation of an OBJECT IDENTIFIER. `tag` is given for IMPLICIT tagging. */
export function oidOf(element: Asn1, tag: number = tags.oid): string {
  const content = contentBytes(expectTag(element, tag, 'OBJECT IDENTIFIER'));
  if (content.length > 64) throw new Asn1Error('bad-value', `OID of ${content.length} bytes`);
  const key = content.toString('latin1');
  const known = oidCache.get(key);
  if (known !== undefined) return known;
  const text = decodeOid(content);
  if (oidCache.size < 4096) oidCache.set(key, text);
  return text;
}

function decodeOid(content: Buffer): string {
  const arcs: string[] = [];
  let value = 0n;
  let open = false;
  for (const octet of content) {
    if (!open && octet === 0x80) throw new Asn1Error('bad-value', 'OID arc with leading zeros');
    value = value * 128n + BigInt(octet & 0x7f);
    open = (octet & 0x80) !== 0;
    if (open) continue;
    if (arcs.length === 0) {
      const root = value < 80n ? value / 40n : 2n;
      arcs.push(String(root), String(value - root * 40n));
    } else arcs.push(String(value));
    value = 0n;
  }
  if (open || arcs.length === 0) throw new Asn1Error('bad-value', 'OID ends within an arc');
  return arcs.join('.');
}

/** Contents octets of an INTEGER: two's complement, as they stand. */
export function integerBytes(element: Asn1, tag: number = tags.integer): Buffer {
  const content = contentBytes(expectTag(element, tag, 'INTEGER'));
  if (content.length === 0) throw new Asn1Error('bad-value', 'INTEGER without contents');
  const [first, second] = content;
  if (
    content.length > 1 &&
    ((first === 0 && (second as number) < 0x80) || (first === 0xff && (second as number) >= 0x80))
  )
    throw new Asn1Error('bad-value', 'INTEGER with leading octets');
  return content;
}

export function bigintOf(element: Asn1, tag: number = tags.integer): bigint {
  const content = integerBytes(element, tag);
  if (content.length > 1024) throw new Asn1Error('bad-value', `INTEGER of ${content.length} bytes`);
  return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`));
}

/** An INTEGER or ENUMERATED that fits 32 bits. */
export function smallInteger(element: Asn1, tag: number = tags.integer): number {
  const content = integerBytes(element, tag);
  if (content.length > 4) throw new Asn1Error('bad-value', `INTEGER of ${content.length} bytes`);
  return content.readIntBE(0, content.length);
}

export function booleanOf(element: Asn1, tag: number = tags.boolean): boolean {
  const content = contentBytes(expectTag(element, tag, 'BOOLEAN'));
  if (content.length !== 1) throw new Asn1Error('bad-value', 'BOOLEAN');
  return content[0] !== 0;
}

/** Octets of an OCTET STRING; the segments of a constructed one (BER) are joined. */
export function octetsOf(element: Asn1, tag: number = tags.octetString): Buffer {
  if (element.tag === (tag | 0x20) && tag !== element.tag) {
    return Buffer.concat(children(element).map((segment) => octetsOf(segment)));
  }
  return contentBytes(expectTag(element, tag, 'OCTET STRING'));
}

export interface BitString {
  readonly unused: number;
  readonly bytes: Buffer;
}

export function bitStringOf(element: Asn1, tag: number = tags.bitString): BitString {
  const content = contentBytes(expectTag(element, tag, 'BIT STRING'));
  const unused = content[0];
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1))
    throw new Asn1Error('bad-value', 'BIT STRING');
  const last = content[content.length - 1] as number;
  if (unused > 0 && (last & ((1 << unused) - 1)) !== 0)
    throw new Asn1Error('bad-value', 'BIT STRING padding');
  return { unused, bytes: content.subarray(1) };
}

/** Octets of a BIT STRING that must be whole: a signature, a key. */
export function wholeBits(element: Asn1): Buffer {
  const { unused, bytes } = bitStringOf(element);
  if (unused !== 0) throw new Asn1Error('bad-value', 'BIT STRING of odd bits');
  return bytes;
}

/** Numbers of the bits that are set in a named bit list. */
export function bitsSet(element: Asn1, tag: number = tags.bitString): ReadonlySet<number> {
  const { bytes } = bitStringOf(element, tag);
  if (bytes.length > 8) throw new Asn1Error('bad-value', 'named bits');
  const set = new Set<number>();
  bytes.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit++) if (octet & (0x80 >> bit)) set.add(index * 8 + bit);
  });
  return set;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of any ASN.1 string type, or undefined when the element is not a string. T61 is read as Latin-1. */
export function stringOf(element: Asn1): string | undefined {
  const content = contentBytes(element);
  switch (element.tag) {
    case tags.utf8:
      try {
        return utf8.decode(content);
      } catch {
        throw new Asn1Error('bad-value', 'UTF8String');
      }
    case tags.numeric:
    case tags.printable:
    case tags.ia5:
    case tags.visible:
    case tags.t61:
      return content.toString('latin1');
    case tags.bmp:
      if (content.length % 2 !== 0) throw new Asn1Error('bad-value', 'BMPString');
      return Buffer.from(content).swap16().toString('utf16le');
    case tags.universal:
      return universalString(content);
    default:
      return undefined;
  }
}

function universalString(content: Buffer): string {
  if (content.length % 4 !== 0) throw new Asn1Error('bad-value', 'UniversalString');
  let text = '';
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at);
    if (point > 0x10ffff) throw new Asn1Error('bad-value', 'UniversalString');
    text += String.fromCodePoint(point);
  }
  return text;
}

const utcPattern = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/;
const generalizedPattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,](\d{1,9}))?(Z|[+-]\d{4})$/;

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** The form that nearly all times have, YYMMDDhhmmssZ or YYYYMMDDhhmmssZ, without a regular expression. */
function plainTime(content: Buffer, tag: number): Date | undefined {
  const yearDigits = tag === tags.utcTime ? 2 : 4;
  if (content.length !== yearDigits + 11 || content[content.length - 1] !== 0x5a) return undefined;
  for (let at = 0; at < content.length - 1; at++) {
    const digit = content[at] as number;
    if (digit < 0x30 || digit > 0x39) return undefined;
  }
  const two = (at: number): number => (content[at] as number) * 10 + (content[at + 1] as number) - 0x210;
  const short = two(0);
  const year = yearDigits === 4 ? short * 100 + two(2) : short + (short < 50 ? 2000 : 1900);
  const [month, day] = [two(yearDigits), two(yearDigits + 2)];
  const [hour, minute, second] = [two(yearDigits + 4), two(yearDigits + 6), two(yearDigits + 8)];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && !leap ? 28 : (daysIn[month - 1] ?? 0);
  // What does not fit, and years that Date.UTC would move, go the long way.
  if (year < 100 || day < 1 || day > last || hour > 23 || minute > 59 || second > 59) return undefined;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/** UTCTime (years 1950 to 2049) or GeneralizedTime, as RFC 5280 §4.1.2.5 and RFC 3161 §2.4.2 read them. */
export function timeOf(element: Asn1, tag: number = element.tag): Date {
  const content = contentBytes(element);
  const plain = plainTime(content, tag);
  if (plain) return plain;
  const text = content.toString('latin1');
  const utc = tag === tags.utcTime ? utcPattern.exec(text) : null;
  const general = tag === tags.generalizedTime ? generalizedPattern.exec(text) : null;
  const found = utc ?? general;
  if (!found) throw new Asn1Error('bad-value', 'time');
  const [, yearText, month, day, hour, minute = '0', second = '0'] = found;
  const fraction = general ? Number(`0.${general[7] ?? '0'}`) : 0;
  const zone = (utc ? utc[7] : general?.[8]) as string;
  const short = Number(yearText);
  const year = utc ? short + (short < 50 ? 2000 : 1900) : short;
  const time = new Date(0);
  time.setUTCFullYear(year, Number(month) - 1, Number(day));
  time.setUTCHours(Number(hour), Number(minute), Number(second), Math.floor(fraction * 1000));
  const fits =
    time.getUTCMonth() === Number(month) - 1 &&
    time.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  if (!fits) throw new Asn1Error('bad-value', 'time');
  if (zone === 'Z') return time;
  const sign = zone[0] === '-' ? 1 : -1;
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return new Date(time.getTime() + sign * offset * 60_000);
}
