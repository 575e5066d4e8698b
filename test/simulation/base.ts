import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { auditModule } from '#audit';
import { axisModule, registerMember } from '#axis';
import { addOrganisations, directoryModule, findByCode, setHosted } from '#directory';
import { exchangeModule } from '#exchange';
import { identityModule } from '#identity';
import { agencyCertificates, issueAgencyKey, signaturesModule } from '#signatures';
import {
  connectDatabase,
  createEvents,
  createLog,
  createMetrics,
  fileBlobs,
  manualClock,
  readConfig,
  systemActor,
  systemIds,
  unitOfWork,
  type Context,
  type OrgId,
} from '#kernel';
import { testDatabase } from '../support/database.ts';
import { installDisk } from './disk.ts';

export const officeModules = [directoryModule, auditModule, identityModule, signaturesModule, exchangeModule];
export const axisModules = [directoryModule, auditModule, axisModule];

/** Who takes part: two offices with two agencies each. */
export const agencies = [
  { name: 'finance', office: 'north', code: 'H53.11', code102: '000.00.11.H53' },
  { name: 'province', office: 'north', code: 'H53', code102: '000.00.00.H53' },
  { name: 'planning', office: 'south', code: 'H53.12', code102: '000.00.12.H53' },
  { name: 'government', office: 'south', code: 'G22', code102: '000.00.00.G22' },
] as const;
export type AgencyName = (typeof agencies)[number]['name'];

/** What every history starts from: a database with organisations and keys, to be cloned, and the offices' secrets. */
export interface Base {
  /** Folder in memory under which the nodes' disks are. */
  readonly folder: string;
  /** Files that each office finds on its disk. */
  readonly officeFiles: string;
  readonly orgs: Readonly<Record<AgencyName, OrgId>>;
  readonly metrics: ReturnType<typeof createMetrics>;
  clone(): Promise<{ readonly url: string; drop(): Promise<void> }>;
  close(): Promise<void>;
}

export const beginning = '2020-10-30T08:00:00+07:00';

async function fill(ctx: Context): Promise<Record<AgencyName, OrgId>> {
  await ctx.db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      agencies.map(({ code, code102, name }) => ({
        code,
        code102,
        name: `Cơ quan ${name}`,
        parentCode102: null,
      })),
      '2020-01-01',
      ctx.clock.now(),
    ),
  );
  const orgs = {} as Record<AgencyName, OrgId>;
  for (const { name, code } of agencies)
    orgs[name] = (await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now())))!.id;
  await ctx.db.transaction(null, (tx) => setHosted(tx, Object.values(orgs)));
  for (const { name, code } of agencies) {
    const org = orgs[name];
    await unitOfWork(ctx, { org, actor: systemActor(org) }, (unit) =>
      issueAgencyKey(unit, { organisation: name, code }),
    );
  }
  for (const member of await agencyCertificates(ctx)) await registerMember(ctx, member);
  return orgs;
}

export async function prepareBase(): Promise<Base> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'phigiay-simulation-'));
  const officeFiles = join(`${folder}-office`);
  await mkdir(officeFiles);
  const modules = [...new Set([...officeModules, ...axisModules])];
  const database = await testDatabase(modules.flatMap(({ migrations }) => (migrations ? [migrations] : [])));
  const read = readConfig({ PHIGIAY_DATA: officeFiles, PHIGIAY_LOG: 'silent' });
  if (!read.ok) throw new Error('settings are refused');
  const metrics = createMetrics();
  const ctx: Context = {
    config: read.config,
    db: connectDatabase(database.url, { poolSize: 2 }),
    blobs: await fileBlobs(join(officeFiles, 'blobs')),
    clock: manualClock(beginning),
    ids: systemIds(),
    events: createEvents(),
    log: createLog('silent'),
    metrics,
  };
  const orgs = await fill(ctx);
  await ctx.db.close();
  await rm(join(officeFiles, 'blobs'), { recursive: true });
  installDisk(folder);
  const template = /\/([a-z0-9_]+)\?/.exec(database.url)![1]!;
  const admin = async (text: string): Promise<void> => {
    const client = new Client({ connectionString: database.url.replace(`/${template}?`, '/postgres?') });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  return {
    folder,
    officeFiles,
    orgs,
    metrics,
    async clone() {
      const name = `simulation_${process.pid}_${randomBytes(5).toString('hex')}`;
      await admin(`create database ${name} template ${template} strategy wal_log`);
      return {
        url: database.url.replace(`/${template}?`, `/${name}?`),
        drop: () => admin(`drop database if exists ${name} with (force)`),
      };
    },
    async close() {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
      await rm(officeFiles, { recursive: true, force: true });
    },
  };
}

/** Gives an office its secrets, before its first life. */
export function copyOfficeFiles(base: Base, root: string): void {
  cpSync(base.officeFiles, root, { recursive: true });
}
