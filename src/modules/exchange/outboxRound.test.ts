import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterAlarm } from './outboxRound.ts';

test('R4 counters in order raise no alarm, a missing one does, a repeated one does', () => {
  const fine = { reused: false, highest: 4, known: 4, uncertain: 0 };
  assert.equal(counterAlarm(5, fine), null);
  assert.equal(counterAlarm(6, fine), 'counter-gap');
  assert.equal(counterAlarm(4, { ...fine, reused: true }), 'counter-reused');
  assert.equal(counterAlarm(1, { reused: false, highest: 0, known: 0, uncertain: 0 }), null);
  assert.equal(counterAlarm(2, { reused: false, highest: 0, known: 0, uncertain: 0 }), 'counter-gap');
});

test('R4 a number that a package with a lost answer may have is no gap, and its late arrival neither', () => {
  assert.equal(counterAlarm(6, { reused: false, highest: 4, known: 4, uncertain: 1 }), null);
  assert.equal(counterAlarm(7, { reused: false, highest: 4, known: 4, uncertain: 1 }), 'counter-gap');
  assert.equal(counterAlarm(5, { reused: false, highest: 6, known: 4, uncertain: 0 }), null);
});
