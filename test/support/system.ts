import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import {
  connectDatabase,
  createEvents,
  createHttp,
  createLog,
  createMetrics,
  fileBlobs,
  manualClock,
  readConfig,
  systemIds,
  type Config,
  type Context,
  type Module,
} from '#kernel';
import { testDatabase } from './database.ts';

/** Rooms put together on a database, a folder and a clock of their own, as `phigiay start` does it. */
export interface TestSystem {
  readonly ctx: Context & { readonly clock: ReturnType<typeof manualClock> };
  readonly app: FastifyInstance;
  /** Connection string of the owner, e.g. to look past row-level security. */
  readonly ownerUrl: string;
  close(): Promise<void>;
}

/** Starts the rooms without pollers; routes are reached with `app.inject` or after `app.listen`. */
export async function testSystem(
  modules: readonly Module[],
  options: { readonly now?: string; readonly config?: Partial<Config> } = {},
): Promise<TestSystem> {
  const migrations = modules.flatMap((module) => (module.migrations ? [module.migrations] : []));
  const database = await testDatabase(migrations);
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-'));
  const read = readConfig({ PHIGIAY_DATA: folder, PHIGIAY_LOG: process.env['PHIGIAY_LOG'] ?? 'fatal' });
  if (!read.ok) throw new Error('test configuration is refused');
  const ctx = {
    config: { ...read.config, ...options.config },
    db: connectDatabase(database.url, { poolSize: 10 }),
    blobs: await fileBlobs(join(folder, 'blobs')),
    clock: manualClock(options.now ?? '2026-11-24T08:00:00+07:00'),
    ids: systemIds(),
    events: createEvents(),
    log: createLog(read.config.logLevel),
    metrics: createMetrics(),
  };
  for (const module of modules) module.subscribe?.(ctx);
  for (const module of modules) await module.prepare?.(ctx);
  const app = await createHttp(ctx);
  for (const module of modules) await module.routes?.(app, ctx);
  await app.ready();
  return {
    ctx,
    app,
    ownerUrl: database.url,
    async close() {
      await app.close();
      await ctx.db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
