import { decodeBase64, decodeDecimal } from './base64.ts';
import { LedgerError } from './errors.ts';
import { hashSize } from './merkle.ts';

/** A proof that can be checked offline (C2SP tlog-proof). */
export interface ProofBundle {
  readonly index: number;
  /** The leaf's sibling first. */
  readonly proof: readonly Buffer[];
  /** The checkpoint as signed, with its cosignatures. */
  readonly checkpoint: string;
  /** Not authenticated. */
  readonly extra?: Buffer | undefined;
}

const header = 'c2sp.org/tlog-proof@v1';

/** Writes a tlog-proof. */
export function formatProof({ index, proof, checkpoint, extra }: ProofBundle): string {
  const lines = [header];
  if (extra) lines.push(`extra ${extra.toString('base64')}`);
  lines.push(`index ${index}`, ...proof.map((hash) => hash.toString('base64')));
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Reads a tlog-proof; the checkpoint inside is not looked at. @throws LedgerError proof-malformed */
export function parseProof(text: string): ProofBundle {
  const wrong = (why: string): LedgerError => new LedgerError('proof-malformed', why);
  const split = text.indexOf('\n\n');
  if (split < 0) throw wrong('no checkpoint');
  const lines = text.slice(0, split).split('\n');
  if (lines.shift() !== header) throw wrong('not a tlog-proof');
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64((lines.shift() as string).slice(6)) : null;
  if (extra === undefined) throw wrong('the extra data');
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? decodeDecimal(indexLine.slice(6)) : undefined;
  if (index === undefined) throw wrong('the index');
  if (lines.length > 63) throw wrong('too many hashes');
  const proof = lines.map((line) => {
    const bytes = decodeBase64(line);
    if (bytes?.length !== hashSize) throw wrong('a hash');
    return bytes;
  });
  return { index, proof, checkpoint: text.slice(split + 2), ...(extra ? { extra } : {}) };
}
