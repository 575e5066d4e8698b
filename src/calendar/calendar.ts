import {
  dayStart,
  formatDate,
  minuteMs,
  parseDate,
  parseTime,
  weekdayOf,
  type Instant,
  type LocalDate,
  type Weekday,
} from './dates.ts';
import { CalendarError } from './errors.ts';

/** A piece of working time within a day, `from` inclusive, `to` exclusive, both `HH:MM`. */
export interface WorkSpan {
  readonly from: string;
  readonly to: string;
}

/** A day that is worked although its weekday is not; its hours are those of the day it stands in for. */
export interface MadeUpDay {
  readonly date: LocalDate;
  /** The day off that is made up; without it, Monday's hours hold. */
  readonly insteadOf?: LocalDate;
}

/** Working time of an organisation, as data: it may come from configuration or from a table. */
export interface WorkCalendar {
  /** Working time of each weekday, 0 = Sunday; an absent weekday is not worked. */
  readonly hours: Readonly<Partial<Record<Weekday, readonly WorkSpan[]>>>;
  /** Public holidays, with the days off that make up for a holiday on a weekend. */
  readonly holidays: readonly LocalDate[];
  /** Days off that are worked on another day instead (hoán đổi ngày nghỉ). */
  readonly swappedOff: readonly LocalDate[];
  /** Days worked instead (làm bù). They win over a weekend, but not over a holiday. */
  readonly madeUp: readonly MadeUpDay[];
}

/** A piece of working time as moments, start inclusive, end exclusive. */
export interface InstantSpan {
  readonly start: Instant;
  readonly end: Instant;
}

interface Compiled {
  readonly week: readonly (readonly (readonly [number, number])[])[];
  readonly off: ReadonlySet<number>;
  readonly madeUp: ReadonlyMap<number, Weekday>;
  readonly dayMinutes: number;
}

/** Five years without a working minute: the calendar is empty. */
const searchLimitDays = 1830;
const compiled = new WeakMap<WorkCalendar, Compiled>();

function compile(calendar: WorkCalendar): Compiled {
  const known = compiled.get(calendar);
  if (known) return known;
  const week = ([0, 1, 2, 3, 4, 5, 6] as const).map((weekday) => compileSpans(calendar.hours[weekday] ?? []));
  const result: Compiled = {
    week,
    off: new Set([...calendar.holidays, ...calendar.swappedOff].map(parseDate)),
    madeUp: new Map(
      calendar.madeUp.map((day) => [
        parseDate(day.date),
        day.insteadOf === undefined ? 1 : weekdayOf(parseDate(day.insteadOf)),
      ]),
    ),
    dayMinutes: Math.max(...week.map((spans) => spans.reduce((sum, [from, to]) => sum + to - from, 0))),
  };
  if (result.dayMinutes === 0) throw new CalendarError('no-working-time', 'no weekday has working time');
  compiled.set(calendar, result);
  return result;
}

function compileSpans(spans: readonly WorkSpan[]): (readonly [number, number])[] {
  let last = 0;
  return spans.map((span) => {
    const from = parseTime(span.from);
    const to = parseTime(span.to);
    if (from < last || to <= from) throw new CalendarError('bad-span', `${span.from}–${span.to}`);
    last = to;
    return [from, to] as const;
  });
}

/** Working minutes of the longest weekday: what "one working day" of remaining time stands for. */
export function minutesOfWorkingDay(calendar: WorkCalendar): number {
  return compile(calendar).dayMinutes;
}

/** The working spans of one day, in order; empty on a day off. */
export function spansOfDay(calendar: WorkCalendar, dayNumber: number): InstantSpan[] {
  const { week, off, madeUp } = compile(calendar);
  if (off.has(dayNumber)) return [];
  const weekday = madeUp.get(dayNumber) ?? weekdayOf(dayNumber);
  const midnight = dayStart(dayNumber);
  return (week[weekday] ?? []).map(([from, to]) => ({
    start: midnight + from * minuteMs,
    end: midnight + to * minuteMs,
  }));
}

/** Whether anybody works on that date. */
export function isWorkingDay(calendar: WorkCalendar, date: LocalDate): boolean {
  return spansOfDay(calendar, parseDate(date)).length > 0;
}

/** The first day after `dayNumber` that is worked. @throws CalendarError no-working-time */
export function nextWorkingDay(calendar: WorkCalendar, dayNumber: number): number {
  for (let day = dayNumber + 1; day <= dayNumber + searchLimitDays; day += 1) {
    if (spansOfDay(calendar, day).length > 0) return day;
  }
  throw new CalendarError('no-working-time', `nothing is worked in the years after ${formatDate(dayNumber)}`);
}
