import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { Client } from 'pg';
import { auditModule } from '#audit';
import { axisModule } from '#axis';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import type { Context, Finding, OrgId } from '#kernel';
import {
  emptyRoot,
  noteSigner,
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  signCheckpoint,
  verifyReceiptProof,
} from '#ledger';
import { testDocument } from '../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../test/support/system.ts';
import { axisService } from '../modules/axis/service.ts';
import { envelopeOf } from '../modules/axis/store.ts';
import { LogRefused } from '../modules/axis/witnesses.ts';
import { checkEverything } from './fsck.ts';
import { startWitness, type WitnessServer } from './witnessServer.ts';
import { witnessCommand } from './witness.ts';

const names = ['bo-noi-vu', 'bo-tu-phap'] as const;
const signers = names.map((name) =>
  noteSigner(name, generateKeyPairSync('ed25519').privateKey, 'cosignature'),
);
const ports: number[] = [];
let folder: string;
let system: TestSystem;
let sender: OrgId;
let witnesses: WitnessServer[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const memoryOf = (at: number): string => join(folder, `${names[at]}.checkpoint`);
const logKey = async (): Promise<string> => (await axisService(system.ctx)).notary.published.logKey;

async function startAll(): Promise<void> {
  witnesses = [];
  for (const [at, signer] of signers.entries()) {
    const options = {
      logKey: await logKey(),
      signer,
      memory: memoryOf(at),
      host: '127.0.0.1',
      port: ports[at]!,
    };
    witnesses.push(await startWitness({ ...options, now: () => system.ctx.clock.now() }));
  }
}
const stopAll = async (): Promise<void> => void (await Promise.all(witnesses.map((one) => one.close())));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phigiay-witness-'));
  for (const _ of names) ports.push(await freePort());
  const configured = signers.map(({ vkey }, at) => ({ vkey, url: `http://127.0.0.1:${ports[at]}` }));
  const config = { witnesses: configured, witnessQuorum: 2 };
  system = await testSystem([directoryModule, auditModule, axisModule], { config });
  const { ctx } = system;
  const entries = ['H98', 'H99'].map((code) => ({
    code,
    code102: `000.00.00.${code}`,
    name: `Cơ quan ${code}`,
    parentCode102: null,
  }));
  await ctx.db.transaction(null, (tx) => addOrganisations(tx, entries, '2020-01-01', ctx.clock.now()));
  sender = (await ctx.db.transaction(null, (tx) => findByCode(tx, 'H99', ctx.clock.now())))!.id;
  await startAll();
});
after(async () => {
  await stopAll();
  await system?.close();
  await rm(folder, { recursive: true, force: true });
});

async function send(ctx: Context, number: string): Promise<{ envelope: string }> {
  const { acceptor } = await axisService(ctx);
  const bytes = testDocument({ from: 'H99', to: ['H98'], number });
  return await acceptor.submit({
    bytes,
    messageType: 'edoc',
    from: 'H99',
    to: [],
    senders: [sender],
    key: null,
  });
}
const publish = async (ctx: Context): Promise<void> => {
  const { log } = await axisService(ctx);
  while (await log.round());
};
async function wrong(ctx: Context): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const one of checkEverything(ctx, 'axis')) if (one.kind !== 'note') found.push(one);
  return found;
}

test('both witnesses cosign the checkpoint and stand in the proof of a receipt; a quorum that is missing holds publication', async () => {
  const { ctx } = system;
  const { envelope } = await send(ctx, '1/VP');
  await publish(ctx);
  const { log } = await axisService(ctx);
  const key = await logKey();
  const opened = openCheckpoint((await log.storage.readCheckpoint())!, [parseVerifierKey(key)], signers);
  assert.deepEqual(opened.cosignatures.map(({ name }) => name).sort(), [...names].sort());
  const row = await ctx.db.transaction(sender, (tx) => envelopeOf(tx, envelope));
  const trust = { logKeys: [key], witnessKeys: signers.map(({ vkey }) => vkey) };
  const verdict = verifyReceiptProof((await log.proofOf(row!))!, trust);
  assert.equal(verdict.verdict, 'valid', JSON.stringify(verdict.findings));

  await witnesses[1]!.close();
  await send(ctx, '2/VP');
  await assert.rejects(publish(ctx), /only 1 of 2 witnesses/);
  assert.equal(parseCheckpoint((await log.storage.readCheckpoint())!).size, 1);
  // It comes back with its memory; the other one, which is ahead of what was published, cosigns again.
  await witnesses[0]!.close();
  await startAll();
  assert.deepEqual(witnesses.map((one) => one.size()).sort(), [1, 2]);
  await publish(ctx);
  assert.equal(parseCheckpoint((await log.storage.readCheckpoint())!).size, 2);
  assert.deepEqual(await wrong(ctx), []);
});

test('S8.7 yesterday’s database and log presented as today’s are refused by the witnesses and named by the check', async () => {
  const { ctx } = system;
  const { dataDir } = ctx.config;
  const owner = new Client({ connectionString: system.ownerUrl });
  await owner.connect();
  try {
    await (await axisService(ctx)).log.close();
    await cp(join(dataDir, 'log'), join(folder, 'log-yesterday'), { recursive: true });
    const yesterday = { ...ctx };
    await send(yesterday, '3/VP');
    await send(yesterday, '4/VP');
    await publish(yesterday);
    assert.deepEqual(await wrong(yesterday), []);
    await (await axisService(yesterday)).log.close();

    // The backup of yesterday comes back: all that was accepted since is gone, and everything agrees with itself.
    await owner.query(`delete from axis.delivery where log_index >= 2; delete from axis.identity where document_id ~ '[34]/VP';
      delete from axis.envelope where log_index >= 2; delete from axis.log_entry where index >= 2;
      update axis.head set next_index = 2; update axis.counter set next = 3`);
    await rm(join(dataDir, 'log'), { recursive: true });
    await cp(join(folder, 'log-yesterday'), join(dataDir, 'log'), { recursive: true });
    const restored = { ...ctx };
    const found = await wrong(restored);
    assert.deepEqual(
      found.map(({ kind, object }) => [kind, object]),
      names.map(() => ['swapped', 'Trục: sổ nhật ký của trục']),
    );
    assert.match(found[0]!.detail, /chỉ có 2 dòng, ít hơn 4 dòng/);
    assert.match(found[0]!.lastGood ?? '', /bên chứng kiến bo-noi-vu ký cỡ 4 lúc 2026-11-24T08:00:00/);
    const alone = { ...restored, config: { ...ctx.config, witnesses: [], witnessQuorum: 0 } };
    assert.deepEqual(await wrong(alone), [], 'without witnesses nobody could know');

    await send(restored, '5/VP');
    await assert.rejects(publish(restored), (error) => error instanceof LogRefused && error.status === 409);
    // Grown past what was witnessed, it is another tree.
    for (const number of ['6/VP', '7/VP']) await send(restored, number);
    await assert.rejects(publish(restored), (error) => error instanceof LogRefused && error.status === 422);
    const { log } = await axisService(restored);
    assert.equal(
      parseCheckpoint((await log.storage.readCheckpoint())!).size,
      2,
      'nothing of it is published',
    );
    assert.deepEqual(
      witnesses.map((one) => one.size()),
      [4, 4],
    );
    await log.close();
  } finally {
    await owner.end();
  }
});

test('a witness with a damaged memory does not start, and answers others’ requests by the book', async () => {
  const url = `http://127.0.0.1:${ports[0]}`;
  const post = async (body: string): Promise<number> =>
    (await fetch(`${url}/add-checkpoint`, { method: 'POST', body })).status;
  assert.equal(await post('not a request'), 400);
  assert.equal(await post('x'.repeat(70_000)), 413);
  const stranger = noteSigner('other.example/log', generateKeyPairSync('ed25519').privateKey, 'ed25519');
  const unknown = signCheckpoint({ origin: stranger.name, size: 0, root: emptyRoot }, stranger);
  assert.equal(await post(`old 0\n\n${unknown}`), 404);
  const { name } = parseVerifierKey(await logKey());
  const forger = noteSigner(name, generateKeyPairSync('ed25519').privateKey, 'ed25519');
  assert.equal(
    await post(`old 0\n\n${signCheckpoint({ origin: name, size: 9, root: emptyRoot }, forger)}`),
    403,
  );
  assert.equal((await fetch(`${url}/`)).status, 404);

  const memory = await readFile(memoryOf(0), 'utf8');
  await writeFile(memoryOf(0), memory.replace('\n4\n', '\n2\n'));
  const options = { logKey: await logKey(), signer: signers[0]!, host: '127.0.0.1', port: 0 };
  await assert.rejects(startWitness({ ...options, memory: memoryOf(0), now: () => new Date() }));
});

test('the command makes a key, says what to configure, and explains a wrong call', async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const out = mock.method(console, 'log', print);
  const err = mock.method(console, 'error', print);
  try {
    const key = join(folder, 'key.pem');
    const known = ['--log', 'http://127.0.0.1:1/log', '--vkey', await logKey(), '--key', key];
    assert.equal(
      await witnessCommand([...known, '--port', '0', '--name', 'so-noi-vu'], () => Promise.resolve()),
      0,
    );
    assert.match(lines.join('\n'), /PHIGIAY_WITNESSES="so-noi-vu\+[0-9a-f]{8}\+\S+ http:\/\/127/);
    assert.match(await readFile(key, 'utf8'), /PRIVATE KEY/);
    assert.equal(await witnessCommand(known), 2);
    assert.equal(await witnessCommand([...known, '--port', 'x']), 2);
    assert.equal(await witnessCommand(['--log', 'x', '--vkey', 'y', '--key', key, '--port', '0']), 2);
  } finally {
    out.mock.restore();
    err.mock.restore();
  }
});
