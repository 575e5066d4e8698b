import { nextWorkingDay, spansOfDay, type InstantSpan, type WorkCalendar } from './calendar.ts';
import { dayEnd, dayNumberOf, minuteMs, type Instant } from './dates.ts';

/** Urgency of a document (Decree 30/2020 App. I): thường, khẩn, thượng khẩn, hỏa tốc. */
export type Urgency = 'normal' | 'urgent' | 'very-urgent' | 'express';

/** A time limit set by law: by `target` in the ordinary course, by `latest` at the very last. */
export interface LegalDeadline {
  readonly target: Instant;
  readonly latest: Instant;
  /** The clauses, for the screen. */
  readonly source: string;
}

/** "At once" has no figure in the law; an organisation may set one. */
export interface LegalOptions {
  /** Minutes that count as "at once"; 0 unless told. */
  readonly immediateMinutes?: number;
}

/** The end of the working day if it is still on, else the end of the date (24:00). */
function endOfToday(calendar: WorkCalendar, at: Instant): Instant {
  const day = dayNumberOf(at);
  const last = spansOfDay(calendar, day).at(-1);
  return last && at <= last.end ? last.end : dayEnd(day);
}

function nextDaySpans(calendar: WorkCalendar, at: Instant): InstantSpan[] {
  return spansOfDay(calendar, nextWorkingDay(calendar, dayNumberOf(at)));
}

function atOnce(at: Instant, source: string, options: LegalOptions): LegalDeadline {
  const limit = at + (options.immediateMinutes ?? 0) * minuteMs;
  return { target: limit, latest: limit, source };
}

/**
 * Signed → sent: the same day, at the latest the next working-day morning; urgent documents at once.
 * QĐ 28/2018 art. 6.2; Decree 30/2020 art. 18.1 (which says "next working day"; the stricter limit holds).
 */
export function sendBy(
  calendar: WorkCalendar,
  signedAt: Instant,
  urgency: Urgency,
  options: LegalOptions = {},
): LegalDeadline {
  const source = 'Quyết định 28/2018/QĐ-TTg Điều 6.2; Nghị định 30/2020/NĐ-CP Điều 18.1';
  if (urgency !== 'normal') return atOnce(signedAt, source, options);
  const morning = nextDaySpans(calendar, signedAt)[0] as InstantSpan;
  return { target: endOfToday(calendar, signedAt), latest: morning.end, source };
}

/** Arrived → the sender is told of it: on the same day. Decree 30/2020 art. 21.2c. */
export function receiptNoticeBy(calendar: WorkCalendar, arrivedAt: Instant): LegalDeadline {
  return {
    target: endOfToday(calendar, arrivedAt),
    latest: dayEnd(dayNumberOf(arrivedAt)),
    source: 'Nghị định 30/2020/NĐ-CP Điều 21.2c',
  };
}

function sameOrNextDay(
  calendar: WorkCalendar,
  at: Instant,
  urgency: Urgency,
  source: string,
  options: LegalOptions,
): LegalDeadline {
  if (urgency !== 'normal') return atOnce(at, source, options);
  const next = nextDaySpans(calendar, at).at(-1) as InstantSpan;
  return { target: endOfToday(calendar, at), latest: next.end, source };
}

/** Arrived → registered: the same or the next working day; urgent at once. Decree 30/2020 art. 4.2c. */
export function registerBy(
  calendar: WorkCalendar,
  arrivedAt: Instant,
  urgency: Urgency,
  options: LegalOptions = {},
): LegalDeadline {
  return sameOrNextDay(calendar, arrivedAt, urgency, 'Nghị định 30/2020/NĐ-CP Điều 4.2c', options);
}

/** Registered → submitted to the leader: same or next working day; urgent at once. Decree 30/2020 art. 23.1. */
export function submitBy(
  calendar: WorkCalendar,
  registeredAt: Instant,
  urgency: Urgency,
  options: LegalOptions = {},
): LegalDeadline {
  return sameOrNextDay(calendar, registeredAt, urgency, 'Nghị định 30/2020/NĐ-CP Điều 23.1', options);
}
