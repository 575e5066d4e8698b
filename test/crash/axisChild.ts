import { spawn, type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { auditModule } from '#audit';
import { axisModule, registerMember } from '#axis';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { connectDatabase, systemClock, type Context, type OrgId } from '#kernel';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testAgency, type TestAgency } from './agency.ts';

const axisModules = [directoryModule, auditModule, axisModule];

/** A running axis process. */
export interface AxisChild {
  readonly port: number;
  readonly process: ChildProcess;
  /** Ends it and waits for its end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts test/crash/axisProcess.ts and waits until it listens. */
export async function startAxis(options: {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly nodeArgs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Another entry that prints its port in the same way. */
  readonly script?: URL;
}): Promise<AxisChild> {
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeArgs ?? []),
      fileURLToPath(options.script ?? new URL('axisProcess.ts', import.meta.url)),
    ],
    {
      env: {
        ...process.env,
        NODE_TEST_CONTEXT: '',
        DATABASE_URL: options.databaseUrl,
        PHIGIAY_DATA: options.dataDir,
        PHIGIAY_PORT: '0',
        PHIGIAY_URL: 'http://127.0.0.1',
        PHIGIAY_LOG: process.env['PHIGIAY_LOG'] ?? 'error',
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve((JSON.parse(line) as { port: number }).port);
    });
    child.once('exit', (code) => reject(new Error(`the axis ended with ${code} before it listened`)));
  });
  return {
    port,
    process: child,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

export interface JoinedAgency extends TestAgency {
  readonly org: OrgId;
  readonly keyId: string;
}

export const axisMigrations = axisModules.flatMap((module) => (module.migrations ? [module.migrations] : []));

/** A database of the axis with some organisations that have joined it. */
export async function axisDatabase(
  codes: readonly string[],
): Promise<{ readonly database: TestDatabase; readonly agencies: readonly JoinedAgency[] }> {
  const database = await testDatabase(axisMigrations);
  return { database, agencies: await joinAgencies(database.url, codes) };
}

/** Lets organisations with these codes join the axis of a migrated database. */
export async function joinAgencies(url: string, codes: readonly string[]): Promise<readonly JoinedAgency[]> {
  const db = connectDatabase(url, { poolSize: 2 });
  const now = systemClock.now();
  await db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      codes.map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Cơ quan ${code}`,
        parentCode102: null,
      })),
      '2020-01-01',
      now,
    ),
  );
  const agencies: JoinedAgency[] = [];
  for (const code of codes) {
    const agency = testAgency(code);
    const org = (await db.transaction(null, (tx) => findByCode(tx, code, now)))!.id;
    const keyId = await registerMember({ db, clock: systemClock } as Context, {
      orgId: org,
      certificatePem: agency.certificatePem,
    });
    agencies.push({ ...agency, org, keyId });
  }
  await db.close();
  return agencies;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One signed request over a connection of the agent; rejects when the connection breaks. */
export function callAxis(
  agent: Agent,
  port: number,
  agency: JoinedAgency,
  message: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
  },
): Promise<Answer> {
  const headers = agency.sign({
    method: message.method,
    url: `http://127.0.0.1:${port}${message.path}`,
    now: new Date(),
    keyId: agency.keyId,
    headers: {
      ...message.headers,
      ...(message.body ? { 'content-length': String(message.body.length) } : {}),
    },
    body: message.body,
  });
  return new Promise((resolve, reject) => {
    const call = request(
      { agent, host: '127.0.0.1', port, method: message.method, path: message.path, headers },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () =>
          response.complete
            ? resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) })
            : reject(new Error('the answer was cut off')),
        );
        response.on('error', reject);
      },
    );
    call.setTimeout(30_000, () => call.destroy(new Error('no answer')));
    call.on('error', reject);
    call.end(message.body);
  });
}

/** Headers of a package to send. */
export function packageHeaders(from: string, key: string): Record<string, string> {
  return {
    'content-type': 'application/edxml+xml',
    'idempotency-key': key,
    'phigiay-message-type': 'edoc',
    'phigiay-from': from,
  };
}
