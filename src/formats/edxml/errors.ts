import type { XmlErrorCode } from '#formats/xml';

/** Why bytes are not read, or a message is not written, as an edXML package. */
export type EdxmlErrorCode =
  | XmlErrorCode
  | 'not-edxml'
  | 'no-message-header'
  | 'too-many-attachments'
  | 'attachments-too-large'
  | 'name-without-extension'
  | 'no-recipient';

/** An expected refusal of the codec. `detail` is for a log, not for a screen. */
export class EdxmlError extends Error {
  readonly code: EdxmlErrorCode;
  readonly detail: string;

  constructor(code: EdxmlErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'EdxmlError';
    this.code = code;
    this.detail = detail;
  }
}
