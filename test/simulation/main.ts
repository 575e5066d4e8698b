import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { prepareBase } from './base.ts';
import { runHistory } from './history.ts';

const usage = 'npm run simulate -- [--seeds N] [--seed S] [--jobs J] [--trace]';

interface Total {
  seeds: number;
  steps: number;
  crashes: number;
  documents: number;
  broken: number;
}

const nothing = (): Total => ({ seeds: 0, steps: 0, crashes: 0, documents: 0, broken: 0 });

/** Every `stride`-th seed from `first` on, in this process. */
async function runHere(first: number, end: number, stride: number, trace: boolean): Promise<Total> {
  const base = await prepareBase();
  const total = nothing();
  try {
    for (let seed = first; seed < end; seed += stride) {
      const history = await runHistory(base, seed);
      total.seeds += 1;
      total.steps += history.steps;
      total.crashes += history.crashes;
      total.documents += history.documents;
      if (history.problems.length > 0) total.broken += 1;
      if (trace) console.log(`${history.lines.join('\n')}\nseed ${seed}: trace ${history.digest}`);
      for (const problem of history.problems) console.log(`seed ${seed}: ${problem}`);
    }
  } finally {
    await base.close();
  }
  return total;
}

/** The same in a process of its own, whose last line is its total. */
function runThere(first: number, end: number, stride: number): Promise<Total> {
  const child = spawn(
    process.execPath,
    [
      import.meta.filename,
      '--seed',
      String(first),
      '--seeds',
      String(end - first),
      '--stride',
      String(stride),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let last = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('seed ')) console.log(line);
    else last = line;
  });
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      try {
        resolve(JSON.parse(last) as Total);
      } catch {
        reject(new Error(`a process of the simulation ended without its total: ${last}`));
      }
    });
  });
}

/** Runs histories of the exchange and says which seeds broke a guarantee. @returns 0 none, 1 some, 2 wrong call */
async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      stride: { type: 'string', default: '1' },
      trace: { type: 'boolean', default: false },
    },
  });
  const [count, first, jobs, stride] = [values.seeds, values.seed, values.jobs, values.stride].map(
    Number,
  ) as [number, number, number, number];
  const whole = [count, first, jobs, stride].every((one) => Number.isSafeInteger(one) && one >= 0);
  if (!whole || count < 1 || jobs < 1 || stride < 1) {
    console.error(usage);
    return 2;
  }
  const began = performance.now();
  const end = first + count;
  const totals =
    jobs === 1
      ? [await runHere(first, end, stride, values.trace)]
      : await Promise.all(Array.from({ length: jobs }, (_, at) => runThere(first + at, end, jobs)));
  const total = nothing();
  for (const one of totals) for (const key of Object.keys(total) as (keyof Total)[]) total[key] += one[key];
  const seconds = Number(((performance.now() - began) / 1_000).toFixed(1));
  console.log(JSON.stringify({ ...total, first, seconds }));
  return total.broken === 0 && total.seeds > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
