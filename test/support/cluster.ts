import { mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedPostgres } from '#kernel';

/** One PostgreSQL for all test processes of this user; started by whoever needs it first, stopped by the test runner. */
export const clusterFolder = join(tmpdir(), `phigiay-test-${userInfo().uid}`);

/**
 * Starts the shared test server or attaches to it, safe when many test files start at once.
 * @returns connection string of its owner
 */
export async function testCluster(): Promise<string> {
  if (process.env['PHIGIAY_TEST_DATABASE']) return process.env['PHIGIAY_TEST_DATABASE'];
  mkdirSync(clusterFolder, { recursive: true, mode: 0o755 });
  const lock = join(clusterFolder, 'starting');
  for (let round = 0; ; round += 1) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      try {
        // Whoever held the lock was killed while starting.
        if (Date.now() - statSync(lock).mtimeMs > 60_000) rmSync(lock, { recursive: true, force: true });
      } catch {
        // Released in the meantime.
      }
      if (round > 1_200) throw new Error('the test PostgreSQL did not start within two minutes');
      await pause(100);
    }
  }
  try {
    const server = await startEmbeddedPostgres({
      dataDir: clusterFolder,
      detached: true,
      settings: { max_connections: '300' },
    });
    return server.url;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
