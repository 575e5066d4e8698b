import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectDatabase,
  createEvents,
  createLog,
  createMetrics,
  fileBlobs,
  MigrationError,
  migrate,
  pendingMigrations,
  startEmbeddedPostgres,
  systemClock,
  systemIds,
  type Config,
  type Context,
  type Migrations,
  type Module,
} from '#kernel';

/** A context on real storage, and the way to let go of it. */
export interface Runtime {
  readonly ctx: Context;
  /** The migrations that ran, `schema/0001_name.sql`. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the database (embedded, or the one of DATABASE_URL), brings it up to date for the given modules, and opens
 * the blob store: what both the server and the commands of an operator stand on.
 * @param options.asItIs change nothing: a check must leave what it looks at as it found it
 * @throws MigrationError when the database is to be left as it is and is behind
 */
export async function openRuntime(
  config: Config,
  modules: readonly Module[],
  options: { readonly asItIs?: boolean } = {},
): Promise<Runtime> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  const server =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, binDir: config.postgresBin })
      : { url: config.databaseUrl, stop: () => Promise.resolve() };
  try {
    const migrations = modules.flatMap((module): Migrations[] =>
      module.migrations ? [module.migrations] : [],
    );
    if (options.asItIs === true) {
      const pending = await pendingMigrations(server.url, migrations);
      if (pending.length > 0)
        throw new MigrationError(
          `Cơ sở dữ liệu còn ${pending.length} bước chưa nâng cấp; chạy "phigiay migrate" rồi làm lại.`,
        );
    }
    const migrated = options.asItIs === true ? [] : await migrate(server.url, migrations);
    const db = connectDatabase(server.url);
    const ctx: Context = {
      config,
      db,
      blobs: await fileBlobs(join(config.dataDir, 'blobs')),
      clock: systemClock,
      ids: systemIds(),
      events: createEvents(),
      log: createLog(config.logLevel),
      metrics: createMetrics(),
    };
    return {
      ctx,
      migrated,
      async close() {
        await db.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
