import type { WorkCalendar } from './calendar.ts';
import type { Instant } from './dates.ts';
import { CalendarError } from './errors.ts';
import { addWorkingDays, addWorkingTime, workingMinutesBetween } from './worktime.ts';

/** What is allowed for the work: working days (to the end of the last one) or working minutes. */
export type Allowance = { readonly days: number } | { readonly minutes: number };

/** A time during which the clock stands still; without `to` it stands still now. */
export interface Pause {
  readonly from: Instant;
  readonly to?: Instant | undefined;
}

/** Where a clock with pauses stands: it runs to a due moment, or it waits with working minutes left. */
export type PausedDue =
  | { readonly state: 'running'; readonly due: Instant }
  | { readonly state: 'paused'; readonly since: Instant; readonly remainingMinutes: number };

/**
 * The due moment of work that began at `start`, with the working time of the pauses given back to the
 * minute: what was left when a pause began is left when it ends. Pauses may overlap and come in any order;
 * what lies before `start` or after the due moment has no effect.
 * @throws CalendarError bad-pause when a pause ends before it begins; bad-amount
 */
export function effectiveDue(
  calendar: WorkCalendar,
  start: Instant,
  allowance: Allowance,
  pauses: readonly Pause[],
): PausedDue {
  let due =
    'days' in allowance
      ? addWorkingDays(calendar, start, allowance.days)
      : addWorkingTime(calendar, start, allowance.minutes);
  let from = start;
  for (const pause of mergePauses(pauses, start)) {
    if (pause.from >= due) break;
    const remainingMinutes = workingMinutesBetween(calendar, Math.max(pause.from, from), due);
    if (pause.to === undefined) return { state: 'paused', since: pause.from, remainingMinutes };
    due = addWorkingTime(calendar, pause.to, remainingMinutes);
    from = pause.to;
  }
  return { state: 'running', due };
}

/** Pauses in order, without overlaps, none before `start`. */
function mergePauses(pauses: readonly Pause[], start: Instant): Pause[] {
  const merged: { from: Instant; to?: Instant | undefined }[] = [];
  for (const pause of [...pauses].sort((a, b) => a.from - b.from)) {
    if (pause.to !== undefined && pause.to < pause.from)
      throw new CalendarError('bad-pause', 'a pause ends before it begins');
    if (pause.to !== undefined && pause.to <= start) continue;
    const last = merged.at(-1);
    if (last && (last.to === undefined || pause.from <= last.to)) {
      last.to = last.to === undefined || pause.to === undefined ? undefined : Math.max(last.to, pause.to);
    } else merged.push({ from: Math.max(pause.from, start), to: pause.to });
  }
  return merged;
}
