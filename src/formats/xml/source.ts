import { isUtf8 } from 'node:buffer';
import { XmlError } from './errors.ts';
import type { XmlLimits } from './limits.ts';

/** A stretch of the source whose bytes the parser does not see: the tail of one long base64 text. */
export interface Skipped {
  /** Where it was left out, in characters of `text`. */
  readonly at: number;
  /** The whole text, head and tail, as bytes of the source. */
  readonly bytes: Uint8Array;
}

/** What the parser is fed, and the way back from its characters to bytes of the source. */
export interface Source {
  readonly text: string;
  readonly skipped: readonly Skipped[];
  /** Bytes that stood before the document and are not part of it. */
  readonly junk: number;
  /** The byte offset, in what the caller handed in, of a character of `text`. */
  readonly byteOffset: (character: number) => number;
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
/** Texts shorter than this are cheaper to parse than to leave out. */
const worthSkipping = 512;
/** How much of a long text the parser still sees, so that text outside the root stays an error. */
const head = 64;
const onlyBase64 = /^[A-Za-z0-9+/]{64}[A-Za-z0-9+/\r\n]*[=\r\n]*$/;

/** Finds texts `>base64<` of at least `worthSkipping` bytes. */
function longTexts(bytes: Buffer): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let at = bytes.indexOf(lessThan);
  let close = -1;
  while (at !== -1 && at + worthSkipping < bytes.length) {
    // Hop over short tags and texts: is there any "<" among the next bytes?
    const near = bytes.subarray(at + 1, at + 1 + worthSkipping).lastIndexOf(lessThan);
    if (near !== -1) {
      at += 1 + near;
      continue;
    }
    const next = bytes.indexOf(lessThan, at + 1);
    // Looked for again only when it lies behind, so that the whole stays linear.
    if (close <= at) close = bytes.indexOf(greaterThan, at + 1);
    if (next === -1 || close === -1) break;
    const start = close + 1;
    if (next - start >= worthSkipping && onlyBase64.test(bytes.toString('latin1', start, next))) {
      found.push({ start, end: next });
    }
    at = next;
  }
  return found;
}

/** The length of what stands before `<?xml`, if anything does; a byte order mark is not junk (XML 1.0, F.1). */
function junkBefore(bytes: Buffer, limit: number): number {
  const at = bytes.subarray(0, limit + 5).indexOf('<?xml');
  return at > 0 ? at : 0;
}

/**
 * Prepares bytes for the parser: takes off a byte order mark (and junk before the prolog, if allowed), checks
 * that they are UTF-8, and leaves out long base64 texts. Leaving these out cannot hide a fault: such a run has
 * no `<`, `&`, `]`, `-`, `?` or quote, so the parser leaves it in the state in which it entered.
 */
export function prepareSource(
  given: Uint8Array,
  limits: XmlLimits,
  allow: { readonly junk: boolean; readonly skip: boolean },
): Source {
  if (given.length > limits.bytes)
    throw new XmlError('too-large', `${given.length} bytes, at most ${limits.bytes}`);
  const all = Buffer.from(given.buffer, given.byteOffset, given.length);
  const mark = all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf ? 3 : 0;
  const junk = allow.junk ? junkBefore(all.subarray(mark), limits.junk) : 0;
  const from = mark + junk;
  const bytes = all.subarray(from);
  if (!isUtf8(bytes)) throw new XmlError('not-utf8', 'the bytes are not UTF-8');
  const skipped: Skipped[] = [];
  const pieces: { readonly character: number; readonly byte: number; readonly text: string }[] = [];
  let characters = 0;
  let at = 0;
  const keep = (until: number): void => {
    const text = bytes.toString('utf8', at, until);
    pieces.push({ character: characters, byte: from + at, text });
    characters += text.length;
  };
  for (const { start, end } of allow.skip ? longTexts(bytes) : []) {
    keep(start + head);
    skipped.push({ at: characters, bytes: bytes.subarray(start, end) });
    at = end;
  }
  keep(bytes.length);
  return {
    text: pieces.length === 1 ? (pieces[0]?.text ?? '') : pieces.map((piece) => piece.text).join(''),
    skipped,
    junk,
    byteOffset: (character) => {
      const piece = pieces.findLast((piece) => piece.character <= character) ?? pieces[0];
      if (piece === undefined) return character;
      return piece.byte + Buffer.byteLength(piece.text.slice(0, character - piece.character));
    },
  };
}
