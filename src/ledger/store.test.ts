import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  appendBatch,
  createMemoryStore,
  emptyTree,
  fsck,
  hashLeaf,
  inclusionProof,
  integrateBatch,
  LedgerError,
  noteSigner,
  openFileStore,
  openLog,
  signCheckpoint,
  verifyInclusion,
  type FileStore,
  type LogStorage,
  type MemoryStore,
} from './index.ts';

const signer = noteSigner('log.example/axis', generateKeyPairSync('ed25519').privateKey, 'ed25519');
const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-log-'));
  folders.push(folder);
  return folder;
}

function entriesOf(from: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`entry ${from + at}`));
}

async function run(storage: LogStorage, sizes: readonly number[]): Promise<void> {
  let { tree } = await openLog(storage, signer);
  for (const count of sizes)
    ({ tree } = await integrateBatch(storage, tree, entriesOf(tree.size, count), signer));
}

async function memoryLog(sizes: readonly number[]): Promise<MemoryStore> {
  const store = createMemoryStore();
  await run(store, sizes);
  return store;
}

async function inFolder<T>(folder: string, use: (store: FileStore) => Promise<T>): Promise<T> {
  const store = await openFileStore(folder);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

test('a folder holds the log that memory holds, survives reopening, and passes fsck', async () => {
  const folder = await newFolder();
  await inFolder(folder, (store) => run(store, [100, 100, 100]));
  await inFolder(folder, (store) => run(store, [1, 300]));
  const memory = await memoryLog([100, 100, 100, 1, 300]);
  await inFolder(folder, async (store) => {
    const report = await fsck(store, [signer]);
    assert.deepEqual([report.ok, report.size, report.findings], [true, 601, []]);
    assert.equal(report.root, (await fsck(memory, [signer])).root);
    const paths: string[] = [];
    for await (const path of store.listTiles()) {
      paths.push(path);
      assert.deepEqual(await readFile(join(folder, path)), memory.files.get(path));
    }
    assert.ok(paths.includes('tile/entries/002.p/89'));
    // Partial tiles are gone once their full tile is published.
    assert.ok(!paths.some((path) => path.startsWith('tile/0/000.p')));
  });
});

test('a full tile never changes', async () => {
  await inFolder(await newFolder(), async (store) => {
    await run(store, [256]);
    const other = appendBatch(emptyTree, entriesOf(1, 256));
    await assert.rejects(
      store.writeTiles(other.tilesToWrite),
      (error) => error instanceof LedgerError && error.code === 'tile-conflict',
    );
  });
});

test('a proof for a checkpoint that was passed over on the disk is still made', async () => {
  await inFolder(await newFolder(), async (store) => {
    let tree = emptyTree;
    const heads = [];
    for (let at = 0; at < 20; at += 1) {
      const batch = await integrateBatch(store, tree, entriesOf(tree.size, 7), signer);
      heads.push(batch);
      ({ tree } = batch);
    }
    for (const { size, root } of heads) {
      const proof = await inclusionProof(store, size, size - 1);
      verifyInclusion(size - 1, size, hashLeaf(Buffer.from(`entry ${size - 1}`)), proof, root);
    }
    assert.equal(await store.readCheckpoint(), heads.at(-1)?.checkpoint);
  });
});

test('a crash after any file of a batch is made good by running the entries again, in other batches too', async () => {
  const whole = await memoryLog([200, 880]);
  const batch = appendBatch((await openLog(await memoryLog([200]), signer)).tree, entriesOf(200, 880));
  for (let done = 0; done <= batch.tilesToWrite.length; done += 1) {
    const folder = await newFolder();
    await inFolder(folder, (store) => run(store, [200]));
    await inFolder(folder, (store) => store.writeTiles(batch.tilesToWrite.slice(0, done)));
    await writeFile(join(folder, '.tmp', '99'), 'half a ti');
    await inFolder(folder, async (store) => {
      assert.equal((await fsck(store, [signer])).ok, true);
      await run(store, [180, 700]);
      const report = await fsck(store, [signer]);
      assert.deepEqual([report.ok, report.size, report.findings], [true, 1080, []]);
      assert.equal(report.root, (await fsck(whole, [signer])).root);
    });
  }
});

test('a power loss that takes every file but the journal loses nothing that was published', async () => {
  const folder = await newFolder();
  await inFolder(folder, async (store) => {
    await run(store, [100, 100, 100, 100, 33]);
    const after = await newFolder();
    const journal = await readFile(join(folder, '.journal'));
    await writeFile(join(after, '.journal'), journal);
    await writeFile(join(after, 'checkpoint'), '');
    await inFolder(after, async (survivor) => {
      const report = await fsck(survivor, [signer]);
      assert.deepEqual([report.ok, report.size], [true, 433], JSON.stringify(report.findings));
      await run(survivor, [80]);
      assert.equal((await fsck(survivor, [signer])).ok, true);
    });
    // A torn last record is one that was never acknowledged: the log stands where it stood before it.
    const last = journal.lastIndexOf('checkpoint');
    const torn = await newFolder();
    journal[last + 30] = (journal[last + 30] as number) ^ 1;
    await writeFile(join(torn, '.journal'), journal);
    await inFolder(torn, async (survivor) => {
      const report = await fsck(survivor, [signer]);
      assert.deepEqual([report.ok, report.size], [true, 400], JSON.stringify(report.findings));
    });
  });
});

test('a store that was closed takes nothing more', async () => {
  const store = await openFileStore(await newFolder());
  await store.close();
  await assert.rejects(
    store.writeCheckpoint('x'),
    (error) => error instanceof LedgerError && error.code === 'store-closed',
  );
});

test('kill -9 at any moment loses no published checkpoint and leaves a log that goes on', async () => {
  const folder = await newFolder();
  const key = signer.privateKey.export({ format: 'jwk' });
  const program = `
    import { createPrivateKey } from 'node:crypto';
    const { openFileStore, openLog, integrateBatch, noteSigner } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href)});
    const signer = noteSigner('log.example/axis', createPrivateKey({ key: ${JSON.stringify(key)}, format: 'jwk' }), 'ed25519');
    const store = await openFileStore(${JSON.stringify(folder)});
    let { tree } = await openLog(store, signer);
    for (;;) {
      const entries = Array.from({ length: 37 }, (_, at) => Buffer.from('entry ' + (tree.size + at)));
      ({ tree } = await integrateBatch(store, tree, entries, signer));
      console.log(tree.size);
    }`;
  let published = 0;
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const stop = 20 + round * 13;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.split('\n').length > stop) child.kill('SIGKILL');
      });
      child.once('close', () => resolve());
    });
    published = Number(output.trimEnd().split('\n').at(-1));
    const report = await inFolder(folder, (store) => fsck(store, [signer]));
    assert.equal(report.ok, true, JSON.stringify(report.findings));
    assert.ok(report.size >= published, `${report.size} after ${published} was published`);
  }
  const { tree } = await inFolder(folder, (store) => openLog(store, signer));
  assert.deepEqual(tree.root, appendBatch(emptyTree, entriesOf(0, tree.size)).root);
});

test('flip any byte of any tile, bundle or checkpoint: fsck names exactly that object', async () => {
  const store = await memoryLog([300, 40, 200, 257]);
  assert.equal((await fsck(store, [signer])).ok, true);
  for (const [path, bytes] of new Map(store.files)) {
    const step = Math.max(1, Math.floor(bytes.length / 23));
    for (let at = 0; at < bytes.length; at += step) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x01;
      store.files.set(path, damaged);
      const report = await fsck(store, [signer]);
      assert.deepEqual(
        report.findings.map((finding) => finding.path),
        [path],
        `${path} byte ${at}`,
      );
      assert.equal(report.ok, false);
    }
    store.files.set(path, bytes);
  }
});

test('fsck names a missing tile, a strange file, and tiles ahead of the checkpoint', async () => {
  const store = await memoryLog([300, 300]);
  for (const path of ['tile/0/000', 'tile/1/000.p/2', 'tile/entries/002.p/88', 'tile/0/002.p/88']) {
    const bytes = store.files.get(path) as Uint8Array;
    store.files.delete(path);
    const { ok, findings } = await fsck(store, [signer]);
    assert.deepEqual(
      [ok, findings.map(({ path, problem }) => [path, problem])],
      [false, [[path, 'missing']]],
    );
    store.files.set(path, bytes);
  }
  store.files.set('tile/0/notes.txt', Buffer.from('x'));
  const strange = await fsck(store, [signer]);
  assert.deepEqual(
    strange.findings.map(({ path, problem }) => [path, problem]),
    [['tile/0/notes.txt', 'extra']],
  );
  store.files.delete('tile/0/notes.txt');
  const { tree } = await openLog(store, signer);
  await store.writeTiles(appendBatch(tree, entriesOf(600, 10)).tilesToWrite);
  const ahead = await fsck(store, [signer]);
  assert.deepEqual([ahead.ok, ahead.findings.map(({ problem }) => problem)], [true, ['ahead', 'ahead']]);
});

test('fsck and the opening of the log refuse a checkpoint of another key or another root', async () => {
  const store = await memoryLog([300]);
  const other = noteSigner(signer.name, generateKeyPairSync('ed25519').privateKey, 'ed25519');
  const fork = appendBatch(emptyTree, entriesOf(1, 300));
  for (const [by, root] of [
    [other, (await openLog(store, signer)).tree.root],
    [signer, fork.root],
  ] as const) {
    const forged = await memoryLog([300]);
    await forged.writeCheckpoint(signCheckpoint({ origin: signer.name, size: 300, root }, by));
    const report = await fsck(forged, [signer]);
    assert.deepEqual(
      report.findings.map(({ path }) => path),
      ['checkpoint'],
    );
    await assert.rejects(openLog(forged, signer), LedgerError);
  }
});
