/** What the ledger refuses. */
export type LedgerErrorCode =
  | 'bad-argument'
  | 'entry-too-large'
  | 'entry-malformed'
  | 'tile-path-malformed'
  | 'tile-missing'
  | 'tile-damaged'
  | 'tile-conflict'
  | 'note-malformed'
  | 'key-malformed'
  | 'signature-invalid'
  | 'signature-unknown'
  | 'checkpoint-malformed'
  | 'root-mismatch'
  | 'proof-malformed'
  | 'proof-invalid'
  | 'receipt-malformed'
  | 'receipt-invalid'
  | 'store-closed';

/** A refusal of the ledger, or damage that it found; `path` names the object where there is one. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly path: string | undefined;

  constructor(code: LedgerErrorCode, message: string, path?: string) {
    super(path === undefined ? `${code}: ${message}` : `${code}: ${message} (${path})`);
    this.name = 'LedgerError';
    this.code = code;
    this.path = path;
  }
}
