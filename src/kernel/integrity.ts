import type { BlobHash } from './blobs.ts';

/**
 * What became of an object: `missing` it is gone, `changed` its bytes or fields are not those of the record, `extra`
 * nothing speaks of it, `swapped` another object stands in its place and agrees with itself. A `note` is no finding:
 * something the reader should know, such as the count of a register.
 */
export type FindingKind = 'missing' | 'changed' | 'extra' | 'swapped' | 'note';

/** One object that an integrity check speaks about, in plain Vietnamese. */
export interface Finding {
  readonly kind: FindingKind;
  /** Names the object for a reader: "tệp "cong-van.pdf" của văn bản đến số 12/2026". */
  readonly object: string;
  /** What is wrong with it, one clause. */
  readonly detail: string;
  /** The last instant or checkpoint of which it is known that the object was right; null when nothing says so. */
  readonly lastGood: string | null;
}

/** A blob that a row refers to. */
export interface BlobUse {
  readonly hash: BlobHash;
  /** Names what refers to it. */
  readonly object: string;
  readonly lastGood: string | null;
}

export const finding = (
  kind: FindingKind,
  object: string,
  detail: string,
  lastGood: string | null = null,
): Finding => ({ kind, object, detail, lastGood });
