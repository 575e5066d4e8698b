import { nextWorkingDay, spansOfDay, type InstantSpan, type WorkCalendar } from './calendar.ts';
import { dayNumberOf, minuteMs, type Instant } from './dates.ts';
import { CalendarError } from './errors.ts';

/** No deadline of the administration is longer than this; a larger number is a fault of input. */
const maximumDays = 10_000;

function checkAmount(amount: number, limit: number): void {
  if (!Number.isFinite(amount) || amount < 0 || amount > limit)
    throw new CalendarError('bad-amount', String(amount));
}

/**
 * The moment when `minutes` of working time have passed after `from`.
 * Zero minutes give `from` itself; a sum that ends with a span gives the end of that span (17:00), not the
 * start of the next one. Additive: `add(add(f, a), b)` is `add(f, a + b)`.
 * @param minutes not negative, at most 10,000 days; fractions are allowed down to the millisecond
 * @throws CalendarError bad-amount, no-working-time
 */
export function addWorkingTime(calendar: WorkCalendar, from: Instant, minutes: number): Instant {
  checkAmount(minutes, maximumDays * 1440);
  let left = Math.round(minutes * minuteMs);
  if (left === 0) return from;
  let day = dayNumberOf(from);
  for (;;) {
    for (const span of spansOfDay(calendar, day)) {
      const start = Math.max(span.start, from);
      if (start >= span.end) continue;
      if (start + left <= span.end) return start + left;
      left -= span.end - start;
    }
    day = nextWorkingDay(calendar, day);
  }
}

/**
 * The end of the working day that is `days` working days after the day of `from`; the day of `from` itself
 * does not count (Civil Code 2015 art. 147). Zero days: the end of this working day, or of the next one when
 * it is over or not worked.
 * @throws CalendarError bad-amount, no-working-time
 */
export function addWorkingDays(calendar: WorkCalendar, from: Instant, days: number): Instant {
  checkAmount(days, maximumDays);
  if (!Number.isInteger(days)) throw new CalendarError('bad-amount', `${days} days`);
  let day = dayNumberOf(from);
  if (days === 0) {
    const last = spansOfDay(calendar, day).at(-1);
    if (last && from <= last.end) return last.end;
    days = 1;
  }
  for (let count = 0; count < days; count += 1) day = nextWorkingDay(calendar, day);
  return (spansOfDay(calendar, day).at(-1) as InstantSpan).end;
}

/** Working minutes from `from` to `to`; negative when `to` is earlier. */
export function workingMinutesBetween(calendar: WorkCalendar, from: Instant, to: Instant): number {
  if (to < from) return -workingMinutesBetween(calendar, to, from);
  const lastDay = dayNumberOf(to);
  checkAmount(lastDay - dayNumberOf(from), maximumDays * 4);
  let total = 0;
  for (let day = dayNumberOf(from); day <= lastDay; day += 1) {
    for (const span of spansOfDay(calendar, day)) {
      total += Math.max(0, Math.min(span.end, to) - Math.max(span.start, from));
    }
  }
  return total / minuteMs;
}
