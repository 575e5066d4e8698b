/** Why a key, a key store, a time-stamp or a revocation answer is refused; a closed list. */
export type SigningErrorCode =
  | 'key-does-not-fit'
  | 'wrong-password'
  | 'key-store-malformed'
  | 'key-store-unsupported'
  | 'key-store-too-costly'
  | 'key-store-without-key'
  | 'authority-state-malformed'
  | 'timestamp-refused'
  | 'timestamp-unreachable'
  | 'timestamp-wrong';

/** An expected refusal of this room. `detail` is for a log, not for a screen. */
export class SigningError extends Error {
  readonly code: SigningErrorCode;
  readonly detail: string;

  constructor(code: SigningErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'SigningError';
    this.code = code;
    this.detail = detail;
  }
}
