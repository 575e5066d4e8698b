import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { compactVerify } from 'jose';
import { findByCode } from '#directory';
import { registerMember } from '#axis';
import { connectDatabase, systemClock, type Context } from '#kernel';
import { axisDatabase, startAxis, type AxisChild } from '../test/crash/axisChild.ts';
import { run } from './axis.ts';
import { rules } from './axis1/rules.ts';

let folder: string;
let axis: AxisChild;
let database: Awaited<ReturnType<typeof axisDatabase>>['database'];
const codes = ['H98', 'H99'] as const;

/** Key and certificate by openssl: the kit takes what any agency has. */
function openssl(code: string): void {
  const out = ['-keyout', join(folder, `${code}.key`), '-out', join(folder, `${code}.pem`)];
  const how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  execFileSync('openssl', ['req', '-x509', ...how, ...out, '-subj', `/CN=${code}`], { stdio: 'ignore' });
}
const member = (code: string): string =>
  `${code}=${join(folder, `${code}.pem`)},${join(folder, `${code}.key`)}`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phigiay-kit-'));
  ({ database } = await axisDatabase(codes));
  const db = connectDatabase(database.url, { poolSize: 1 });
  for (const code of codes) {
    openssl(code);
    const org = (await db.transaction(null, (tx) => findByCode(tx, code, systemClock.now())))!.id;
    const certificatePem = await readFile(join(folder, `${code}.pem`), 'utf8');
    await registerMember({ db, clock: systemClock } as Context, { orgId: org, certificatePem });
  }
  await db.close();
  axis = await startAxis({ databaseUrl: database.url, dataDir: folder });
});
after(async () => {
  await axis?.end('SIGTERM');
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the kit and reads its signed sheet. */
async function judged(
  port: number,
): Promise<{ code: number; failed: string[]; sheet: Record<string, unknown> }> {
  const file = join(folder, 'sheet.jws');
  const key = join(folder, 'H99.key');
  const log = mock.method(console, 'log', () => undefined);
  try {
    const code = await run([
      `http://127.0.0.1:${port}`,
      '--sender',
      member('H99'),
      '--receiver',
      member('H98'),
      '--sheet',
      file,
      '--sheet-key',
      key,
    ]);
    const { payload } = await compactVerify(
      (await readFile(file, 'utf8')).trim(),
      createPublicKey(await readFile(key)),
    );
    const sheet = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
    const verdicts = sheet['verdicts'] as { rule: string; passed: boolean }[];
    return { code, sheet, failed: verdicts.filter(({ passed }) => !passed).map(({ rule }) => rule) };
  } finally {
    log.mock.restore();
  }
}

test('the kit passes our own axis in every rule and signs its sheet', async () => {
  const { code, failed, sheet } = await judged(axis.port);
  assert.deepEqual(failed, []);
  assert.equal(code, 0);
  assert.equal(sheet['passed'], rules.length);
  assert.ok(rules.length >= 30);
});

/** An axis with one fault: ours behind something that spoils its answers. */
async function faulty(
  spoil: (path: string, status: number, body: Buffer) => [number, Buffer],
): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const { method, headers } = incoming;
    const forward = request({ port: axis.port, host: '127.0.0.1', path, method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const [status, body] = spoil(path, answer.statusCode ?? 0, Buffer.concat(pieces));
        const { 'content-length': _length, ...kept } = answer.headers;
        outgoing.writeHead(status, kept).end(body);
      });
    });
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('an axis with a fault fails in the rules that speak of it, and in those only', async () => {
  let answers = 0;
  const faults: [string, string[], Parameters<typeof faulty>[0]][] = [
    [
      'a repeat gets an answer of its own',
      ['repeat', 'repeat-at-once'],
      (path, status, body) => {
        if (path !== '/axis/v1/packages' || status !== 201) return [status, body];
        answers += 1;
        const text = body.toString().replace(/"acceptedAt":"[^"]*"/, `"acceptedAt":"${answers}"`);
        return [status, Buffer.from(text)];
      },
    ],
    [
      'bytes are changed on the way',
      ['unchanged'],
      (path, status, body) =>
        path.endsWith('/package') && status === 200
          ? [status, Buffer.from(body.toString().replace('</edXML>', ' </edXML>'))]
          : [status, body],
    ],
    [
      "another's delivery is forbidden instead of not there",
      ['kept-apart'],
      (path, status, body) => (status === 404 && path.endsWith('/package') ? [403, body] : [status, body]),
    ],
  ];
  for (const [name, expected, spoil] of faults) {
    const server = await faulty(spoil);
    try {
      const { code, failed } = await judged((server.address() as AddressInfo).port);
      assert.deepEqual(failed, expected, name);
      assert.equal(code, 1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
});

test('a wrong call is told how to call', async () => {
  const error = mock.method(console, 'error', () => undefined);
  try {
    assert.equal(await run([]), 2);
    assert.equal(await run(['not a url', '--sender', member('H99'), '--receiver', member('H98')]), 2);
    assert.equal(await run(['http://127.0.0.1:1', '--sender', 'H99', '--receiver', member('H98')]), 2);
  } finally {
    error.mock.restore();
  }
});
