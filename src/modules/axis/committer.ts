import { Refusal, type Context } from '#kernel';
import type { Accepted, AcceptJob, Moved, MoveJob } from './batch.ts';
import type { Notary } from './notary.ts';
import type { Packs } from './packs.ts';
import { planBatch, type Job, type Outcome } from './plan.ts';
import { batchTransaction } from './store.ts';

/** A batch takes at most this many jobs, bytes and deliveries unless one package alone has more. */
const mostJobs = 256;
const mostBytes = 32 * 1_048_576;
const mostDeliveries = 4_096;
const longestGatherMs = 4;

interface Waiting {
  readonly job: Job;
  resolve(outcome: Accepted | Moved): void;
  reject(error: unknown): void;
}

/**
 * Group commit. One transaction at a time serves every request that has gathered while the last one was being
 * made durable: one lock, one flush to disk and a handful of statements for all of them, and yet indexes and
 * counters without gaps. A lone request is committed at once; when more are under way the first to come wait a few
 * milliseconds for half of them, so that two halves take turns: while one is being committed the other is read.
 */
export interface Committer {
  accept(job: AcceptJob): Promise<Accepted>;
  move(job: MoveJob): Promise<Moved>;
  /** A package is coming in. @returns to be called once when its request has ended, well or not */
  announce(): () => void;
}

export function createCommitter(
  ctx: Context,
  notary: Notary,
  packs: Packs,
  options: { committed(): void },
): Committer {
  const waiting: Waiting[] = [];
  let running = false;
  const sizes = ctx.metrics.histogram(
    'phigiay_axis_batch_jobs',
    'Jobs served by one transaction',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );

  async function commit(jobs: readonly Job[]): Promise<readonly Outcome[]> {
    return await batchTransaction(ctx.db, jobs, async (opened) => {
      const { rows, packages, outcomes } = planBatch(opened, jobs, {
        now: ctx.clock.now(),
        uuid: () => ctx.ids.uuid(),
        notary,
      });
      // Only what is new and not refused is written, and it is on disk before the rows that speak of it.
      const places = packages.length === 0 ? [] : await packs.append(packages);
      for (const [at, { pack, offset }] of places.entries()) {
        Object.assign(rows.envelopes[at]!, { pack, packOffset: offset });
      }
      return { rows, value: outcomes };
    });
  }

  function settle(group: readonly Waiting[], outcomes: readonly Outcome[]): void {
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome instanceof Refusal) group[at]!.reject(outcome);
      else group[at]!.resolve(outcome);
    }
  }

  async function serve(group: readonly Waiting[]): Promise<void> {
    try {
      settle(group, await commit(group.map(({ job }) => job)));
    } catch (error) {
      // One bad job must not take the others down with it.
      if (group.length > 1) for (const one of group) await serve([one]);
      else group[0]!.reject(error);
    }
  }

  /** Packages whose requests are under way: announced, and neither answered nor broken off. */
  let underWay = 0;
  let patience: NodeJS.Timeout | null = null;

  /** Half of those under way have come, or nobody else is coming. */
  const worthStarting = (): boolean => waiting.length * 2 >= underWay || waiting.length >= mostJobs;

  function start(): void {
    if (running || waiting.length === 0) return;
    if (!worthStarting()) {
      patience ??= setTimeout(() => {
        patience = null;
        void run();
      }, longestGatherMs);
      return;
    }
    void run();
  }

  async function run(): Promise<void> {
    if (running || waiting.length === 0) return;
    if (patience) clearTimeout(patience);
    patience = null;
    running = true;
    const group = nextGroup(waiting);
    sizes.observe(group.length);
    try {
      await serve(group);
      options.committed();
    } finally {
      running = false;
      setImmediate(start);
    }
  }

  const enqueue = <T>(job: Job): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ job, resolve: resolve as Waiting['resolve'], reject });
      // After the current turn of the loop: requests that arrived together share the first batch.
      if (waiting.length === 1 && !running) setImmediate(start);
      else if (!running) start();
    });

  return {
    accept: (job) => enqueue<Accepted>(job),
    move: (job) => enqueue<Moved>(job),
    announce() {
      underWay += 1;
      return () => void (underWay -= 1);
    },
  };
}

function nextGroup(waiting: Waiting[]): Waiting[] {
  let deliveries = 0;
  let bytes = 0;
  let count = 0;
  for (const { job } of waiting) {
    deliveries += job.type === 'accept' ? job.recipients.length : 1;
    bytes += job.type === 'accept' ? job.bytes.length : 0;
    if (count > 0 && (count >= mostJobs || bytes > mostBytes || deliveries > mostDeliveries)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
