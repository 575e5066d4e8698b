export { CalendarError, type CalendarErrorCode } from './errors.ts';
export { formatInstant, instantOf, type Instant, type LocalDate, type Weekday } from './dates.ts';
export {
  isWorkingDay,
  minutesOfWorkingDay,
  type MadeUpDay,
  type WorkCalendar,
  type WorkSpan,
} from './calendar.ts';
export { addWorkingDays, addWorkingTime, workingMinutesBetween } from './worktime.ts';
export { effectiveDue, type Allowance, type Pause, type PausedDue } from './pauses.ts';
export { remaining, remainingPhrase, type Remaining } from './remaining.ts';
export {
  receiptNoticeBy,
  registerBy,
  sendBy,
  submitBy,
  type LegalDeadline,
  type LegalOptions,
  type Urgency,
} from './legal.ts';
export {
  holidaysAreAnnounced,
  officeDay,
  vietnamCalendar,
  vietnamHolidays,
  type HolidayYear,
} from './holidays.ts';
export { receptionAge, type ReceptionAge, type ReceptionStage } from './reception.ts';
