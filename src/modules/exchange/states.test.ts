import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  applyStatus,
  deliveryTransitions,
  outboxAfter,
  retryPauseMs,
  statusCodes,
  transportAfter,
  transports,
  type DeliveryState,
  type StatusCode,
} from './states.ts';

const start: DeliveryState = { delivery: 'sent', recall: 'none' };
const run = (codes: readonly StatusCode[], from = start): DeliveryState =>
  codes.reduce((state, code) => applyStatus(state, code).state, from);

test('the usual course ends at done, whatever order the messages arrive in', () => {
  const course: StatusCode[] = ['01', '03', '04', '05', '06'];
  fc.assert(
    fc.property(fc.shuffledSubarray(course, { minLength: course.length }), (order) => {
      assert.equal(run(order).delivery, 'done');
    }),
  );
});

test('a late lower status is evidence and changes nothing', () => {
  const inWork = run(['01', '03', '05']);
  for (const code of ['01', '03', '04', '05'] as const) {
    assert.deepEqual(applyStatus(inWork, code), { state: inWork, late: true });
  }
});

test('a repeated status never moves anything', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...statusCodes)), fc.constantFrom(...statusCodes), (codes, code) => {
      const once = run([...codes, code]);
      if (code === '13' && once.recall !== 'requested') return;
      assert.deepEqual(run([code], once), once);
    }),
  );
});

test('a refusal is only possible before the document is taken in, and is final', () => {
  assert.equal(run(['01', '02']).delivery, 'refused');
  assert.equal(run(['02']).delivery, 'refused');
  assert.equal(applyStatus(run(['01', '03']), '02').late, true);
  assert.equal(run(['02', '03', '06']).delivery, 'refused');
});

test('S1.4 recall against assignment: every interleaving gives the sender the state that the receiver decided', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(['01', '03', '04', '05'] as StatusCode[]),
      fc.constantFrom<StatusCode>('15', '16'),
      fc.nat(5),
      fc.nat(5),
      (work, answer, asked, answered) => {
        const order = [...work];
        order.splice(Math.min(asked, order.length), 0, '13');
        const after = order.indexOf('13') + 1;
        order.splice(Math.max(after, Math.min(answered, order.length)), 0, answer);
        const end = run(order);
        if (answer === '15') assert.deepEqual(end, { delivery: 'recalled', recall: 'agreed' });
        else {
          assert.equal(end.recall, 'refused');
          assert.equal(end.delivery, run(work).delivery);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('only the first answer to a recall counts', () => {
  assert.deepEqual(run(['13', '15', '16']), { delivery: 'recalled', recall: 'agreed' });
  assert.equal(applyStatus(run(['13', '16']), '15').late, true);
});

test('an answer without a recall is the answer to an update and moves nothing', () => {
  assert.deepEqual(applyStatus(start, '15'), { state: start, late: false });
});

test('final states have no way out', () => {
  for (const state of ['done', 'refused', 'recalled'] as const) {
    assert.deepEqual(Object.keys(deliveryTransitions[state]), []);
  }
});

test('what has begun to leave can no longer be undone', () => {
  assert.equal(outboxAfter('waiting', 'undo'), 'undone');
  for (const state of ['sending', 'accepted', 'failed', 'undone'] as const) {
    assert.equal(outboxAfter(state, 'undo'), null);
  }
});

test('transport reports only move forward', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...transports)), (reports) => {
      let at: (typeof transports)[number] = 'waiting';
      for (const report of reports) {
        const next = transportAfter(at, report);
        assert.ok(transports.indexOf(next) >= transports.indexOf(at));
        at = next;
      }
    }),
  );
});

test('the pause between attempts grows to ten minutes and never ends the trying', () => {
  assert.equal(retryPauseMs(1), 5_000);
  assert.equal(retryPauseMs(2), 10_000);
  assert.equal(retryPauseMs(1_000_000), 600_000);
});
