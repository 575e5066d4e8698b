import { decodeBase64, decodeDecimal } from './base64.ts';
import { openCheckpoint, parseCheckpoint, type OpenedCheckpoint } from './checkpoint.ts';
import { LedgerError } from './errors.ts';
import { emptyRoot, hashSize, verifyConsistency } from './merkle.ts';
import { signatureLine, type NoteSigner, type NoteVerifier } from './note.ts';

/** What a witness remembers of one log: the latest head that it cosigned (size 0 before the first). */
export interface WitnessedLog {
  readonly origin: string;
  readonly keys: readonly NoteVerifier[];
  readonly size: number;
  readonly root: Buffer;
}

/** All logs that a witness knows. */
export interface WitnessState {
  readonly logs: readonly WitnessedLog[];
}

/** What a witness answers to `add-checkpoint` (C2SP tlog-witness). */
export type WitnessDecision =
  | { readonly cosign: OpenedCheckpoint; readonly previousSize: number }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string }
  | { readonly status: 409; readonly reason: string; readonly size: number };

/** The body of `add-checkpoint`. */
export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: string;
}

const maximumProofLines = 63;

/** Writes the body of `add-checkpoint`. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${checkpoint}`;
}

/** Reads the body of `add-checkpoint`. @throws LedgerError proof-malformed */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const split = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(split, 0)).split('\n');
  const oldSize = first.startsWith('old ') ? decodeDecimal(first.slice(4)) : undefined;
  const proof = lines.map(decodeBase64);
  if (oldSize === undefined || lines.length > maximumProofLines || !proof.every(isHash))
    throw new LedgerError('proof-malformed', 'not an add-checkpoint request');
  return { oldSize, proof, checkpoint: body.slice(split + 2) };
}

function isHash(value: Buffer | undefined): value is Buffer {
  return value?.length === hashSize;
}

/** What a witness remembers of a log that it has never cosigned. */
export function newWitnessedLog(origin: string, keys: readonly NoteVerifier[]): WitnessedLog {
  return { origin, keys, size: 0, root: emptyRoot };
}

/**
 * Decides on `add-checkpoint`. Pure: the caller stores the new size and root **in one atomic step that
 * checks `previousSize` again**, and only then signs with `cosignLine`.
 * 404 unknown log, 403 no good signature, 400 not readable or the old size beyond the new one, 409 the old
 * size is not what this witness cosigned last (or another root at the same size), 422 the proof is wrong.
 */
export function decideCosign(state: WitnessState, body: string): WitnessDecision {
  let request: AddCheckpoint;
  let origin: string;
  try {
    request = parseAddCheckpoint(body);
    origin = parseCheckpoint(request.checkpoint).origin;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { status: 400, reason: error.message };
  }
  const log = state.logs.find((known) => known.origin === origin);
  if (!log) return { status: 404, reason: `unknown log ${origin}` };
  let opened: OpenedCheckpoint;
  try {
    opened = openCheckpoint(request.checkpoint, log.keys);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { status: 403, reason: error.message };
  }
  const { oldSize, proof } = request;
  if (oldSize > opened.size) return { status: 400, reason: `from ${oldSize} back to ${opened.size}` };
  if (oldSize !== log.size)
    return { status: 409, reason: `the last cosigned size is ${log.size}`, size: log.size };
  if (oldSize === opened.size && !log.root.equals(opened.root))
    return { status: 409, reason: `another root at size ${oldSize}: the log has forked`, size: log.size };
  try {
    verifyConsistency(oldSize, opened.size, log.root, opened.root, proof);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { status: 422, reason: error.message };
  }
  return { cosign: opened, previousSize: log.size };
}

/** The cosignature line of a witness on an opened checkpoint. @param time POSIX seconds */
export function cosignLine(checkpoint: OpenedCheckpoint, witness: NoteSigner, time: number): string {
  if (witness.algorithm !== 'cosignature') throw new LedgerError('key-malformed', 'not a witness key');
  return signatureLine(checkpoint.text, witness, time);
}
