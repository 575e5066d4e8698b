import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  addWorkingDays,
  addWorkingTime,
  CalendarError,
  effectiveDue,
  formatInstant,
  instantOf,
  isWorkingDay,
  receiptNoticeBy,
  registerBy,
  remaining,
  remainingPhrase,
  sendBy,
  submitBy,
  vietnamCalendar,
  workingMinutesBetween,
  type WorkCalendar,
} from './index.ts';

const at = instantOf;
const calendar = vietnamCalendar;

test('S2.5 three working days over the swapped days of 2019 end on Saturday 04/05/2019', () => {
  const received = at('2019-04-26', '15:30');
  assert.equal(formatInstant(addWorkingDays(calendar, received, 3)), '2019-05-04T17:00:00+07:00');
});

test('S2.5 a calendar that ignores the swap, or the make-up Saturday, gives another date', () => {
  const received = at('2019-04-26', '15:30');
  const ignoresSwap: WorkCalendar = { ...calendar, swappedOff: [], madeUp: [] };
  const ignoresMakeUp: WorkCalendar = { ...calendar, madeUp: [] };
  assert.equal(formatInstant(addWorkingDays(ignoresSwap, received, 3)), '2019-05-03T17:00:00+07:00');
  assert.equal(formatInstant(addWorkingDays(ignoresMakeUp, received, 3)), '2019-05-06T17:00:00+07:00');
});

test('S2.6 a pause on day 2 of 9 days leaves the remaining time intact to the minute', () => {
  const start = at('2020-06-01', '09:17');
  const pause = { from: at('2020-06-02', '14:41'), to: at('2020-06-11', '10:03') };
  const before = effectiveDue(calendar, start, { days: 5 }, [{ from: pause.from }]);
  assert.ok(before.state === 'paused');
  const after = effectiveDue(calendar, start, { days: 5 }, [pause]);
  assert.ok(after.state === 'running');
  assert.equal(workingMinutesBetween(calendar, pause.to, after.due), before.remainingMinutes);
  assert.equal(before.remainingMinutes, 139 + 4 * 450);
  assert.equal(formatInstant(after.due), '2020-06-17T14:22:00+07:00');
});

test('overlapping and early pauses count once; a pause after the due moment has no effect', () => {
  const start = at('2020-06-01', '08:00');
  const one = [{ from: at('2020-06-01', '09:00'), to: at('2020-06-01', '11:00') }];
  const many = [
    { from: at('2020-05-01', '09:00'), to: at('2020-05-02', '11:00') },
    { from: at('2020-06-01', '10:00'), to: at('2020-06-01', '11:00') },
    { from: at('2020-06-01', '09:00'), to: at('2020-06-01', '10:30') },
    { from: at('2020-07-01', '09:00') },
  ];
  assert.deepEqual(
    effectiveDue(calendar, start, { minutes: 120 }, many),
    effectiveDue(calendar, start, { minutes: 120 }, one),
  );
  assert.throws(
    () => effectiveDue(calendar, start, { days: 1 }, [{ from: start + 2, to: start + 1 }]),
    (error) => error instanceof CalendarError && error.code === 'bad-pause',
  );
});

test('the phrases name what is left and what is overdue', () => {
  const due = at('2020-06-05', '17:00');
  const phrase = (now: number, language: 'vi' | 'en' = 'vi'): string =>
    remainingPhrase(remaining(calendar, now, due), language);
  assert.equal(phrase(at('2020-06-03', '14:00')), 'Còn 2 ngày 3 giờ làm việc');
  assert.equal(phrase(at('2020-06-03', '14:00'), 'en'), '2 days 3 hours of working time left');
  assert.equal(phrase(at('2020-06-09', '09:30')), 'Quá 1 ngày 2 giờ');
  assert.equal(phrase(at('2020-06-09', '09:30'), 'en'), 'Overdue by 1 day 2 hours');
  assert.equal(phrase(at('2020-06-05', '16:35')), 'Còn 25 phút làm việc');
  assert.equal(phrase(at('2020-06-05', '17:00')), 'Đến hạn');
  assert.equal(phrase(at('2020-06-06', '09:00')), 'Vừa quá hạn');
});

test('legal timers: sent the same day, at the latest the next working-day morning, urgent at once', () => {
  const friday = at('2019-04-26', '15:30');
  const send = sendBy(calendar, friday, 'normal');
  assert.equal(formatInstant(send.target), '2019-04-26T17:00:00+07:00');
  assert.equal(formatInstant(send.latest), '2019-05-02T11:30:00+07:00');
  assert.equal(sendBy(calendar, friday, 'express').latest, friday);
  assert.equal(sendBy(calendar, friday, 'urgent', { immediateMinutes: 30 }).latest, friday + 1_800_000);
  const saturday = at('2020-06-06', '22:10');
  assert.equal(formatInstant(receiptNoticeBy(calendar, saturday).latest), '2020-06-06T23:59:59+07:00');
  assert.equal(formatInstant(registerBy(calendar, saturday, 'normal').latest), '2020-06-08T17:00:00+07:00');
  assert.equal(formatInstant(submitBy(calendar, friday, 'normal').latest), '2019-05-02T17:00:00+07:00');
  assert.equal(submitBy(calendar, friday, 'very-urgent').latest, friday);
});

test('public holidays, swapped days and made-up days of the known years are data', () => {
  for (const off of ['2019-04-15', '2020-01-29', '2021-05-03', '2023-05-03', '2024-04-29', '2025-05-02'])
    assert.equal(isWorkingDay(calendar, off), false, off);
  for (const worked of ['2019-01-05', '2019-05-04', '2024-05-04', '2025-04-26', '2026-08-22'])
    assert.equal(isWorkingDay(calendar, worked), true, worked);
});

test('an empty calendar, a date that does not exist and a wrong span are refused with a code', () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof CalendarError) return error.code;
    }
    return 'none';
  };
  const empty: WorkCalendar = { hours: {}, holidays: [], swappedOff: [], madeUp: [] };
  assert.equal(
    code(() => addWorkingTime(empty, 0, 1)),
    'no-working-time',
  );
  assert.equal(
    code(() => instantOf('2019-02-29', '08:00')),
    'bad-date',
  );
  assert.equal(
    code(() => instantOf('2019-02-28', '24:30')),
    'bad-time',
  );
  assert.equal(
    code(() => addWorkingTime(calendar, 0, -1)),
    'bad-amount',
  );
  assert.equal(
    code(() => addWorkingDays(calendar, 0, 1.5)),
    'bad-amount',
  );
  const wrong: WorkCalendar = { ...empty, hours: { 1: [{ from: '09:00', to: '08:00' }] } };
  assert.equal(
    code(() => addWorkingTime(wrong, 0, 1)),
    'bad-span',
  );
});

const instants = fc
  .integer({ min: at('2019-01-01', '00:00') / 60_000, max: at('2027-06-01', '00:00') / 60_000 })
  .map((minute) => minute * 60_000);
const amounts = fc.integer({ min: 0, max: 20_000 });

test('working time is additive, has an inverse, and is monotonic', () => {
  fc.assert(
    fc.property(instants, amounts, amounts, instants, (from, a, b, other) => {
      const mid = addWorkingTime(calendar, from, a);
      assert.equal(addWorkingTime(calendar, mid, b), addWorkingTime(calendar, from, a + b));
      assert.equal(workingMinutesBetween(calendar, from, mid), a);
      const [early, late] = from <= other ? [from, other] : [other, from];
      assert.ok(addWorkingTime(calendar, early, a) <= addWorkingTime(calendar, late, a));
      assert.ok(mid <= addWorkingTime(calendar, from, a + b));
    }),
    { numRuns: 300 },
  );
});

test('working days are additive and monotonic, and end at the end of a working day', () => {
  const count = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(instants, count, count, instants, (from, a, b, other) => {
      const due = addWorkingDays(calendar, from, a);
      assert.equal(addWorkingDays(calendar, due, b), addWorkingDays(calendar, from, a + b));
      assert.ok(formatInstant(due).endsWith('T17:00:00+07:00'));
      const [early, late] = from <= other ? [from, other] : [other, from];
      assert.ok(addWorkingDays(calendar, early, a) <= addWorkingDays(calendar, late, a));
    }),
    { numRuns: 200 },
  );
});

test('pauses never lose or win a minute, in whatever order they are given', () => {
  const pauses = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 30_000 }), length: fc.integer({ min: 0, max: 20_000 }) }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(instants, amounts, pauses, (start, minutes, given) => {
      const list = given.map(({ after, length }) => ({
        from: start + after * 60_000,
        to: start + (after + length) * 60_000,
      }));
      const found = effectiveDue(calendar, start, { minutes }, list);
      assert.ok(found.state === 'running');
      assert.deepEqual(effectiveDue(calendar, start, { minutes }, list.toReversed()), found);
      const stopped = new Set<number>();
      for (const pause of list)
        for (let at = pause.from; at < Math.min(pause.to, found.due); at += 60_000) stopped.add(at);
      let paused = 0;
      for (const minute of stopped) paused += workingMinutesBetween(calendar, minute, minute + 60_000);
      assert.equal(workingMinutesBetween(calendar, start, found.due) - paused, minutes);
    }),
    { numRuns: 60 },
  );
});
