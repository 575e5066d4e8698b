/** Why a text is not read, or not written, as XML. */
export type XmlErrorCode =
  | 'too-large'
  | 'not-utf8'
  | 'doctype'
  | 'malformed'
  | 'too-deep'
  | 'too-many-elements'
  | 'too-many-attributes'
  | 'name-too-long'
  | 'character-not-allowed';

/** An expected refusal of the XML reader or writer. `detail` is for a log, not for a screen. */
export class XmlError extends Error {
  readonly code: XmlErrorCode;
  readonly detail: string;

  constructor(code: XmlErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'XmlError';
    this.code = code;
    this.detail = detail;
  }
}
