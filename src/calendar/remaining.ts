import { minutesOfWorkingDay, type WorkCalendar } from './calendar.ts';
import type { Instant } from './dates.ts';
import { workingMinutesBetween } from './worktime.ts';

/** Working time left (`sign` 1), or overdue (`sign` -1); `sign` 0 is the due moment itself. */
export interface Remaining {
  readonly sign: -1 | 0 | 1;
  /** Whole working days of the calendar's longest weekday. */
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
}

/** Working time between now and the due moment, in days, hours and whole minutes (rounded down). */
export function remaining(calendar: WorkCalendar, now: Instant, due: Instant): Remaining {
  const total = Math.floor(Math.abs(workingMinutesBetween(calendar, now, due)));
  const day = minutesOfWorkingDay(calendar);
  const rest = total % day;
  return {
    sign: Math.sign(due - now) as -1 | 0 | 1,
    days: Math.floor(total / day),
    hours: Math.floor(rest / 60),
    minutes: rest % 60,
  };
}

/** "Còn 2 ngày 3 giờ làm việc", "Quá 1 ngày 2 giờ"; at most two units, the small ones only when they count. */
export function remainingPhrase(value: Remaining, language: 'vi' | 'en'): string {
  const amount = twoUnits(value, language);
  if (value.sign === 0) return language === 'vi' ? 'Đến hạn' : 'Due now';
  if (value.sign > 0) {
    if (amount === '')
      return language === 'vi' ? 'Còn dưới 1 phút làm việc' : 'Less than a working minute left';
    return language === 'vi' ? `Còn ${amount} làm việc` : `${amount} of working time left`;
  }
  if (amount === '') return language === 'vi' ? 'Vừa quá hạn' : 'Just overdue';
  return language === 'vi' ? `Quá ${amount}` : `Overdue by ${amount}`;
}

function twoUnits({ days, hours, minutes }: Remaining, language: 'vi' | 'en'): string {
  const names = { vi: ['ngày', 'giờ', 'phút'], en: ['day', 'hour', 'minute'] }[language];
  const parts: [number, number][] =
    days > 0
      ? [
          [days, 0],
          [hours, 1],
        ]
      : [
          [hours, 1],
          [minutes, 2],
        ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${names[unit]}${language === 'en' && count > 1 ? 's' : ''}`)
    .join(' ');
}
