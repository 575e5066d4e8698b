import type { Log } from './log.ts';

export interface Poller {
  /** Runs a round now rather than at the next tick. */
  wake(): void;
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

/**
 * Repeats `round` until stopped: at once again while it says that there was work, else after `intervalMs`.
 * A failing round is logged and tried again with a growing pause (up to a minute): a queue never dies silently.
 */
export function startPoller(options: {
  readonly name: string;
  readonly intervalMs: number;
  readonly log: Log;
  /** @returns true when there may be more work waiting. */
  round(signal: AbortSignal): Promise<boolean>;
}): Poller {
  const stopping = new AbortController();
  let wakeUp: (() => void) | undefined;
  let woken = false;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (woken || stopping.signal.aborted) {
        woken = false;
        resolve();
        return;
      }
      const timer = setTimeout(() => wakeUp?.(), ms);
      wakeUp = () => {
        clearTimeout(timer);
        wakeUp = undefined;
        woken = false;
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      let more = false;
      try {
        more = await options.round(stopping.signal);
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) break;
        failures += 1;
        options.log.error({ err: error, poller: options.name, failures }, 'poller round failed');
      }
      if (failures > 0) await pause(Math.min(60_000, options.intervalMs * 2 ** Math.min(failures, 10)));
      else if (!more) await pause(options.intervalMs);
    }
  };
  const ended = run();
  return {
    wake() {
      if (wakeUp) wakeUp();
      else woken = true;
    },
    async stop() {
      stopping.abort();
      wakeUp?.();
      await ended;
    },
  };
}
