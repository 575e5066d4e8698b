import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { startEmbeddedPostgres } from '#kernel';
import { clusterFolder } from '../test/support/cluster.ts';

/**
 * Runs the tests against one PostgreSQL that lives as long as the run. Arguments are files; without any, all tests.
 */
const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : globSync('{src,test,conformance,web}/**/*.test.{ts,tsx}')).sort();
const server = await startEmbeddedPostgres({
  dataDir: clusterFolder,
  detached: true,
  settings: { max_connections: '300' },
});
const runner = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', `--test-concurrency=${Math.max(2, availableParallelism())}`, ...files],
  { stdio: 'inherit', env: { ...process.env, PHIGIAY_TEST_DATABASE: server.url } },
);
const code = await new Promise<number>((resolve) => {
  runner.once('close', (status) => resolve(status ?? 1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => runner.kill(signal));
});
await server.stop();
process.exitCode = code;
