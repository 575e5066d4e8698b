import { join } from 'node:path';
import { auditModule } from '#audit';
import { axisModule } from '#axis';
import { directoryModule } from '#directory';
import {
  connectDatabase,
  createEvents,
  createHttp,
  createLog,
  createMetrics,
  fileBlobs,
  onStorageFailure,
  readConfig,
  systemClock,
  systemIds,
  type Context,
} from '#kernel';

/**
 * The axis as a process of its own, for tests that kill it and for benchmarks: the database (DATABASE_URL) is
 * migrated already. Prints one line `{"port": …}` when it listens.
 */
const modules = [directoryModule, auditModule, axisModule];

async function main(): Promise<void> {
  onStorageFailure(() => process.exit(1));
  const read = readConfig(process.env);
  if (!read.ok || read.config.databaseUrl === undefined) throw new Error('settings are refused');
  const { config } = read;
  const ctx: Context = {
    config,
    db: connectDatabase(read.config.databaseUrl),
    blobs: await fileBlobs(join(config.dataDir, 'blobs')),
    clock: systemClock,
    ids: systemIds(),
    events: createEvents(),
    log: createLog(config.logLevel),
    metrics: createMetrics(),
  };
  for (const module of modules) await module.prepare?.(ctx);
  const app = await createHttp(ctx);
  for (const module of modules) await module.routes?.(app, ctx);
  const address = await app.listen({ host: '127.0.0.1', port: config.port });
  const pollers = modules.flatMap((module) => [...(module.pollers?.(ctx) ?? [])]);
  console.log(JSON.stringify({ port: Number(new URL(address).port) }));
  process.once('SIGTERM', () => {
    void Promise.all([app.close(), ...pollers.map((poller) => poller.stop())])
      .then(() => ctx.db.close())
      .then(() => process.exit(0));
  });
}

await main();
