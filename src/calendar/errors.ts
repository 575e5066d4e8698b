/** What can be wrong with a question put to the calendar. */
export type CalendarErrorCode =
  | 'bad-date'
  | 'bad-time'
  | 'bad-span'
  | 'bad-amount'
  | 'bad-pause'
  | 'no-working-time';

/** A calendar or a question that has no answer; a fault of configuration or of the caller. */
export class CalendarError extends Error {
  readonly code: CalendarErrorCode;

  constructor(code: CalendarErrorCode, message: string) {
    super(`${code}: ${message}`);
    this.name = 'CalendarError';
    this.code = code;
  }
}
