import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { prepareBase, type Base } from './base.ts';
import { runHistory, type History } from './history.ts';

/** A few seeds with every run of the tests; `npm run simulate` runs more of them. */
const seeds = [2, 3, 4];
let base: Base;
const histories: History[] = [];
before(async () => {
  base = await prepareBase();
});
after(async () => {
  await base.close();
});

test('R1–R4 hold while messages are lost, doubled and late, clocks jump, and nodes crash between any two steps', async () => {
  for (const seed of seeds) {
    const history = await runHistory(base, seed);
    assert.deepEqual(history.problems, [], `npm run simulate -- --seed ${seed} --seeds 1 --trace`);
    histories.push(history);
  }
  const crashes = histories.reduce((sum, history) => sum + history.crashes, 0);
  assert.ok(crashes > 3, `only ${crashes} crashes: the simulation has lost its teeth`);
});

test('the same seed gives the same trace', async () => {
  const again = await runHistory(base, seeds.at(-1)!);
  assert.deepEqual(again.lines, histories.at(-1)?.lines);
  assert.notEqual(again.digest, histories[0]?.digest);
});
