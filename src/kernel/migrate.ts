import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { applicationRole } from './database.ts';

/** A room's migrations: its schema and the folder of numbered `.sql` files, run once each, forward only. */
export interface Migrations {
  readonly schema: string;
  readonly folder: URL;
}

/** A migration that has run is not what lies in the folder today. */
export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationError';
  }
}

interface Step {
  readonly schema: string;
  readonly name: string;
  readonly text: string;
  readonly hash: string;
}

async function stepsOf(migrations: Migrations): Promise<readonly Step[]> {
  const names = (await readdir(migrations.folder))
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort();
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(fileURLToPath(new URL(name, migrations.folder)), 'utf8');
      return { schema: migrations.schema, name, text, hash: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** The migrations of the kernel itself: events, commands, the row-level-security helper. */
const kernelMigrations: Migrations = { schema: 'kernel', folder: new URL('./migrations/', import.meta.url) };

/** One fingerprint of all migrations, e.g. as the name of a template database. */
export async function migrationsFingerprint(all: readonly Migrations[]): Promise<string> {
  const hash = createHash('sha256');
  for (const migrations of [kernelMigrations, ...all]) {
    for (const step of await stepsOf(migrations)) hash.update(`${step.schema}/${step.name}:${step.hash}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Brings the database up to date, safe against two processes doing it at once.
 * @param url connection string of the owner
 * @returns the names of the steps that ran, `schema/0001_name.sql`
 */
export async function migrate(url: string, all: readonly Migrations[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url, application_name: 'phigiay migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(7011)');
    const version = await client.query<{ server_version_num: string }>('show server_version_num');
    if (Number(version.rows[0]?.server_version_num) < 150_000) {
      throw new MigrationError('PostgreSQL phải từ phiên bản 15 trở lên.');
    }
    await prepare(client);
    const ran: string[] = [];
    for (const migrations of [kernelMigrations, ...all]) {
      for (const step of await stepsOf(migrations))
        if (await runStep(client, step)) ran.push(`${step.schema}/${step.name}`);
    }
    return ran;
  } finally {
    await client.end();
  }
}

/** The steps that have not run yet, `schema/0001_name.sql`; nothing is changed. */
export async function pendingMigrations(url: string, all: readonly Migrations[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url, application_name: 'phigiay' });
  await client.connect();
  try {
    const known = await client.query<{ known: boolean }>(
      `select to_regclass('kernel.migration') is not null as known`,
    );
    const ran = known.rows[0]!.known
      ? await client.query<{ step: string }>(`select schema || '/' || name as step from kernel.migration`)
      : { rows: [] };
    const done = new Set(ran.rows.map(({ step }) => step));
    const steps = (await Promise.all([kernelMigrations, ...all].map(stepsOf))).flat();
    return steps.map(({ schema, name }) => `${schema}/${name}`).filter((step) => !done.has(step));
  } finally {
    await client.end();
  }
}

async function prepare(client: Client): Promise<void> {
  await client.query(`do $$ begin
    if not exists (select from pg_roles where rolname = '${applicationRole}') then
      create role ${applicationRole} nologin nosuperuser nobypassrls;
    end if;
  exception when duplicate_object or unique_violation then null; end $$`);
  await client.query(`do $$ begin
    if not pg_has_role(current_user, '${applicationRole}', 'member') then grant ${applicationRole} to current_user; end if;
  end $$`);
  await client.query('create schema if not exists kernel');
  await client.query(
    `create table if not exists kernel.migration (
       schema text not null, name text not null, hash text not null, at timestamptz not null default now(),
       primary key (schema, name))`,
  );
}

async function runStep(client: Client, step: Step): Promise<boolean> {
  const known = await client.query<{ hash: string }>(
    'select hash from kernel.migration where schema = $1 and name = $2',
    [step.schema, step.name],
  );
  const before = known.rows[0];
  if (before) {
    if (before.hash !== step.hash) {
      throw new MigrationError(
        `Bước nâng cấp ${step.schema}/${step.name} đã chạy nhưng nội dung nay đã khác.`,
      );
    }
    return false;
  }
  await client.query('begin');
  try {
    await client.query(`create schema if not exists ${step.schema}`);
    await client.query(`grant usage on schema ${step.schema} to ${applicationRole}`);
    // Granted as defaults, before the step runs: a step may take rights away again (append-only tables).
    await client.query(
      `alter default privileges in schema ${step.schema} grant select, insert, update, delete on tables to ${applicationRole}`,
    );
    await client.query(
      `alter default privileges in schema ${step.schema} grant usage on sequences to ${applicationRole}`,
    );
    await client.query(`set local search_path to ${step.schema}, pg_catalog`);
    await client.query(step.text);
    await client.query('insert into kernel.migration (schema, name, hash) values ($1, $2, $3)', [
      step.schema,
      step.name,
      step.hash,
    ]);
    await client.query('commit');
    return true;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
