import type { JsonWebKey, KeyObject } from 'node:crypto';
import { parseCheckpoint } from './checkpoint.ts';
import { LedgerError } from './errors.ts';
import { inclusionProof } from './proofs.ts';
import { formatProof } from './proofText.ts';
import { decodeReceipt, publicJwk } from './receipt.ts';
import type { TileReader } from './tiles.ts';

/** One file that proves, without a network, that an envelope was accepted and logged (log-1 §6). */
export interface ReceiptProof {
  readonly format: 'phigiay-receipt-proof/1';
  readonly receipt: string;
  /** Codes of the recipients, which the receipt binds by their root. */
  readonly recipients: readonly string[];
  /** The axis's receipt key. For convenience: whoever verifies must have it from elsewhere to trust it. */
  readonly key: JsonWebKey;
  /** The log's key and the witnesses' keys as verifier keys; for convenience, like `key`. */
  readonly logKey: string;
  readonly witnessKeys: readonly string[];
  /** Base64 of the log entry. */
  readonly entry: string;
  /** C2SP tlog-proof with the checkpoint and its cosignatures. */
  readonly proof: string;
}

const maximumFileBytes = 8 << 20;

/**
 * Puts a receipt's proof together from the log's tiles.
 * @param parts `checkpoint` is a published one whose size is beyond the receipt's index
 * @throws LedgerError receipt-malformed, bad-argument (not in the log yet), tile-missing, tile-damaged
 */
export async function buildReceiptProof(
  reader: TileReader,
  parts: {
    readonly receipt: string;
    readonly recipients: readonly string[];
    readonly entry: Uint8Array;
    readonly receiptKey: KeyObject;
    readonly checkpoint: string;
    readonly logKey: string;
    readonly witnessKeys?: readonly string[];
  },
): Promise<ReceiptProof> {
  const { index } = decodeReceipt(parts.receipt).claims.log;
  const { size } = parseCheckpoint(parts.checkpoint);
  const proof = await inclusionProof(reader, size, index);
  return {
    format: 'phigiay-receipt-proof/1',
    receipt: parts.receipt,
    recipients: parts.recipients,
    key: publicJwk(parts.receiptKey),
    logKey: parts.logKey,
    witnessKeys: parts.witnessKeys ?? [],
    entry: Buffer.from(parts.entry).toString('base64'),
    proof: formatProof({ index, proof, checkpoint: parts.checkpoint }),
  };
}

/** The proof as the text of a file. */
export function serializeReceiptProof(proof: ReceiptProof): string {
  return `${JSON.stringify(proof, null, 2)}\n`;
}

/** Reads the shape of a proof file. @throws LedgerError proof-malformed */
export function parseReceiptProof(file: string): ReceiptProof {
  const wrong = (why: string): LedgerError => new LedgerError('proof-malformed', why);
  if (file.length > maximumFileBytes) throw wrong('too long');
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(file) as Record<string, unknown>;
  } catch {
    throw wrong('not JSON');
  }
  if (typeof value !== 'object' || value === null || value['format'] !== 'phigiay-receipt-proof/1')
    throw wrong('not a receipt proof');
  const { receipt, recipients, key, logKey, witnessKeys, entry, proof } = value;
  const texts = [receipt, logKey, entry, proof].every((one) => typeof one === 'string');
  const isTexts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'string');
  if (
    !texts ||
    !isTexts(recipients) ||
    !isTexts(witnessKeys) ||
    witnessKeys.length > 100 ||
    typeof key !== 'object' ||
    key === null
  )
    throw wrong('a part is missing');
  return value as unknown as ReceiptProof;
}
