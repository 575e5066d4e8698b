import { Worker } from 'node:worker_threads';
import type { CheckReply, CheckTask } from './task.ts';

/** How much a check may use, and how many may run. */
export interface PoolLimits {
  readonly workers: number;
  /** Checks that may wait for a thread. */
  readonly waiting: number;
  readonly milliseconds: number;
  /** JavaScript heap of one thread; what inflates is limited by the reader of PDF. */
  readonly heapMegabytes: number;
}

export const defaultPoolLimits: PoolLimits = {
  workers: 2,
  waiting: 16,
  milliseconds: 30_000,
  heapMegabytes: 384,
};

/** Why there is no reply. */
export type PoolFailure = 'busy' | 'too-slow' | 'died';

/** Threads that check files, made when asked for; each takes one file at a time. */
export interface CheckPool {
  /** Hands the file over: its bytes can no longer be read here. */
  run(task: CheckTask): Promise<CheckReply | PoolFailure>;
  close(): Promise<void>;
}

interface Waiting {
  readonly task: CheckTask;
  readonly done: (reply: CheckReply | PoolFailure) => void;
}

/** @param script the thread's program; a test hands over one that misbehaves */
export function checkPool(
  limits: PoolLimits = defaultPoolLimits,
  script: URL = new URL('./worker.ts', import.meta.url),
): CheckPool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const queue: Waiting[] = [];
  let running = 0;

  const open = (): Worker => {
    const worker = new Worker(script, {
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes, maxYoungGenerationSizeMb: 64 },
      env: {},
      stdout: true,
      stderr: true,
    });
    // A thread that waits must not keep the process alive.
    worker.unref();
    all.add(worker);
    worker.once('exit', () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  };

  const start = ({ task, done }: Waiting): void => {
    running += 1;
    const worker = idle.pop() ?? open();
    let settled = false;
    const finish = (reply: CheckReply | PoolFailure): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      worker.off('exit', died).removeAllListeners('message').removeAllListeners('error');
      worker.on('error', () => undefined);
      running -= 1;
      if (typeof reply === 'string') void worker.terminate();
      else idle.push(worker);
      done(reply);
      const next = queue.shift();
      if (next) start(next);
    };
    const died = (): void => finish('died');
    const timer = setTimeout(() => finish('too-slow'), limits.milliseconds);
    worker.once('message', (reply: CheckReply) => finish(reply));
    worker.once('error', died).once('exit', died);
    const { bytes } = task;
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
    const owned = whole ? bytes : Uint8Array.from(bytes);
    worker.postMessage({ ...task, bytes: owned }, [owned.buffer as ArrayBuffer]);
  };

  return {
    run: (task) =>
      new Promise((done) => {
        if (running < limits.workers) start({ task, done });
        else if (queue.length < limits.waiting) queue.push({ task, done });
        else done('busy');
      }),
    async close() {
      for (const { done } of queue.splice(0)) done('busy');
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
