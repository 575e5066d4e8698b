/** Why bytes are not read, or a value not written, as ASN.1. */
export type Asn1ErrorCode =
  | 'too-large'
  | 'too-deep'
  | 'too-many-elements'
  | 'truncated'
  | 'trailing-bytes'
  | 'bad-tag'
  | 'bad-length'
  | 'not-der'
  | 'unexpected-element'
  | 'bad-value';

/** The only error of the ASN.1, X.509 and CMS readers and writers. `detail` is for a log, not for a screen. */
export class Asn1Error extends Error {
  readonly code: Asn1ErrorCode;
  readonly detail: string;

  constructor(code: Asn1ErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.name = 'Asn1Error';
    this.code = code;
    this.detail = detail;
  }
}
