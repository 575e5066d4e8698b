import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { rollingDigest } from './parts.ts';

const file = randomBytes(100_000);
/** Contents of signatures with what is signed behind each. */
const ranges = [10_000, 40_000, 70_000, 99_000].map((start) => ({
  gap: { start, end: start + 500 },
  end: start + 800,
}));

test('a file with many signatures is hashed once, whatever the number', () => {
  const rolling = rollingDigest(file);
  for (const { gap, end } of ranges) {
    const expected = createHash('sha256')
      .update(file.subarray(0, gap.start))
      .update(file.subarray(gap.end, end))
      .digest();
    assert.deepEqual(rolling.of(gap, end)('sha256'), expected);
  }
  assert.equal(rolling.hashed, 99_000 + 4 * 300);
});

test('the order in which signatures are asked for does not change a digest', () => {
  const forward = rollingDigest(file);
  const backward = rollingDigest(file);
  const expected = ranges.map(({ gap, end }) => forward.of(gap, end)('sha384'));
  const found = ranges.toReversed().map(({ gap, end }) => backward.of(gap, end)('sha384'));
  assert.deepEqual(found.toReversed(), expected);
});
