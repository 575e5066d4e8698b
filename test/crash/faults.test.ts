import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFaultBench } from './faults.ts';

test('R2 the disk fails or the process is killed at a call of the store path: nothing acknowledged is lost or doubled', async (t) => {
  const bench = await openFaultBench();
  try {
    let struck = 0;
    for (const [call, fault, n] of [
      ['fdatasync', 'error=EIO', 1],
      ['pwritev', 'signal=KILL', 2],
    ] as const) {
      if (await bench.tryFault(call, fault, n)) struck += 1;
    }
    t.diagnostic(`${struck} of 2 faults struck, ${bench.acknowledged()} acknowledged`);
    assert.ok(struck >= 1, 'strace strikes nothing here');
  } finally {
    await bench.close();
  }
});
