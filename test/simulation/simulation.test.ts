import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { prepareBase, type Base } from './base.ts';
import { runHistory } from './history.ts';

/** A few seeds with every run of the tests; `npm run simulate` runs more of them. */
const seeds = [1, 2, 3, 4, 5];
let base: Base;
before(async () => {
  base = await prepareBase();
});
after(async () => {
  await base.close();
});

test('R1–R4 hold while messages are lost, doubled and late, clocks jump, and nodes crash between any two steps', async () => {
  let crashes = 0;
  for (const seed of seeds) {
    const history = await runHistory(base, seed);
    assert.deepEqual(history.problems, [], `npm run simulate -- --seed ${seed} --seeds 1 --trace`);
    crashes += history.crashes;
  }
  assert.ok(crashes > 5, `only ${crashes} crashes: the simulation has lost its teeth`);
});

test('the same seed gives the same trace', async () => {
  const [first, second] = [await runHistory(base, 7), await runHistory(base, 7)];
  assert.deepEqual(second.lines, first.lines);
  assert.equal(second.steps, first.steps);
  assert.notEqual((await runHistory(base, 8)).digest, first.digest);
});
