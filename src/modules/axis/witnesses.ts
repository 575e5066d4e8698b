import { createHash } from 'node:crypto';
import type { Context } from '#kernel';
import {
  addCosignatures,
  consistencyProof,
  formatAddCheckpoint,
  LedgerError,
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  type NoteVerifier,
  type OpenedCheckpoint,
  type TileReader,
} from '#ledger';

const patienceMs = 5_000;
/** A witness that did not answer is left alone for so long, unless the quorum needs it. */
const restMs = 30_000;
const largestAnswer = 65_536;

/** A witness has cosigned a tree that ours does not contain: ours is an old copy, or another one. */
export class LogRefused extends Error {
  readonly status: number;
  readonly witness: string;
  constructor(witness: string, status: number, reason: string) {
    super(`witness ${witness} refuses the log (${status}): ${reason}`);
    this.name = 'LogRefused';
    this.status = status;
    this.witness = witness;
  }
}

/** A witness that the operator configured. */
export interface Witness {
  readonly verifier: NoteVerifier;
  readonly url: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

async function ask(url: string, init: RequestInit): Promise<Reply> {
  const reply = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(patienceMs) });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return { status: reply.status, body: bytes.subarray(0, largestAnswer).toString() };
}

/** The witnesses of the settings. @throws LedgerError key-malformed */
export function configuredWitnesses(ctx: Context): readonly Witness[] {
  return ctx.config.witnesses.map(({ vkey, url }) => {
    const verifier = parseVerifierKey(vkey);
    if (verifier.algorithm !== 'cosignature')
      throw new LedgerError('key-malformed', 'the key of a log where that of a witness should be', vkey);
    return { verifier, url };
  });
}

/**
 * Sends a checkpoint to one witness. When it remembers another size than we think, it is asked again from there.
 * @param from the size that it is believed to have cosigned last
 * @returns its cosignature line
 * @throws LogRefused when it remembers more than we have, or another tree
 */
export async function askCosignature(
  witness: Witness,
  reader: TileReader,
  checkpoint: string,
  from: number,
): Promise<string> {
  const { size } = parseCheckpoint(checkpoint);
  let oldSize = Math.min(from, size);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const proof = await consistencyProof(reader, oldSize, size);
    const { status, body } = await ask(`${witness.url}/add-checkpoint`, {
      method: 'POST',
      body: formatAddCheckpoint({ oldSize, proof, checkpoint }),
    });
    if (status === 200) return body;
    const remembered = status === 409 && /^\d{1,15}\n$/.test(body) ? Number(body) : undefined;
    if (remembered !== undefined && remembered > size)
      throw new LogRefused(witness.verifier.name, 409, `it cosigned size ${remembered}, ours is ${size}`);
    if (status === 422 || (remembered !== undefined && remembered === oldSize))
      throw new LogRefused(witness.verifier.name, status, `it cosigned another tree of size ${oldSize}`);
    if (remembered === undefined) throw new Error(`${status}: ${body.slice(0, 200).trim()}`);
    oldSize = remembered;
  }
  throw new Error('the witness changes its mind');
}

/**
 * The checkpoint that a witness cosigned last, where it shows it; verified with both keys.
 * @returns null when it shows none
 * @throws LedgerError when what it shows does not verify, Error when it does not answer
 */
export async function shownCheckpoint(
  witness: Witness,
  logKey: NoteVerifier,
): Promise<OpenedCheckpoint | null> {
  const name = createHash('sha256').update(logKey.name).digest('hex');
  const { status, body } = await ask(`${witness.url}/checkpoint/${name}`, { method: 'GET' });
  if (status !== 200) return null;
  const opened = openCheckpoint(body, [logKey], [witness.verifier]);
  if (opened.cosignatures.length === 0) throw new LedgerError('signature-unknown', 'not cosigned');
  return opened;
}

/** Collects cosignatures for each checkpoint before it is published. */
export interface Cosigners {
  readonly vkeys: readonly string[];
  /**
   * @param previousSize size of the checkpoint before this one
   * @returns the checkpoint with the cosignatures that came
   * @throws LogRefused; Error when fewer than the quorum cosigned
   */
  collect(reader: TileReader, checkpoint: string, previousSize: number): Promise<string>;
}

/** The configured witnesses as the log writer asks them; null when there are none. */
export function createCosigners(ctx: Context): Cosigners | null {
  const witnesses = configuredWitnesses(ctx);
  if (witnesses.length === 0) return null;
  const quorum = ctx.config.witnessQuorum;
  const remembered = new Map<string, number>();
  const restingUntil = new Map<string, number>();
  const failed = ctx.metrics.counter('phigiay_log_witness_failures_total', 'Cosignatures not got', [
    'witness',
  ]);

  async function one(
    witness: Witness,
    reader: TileReader,
    checkpoint: string,
    previous: number,
  ): Promise<string> {
    const { vkey, name } = witness.verifier;
    if (quorum < witnesses.length && (restingUntil.get(vkey) ?? 0) > Date.now()) return '';
    try {
      const line = await askCosignature(witness, reader, checkpoint, remembered.get(vkey) ?? previous);
      // Only a line that verifies counts, whatever the witness sent besides.
      addCosignatures(checkpoint, line, [witness.verifier]);
      remembered.set(vkey, parseCheckpoint(checkpoint).size);
      return line;
    } catch (error) {
      failed.labels(name).inc();
      if (error instanceof LogRefused) throw error;
      restingUntil.set(vkey, Date.now() + restMs);
      ctx.log.warn({ err: error, witness: name }, 'a witness did not cosign');
      return '';
    }
  }

  return {
    vkeys: witnesses.map(({ verifier }) => verifier.vkey),
    async collect(reader, checkpoint, previousSize) {
      const asked = await Promise.allSettled(
        witnesses.map((witness) => one(witness, reader, checkpoint, previousSize)),
      );
      let signed = checkpoint;
      let count = 0;
      for (const [at, answer] of asked.entries()) {
        // An old copy of the log must never go out, however many would not notice.
        if (answer.status === 'rejected') throw answer.reason;
        if (answer.value === '') continue;
        signed = addCosignatures(signed, answer.value, [witnesses[at]!.verifier]);
        count += 1;
      }
      if (count < quorum) throw new Error(`only ${count} of ${quorum} witnesses have cosigned the log`);
      return signed;
    },
  };
}
