import {
  addWorkingDays,
  instantOf,
  remaining,
  remainingPhrase,
  vietnamCalendar,
  workingMinutesBetween,
} from '#calendar';
import type { z } from 'zod';
import type { timeSpent } from './contract.ts';

/** A date means the end of its working hours, 17:00. */
export function dueOfDate(date: string): string {
  return new Date(instantOf(date, '17:00')).toISOString();
}

/** A deadline as given, a date or an instant, as an instant. */
export function dueInstant(given: string | null | undefined): string | null {
  if (given === null || given === undefined) return null;
  return /^\d{4}-\d{2}-\d{2}$/.test(given) ? dueOfDate(given) : new Date(given).toISOString();
}

/** So many working days from now, by the calendar with its holidays and swapped days (S2.5). */
export function dueAfterWorkingDays(now: Date, days: number): string {
  return new Date(addWorkingDays(vietnamCalendar, now.getTime(), days)).toISOString();
}

/** Working time used since, and left until. */
export function timeOf(since: Date, until: Date, due: Date | null): z.infer<typeof timeSpent> {
  const at = until.getTime();
  return {
    since: since.toISOString(),
    minutesUsed: Math.floor(Math.max(0, workingMinutesBetween(vietnamCalendar, since.getTime(), at))),
    due: due?.toISOString() ?? null,
    minutesLeft: due === null ? null : Math.floor(workingMinutesBetween(vietnamCalendar, at, due.getTime())),
    late: due !== null && at > due.getTime(),
    phrase:
      due === null ? 'Không thời hạn' : remainingPhrase(remaining(vietnamCalendar, at, due.getTime()), 'vi'),
  };
}
