/** What an archive may ask of the reader; every number is the highest that is still read. */
export interface ZipLimits {
  /** Bytes of the archive. */
  readonly bytes: number;
  readonly entries: number;
  /** Bytes that one entry may inflate to. */
  readonly entryBytes: number;
  /** Bytes that all entries together may inflate to. */
  readonly totalBytes: number;
  /** Inflated bytes for one compressed byte; asked only of entries of more than `ratioFreeBytes`. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
  /** Bytes of a name. */
  readonly nameBytes: number;
}

export const defaultZipLimits: ZipLimits = {
  bytes: 200 * 2 ** 20,
  entries: 1000,
  entryBytes: 200 * 2 ** 20,
  totalBytes: 400 * 2 ** 20,
  ratio: 200,
  ratioFreeBytes: 2 ** 20,
  nameBytes: 255,
};
