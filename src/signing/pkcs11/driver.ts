import { Worker } from 'node:worker_threads';
import type { TokenAnswer, TokenCall } from './calls.ts';
import { TokenError } from './errors.ts';

/** A return value of the driver other than CKR_OK; the stack says where it was asked, never with what. */
export class DriverFault extends Error {
  readonly ckr: string;

  constructor(ckr: string) {
    super(ckr);
    this.name = 'DriverFault';
    this.ckr = ckr;
  }
}

/** One PKCS#11 library in its thread, shared by all tokens that are opened through it. */
export interface Driver {
  /** @throws DriverFault, TokenError `token-timeout`, `driver-missing`, `library-unusable` */
  ask(call: TokenCall, timeout: number): Promise<unknown>;
  readonly openSlots: Set<string>;
  release(): Promise<void>;
}

interface Running {
  readonly driver: Driver;
  users: number;
}
const running = new Map<string, Running>();

/** The library's driver: C_Initialize is once for a process, so there is one thread for each library. */
export function driverOf(library: string): Driver {
  const known = running.get(library);
  if (known) {
    known.users++;
    return known.driver;
  }
  const driver = startDriver(library);
  running.set(library, { driver, users: 1 });
  return driver;
}

function startDriver(library: string): Driver {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: library,
    execArgv: [],
  });
  const waiting = new Map<number, (answer: TokenAnswer) => void>();
  let last = 0;
  // An idle driver keeps no process alive.
  worker.unref();
  worker.on('message', ({ id, answer }: { id: number; answer: TokenAnswer }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
  });
  const fail = (): void => {
    running.delete(library);
    for (const settle of waiting.values()) settle({ ok: false, ckr: 'CKR_GENERAL_ERROR' });
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', fail);
  return {
    openSlots: new Set(),
    async ask(call, timeout) {
      const id = ++last;
      worker.ref();
      const answer = await new Promise<TokenAnswer>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          if (waiting.size === 0) worker.unref();
          reject(new TokenError('token-timeout', { seconds: Math.ceil(timeout / 1000) }));
        }, timeout);
        waiting.set(id, (said) => {
          clearTimeout(timer);
          resolve(said);
        });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ id, call });
      });
      if (answer.ok) return answer.value;
      if (answer.ckr === 'binding-missing') throw new TokenError('driver-missing');
      if (answer.ckr === 'library-unusable') throw new TokenError('library-unusable', { reason: library });
      throw new DriverFault(answer.ckr);
    },
    async release() {
      const own = running.get(library);
      if (own && --own.users > 0) return;
      running.delete(library);
      await this.ask({ kind: 'finish' }, 5_000).catch(() => undefined);
      await worker.terminate();
    },
  };
}
