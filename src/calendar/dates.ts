import { CalendarError } from './errors.ts';

/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** A date of the civil calendar in Viet Nam, `YYYY-MM-DD`. */
export type LocalDate = string;

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** Viet Nam has kept UTC+07:00 without summer time since 1975. */
export const zoneOffsetMs = 7 * 60 * minuteMs;

/** The number of the day on the civil calendar in Viet Nam, counted from 1970-01-01. */
export function dayNumberOf(instant: Instant): number {
  return Math.floor((instant + zoneOffsetMs) / dayMs);
}

/** The first moment of a day. */
export function dayStart(dayNumber: number): Instant {
  return dayNumber * dayMs - zoneOffsetMs;
}

/** The last moment of a day (23:59:59.999). */
export function dayEnd(dayNumber: number): Instant {
  return dayStart(dayNumber + 1) - 1;
}

/** 0 = Sunday … 6 = Saturday. */
export function weekdayOf(dayNumber: number): Weekday {
  return ((((dayNumber + 4) % 7) + 7) % 7) as Weekday;
}

export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Reads `YYYY-MM-DD` and refuses dates that do not exist. @throws CalendarError bad-date */
export function parseDate(date: LocalDate): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date)
    throw new CalendarError('bad-date', date);
  return ms / dayMs;
}

/** The date of a day number, `YYYY-MM-DD`. */
export function formatDate(dayNumber: number): LocalDate {
  return new Date(dayNumber * dayMs).toISOString().slice(0, 10);
}

/** Minutes after midnight of `HH:MM` (24:00 allowed). @throws CalendarError bad-time */
export function parseTime(time: string): number {
  const parts = /^(\d{2}):(\d{2})$/.exec(time);
  const minutes = parts ? Number(parts[1]) * 60 + Number(parts[2]) : Number.NaN;
  if (!(minutes <= 1440) || Number(parts?.[2]) > 59) throw new CalendarError('bad-time', time);
  return minutes;
}

/** The moment of a local date and time in Viet Nam: `instantOf('2019-04-26', '15:30')`. */
export function instantOf(date: LocalDate, time: string): Instant {
  return dayStart(parseDate(date)) + parseTime(time) * minuteMs;
}

/** ISO 8601 with +07:00 and whole seconds (QĐ 28/2018 art. 14.4). */
export function formatInstant(instant: Instant): string {
  return `${new Date(instant + zoneOffsetMs).toISOString().slice(0, 19)}+07:00`;
}
