import { createHash, type Hash } from 'node:crypto';
import type { DigestSource } from '#formats/cms';
import type { PdfFile, Span } from '#formats/pdf';

/** Digests of byte ranges of one file that all begin at its start. */
export interface RollingDigest {
  /** Digest of the file from 0 to `gap.start` and from `gap.end` to `end`. */
  of(gap: Span, end: number): DigestSource;
  /** Bytes hashed so far. */
  readonly hashed: number;
}

/**
 * Hashes a file forward once, however many signatures it has: the hash of its beginning is kept at each signature
 * and goes on from there, only the short rest behind the signature is hashed on a copy.
 */
export function rollingDigest(bytes: Uint8Array): RollingDigest {
  const kept = new Map<string, { readonly at: number; readonly hash: Hash }[]>();
  let hashed = 0;
  const feed = (hash: Hash, start: number, end: number): void => {
    hash.update(bytes.subarray(start, end));
    hashed += end - start;
  };
  const beginning = (algorithm: string, at: number): Hash => {
    const marks = kept.get(algorithm) ?? [];
    kept.set(algorithm, marks);
    const last = marks.findLast((mark) => mark.at <= at);
    const hash = last?.hash.copy() ?? createHash(algorithm);
    if (last?.at === at) return hash;
    feed(hash, last?.at ?? 0, at);
    marks.push({ at, hash: hash.copy() });
    marks.sort((left, right) => left.at - right.at);
    return hash;
  };
  return {
    of: (gap, end) => (algorithm) => {
      const hash = beginning(algorithm, gap.start);
      feed(hash, gap.end, end);
      return hash.digest();
    },
    get hashed() {
      return hashed;
    },
  };
}

const ofFiles = new WeakMap<PdfFile, RollingDigest>();

/** The digests of one opened file. */
export function digestsOf(file: PdfFile): RollingDigest {
  let known = ofFiles.get(file);
  if (known === undefined) ofFiles.set(file, (known = rollingDigest(file.bytes)));
  return known;
}
