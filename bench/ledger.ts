import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMemoryStore,
  emptyTree,
  encodeEntry,
  fsck,
  hashLeaf,
  hashNode,
  inclusionProof,
  integrateBatch,
  issueReceipt,
  noteSigner,
  openFileStore,
  publicJwk,
  type LogStorage,
} from '#ledger';

const batchSize = 100;

function makeEntries(count: number): Buffer[] {
  return Array.from({ length: count }, () =>
    encodeEntry({ kind: 'accept', time: 0, commitment: randomBytes(32) }),
  );
}

/** The yardstick: hash into a Merkle tree, append the leaves to one file, fdatasync, sign the root. */
async function rawBatches(folder: string, entries: readonly Buffer[], key: KeyObject): Promise<number> {
  const file = await open(join(folder, 'raw'), 'a');
  const start = performance.now();
  const peaks: Buffer[] = [];
  let size = 0;
  for (let at = 0; at < entries.length; at += batchSize) {
    const batch = entries.slice(at, at + batchSize);
    for (const entry of batch) {
      let hash = hashLeaf(entry);
      size += 1;
      for (let rest = size; rest % 2 === 0; rest /= 2) hash = hashNode(peaks.pop() as Buffer, hash);
      peaks.push(hash);
    }
    let root = peaks.at(-1) as Buffer;
    for (let peak = peaks.length - 2; peak >= 0; peak -= 1) root = hashNode(peaks[peak] as Buffer, root);
    await file.write(Buffer.concat(batch));
    await file.datasync();
    sign(null, Buffer.from(`raw\n${size}\n${root.toString('base64')}\n`), key);
  }
  const seconds = (performance.now() - start) / 1000;
  await file.close();
  return entries.length / seconds;
}

async function logBatches(store: LogStorage, entries: readonly Buffer[], key: KeyObject): Promise<number> {
  const signer = noteSigner('bench.example', key, 'ed25519');
  const start = performance.now();
  let tree = emptyTree;
  for (let at = 0; at < entries.length; at += batchSize)
    ({ tree } = await integrateBatch(store, tree, entries.slice(at, at + batchSize), signer));
  return entries.length / ((performance.now() - start) / 1000);
}

function receiptMicroseconds(): number {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { kid } = publicJwk(key);
  const claims = {
    envelopeHash: 'ab'.repeat(32),
    kind: 'new',
    document: {
      issuer: '000.00.11.H53',
      id: '000.00.11.H53,2020/10/30,2491/STC',
      notation: '2491/STC',
      date: '2020-10-30',
    },
    sender: '000.00.11.H53',
    recipients: ['000.00.00.H53'],
    acceptedAt: '2020-10-30T08:00:17+07:00',
    counter: 1,
    log: { origin: 'bench.example', index: 0 },
  };
  for (let at = 0; at < 500; at += 1) issueReceipt(claims, key, kid);
  const start = performance.now();
  const count = 5000;
  for (let at = 0; at < count; at += 1) issueReceipt(claims, key, kid);
  return ((performance.now() - start) * 1000) / count;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/**
 * P4: entries a second through the durable log in batches of 100, against a raw Merkle batch in the same run.
 * @param args how many entries for each round (20,000 unless told)
 */
export async function run(args: string[]): Promise<number> {
  const count = Number(args[0] ?? 20_000);
  const { privateKey } = generateKeyPairSync('ed25519');
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-bench-'));
  const raw: number[] = [];
  const log: number[] = [];
  const ratios: number[] = [];
  try {
    for (let round = 0; round < 5; round += 1) {
      const entries = makeEntries(count);
      const store = await openFileStore(join(folder, `log-${round}`));
      raw.push(await rawBatches(folder, entries, privateKey));
      log.push(await logBatches(store, entries, privateKey));
      ratios.push((log.at(-1) as number) / (raw.at(-1) as number));
      console.log(
        `round ${round + 1}: raw ${Math.round(raw.at(-1) as number)}/s, log ${Math.round(log.at(-1) as number)}/s`,
      );
      if (round === 0) {
        const { ok, size } = await fsck(store, [noteSigner('bench.example', privateKey, 'ed25519')]);
        console.log(`fsck of ${size} entries: ${ok ? 'good' : 'NOT GOOD'}`);
        if (!ok) return 1;
        const times: number[] = [];
        for (let at = 0; at < 500; at += 1) {
          const start = performance.now();
          await inclusionProof(store, size, Math.floor((at * size) / 500));
          times.push(performance.now() - start);
        }
        times.sort((a, b) => a - b);
        console.log(
          `inclusion proof from files: p50 ${times[250]?.toFixed(2)} ms, p99 ${times[495]?.toFixed(2)} ms`,
        );
      }
      await store.close();
    }
    const memory = await logBatches(createMemoryStore(), makeEntries(count), privateKey);
    console.log(`without a disk: ${Math.round(memory)}/s`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const receipt = receiptMicroseconds();
  console.log(`receipt with its entry: ${receipt.toFixed(1)} µs`);
  console.log(
    JSON.stringify({
      log_vs_raw: Number(median(ratios).toFixed(3)),
      log_leaves_per_s: Math.round(median(log)),
      raw_leaves_per_s: Math.round(median(raw)),
      receipt_us: Number(receipt.toFixed(1)),
    }),
  );
  return 0;
}
