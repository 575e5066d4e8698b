import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate, migrationsFingerprint, type Migrations } from '#kernel';
import { testCluster } from './cluster.ts';

const databaseUrl = (cluster: string, name: string): string =>
  cluster.replace(/\/phigiay(\?|$)|\/postgres(\?|$)/, `/${name}?`);

async function asOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database of its own for one test, cloned from a migrated template. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * Clones a fresh database with the given rooms' migrations (about 40 ms; the first use of a set of migrations makes
 * the template).
 */
export async function testDatabase(migrations: readonly Migrations[]): Promise<TestDatabase> {
  const cluster = await testCluster();
  const admin = databaseUrl(cluster, 'postgres');
  const template = `template_${await migrationsFingerprint(migrations)}`;
  const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
  await asOwner(admin, async (client) => {
    await client.query('select pg_advisory_lock(7012)');
    const found = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [
      template,
    ]);
    if (found.rowCount === 0) {
      await client.query(`drop database if exists ${template} with (force)`);
      await client.query(`create database ${template}`);
      await migrate(databaseUrl(cluster, template), migrations);
      await client.query(`alter database ${template} with is_template true allow_connections false`);
    }
    await client.query('select pg_advisory_unlock(7012)');
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  return {
    url: databaseUrl(cluster, name),
    drop: () =>
      asOwner(
        admin,
        async (client) => void (await client.query(`drop database if exists ${name} with (force)`)),
      ),
  };
}
