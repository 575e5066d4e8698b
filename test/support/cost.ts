import { createHash } from 'node:crypto';

const block = Buffer.alloc(16 * 2 ** 20, 7);

function cpuMicroseconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

/** What hashing 16 MiB costs on this machine at this moment, the least of three. */
function yardstick(): number {
  return Math.min(
    ...[0, 1, 2].map(() => {
      const from = process.cpuUsage();
      createHash('sha256').update(block).digest();
      return cpuMicroseconds(from);
    }),
  );
}

/**
 * Begins to count what work costs, in units of hashing 16 MiB with SHA-256 (about 10 ms of one core). Processor time
 * against a yardstick of the same moment, never the clock: a busy machine fails no test.
 */
export function startCost(): () => number {
  const unit = Math.max(1, yardstick());
  const from = process.cpuUsage();
  return () => cpuMicroseconds(from) / unit;
}
