import { constants, createHash, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CryptoKeySigner, PDF } from '@libpdf/core';
import { signPdf, verifyPdf } from '#signing';
import { caseOf, documentOf, type SigningCase } from './signingCase.ts';

/** What is measured: something done once, again and again. */
type Work = () => unknown;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Seconds that `times` runs of a piece of work take, each. */
async function secondsOf(work: Work, times: number): Promise<number> {
  const began = performance.now();
  for (let at = 0; at < times; at += 1) {
    const done = work();
    if (done instanceof Promise) await done;
  }
  return (performance.now() - began) / 1000 / times;
}

/**
 * Seconds of each piece of work in each round. Within a round the pieces follow one another closely and in turning
 * order, so a busy neighbour slows them all alike; ratios are taken round by round.
 */
async function interleaved<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  rounds: number,
  sliceSeconds: number,
): Promise<Record<Name, number>[]> {
  const names = Object.keys(works) as Name[];
  const times = {} as Record<Name, number>;
  for (const name of names) {
    await secondsOf(works[name], 20);
    times[name] = Math.max(1, Math.round(sliceSeconds / (await secondsOf(works[name], 10))));
  }
  const out: Record<Name, number>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % names.length;
    const measured = {} as Record<Name, number>;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)])
      measured[name] = await secondsOf(works[name], times[name]);
    out.push(measured);
  }
  return out;
}

/** The floor of signing: the file's digest and one raw RSA operation on a DigestInfo. */
function signFloor(file: Uint8Array, key: KeyObject): void {
  createHash('sha256').update(file).digest();
  rawSign(key);
}

const digestInfo = Buffer.concat([
  Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  randomBytes(32),
]);
const rawSign = (key: KeyObject): Buffer =>
  sign(null, digestInfo, { key, padding: constants.RSA_PKCS1_PADDING });

/** A second opinion on the raw operation: `node:crypto` as everyone calls it. */
const message = randomBytes(300);

async function libpdfSigner(made: SigningCase): Promise<() => Promise<Uint8Array>> {
  const pkcs8 = made.key.export({ format: 'der', type: 'pkcs8' });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const key = await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const [certificate, ...chain] = made.chain.map(({ der }) => new Uint8Array(der));
  const signer = new CryptoKeySigner(key, certificate as Uint8Array, 'RSA', 'RSASSA-PKCS1-v1_5', chain);
  return async () => {
    const pdf = await PDF.load(made.unsigned);
    return (await pdf.sign({ signer, level: 'B-B' })).bytes;
  };
}

/** Growth of the memory of a process of its own that signs and verifies a large file, in sizes of the file. */
function memoryOf(megabytes: number): { readonly sign: number; readonly signAndVerify: number } {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-bench-'));
  try {
    const path = join(folder, 'large.pdf');
    writeFileSync(path, documentOf(megabytes * 2 ** 20));
    const script = fileURLToPath(new URL('signingMemoryProcess.ts', import.meta.url));
    const run = spawnSync(process.execPath, [script, path], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout) as { sign: number; signAndVerify: number };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const round2 = (value: number): number => Number(value.toFixed(value < 10 ? 3 : 0));

/**
 * Signing and verifying on one core, each beside its yardstick in the same rounds: the floor (hashing the file and
 * one RSA-2048 operation), and @libpdf/core. Arguments: rounds (default 25), size of the file in KB (200).
 */
export async function run(args: readonly string[]): Promise<number> {
  const rounds = Number(args[0] ?? 25);
  const made = await caseOf(Number(args[1] ?? 200));
  const { policy, signed, twice, unsigned, key, publicKey } = made;
  const signature = sign('sha256', message, key);
  const libpdf = await libpdfSigner(made);
  const bothTwice = await verifyPdf(twice, policy);
  if (
    (await verifyPdf(signed, policy)).indication !== 'TOTAL-PASSED' ||
    bothTwice.indication !== 'TOTAL-PASSED'
  )
    throw new Error(`the files to be measured are not valid: ${JSON.stringify(bothTwice.findings)}`);
  const works = {
    raw: () => rawSign(key),
    signFloor: () => signFloor(unsigned, key),
    sign: () => signPdf(unsigned, made.options),
    verifyFloor: () => {
      createHash('sha256').update(signed).digest();
      verify('sha256', message, publicKey, signature);
    },
    verify: () => verifyPdf(signed, policy),
    verifyTwice: () => verifyPdf(twice, policy),
  };
  const measured = await interleaved(works, rounds, 0.05);
  const beside = await interleaved({ sign: works.sign, libpdf }, Math.ceil(rounds / 3), 0.05);
  const of = (name: keyof typeof works): number => median(measured.map((one) => one[name]));
  const ratio = (floor: keyof typeof works, ours: keyof typeof works): number =>
    median(measured.map((one) => one[floor] / one[ours]));
  for (const name of Object.keys(works) as (keyof typeof works)[])
    console.log(
      `${name.padEnd(12)} ${(of(name) * 1e6).toFixed(0).padStart(6)} µs  ${(1 / of(name)).toFixed(0)}/s`,
    );
  const memory = memoryOf(100);
  const figures = {
    sign_vs_floor: round2(ratio('signFloor', 'sign')),
    verify_vs_floor: round2(ratio('verifyFloor', 'verify')),
    verify_two_bt_per_s: round2(1 / of('verifyTwice')),
    verify_two_bt_vs_raw_sign: round2(ratio('raw', 'verifyTwice')),
    raw_rsa_sign_per_s: round2(1 / of('raw')),
    sign_per_s: round2(1 / of('sign')),
    verify_per_s: round2(1 / of('verify')),
    sign_vs_libpdf: round2(median(beside.map((one) => one.libpdf / one.sign))),
    libpdf_sign_per_s: round2(1 / median(beside.map((one) => one.libpdf))),
    memory_100mb_x: round2(memory.signAndVerify),
    memory_100mb_sign_x: round2(memory.sign),
    file_bytes: unsigned.length,
    rounds,
  };
  // The figure per second holds for a core that makes 3,900 raw signatures a second; the ratio carries it elsewhere.
  const enough =
    figures.sign_vs_floor >= 0.6 &&
    figures.verify_vs_floor >= 0.35 &&
    figures.verify_two_bt_vs_raw_sign >= 700 / 3900 &&
    figures.memory_100mb_x < 2.5;
  console.log(JSON.stringify(figures));
  return enough ? 0 : 1;
}
