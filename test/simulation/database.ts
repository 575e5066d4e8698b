import type { Pool, PoolClient } from 'pg';
import pg from 'pg';
import { applicationRole, databaseOn, type Database } from '#kernel';

/** The database as one life of a node sees it: each statement is a step before and after which the node may crash. */
export interface SimulatedDatabase {
  readonly db: Database;
  /** Breaks every connection, as the end of the process does; what was not committed is rolled back. */
  cut(): void;
  close(): Promise<void>;
}

export function simulatedDatabase(
  url: string,
  name: string,
  step: (what: string) => Promise<void>,
  busy: (change: 1 | -1) => void,
): SimulatedDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    // The server itself does not crash here: nothing is gained by waiting for its disk.
    options: `-c role=${applicationRole} -c timezone=UTC -c synchronous_commit=off`,
    application_name: name,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const open = new Set<PoolClient>();
  const ask = async (client: PoolClient, args: unknown[]): Promise<unknown> => {
    const verb = typeof args[0] === 'string' ? (/^\s*(\w+)/.exec(args[0])?.[1] ?? '') : 'query';
    await step(`sql ${verb}`);
    busy(1);
    const answer = await (client.query as (...all: unknown[]) => Promise<unknown>)(...args).finally(() =>
      busy(-1),
    );
    await step(`sql ${verb} done`);
    return answer;
  };
  const connect = async (): Promise<PoolClient> => {
    await step('connect');
    busy(1);
    const client = await pool.connect().finally(() => busy(-1));
    open.add(client);
    return new Proxy(client, {
      get(target, property) {
        if (property === 'query') return async (...args: unknown[]) => await ask(target, args);
        if (property === 'release')
          return (broken?: Error | boolean) => {
            open.delete(target);
            target.release(broken);
          };
        const value = Reflect.get(target, property) as unknown;
        return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
      },
    });
  };
  const stepping = new Proxy(pool, {
    get(target, property) {
      if (property === 'connect') return connect;
      if (property === 'query')
        return async (...args: unknown[]) => {
          const client = await connect();
          try {
            return await (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
          } finally {
            client.release();
          }
        };
      const value = Reflect.get(target, property) as unknown;
      return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
    },
  }) as Pool;
  return {
    db: databaseOn(stepping),
    cut() {
      for (const client of open) {
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      }
      void pool.end().catch(() => undefined);
    },
    close: () => pool.end(),
  };
}
