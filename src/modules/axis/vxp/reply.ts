/**
 * Replies of the VXP protocol (docs/protocol/vxp.md §4). The clients in the field decode them as US-ASCII, lose the
 * whole list on one null, and lose the error when a key is missing.
 */

/** Error numbers as deployed clients map them (docs/protocol/vxp.md §5). */
export const vxpErrors = {
  'invalid-file': { number: '10', retry: false },
  'wrong-credentials': { number: '15', retry: false },
  'unknown-recipient': { number: '18', retry: false },
  'sender-not-registered': { number: '19', retry: false },
  'system-error': { number: '20', retry: true },
  'processing-error': { number: '21', retry: true },
  'wrong-format': { number: '22', retry: false },
  'recipient-locked': { number: '23', retry: false },
} as const;

export type VxpErrorName = keyof typeof vxpErrors;

/** An operation that ends with FAIL. */
export class VxpFailure extends Error {
  readonly error: VxpErrorName;
  readonly httpStatus: number;
  constructor(error: VxpErrorName, description: string, httpStatus = 200) {
    super(description);
    this.name = 'VxpFailure';
    this.error = error;
    this.httpStatus = httpStatus;
  }
}

/** JSON in ASCII only: every other character as a `\u` escape. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (member === null ? undefined : member)).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A reply that says OK, with the operation's own fields. */
export function okReply(extra: Readonly<Record<string, unknown>> = {}): string {
  return asciiJson({ status: 'OK', ErrorCode: '0', ErrorDesc: 'Thanh cong', ...extra });
}

/** A reply that says FAIL; `sendEdoc` needs a DocId even then. */
export function failReply(operation: string, error: VxpErrorName, description: string): string {
  return asciiJson({
    status: 'FAIL',
    ErrorCode: vxpErrors[error].number,
    ErrorDesc: description,
    ...(operation === 'sendEdoc' ? { DocId: '' } : {}),
  });
}

/** `dd/MM/yyyy HH:mm:ss` in Viet Nam, as clients show it. */
export function vxpTime(at: Date): string {
  const [date, time] = new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).split('T') as [
    string,
    string,
  ];
  return `${date.split('-').toReversed().join('/')} ${time}`;
}
