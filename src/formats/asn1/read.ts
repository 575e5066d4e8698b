import { Asn1Error } from './errors.ts';

/** What encoded bytes may ask of the reader; every number is the highest that is still read. */
export interface Asn1Limits {
  /** Bytes of the whole input. */
  readonly bytes: number;
  /** Elements inside one another. */
  readonly depth: number;
  /** Elements in all, counted as they are read. */
  readonly elements: number;
}

export const defaultAsn1Limits: Asn1Limits = { bytes: 64 * 2 ** 20, depth: 64, elements: 500_000 };

/** State that all elements of one input share. */
interface Shared {
  readonly source: Buffer;
  readonly depth: number;
  elements: number;
  /** Whether every length read so far is definite and minimal. */
  readonly strict: boolean;
}

/** One element, a window on its source: nothing is copied, and the raw bytes are always at hand. */
export interface Asn1 {
  /** First identifier octet; for tag numbers above 30, `firstOctet + 256 × number`. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly end: number;
  readonly depth: number;
  readonly shared: Shared;
  kids: readonly Asn1[] | null;
}

export interface ReadAsn1Options {
  readonly limits?: Partial<Asn1Limits>;
  /** `der` refuses indefinite and non-minimal lengths; `ber` (default) reads them. */
  readonly rules?: 'ber' | 'der';
}

/**
 * Reads the element that begins the bytes. Bytes behind it are left alone: `element.end` says where they begin.
 * @throws Asn1Error and nothing else
 */
export function readAsn1Prefix(bytes: Uint8Array, options: ReadAsn1Options = {}): Asn1 {
  const limits = { ...defaultAsn1Limits, ...options.limits };
  if (bytes.length > limits.bytes) throw new Asn1Error('too-large', `${bytes.length} bytes`);
  const source = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shared = { source, depth: limits.depth, elements: limits.elements, strict: options.rules === 'der' };
  return readElement(shared, 0, source.length, 0);
}

/**
 * Reads exactly one element (X.690).
 * @throws Asn1Error and nothing else
 */
export function readAsn1(bytes: Uint8Array, options: ReadAsn1Options = {}): Asn1 {
  const element = readAsn1Prefix(bytes, options);
  if (element.end !== bytes.length) throw new Asn1Error('trailing-bytes', `from ${element.end}`);
  return element;
}

function readElement(shared: Shared, start: number, limit: number, depth: number): Asn1 {
  const { source } = shared;
  if (depth >= shared.depth) throw new Asn1Error('too-deep', `at ${start}`);
  if (--shared.elements < 0) throw new Asn1Error('too-many-elements', `at ${start}`);
  let at = start;
  if (at >= limit) throw new Asn1Error('truncated', `tag at ${at}`);
  let tag = source[at++] as number;
  if ((tag & 0x1f) === 0x1f) {
    let number = 0;
    for (let octet = 0x80; octet & 0x80; number = number * 128 + (octet & 0x7f)) {
      if (at >= limit) throw new Asn1Error('truncated', `tag at ${start}`);
      octet = source[at++] as number;
      if (number > 0xffff || (number === 0 && octet === 0x80)) throw new Asn1Error('bad-tag', `at ${start}`);
    }
    if (number < 31) throw new Asn1Error('bad-tag', `at ${start}`);
    tag += number * 256;
  }
  if (at >= limit) throw new Asn1Error('truncated', `length at ${at}`);
  const first = source[at++] as number;
  if (first === 0x80) return readIndefinite(shared, tag, start, at, limit, depth);
  let length = first;
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 6) throw new Asn1Error('bad-length', `${octets} length octets at ${at}`);
    if (at + octets > limit) throw new Asn1Error('truncated', `length at ${at}`);
    length = source.readUIntBE(at, octets);
    if (shared.strict && (length < 0x80 || (source[at] as number) === 0))
      throw new Asn1Error('not-der', `length at ${at}`);
    at += octets;
  }
  const end = at + length;
  if (end > limit) throw new Asn1Error('truncated', `${length} bytes at ${at}`);
  return { tag, start, contentStart: at, contentEnd: end, end, depth, shared, kids: null };
}

/** X.690 §8.1.3.6: the contents end at two zero octets; only constructed elements may do this. */
function readIndefinite(
  shared: Shared,
  tag: number,
  start: number,
  contentStart: number,
  limit: number,
  depth: number,
): Asn1 {
  if (shared.strict) throw new Asn1Error('not-der', `indefinite length at ${start}`);
  if ((tag & 0x20) === 0) throw new Asn1Error('bad-length', `indefinite length at ${start}`);
  const kids: Asn1[] = [];
  let at = contentStart;
  for (;;) {
    const kid = readElement(shared, at, limit, depth + 1);
    if (kid.tag === 0) {
      if (kid.end !== at + 2) throw new Asn1Error('bad-length', `end of contents at ${at}`);
      return { tag, start, contentStart, contentEnd: at, end: kid.end, depth, shared, kids };
    }
    kids.push(kid);
    at = kid.end;
  }
}

/** The elements inside a constructed element, read on the first call. */
export function children(element: Asn1): readonly Asn1[] {
  if (element.kids !== null) return element.kids;
  if ((element.tag & 0x20) === 0) throw new Asn1Error('unexpected-element', `primitive at ${element.start}`);
  const kids: Asn1[] = [];
  for (let at = element.contentStart; at < element.contentEnd;) {
    const kid = readElement(element.shared, at, element.contentEnd, element.depth + 1);
    if (kid.tag === 0) throw new Asn1Error('bad-tag', `end of contents at ${at}`);
    kids.push(kid);
    at = kid.end;
  }
  element.kids = kids;
  return kids;
}

/** The whole element as it stands in the source: tag, length and contents. */
export function rawBytes(element: Asn1): Buffer {
  return element.shared.source.subarray(element.start, element.end);
}

/** The contents octets as they stand in the source. */
export function contentBytes(element: Asn1): Buffer {
  return element.shared.source.subarray(element.contentStart, element.contentEnd);
}

/** @throws Asn1Error `unexpected-element` when the tag differs */
export function expectTag(element: Asn1, tag: number, what: string): Asn1 {
  if (element.tag !== tag) {
    const found = element.tag.toString(16);
    throw new Asn1Error('unexpected-element', `${what}: tag ${found} for ${tag.toString(16)}`);
  }
  return element;
}

/** The elements of a SEQUENCE. */
export function sequence(element: Asn1, what: string): readonly Asn1[] {
  return children(expectTag(element, 0x30, what));
}

/** The one element inside an EXPLICIT tag. */
export function only(element: Asn1, what: string): Asn1 {
  const kids = children(element);
  if (kids.length !== 1) throw new Asn1Error('unexpected-element', `${what}: ${kids.length} elements`);
  return kids[0] as Asn1;
}

/** Walks the elements of a SEQUENCE in order. */
export interface Cursor {
  /** The next element, whatever its tag, or the one with the tag asked for. */
  next(what: string, tag?: number): Asn1;
  /** The next element if it has the tag. */
  optional(tag: number): Asn1 | undefined;
  peek(): Asn1 | undefined;
  /** @throws Asn1Error when elements are left */
  end(what: string): void;
}

export function cursor(elements: readonly Asn1[]): Cursor {
  let at = 0;
  return {
    next(what, tag) {
      const element = elements[at++];
      if (element === undefined) throw new Asn1Error('unexpected-element', `${what} is missing`);
      return tag === undefined ? element : expectTag(element, tag, what);
    },
    optional(tag) {
      if (elements[at]?.tag !== tag) return undefined;
      return elements[at++];
    },
    peek: () => elements[at],
    end(what) {
      if (at < elements.length) throw new Asn1Error('unexpected-element', `more than ${what}`);
    },
  };
}

/**
 * Whether an element is in DER as far as can be judged without its type: definite minimal lengths, primitive
 * strings, universal SETs in order, booleans 00 or FF.
 */
export function isDer(element: Asn1): boolean {
  const { source } = element.shared;
  const length = element.contentEnd - element.contentStart;
  const octets = element.tag > 0xff ? 0 : element.contentStart - element.start - 2;
  const minimal = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  if (element.end !== element.contentEnd || octets !== minimal) return false;
  if ((element.tag & 0x20) === 0) {
    return element.tag !== 1 || (length === 1 && [0, 0xff].includes(source[element.contentStart] as number));
  }
  if (element.tag < 0x40 && element.tag !== 0x30 && element.tag !== 0x31) return false;
  const kids = children(element);
  if (element.tag === 0x31) {
    for (let i = 1; i < kids.length; i++) {
      if (Buffer.compare(rawBytes(kids[i - 1] as Asn1), rawBytes(kids[i] as Asn1)) > 0) return false;
    }
  }
  return kids.every(isDer);
}
