import type { Instant } from './dates.ts';
import { vietnamCalendar } from './holidays.ts';
import { receiptNoticeBy } from './legal.ts';
import { addWorkingTime, workingMinutesBetween } from './worktime.ts';

/**
 * How far an open delivery has come: `open` within its time; `duty` two thirds of it are over, the duty officer is to
 * be called; `late` its time is over; `watch` its time is over and it was urgent: it belongs on the watch board.
 */
export type ReceptionStage = 'open' | 'duty' | 'late' | 'watch';

export interface ReceptionAge {
  readonly stage: ReceptionStage;
  /** ISO instant at which it must be at an end. */
  readonly due: string;
  /** Minutes since it began: of working time, for express ones of the clock. */
  readonly minutes: number;
  /** Where the limit comes from, for the screen. */
  readonly source: string;
}

const minuteMs = 60_000;
const house = 'Quy định của cơ quan về thời gian tiếp nhận văn bản khẩn';

/** Limits of the house where the law says "at once" (QĐ 28/2018 Art. 6.2, NĐ 30/2020 Art. 4.2c); minutes. */
const limits = {
  1: { minutes: 240, clock: false },
  2: { minutes: 120, clock: false },
  3: { minutes: 30, clock: true },
};

/**
 * The age of what was sent and has not been taken in. Ordinary mail has until the end of the day (NĐ 30/2020
 * Art. 21.2c) and never calls anybody; express mail (hỏa tốc) counts at night as well (S1.6).
 * @param urgency 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ
 */
export function receptionAge(urgency: number, since: Instant, now: Instant): ReceptionAge {
  const limit = limits[Math.min(urgency, 3) as keyof typeof limits];
  if (urgency === 0 || limit === undefined) {
    const { latest, source } = receiptNoticeBy(vietnamCalendar, since);
    const minutes = Math.floor(workingMinutesBetween(vietnamCalendar, since, Math.max(since, now)));
    return { stage: now > latest ? 'late' : 'open', due: new Date(latest).toISOString(), minutes, source };
  }
  const after = (minutes: number): Instant =>
    limit.clock ? since + minutes * minuteMs : addWorkingTime(vietnamCalendar, since, minutes);
  const due = after(limit.minutes);
  const stage = now >= due ? 'watch' : now >= after((limit.minutes * 2) / 3) ? 'duty' : 'open';
  const passed = limit.clock
    ? (now - since) / minuteMs
    : workingMinutesBetween(vietnamCalendar, since, Math.max(since, now));
  return { stage, due: new Date(due).toISOString(), minutes: Math.max(0, Math.floor(passed)), source: house };
}
