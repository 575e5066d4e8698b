import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { compactVerify, importJWK } from 'jose';
import {
  addCosignatures,
  bindsRecipients,
  buildReceiptProof,
  commit,
  cosignLine,
  createMemoryStore,
  decodeEntry,
  decodeReceipt,
  emptyTree,
  encodeEntry,
  integrateBatch,
  issueReceipt,
  LedgerError,
  newSalt,
  noteSigner,
  openCheckpoint,
  publicJwk,
  receiptType,
  serializeClaims,
  serializeReceiptProof,
  signReceipt,
  verifyReceipt,
  verifyReceiptProof,
  type ReceiptProof,
  type ReceiptTrust,
} from './index.ts';

const axisKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const axisPublic = createPublicKey(axisKey);
const jwk = publicJwk(axisKey);
const log = noteSigner('truc.example/nhat-ky', generateKeyPairSync('ed25519').privateKey, 'ed25519');
const witness = noteSigner('bo.example/chung-kien', generateKeyPairSync('ed25519').privateKey, 'cosignature');

function claims(index: number): Parameters<typeof issueReceipt>[0] {
  return {
    envelopeHash: 'ab'.repeat(32),
    kind: 'new',
    document: {
      issuer: '000.00.11.H53',
      id: '000.00.11.H53,2020/10/30,2491/STC-BCTC',
      notation: '2491/STC-BCTC',
      date: '2020-10-30',
    },
    sender: '000.00.11.H53',
    recipients: ['000.00.00.H53', '000.00.00.G22'],
    acceptedAt: '2020-10-30T08:00:17.250+07:00',
    counter: index + 1,
    log: { origin: log.name, index },
  };
}

async function proofOf(index: number, count = 300): Promise<ReceiptProof> {
  const issued = Array.from({ length: count }, (_, at) => issueReceipt(claims(at), axisKey, jwk.kid));
  const store = createMemoryStore();
  const { checkpoint } = await integrateBatch(
    store,
    emptyTree,
    issued.map(({ entry }) => entry),
    log,
    (note) =>
      Promise.resolve(
        addCosignatures(note, cosignLine(openCheckpoint(note, [log]), witness, 1_700_000_000), [witness]),
      ),
  );
  const { receipt, entry } = issued[index] as (typeof issued)[0];
  const { recipients } = claims(index);
  const parts = { receipt, recipients, entry, receiptKey: axisPublic, checkpoint, logKey: log.vkey };
  return await buildReceiptProof(store, { ...parts, witnessKeys: [witness.vkey] });
}

const trust: ReceiptTrust = { logKeys: [log.vkey], receiptKeys: [jwk], witnessKeys: [witness.vkey] };

test('a receipt is a JWS that any library verifies, with the claims to the byte', async () => {
  const { receipt, claims: complete } = issueReceipt(claims(0), axisKey, jwk.kid);
  const { payload, protectedHeader } = await compactVerify(receipt, await importJWK(jwk, 'ES256'));
  assert.deepEqual(protectedHeader, { alg: 'ES256', typ: receiptType, kid: jwk.kid });
  assert.deepEqual(Buffer.from(payload), serializeClaims(complete));
  assert.deepEqual(verifyReceipt(receipt, axisPublic).claims, complete);
  // The order of the caller's keys does not matter.
  const reordered = Object.fromEntries(Object.entries(complete).toReversed()) as unknown as typeof complete;
  assert.deepEqual(serializeClaims(reordered), serializeClaims(complete));
});

test('a receipt for ten thousand recipients is no longer than one for a single one, and binds each of them', () => {
  const codes = Array.from({ length: 10_000 }, (_, at) => `000.${at}.11.H53`);
  const many = issueReceipt({ ...claims(0), recipients: codes }, axisKey, jwk.kid);
  const one = issueReceipt(claims(0), axisKey, jwk.kid);
  assert.ok(many.receipt.length <= one.receipt.length + 10, String(many.receipt.length));
  assert.ok(many.receipt.length < 1_500);
  assert.equal(bindsRecipients(many.claims, codes), true);
  for (const other of [codes.slice(1), codes.toReversed(), [...codes, 'H99'], codes.with(5_000, 'H99')])
    assert.equal(bindsRecipients(many.claims, other), false);
});

test('forged, altered and oddly spelled receipts are refused', () => {
  const { receipt, claims: complete } = issueReceipt(claims(0), axisKey, jwk.kid);
  const [header = '', payload = '', signature = ''] = receipt.split('.');
  const refused = (text: string): void => assert.throws(() => verifyReceipt(text, axisPublic), LedgerError);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  refused(`${encode({ alg: 'none', typ: receiptType, kid: jwk.kid })}.${payload}.`);
  refused(
    `${encode({ alg: 'ES256', typ: receiptType, kid: jwk.kid, crit: ['x'], x: 1 })}.${payload}.${signature}`,
  );
  refused(`${header}.${encode({ ...complete, counter: 2 })}.${signature}`);
  refused(`${header}.${payload}.${signature.slice(0, -2)}`);
  refused(`${header}.${payload}=.${signature}`);
  refused(`${header}.${payload}`);
  for (let at = 0; at < receipt.length; at += 7)
    refused(`${receipt.slice(0, at)}${receipt[at] === 'A' ? 'B' : 'A'}${receipt.slice(at + 1)}`);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  assert.throws(
    () => verifyReceipt(signReceipt(complete, other, jwk.kid), axisPublic),
    (error) => error instanceof LedgerError && error.code === 'receipt-invalid',
  );
  for (const wrong of [
    { counter: 0 },
    { envelopeHash: 'AB' },
    { acceptedAt: '2020-10-30T01:00:00Z' },
    { salt: 'x' },
  ])
    assert.throws(() => signReceipt({ ...complete, ...wrong }, axisKey, jwk.kid), LedgerError);
});

test('an entry shows its kind and minute and nothing of the content; the salt makes it unguessable', () => {
  const issued = issueReceipt(claims(0), axisKey, jwk.kid);
  const text = issued.entry.toString();
  assert.match(text, /^phigiay-log\/1\nkind accept\ntime 2020-10-30T08:00\+07:00\ncommitment \S{44}\n$/);
  assert.notEqual(text, issueReceipt(claims(0), axisKey, jwk.kid).entry.toString());
  const entry = decodeEntry(issued.entry);
  assert.deepEqual(encodeEntry(entry), issued.entry);
  const { payload, claims: read } = decodeReceipt(issued.receipt);
  assert.deepEqual(commit(Buffer.from(read.salt, 'base64url'), payload), entry.commitment);
  assert.notDeepEqual(commit(newSalt(), payload), entry.commitment);
  for (const wrong of [text.replace('accept', 'other'), `${text}\n`, text.replace('08:00', '08:61'), ''])
    assert.throws(() => decodeEntry(Buffer.from(wrong)), LedgerError);
});

test('S1.1 a receipt proof verifies offline, and says when no key is trusted', async () => {
  const proof = await proofOf(123);
  const file = serializeReceiptProof(proof);
  const verdict = verifyReceiptProof(file, trust);
  assert.equal(verdict.verdict, 'valid', JSON.stringify(verdict.findings));
  assert.deepEqual(verdict.checkpoint, { origin: log.name, size: 300, cosigners: [] });
  assert.equal(verifyReceiptProof(proof, { logKeys: [log.vkey] }).verdict, 'valid');
  assert.equal(verifyReceiptProof(proof).verdict, 'indeterminate');
  assert.equal(verifyReceiptProof(proof, { receiptKeys: [jwk] }).verdict, 'indeterminate');
  assert.equal(verifyReceiptProof('{}', trust).verdict, 'unreadable');
});

test('a forged proof, checkpoint, key, entry or receipt is refused', async () => {
  const proof = await proofOf(5);
  const elsewhere = await proofOf(6);
  const verdict = (changes: Partial<ReceiptProof>, by: ReceiptTrust = trust): string =>
    verifyReceiptProof({ ...proof, ...changes }, by).verdict;
  assert.equal(verdict({}), 'valid');
  assert.equal(verdict({ receipt: elsewhere.receipt }), 'invalid');
  assert.equal(verdict({ entry: elsewhere.entry }), 'invalid');
  assert.equal(verdict({ proof: elsewhere.proof }), 'invalid');
  assert.equal(verdict({ proof: proof.proof.replace('index 5', 'index 6') }), 'invalid');
  assert.equal(verdict({ proof: proof.proof.replace('\n300\n', '\n301\n') }), 'invalid');
  const impostor = noteSigner(log.name, generateKeyPairSync('ed25519').privateKey, 'ed25519');
  assert.equal(verdict({ logKey: impostor.vkey }), 'invalid');
  assert.equal(verdict({}, { logKeys: [impostor.vkey] }), 'invalid');
  const other = publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  assert.equal(verdict({ key: other }), 'invalid');
  assert.equal(verdict({}, { ...trust, receiptKeys: [other] }), 'invalid');
  const noWitness = noteSigner('x.example', generateKeyPairSync('ed25519').privateKey, 'cosignature');
  assert.equal(verdict({}, { ...trust, witnessKeys: [noWitness.vkey] }), 'invalid');
  assert.equal(verdict({}, { ...trust, witnessKeys: [noWitness.vkey, witness.vkey], quorum: 1 }), 'valid');
});

test('the command and the independent verifier agree, case by case', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-receipt-'));
  after(async () => await rm(folder, { recursive: true, force: true }));
  const proof = await proofOf(299);
  const other = await proofOf(3);
  const files: Record<string, string> = {
    good: serializeReceiptProof(proof),
    forged: serializeReceiptProof({ ...proof, entry: other.entry }),
    swapped: serializeReceiptProof({ ...proof, proof: other.proof }),
    'other-recipients': serializeReceiptProof({ ...proof, recipients: proof.recipients.toReversed() }),
    broken: 'not json',
    jwk: JSON.stringify(jwk),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.json`), text);
  const path = (name: string): string => join(folder, `${name}.json`);
  const cases: [string[], number][] = [
    [[path('good'), '--key', log.vkey, '--jwk', path('jwk'), '--witness', witness.vkey], 0],
    [[path('good'), '--key', log.vkey], 0],
    [[path('good')], 2],
    [[path('good'), '--jwk', path('jwk')], 2],
    [[path('forged'), '--key', log.vkey], 1],
    [[path('swapped')], 1],
    [[path('other-recipients'), '--key', log.vkey], 1],
    [[path('good'), '--key', witness.vkey], 1],
    [[path('broken')], 3],
    [[path('absent')], 3],
  ];
  const command = join(import.meta.dirname, '../cli/receipt.ts');
  const script = `import { verifyReceiptCommand } from ${JSON.stringify(command)}; process.exitCode = await verifyReceiptCommand(process.argv.slice(1));`;
  const verifier = join(import.meta.dirname, '../../conformance/verifier.mjs');
  for (const [args, code] of cases) {
    const ours = await exitOf(['--input-type=module', '-e', script, '--', ...args]);
    assert.equal(ours.code, code, `phigiay verify ${args.join(' ')}\n${ours.output}`);
    const theirs = await exitOf([verifier, ...args]);
    assert.equal(theirs.code, code, `verifier.mjs ${args.join(' ')}\n${theirs.output}`);
  }
});

async function exitOf(args: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
