import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { auditModule } from '#audit';
import { axisModule } from '#axis';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { readConfig, type Config, type Finding, type OrgId } from '#kernel';
import { noteSigner } from '#ledger';
import { testDocument } from '../../test/crash/agency.ts';
import { axisService } from '../modules/axis/service.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { restore } from './backup.ts';
import { checkEverything } from './fsck.ts';
import { startWitness } from './witnessServer.ts';

const modules = [directoryModule, auditModule, axisModule];
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const run = promisify(execFile);
let folder: string;
let source: Runtime;
let sender: OrgId;

function configOf(name: string, more: Readonly<Record<string, string>> = {}): Config {
  const read = readConfig({ PHIGIAY_DATA: join(folder, name), PHIGIAY_LOG: 'error', ...more });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

async function send(runtime: Runtime, number: string): Promise<string> {
  const { acceptor } = await axisService(runtime.ctx);
  const bytes = testDocument({ from: 'H99', to: ['H98'], number });
  const accepted = await acceptor.submit({
    bytes,
    messageType: 'edoc',
    from: 'H99',
    to: [],
    senders: [sender],
    key: null,
  });
  return accepted.receipt;
}
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
const publish = async (runtime: Runtime): Promise<void> => {
  const { log } = await axisService(runtime.ctx);
  while (await log.round());
};
async function wrong(runtime: Runtime): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const one of checkEverything(runtime.ctx, 'axis')) if (one.kind !== 'note') found.push(one);
  return found;
}
/** Another process, as an operator would: the running one has its database. */
async function backUp(name: string, target: string): Promise<void> {
  const { stdout } = await run(process.execPath, [main, 'backup', target], {
    env: { ...process.env, PHIGIAY_DATA: join(folder, name), DATABASE_URL: '' },
  });
  assert.match(stdout, /^Đã sao lưu vào /);
}
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phigiay-backup-'));
  // Open to the account that a database of root runs as.
  await chmod(folder, 0o755);
  source = await openRuntime(configOf('data'), modules);
  const { ctx } = source;
  const entries = ['H98', 'H99'].map((code) => ({
    code,
    code102: `000.00.00.${code}`,
    name: `Cơ quan ${code}`,
    parentCode102: null,
  }));
  await ctx.db.transaction(null, (tx) => addOrganisations(tx, entries, '2020-01-01', ctx.clock.now()));
  sender = (await ctx.db.transaction(null, (tx) => findByCode(tx, 'H99', ctx.clock.now())))!.id;
});
after(async () => {
  await source?.close();
  await rm(folder, { recursive: true, force: true });
});

test('a copy made while letters pour in holds every letter acknowledged before it began, and is sound when restored', async () => {
  const acknowledged: string[] = [];
  for (let at = 0; at < 50; at += 1) acknowledged.push(await send(source, `${at}/VP`));
  await publish(source);
  const pouring = new AbortController();
  const pour = (async () => {
    for (let at = 50; !pouring.signal.aborted; at += 1) {
      await send(source, `${at}/VP`);
      if (at % 20 === 0) await publish(source);
    }
  })();
  await backUp('data', join(folder, 'copy'));
  pouring.abort();
  await pour;

  await restore(configOf('restored'), join(folder, 'copy'));
  const restored = await openRuntime(configOf('restored'), modules);
  try {
    await publish(restored);
    assert.deepEqual(await wrong(restored), []);
    // It goes on from there: each letter again has its first receipt, byte for byte.
    for (const [at, receipt] of acknowledged.entries()) {
      assert.ok((await send(restored, `${at}/VP`)) === receipt, `letter ${at} has another receipt`);
    }
    await (await axisService(restored.ctx)).log.close();
  } finally {
    await restored.close();
  }
});

test('a copy older than what a witness has seen is named as such by the check of the restored data', async () => {
  const signer = noteSigner('bo-noi-vu', generateKeyPairSync('ed25519').privateKey, 'cosignature');
  const { notary } = await axisService(source.ctx);
  const port = await freePort();
  const witness = await startWitness({
    logKey: notary.published.logKey,
    signer,
    memory: join(folder, 'witness.checkpoint'),
    host: '127.0.0.1',
    port,
    now: () => new Date(),
  });
  const witnesses = { PHIGIAY_WITNESSES: `${signer.vkey} http://127.0.0.1:${port}` };
  try {
    await send(source, '1/TR');
    await publish(source);
    await backUp('data', join(folder, 'old'));
    await send(source, '2/TR');
    await publish(source);
    const { askCosignature, configuredWitnesses } = await import('../modules/axis/witnesses.ts');
    const { log } = await axisService(source.ctx);
    const [asked] = configuredWitnesses({ ...source.ctx, config: configOf('data', witnesses) });
    await askCosignature(asked!, log.storage, (await log.storage.readCheckpoint())!, 0);

    await restore(configOf('rolled-back', witnesses), join(folder, 'old'));
    const restored = await openRuntime(configOf('rolled-back', witnesses), modules);
    try {
      const found = await wrong(restored);
      assert.deepEqual(
        found.map(({ kind }) => kind),
        ['swapped'],
      );
      assert.match(found[0]!.detail, /bản cũ|từ chối/);
    } finally {
      await restored.close();
    }
  } finally {
    await witness.close();
  }
});

test('a copy with a changed, a missing or no manifest, a folder that is not empty: refused in one line, nothing written', async () => {
  const copy = join(folder, 'damaged');
  await cp(join(folder, 'copy'), copy, { recursive: true });
  const victim = join(copy, 'database', 'PG_VERSION');
  const before = await readFile(victim);
  await writeFile(victim, '17\n');
  await assert.rejects(restore(configOf('never'), copy), /PG_VERSION.*thay đổi/);
  await rm(victim);
  await assert.rejects(restore(configOf('never'), copy), /thiếu database\/PG_VERSION/);
  await writeFile(victim, before);
  await assert.rejects(restore(configOf('data'), copy), /không trống/);
  await assert.rejects(backUp('data', copy), /không trống/);
  await rm(join(copy, 'manifest.json'));
  await assert.rejects(restore(configOf('never'), copy), /không phải bản sao lưu/);
  assert.deepEqual(await readdir(folder).then((names) => names.filter((name) => name === 'never')), []);
  const answer = await run(process.execPath, [main, 'restore', copy], {
    env: { ...process.env, PHIGIAY_DATA: join(folder, 'never') },
  }).catch((error: { code: number; stderr: string }) => error);
  assert.equal((answer as { code: number }).code, 1);
  assert.match(answer.stderr, /^[^\n]*không phải bản sao lưu[^\n]*\n$/);
});
