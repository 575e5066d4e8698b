import { faults, openFaultBench, storeCalls } from './faults.ts';

/** `npm run faults`: each kind of fault at each call of the store path, from the first to the last. */
const most = Number(process.argv[2] ?? 200);
const bench = await openFaultBench();
let tries = 0;
try {
  for (const call of storeCalls) {
    for (const fault of faults) {
      let n = 1;
      for (; n <= most; n += 1) {
        tries += 1;
        if (!(await bench.tryFault(call, fault, n))) break;
      }
      console.log(
        `${call} ${fault}: ${n - 1} calls, each struck; ${bench.acknowledged()} acknowledged, none lost`,
      );
    }
  }
} finally {
  await bench.close();
}
console.log(JSON.stringify({ tries, acknowledged: bench.acknowledged(), lost: 0 }));
