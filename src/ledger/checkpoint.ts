import { decodeBase64, decodeDecimal } from './base64.ts';
import { LedgerError } from './errors.ts';
import { hashSize } from './merkle.ts';
import {
  openNote,
  parseNote,
  signNote,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
} from './note.ts';

/** The head of a log at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** A checkpoint with the signatures that were verified. */
export interface OpenedCheckpoint extends Checkpoint {
  /** The note text, which cosignatures cover. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
  readonly cosignatures: readonly NoteSignature[];
}

/** Origin, size and root, one line each. @throws LedgerError checkpoint-malformed */
export function formatCheckpointText({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  parseCheckpointText(text);
  return text;
}

/** Reads the note text of a checkpoint. @throws LedgerError checkpoint-malformed */
export function parseCheckpointText(text: string): Checkpoint {
  const wrong = (why: string): LedgerError => new LedgerError('checkpoint-malformed', why);
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) throw wrong('fewer than three lines');
  const [origin = '', sizeText = '', rootText = ''] = lines;
  const size = decodeDecimal(sizeText);
  const root = decodeBase64(rootText);
  if (size === undefined) throw wrong('the size');
  if (root?.length !== hashSize) throw wrong('the root');
  return { origin, size, root };
}

/** Signs a checkpoint as the log; the signer's name must be the origin. @throws LedgerError checkpoint-malformed */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  if (signer.name !== checkpoint.origin || signer.algorithm !== 'ed25519')
    throw new LedgerError('checkpoint-malformed', 'the key does not bear the origin as its name');
  return signNote(formatCheckpointText(checkpoint), signer);
}

/** Reads a checkpoint without verifying anything. @throws LedgerError note-malformed, checkpoint-malformed */
export function parseCheckpoint(note: string): Checkpoint {
  return parseCheckpointText(parseNote(note).text);
}

/**
 * Opens a checkpoint: one of the log keys that bears the origin as its name must have signed it.
 * @param witnesses keys whose cosignatures are looked for; none is required here
 * @throws LedgerError note-malformed, checkpoint-malformed, signature-invalid, signature-unknown
 */
export function openCheckpoint(
  note: string,
  logKeys: readonly NoteVerifier[],
  witnesses: readonly NoteVerifier[] = [],
): OpenedCheckpoint {
  const checkpoint = parseCheckpoint(note);
  const own = logKeys.filter((key) => key.name === checkpoint.origin && key.algorithm === 'ed25519');
  const { text, signatures } = openNote(note, [
    ...own,
    ...witnesses.filter((key) => key.algorithm === 'cosignature'),
  ]);
  const isOwn = (signature: NoteSignature): boolean => own.some((key) => key.vkey === signature.vkey);
  if (!signatures.some(isOwn)) throw new LedgerError('signature-unknown', 'not signed by a key of this log');
  return {
    ...checkpoint,
    text,
    signatures: signatures.filter(isOwn),
    cosignatures: signatures.filter((signature) => !isOwn(signature)),
  };
}

/** Adds cosignature lines that a witness returned, after verifying them. @throws LedgerError as openNote */
export function addCosignatures(note: string, lines: string, witnesses: readonly NoteVerifier[]): string {
  const { text } = parseNote(note);
  const good = openNote(`${text}\n${lines}`, witnesses).signatures;
  const wanted = lines
    .split(/(?<=\n)/)
    .filter((line) => {
      const read = parseNote(`${text}\n${line}`).signatures[0];
      return good.some((one) => one.name === read?.name && one.keyId === read.keyId);
    })
    .filter((line) => !note.includes(line));
  return note + wanted.join('');
}
