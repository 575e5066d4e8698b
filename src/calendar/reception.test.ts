import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receptionAge } from './index.ts';

const at = (time: string): number => Date.parse(`${time}+07:00`);
const stage = (urgency: number, since: string, now: string): string =>
  receptionAge(urgency, at(since), at(now)).stage;

test('S1.6 express: after 20 minutes the duty officer, after 30 the watch board, at night as well', () => {
  assert.equal(stage(3, '2026-11-24T08:00', '2026-11-24T08:19'), 'open');
  assert.equal(stage(3, '2026-11-24T08:00', '2026-11-24T08:20'), 'duty');
  assert.equal(stage(3, '2026-11-24T08:00', '2026-11-24T08:30'), 'watch');
  assert.equal(stage(4, '2026-11-24T23:50', '2026-11-25T00:20'), 'watch');
});

test('S1.6 ordinary mail is late after its day and never calls anybody', () => {
  assert.equal(stage(0, '2026-11-24T08:00', '2026-11-24T16:59'), 'open');
  assert.equal(stage(0, '2026-11-24T08:00', '2026-11-25T00:01'), 'late');
  assert.equal(stage(0, '2026-11-24T08:00', '2027-11-24T08:00'), 'late');
  assert.match(receptionAge(0, at('2026-11-24T08:00'), at('2026-11-24T09:00')).source, /30\/2020/);
});

test('urgent mail counts working time: what comes on Friday evening is not late on Sunday', () => {
  assert.equal(stage(1, '2026-11-20T17:30', '2026-11-22T12:00'), 'open');
  assert.equal(stage(1, '2026-11-20T17:30', '2026-11-23T17:00'), 'watch');
  assert.equal(receptionAge(1, at('2026-11-20T17:30'), at('2026-11-22T12:00')).minutes, 0);
  assert.equal(stage(2, '2026-11-24T08:00', '2026-11-24T09:20'), 'duty');
});
