import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { LedgerError } from './errors.ts';

/** `ed25519`: signed-note type 0x01; `cosignature`: timestamped witness cosignature, type 0x04. */
export type NoteAlgorithm = 'ed25519' | 'cosignature';

/** A key that verifies note signatures; `vkey` is its text form `name+hash+key`. */
export interface NoteVerifier {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly algorithm: NoteAlgorithm;
  readonly vkey: string;
  readonly publicKey: KeyObject;
}

/** A key that signs notes. */
export interface NoteSigner extends NoteVerifier {
  readonly privateKey: KeyObject;
}

/** A signature that was verified; `time` (seconds) only on cosignatures. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly vkey: string;
  readonly time?: number;
}

/** A note whose shape was read and nothing verified. */
export interface ParsedNote {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly keyId: string; readonly bytes: Buffer }[];
}

const types: Record<NoteAlgorithm, number> = { ed25519: 1, cosignature: 4 };
const maximumNoteBytes = 1 << 20;
const maximumSignatures = 100;
const namePattern = /^[^\s+\p{Cc}]+$/u;

function keyIdOf(name: string, material: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), material]), 'hex').slice(0, 8);
}

function verifierOf(name: string, algorithm: NoteAlgorithm, raw: Buffer): NoteVerifier {
  const material = Buffer.concat([Buffer.of(types[algorithm]), raw]);
  const keyId = keyIdOf(name, material);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return {
    name,
    keyId,
    algorithm,
    vkey: `${name}+${keyId}+${material.toString('base64')}`,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
  };
}

/**
 * A signer of notes from an Ed25519 private key.
 * @param name the origin of a log or the name of a witness: no spaces, no plus sign
 * @throws LedgerError key-malformed
 */
export function noteSigner(name: string, privateKey: KeyObject, algorithm: NoteAlgorithm): NoteSigner {
  if (!namePattern.test(name) || !name.isWellFormed()) throw new LedgerError('key-malformed', 'the name');
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519')
    throw new LedgerError('key-malformed', 'not an Ed25519 private key');
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' }) as { x: string };
  return { ...verifierOf(name, algorithm, Buffer.from(x, 'base64url')), privateKey };
}

/** Reads `name+hash+key` (C2SP signed-note, verifier keys). @throws LedgerError key-malformed */
export function parseVerifierKey(vkey: string): NoteVerifier {
  const [name = '', keyId = '', ...rest] = vkey.split('+');
  const material = decodeBase64(rest.join('+'));
  const algorithm = material?.[0] === 1 ? 'ed25519' : material?.[0] === 4 ? 'cosignature' : undefined;
  if (!namePattern.test(name) || !material || material.length !== 33 || algorithm === undefined)
    throw new LedgerError('key-malformed', 'not a verifier key');
  if (keyIdOf(name, material) !== keyId)
    throw new LedgerError('key-malformed', 'the key does not have this hash');
  return verifierOf(name, algorithm, material.subarray(1));
}

function signedBytes(text: string, algorithm: NoteAlgorithm, time: number): Buffer {
  return Buffer.from(algorithm === 'ed25519' ? text : `cosignature/v1\ntime ${time}\n${text}`);
}

/**
 * One signature line over a note's text, with its newline.
 * @param time POSIX seconds, used by cosignatures only
 */
export function signatureLine(text: string, signer: NoteSigner, time: number): string {
  const stamp = Buffer.alloc(signer.algorithm === 'cosignature' ? 8 : 0);
  if (stamp.length > 0) stamp.writeBigUInt64BE(BigInt(time));
  const signature = sign(null, signedBytes(text, signer.algorithm, time), signer.privateKey);
  const bytes = Buffer.concat([Buffer.from(signer.keyId, 'hex'), stamp, signature]);
  return `— ${signer.name} ${bytes.toString('base64')}\n`;
}

/** A signed note with one Ed25519 signature. @throws LedgerError note-malformed when the text cannot be a note */
export function signNote(text: string, signer: NoteSigner): string {
  const note = `${text}\n${signatureLine(text, signer, 0)}`;
  parseNote(note);
  return note;
}

/** Reads the shape of a note. @throws LedgerError note-malformed */
export function parseNote(note: string): ParsedNote {
  const wrong = (why: string): LedgerError => new LedgerError('note-malformed', why);
  if (note.length > maximumNoteBytes) throw wrong('too long');
  // oxlint-disable-next-line no-control-regex
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw wrong('control characters');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw wrong('no blank line, or no newline at the end');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > maximumSignatures) throw wrong('too many signatures');
  return {
    text: note.slice(0, split + 1),
    signatures: lines.map((line) => {
      const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
      const bytes = decodeBase64(encoded);
      if (!namePattern.test(name) || !bytes || bytes.length < 5) throw wrong('a signature line');
      return { name, keyId: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) };
    }),
  };
}

/**
 * Opens a note: signatures of unknown keys are left aside, one bad signature of a known key spoils the note.
 * @returns the text and the signatures of known keys, at least one
 * @throws LedgerError note-malformed, signature-invalid, signature-unknown
 */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  const parsed = parseNote(note);
  const verified = new Map<string, NoteSignature>();
  for (const { name, keyId, bytes } of parsed.signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId === keyId);
    if (!verifier || verified.has(verifier.vkey)) continue;
    const stamped = verifier.algorithm === 'cosignature';
    const time = stamped && bytes.length === 72 ? Number(bytes.readBigUInt64BE()) : 0;
    const signature = stamped ? bytes.subarray(8) : bytes;
    const message = signedBytes(parsed.text, verifier.algorithm, time);
    const good =
      Number.isSafeInteger(time) &&
      signature.length === 64 &&
      verify(null, message, verifier.publicKey, signature);
    if (!good) throw new LedgerError('signature-invalid', `the signature of ${name} is not good`);
    verified.set(verifier.vkey, { name, keyId, vkey: verifier.vkey, ...(stamped ? { time } : {}) });
  }
  if (verified.size === 0) throw new LedgerError('signature-unknown', 'no signature of a known key');
  return { text: parsed.text, signatures: [...verified.values()] };
}
