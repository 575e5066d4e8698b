import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import {
  addCosignatures,
  appendBatch,
  consistencyProof,
  cosignLine,
  createMemoryStore,
  decideCosign,
  emptyRoot,
  emptyTree,
  formatAddCheckpoint,
  formatProof,
  LedgerError,
  newWitnessedLog,
  noteSigner,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseNote,
  parseProof,
  parseVerifierKey,
  signCheckpoint,
  signNote,
  type WitnessState,
} from './index.ts';

const refuses = (run: () => unknown, ...codes: string[]): void =>
  assert.throws(run, (error) => error instanceof LedgerError && codes.includes(error.code));

function ed25519(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

// The published example of the Go checksum database's note package.
const peterKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const peterSeed = 'YEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'.replace(/^/, 'A');
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const signature =
  'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';

test('a note is signed to the byte as the reference implementation signs it', () => {
  const seed = Buffer.from(peterSeed, 'base64').subarray(1);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const signer = noteSigner(
    'PeterNeumann',
    createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    'ed25519',
  );
  assert.equal(signer.vkey, peterKey);
  assert.equal(signNote(text, signer), `${text}\n— PeterNeumann ${signature}\n`);
});

test('a verifier key with any letter changed, or cut, is refused', () => {
  const { vkey } = parseVerifierKey(peterKey);
  assert.equal(vkey, peterKey);
  for (let at = 0; at < peterKey.length; at += 1) {
    const changed = String.fromCharCode(peterKey.charCodeAt(at) + 1);
    refuses(
      () => parseVerifierKey(peterKey.slice(0, at) + changed + peterKey.slice(at + 1)),
      'key-malformed',
    );
    refuses(() => parseVerifierKey(peterKey.slice(0, at)), 'key-malformed');
  }
});

test('malformed notes, unknown keys and bad signatures are refused', () => {
  const line = `— PeterNeumann ${signature}\n`;
  const peter = parseVerifierKey(peterKey);
  assert.equal(openNote(`${text}\n${line}`, [peter]).text, text);
  for (const note of [
    text,
    `${text}\n`,
    `${text}\n${line.slice(0, -1)}`,
    `\u0001${text}\n${line}`,
    `\ud800${text}\n${line}`,
    `${text}\n— Bad Name ${signature}\n`,
    `${text}\n${line}Unexpected line.\n`,
    `${text}\n${line.repeat(101)}`,
  ])
    refuses(() => parseNote(note), 'note-malformed');
  refuses(() => openNote(`${text}\n${line}`, []), 'signature-unknown');
  refuses(() => openNote(`${text.replace('answer', 'Answer')}\n${line}`, [peter]), 'signature-invalid');
});

test('a checkpoint needs a key that bears its origin', () => {
  const log = noteSigner('log.example/axis', ed25519(), 'ed25519');
  const other = noteSigner('other.example', ed25519(), 'ed25519');
  const note = signCheckpoint({ origin: log.name, size: 0, root: emptyRoot }, log);
  assert.equal(openCheckpoint(note, [log]).size, 0);
  refuses(
    () => signCheckpoint({ origin: log.name, size: 0, root: emptyRoot }, other),
    'checkpoint-malformed',
  );
  const foreign = signNote(note.slice(0, note.indexOf('\n\n') + 1), other);
  refuses(() => openCheckpoint(foreign, [log, other]), 'signature-unknown');
  for (const wrong of ['a\n01\nAAAA\n', 'a\n1\n', 'a\n1\nAAAA\n', '\n1\nAAAA\n'])
    refuses(() => parseCheckpoint(signNote(wrong, other)), 'checkpoint-malformed', 'note-malformed');
});

test('a witness cosigns only what follows from what it cosigned: 404, 403, 400, 409, 422', async () => {
  const log = noteSigner('log.example/axis', ed25519(), 'ed25519');
  const witness = noteSigner('witness.example/1', ed25519(), 'cosignature');
  const store = createMemoryStore();
  const entries = (from: number, count: number): Buffer[] =>
    Array.from({ length: count }, (_, at) => Buffer.from(`${from + at}`));
  const first = appendBatch(emptyTree, entries(0, 5));
  await store.writeTiles(first.tilesToWrite);
  const second = appendBatch(first.tree, entries(5, 300));
  await store.writeTiles(second.tilesToWrite);
  const head = (tree: { size: number; root: Buffer }, signer = log): string =>
    signCheckpoint({ origin: signer.name, size: tree.size, root: tree.root }, signer);
  const body = (oldSize: number, proof: Buffer[], checkpoint: string): string =>
    formatAddCheckpoint({ oldSize, proof, checkpoint });
  const status = (state: WitnessState, request: string): unknown => {
    const decision = decideCosign(state, request);
    return 'status' in decision ? decision.status : 'cosign';
  };
  const fresh: WitnessState = { logs: [newWitnessedLog(log.name, [log])] };
  assert.equal(status(fresh, body(0, [], head(first))), 'cosign');
  assert.equal(status({ logs: [] }, body(0, [], head(first))), 404);
  const impostor = noteSigner(log.name, ed25519(), 'ed25519');
  assert.equal(status(fresh, body(0, [], head(first, impostor))), 403);
  assert.equal(status(fresh, body(9, [], head(first))), 400);
  assert.equal(status(fresh, 'nonsense'), 400);
  assert.equal(status(fresh, body(0, [emptyRoot], head(first))), 422);
  const known: WitnessState = { logs: [{ ...newWitnessedLog(log.name, [log]), size: 5, root: first.root }] };
  const proof = await consistencyProof(store, 5, 305);
  assert.equal(status(known, body(5, proof, head(second))), 'cosign');
  assert.deepEqual(decideCosign(known, body(3, proof, head(second))), {
    status: 409,
    reason: 'the last cosigned size is 5',
    size: 5,
  });
  assert.equal(status(known, body(5, proof.slice(1), head(second))), 422);
  assert.equal(status(known, body(5, [], head({ size: 5, root: emptyRoot }))), 409);
  const forked = appendBatch(emptyTree, [Buffer.from('x'), ...entries(1, 304)]);
  assert.equal(status(known, body(5, proof, head(forked))), 422);

  const decision = decideCosign(known, body(5, proof, head(second)));
  assert.ok('cosign' in decision);
  const line = cosignLine(decision.cosign, witness, 1_700_000_000);
  const cosigned = addCosignatures(head(second), line, [witness]);
  const opened = openCheckpoint(cosigned, [log], [witness]);
  assert.deepEqual(
    opened.cosignatures.map(({ name, time }) => [name, time]),
    [['witness.example/1', 1_700_000_000]],
  );
  refuses(() => openCheckpoint(cosigned.replace('305', '306'), [log], [witness]), 'signature-invalid');
});

test('a tlog-proof is read as it was written, and other spellings are refused', () => {
  const log = noteSigner('log.example/axis', ed25519(), 'ed25519');
  const checkpoint = signCheckpoint({ origin: log.name, size: 1, root: emptyRoot }, log);
  const proof = { index: 7, proof: [emptyRoot, emptyRoot], checkpoint, extra: Buffer.from('more') };
  const written = formatProof(proof);
  assert.ok(written.startsWith('c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 7\n47DEQpj8'));
  assert.deepEqual(parseProof(written), proof);
  for (const wrong of [
    written.replace('@v1', '@v2'),
    written.replace('index 7', 'index 07'),
    written.replace('47DE', '47D'),
    written.replace('bW9yZQ==', 'bW9yZQ'),
    'c2sp.org/tlog-proof@v1\nindex 7\n',
  ])
    refuses(() => parseProof(wrong), 'proof-malformed');
});
