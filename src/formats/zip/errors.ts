/** Why an archive, or an entry of it, is not read. */
export type ZipErrorCode =
  | 'not-zip'
  | 'damaged'
  | 'too-large'
  | 'too-many-entries'
  | 'entry-too-large'
  | 'ratio-too-high'
  | 'encrypted'
  | 'unsupported'
  | 'bad-name'
  | 'not-single';

/** An expected refusal of the archive reader. `detail` is for a log, not for a screen. */
export class ZipError extends Error {
  readonly code: ZipErrorCode;
  readonly detail: string;

  constructor(code: ZipErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'ZipError';
    this.code = code;
    this.detail = detail;
  }
}
