import type { MadeUpDay, WorkCalendar, WorkSpan } from './calendar.ts';
import { dayMs, formatDate, parseDate, type LocalDate } from './dates.ts';

/** The days off of one year for civil servants. */
export interface HolidayYear {
  readonly year: number;
  /** True when the year's announcement was not yet known to us: check it before use. */
  readonly provisional: boolean;
  /** Public holidays (Labour Code 2019 art. 112) and the days that make up for those on a weekend. */
  readonly holidays: readonly LocalDate[];
  readonly swappedOff: readonly LocalDate[];
  readonly madeUp: readonly MadeUpDay[];
}

/** Every date from the first to the last of `YYYY-MM-DD/YYYY-MM-DD`, or the one date. */
function days(...ranges: readonly string[]): LocalDate[] {
  return ranges.flatMap((range) => {
    const [first = '', last = first] = range.split('/');
    const from = parseDate(first);
    return Array.from({ length: parseDate(last) - from + 1 }, (_, at) => formatDate(from + at));
  });
}

function swap(off: LocalDate, worked: LocalDate): Pick<HolidayYear, 'swappedOff' | 'madeUp'> {
  return { swappedOff: [off], madeUp: [{ date: worked, insteadOf: off }] };
}

const noSwap = { swappedOff: [], madeUp: [] } as const;

/**
 * Public holidays in Viet Nam with the swapped days of civil servants, written from knowledge of the yearly
 * announcements and not from the gazette: an organisation's own table goes before it. Ranges include the
 * weekends that they span.
 */
export const vietnamHolidays: readonly HolidayYear[] = [
  {
    year: 2019,
    provisional: false,
    holidays: days(
      '2019-01-01',
      '2019-02-04/2019-02-08',
      '2019-04-15',
      '2019-04-30/2019-05-01',
      '2019-09-02',
    ),
    swappedOff: ['2018-12-31', '2019-04-29'],
    madeUp: [
      { date: '2019-01-05', insteadOf: '2018-12-31' },
      { date: '2019-05-04', insteadOf: '2019-04-29' },
    ],
  },
  {
    year: 2020,
    provisional: false,
    holidays: days(
      '2020-01-01',
      '2020-01-23/2020-01-29',
      '2020-04-02',
      '2020-04-30/2020-05-01',
      '2020-09-02',
    ),
    ...noSwap,
  },
  {
    year: 2021,
    provisional: false,
    holidays: days(
      '2021-01-01',
      '2021-02-10/2021-02-16',
      '2021-04-21',
      '2021-04-30/2021-05-03',
      '2021-09-02/2021-09-03',
    ),
    ...noSwap,
  },
  {
    year: 2022,
    provisional: false,
    holidays: days(
      '2022-01-01/2022-01-03',
      '2022-01-31/2022-02-04',
      '2022-04-10/2022-04-11',
      '2022-04-30/2022-05-03',
      '2022-09-01/2022-09-02',
    ),
    ...noSwap,
  },
  {
    year: 2023,
    provisional: false,
    holidays: days(
      '2023-01-01/2023-01-02',
      '2023-01-20/2023-01-26',
      '2023-04-29/2023-05-03',
      '2023-09-01/2023-09-04',
    ),
    ...noSwap,
  },
  {
    year: 2024,
    provisional: false,
    holidays: days(
      '2024-01-01',
      '2024-02-08/2024-02-14',
      '2024-04-18',
      '2024-04-30/2024-05-01',
      '2024-09-02/2024-09-03',
    ),
    ...swap('2024-04-29', '2024-05-04'),
  },
  {
    year: 2025,
    provisional: false,
    holidays: days(
      '2025-01-01',
      '2025-01-27/2025-01-31',
      '2025-04-07',
      '2025-04-30/2025-05-01',
      '2025-09-01/2025-09-02',
    ),
    ...swap('2025-05-02', '2025-04-26'),
  },
  {
    // Whether 24/11 (Ngày Văn hóa Việt Nam) is a day off from 2026 was not known when this was written.
    year: 2026,
    provisional: true,
    holidays: days(
      '2026-01-01',
      '2026-02-16/2026-02-20',
      '2026-04-26/2026-04-27',
      '2026-04-30/2026-05-01',
      '2026-09-01/2026-09-02',
    ),
    swappedOff: ['2026-01-02', '2026-08-31'],
    madeUp: [
      { date: '2026-01-10', insteadOf: '2026-01-02' },
      { date: '2026-08-22', insteadOf: '2026-08-31' },
    ],
  },
  {
    year: 2027,
    provisional: true,
    holidays: days(
      '2027-01-01',
      '2027-02-05/2027-02-11',
      '2027-04-16',
      '2027-04-30/2027-05-03',
      '2027-09-02/2027-09-03',
    ),
    ...noSwap,
  },
];

/** 07:30–11:30 and 13:30–17:00: seven hours and a half. */
export const officeDay: readonly WorkSpan[] = [
  { from: '07:30', to: '11:30' },
  { from: '13:30', to: '17:00' },
];

/** Office hours from Monday to Friday with the public holidays of 2019–2027. */
export const vietnamCalendar: WorkCalendar = {
  hours: { 1: officeDay, 2: officeDay, 3: officeDay, 4: officeDay, 5: officeDay },
  holidays: vietnamHolidays.flatMap((year) => year.holidays),
  swappedOff: vietnamHolidays.flatMap((year) => year.swappedOff),
  madeUp: vietnamHolidays.flatMap((year) => year.madeUp),
};

/** Whether the table above covers the year of a moment with announced days (not provisional ones). */
export function holidaysAreAnnounced(instant: number): boolean {
  const year = new Date(instant + 7 * (dayMs / 24)).getUTCFullYear();
  return vietnamHolidays.some((known) => known.year === year && !known.provisional);
}
