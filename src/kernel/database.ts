import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { Pool, types } from 'pg';
import type { OrgId } from './ids.ts';

/** A transaction without tables: each room's store adds its own with `tx.withTables<…>()`. */
export type Tx = Transaction<unknown>;

// int8 as number where it is safe: counters and indexes here stay far below 2^53, and a value above it throws.
types.setTypeParser(types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint out of the safe range: ${text}`);
  return value;
});

/** The role that runs all requests: it owns no table, so that row-level security binds it. */
export const applicationRole = 'phigiay_app';

export interface Database {
  /** Connections of the application role. */
  readonly pool: Pool;
  readonly kysely: Kysely<unknown>;
  /**
   * One transaction (read committed) that sees the rows of `org` only; with `null` it sees no row that belongs to
   * an organisation, only shared tables. Row-level security holds whatever the query says.
   */
  transaction<T>(org: OrgId | null, work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Connects to a database whose migrations have run.
 * @param url connection string of the owner; each connection at once takes the application role instead
 */
export function connectDatabase(url: string, options: { readonly poolSize?: number } = {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: options.poolSize ?? 20,
    options: `-c role=${applicationRole} -c timezone=UTC`,
    application_name: 'phigiay',
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  // An idle connection that breaks must not end the process; the next query gets a fresh one.
  pool.on('error', () => undefined);
  // One that breaks while it is in use fails its statement; without a listener it would end the process besides.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return databaseOn(pool);
}

/** The database behind a pool of connections of the application role. */
export function databaseOn(pool: Pool): Database {
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return {
    pool,
    kysely,
    transaction: (org, work) =>
      kysely.transaction().execute(async (tx) => {
        await sql`select set_config('app.org', ${org ?? ''}, true)`.execute(tx);
        return await work(tx);
      }),
    close: () => kysely.destroy(),
  };
}

/** A unique key was violated: the constraint's name, or undefined for every other error. */
export function violatedConstraint(error: unknown): string | undefined {
  const candidate = error as { code?: string; constraint?: string };
  return candidate?.code === '23505' ? (candidate.constraint ?? '') : undefined;
}
