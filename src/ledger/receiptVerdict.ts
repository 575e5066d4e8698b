import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decodeBase64, decodeBase64url } from './base64.ts';
import { openCheckpoint, type OpenedCheckpoint } from './checkpoint.ts';
import { commit, decodeEntry, type LogEntry } from './entry.ts';
import { LedgerError } from './errors.ts';
import { hashLeaf, verifyInclusion } from './merkle.ts';
import { parseVerifierKey, type NoteVerifier } from './note.ts';
import { parseProof, type ProofBundle } from './proofText.ts';
import {
  bindsRecipients,
  decodeReceipt,
  verifyReceipt,
  type DecodedReceipt,
  type ReceiptClaims,
} from './receipt.ts';
import { parseReceiptProof, type ReceiptProof } from './receiptProof.ts';

/** What the verifier trusts, from elsewhere than the file. */
export interface ReceiptTrust {
  readonly logKeys?: readonly string[];
  readonly receiptKeys?: readonly JsonWebKey[];
  /** Verifier keys of witnesses; `quorum` of them must have cosigned (all, unless told). */
  readonly witnessKeys?: readonly string[];
  readonly quorum?: number;
}

/** One thing that was checked. */
export interface ReceiptFinding {
  readonly check:
    | 'file'
    | 'receipt-signature'
    | 'receipt-key'
    | 'commitment'
    | 'recipients'
    | 'checkpoint'
    | 'log-key'
    | 'inclusion'
    | 'witnesses';
  readonly state: 'ok' | 'failed' | 'untrusted';
  readonly vi: string;
  readonly en: string;
}

/** The verdict: `valid` needs a trusted log key; `indeterminate` is all good but nothing trusted. */
export interface ReceiptVerdict {
  readonly ok: boolean;
  readonly verdict: 'valid' | 'invalid' | 'indeterminate' | 'unreadable';
  readonly findings: readonly ReceiptFinding[];
  readonly claims?: ReceiptClaims;
  readonly checkpoint?: {
    readonly origin: string;
    readonly size: number;
    readonly cosigners: readonly string[];
  };
}

/**
 * Verifies a proof file offline. Checks everything in the file against itself, then says which of its keys
 * the caller trusts. Never throws on what the file holds.
 * @param file the text of the file, or the value that `buildReceiptProof` gave
 */
export function verifyReceiptProof(file: string | ReceiptProof, trust: ReceiptTrust = {}): ReceiptVerdict {
  const findings: ReceiptFinding[] = [];
  const say = (
    check: ReceiptFinding['check'],
    state: ReceiptFinding['state'],
    vi: string,
    en: string,
  ): void => {
    findings.push({ check, state, vi, en });
  };
  let proof: ReceiptProof;
  let receipt: DecodedReceipt;
  let bundle: ProofBundle;
  let entry: LogEntry;
  let entryBytes: Buffer;
  let logKey: NoteVerifier;
  let receiptKey: KeyObject;
  try {
    proof = typeof file === 'string' ? parseReceiptProof(file) : file;
    receipt = decodeReceipt(proof.receipt);
    bundle = parseProof(proof.proof);
    entryBytes = decodeBase64(proof.entry) ?? Buffer.alloc(0);
    entry = decodeEntry(entryBytes);
    logKey = parseVerifierKey(proof.logKey);
    receiptKey = importJwk(proof.key);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    say(
      'file',
      'failed',
      `Tệp không đọc được: ${error.message}.`,
      `The file cannot be read: ${error.message}.`,
    );
    return { ok: false, verdict: 'unreadable', findings };
  }
  const { claims, payload } = receipt;
  checkReceipt(proof, receiptKey, trust, say);
  checkRecipients(proof.recipients, claims, say);
  checkEntry(entry, claims, payload, say);
  const checkpoint = checkCheckpoint(bundle.checkpoint, logKey, claims, trust, say);
  if (checkpoint) checkInclusion(bundle, checkpoint, entryBytes, claims, say);
  if (checkpoint) checkWitnesses(bundle.checkpoint, checkpoint, trust, say);
  const failed = findings.some(({ state }) => state === 'failed');
  const trusted = findings.some(({ check, state }) => check === 'log-key' && state === 'ok');
  const verdict = failed ? 'invalid' : trusted ? 'valid' : 'indeterminate';
  return {
    ok: verdict === 'valid',
    verdict,
    findings,
    claims,
    ...(checkpoint
      ? {
          checkpoint: {
            origin: checkpoint.origin,
            size: checkpoint.size,
            cosigners: checkpoint.cosignatures.map(({ name }) => name),
          },
        }
      : {}),
  };
}

type Say = (check: ReceiptFinding['check'], state: ReceiptFinding['state'], vi: string, en: string) => void;

function importJwk(jwk: JsonWebKey): KeyObject {
  try {
    const { kty, crv, x, y } = jwk;
    if (kty !== 'EC' || crv !== 'P-256') throw new LedgerError('key-malformed', 'not a P-256 key');
    return createPublicKey({ key: { kty, crv, x: String(x), y: String(y) }, format: 'jwk' });
  } catch {
    throw new LedgerError('key-malformed', 'not a P-256 public key');
  }
}

function sameKey(jwk: JsonWebKey, key: KeyObject): boolean {
  try {
    return importJwk(jwk).equals(key);
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

function checkReceipt(proof: ReceiptProof, key: KeyObject, trust: ReceiptTrust, say: Say): void {
  try {
    verifyReceipt(proof.receipt, key);
    say(
      'receipt-signature',
      'ok',
      'Chữ ký của trục trên biên nhận đúng.',
      'The signature on the receipt is good.',
    );
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    say(
      'receipt-signature',
      'failed',
      'Chữ ký trên biên nhận sai: biên nhận bị sửa hoặc không do khóa này ký.',
      'The signature on the receipt is wrong.',
    );
  }
  if (!trust.receiptKeys?.length)
    say(
      'receipt-key',
      'untrusted',
      'Chưa cho khóa biên nhận tin cậy (--jwk): khóa trong tệp chỉ tự nói về mình.',
      'No trusted receipt key was given.',
    );
  else if (trust.receiptKeys.some((jwk) => sameKey(jwk, key)))
    say('receipt-key', 'ok', 'Khóa biên nhận là khóa tin cậy.', 'The receipt key is a trusted one.');
  else
    say(
      'receipt-key',
      'failed',
      'Khóa ký biên nhận không phải khóa tin cậy đã cho.',
      'The receipt key is not a trusted one.',
    );
}

function checkRecipients(codes: readonly string[], claims: ReceiptClaims, say: Say): void {
  if (bindsRecipients(claims, codes))
    say(
      'recipients',
      'ok',
      `Danh sách ${codes.length} nơi nhận là danh sách mà biên nhận cam kết.`,
      `The list of ${codes.length} recipients is the one that the receipt binds.`,
    );
  else
    say(
      'recipients',
      'failed',
      'Danh sách nơi nhận không phải danh sách mà biên nhận cam kết.',
      'The list of recipients is not the one that the receipt binds.',
    );
}

function checkEntry(entry: LogEntry, claims: ReceiptClaims, payload: Buffer, say: Say): void {
  const salt = decodeBase64url(claims.salt);
  const minute = Math.floor(Date.parse(claims.acceptedAt) / 60_000) * 60_000;
  const good =
    salt?.length === 32 &&
    entry.kind === 'accept' &&
    entry.time === minute &&
    commit(salt, payload).equals(entry.commitment);
  if (good)
    say(
      'commitment',
      'ok',
      'Dòng nhật ký cam kết đúng nội dung biên nhận này.',
      'The log entry commits to this receipt.',
    );
  else
    say(
      'commitment',
      'failed',
      'Dòng nhật ký không phải của biên nhận này.',
      'The log entry is not of this receipt.',
    );
}

function checkCheckpoint(
  note: string,
  logKey: NoteVerifier,
  claims: ReceiptClaims,
  trust: ReceiptTrust,
  say: Say,
): OpenedCheckpoint | undefined {
  let checkpoint: OpenedCheckpoint;
  try {
    checkpoint = openCheckpoint(note, [logKey]);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    say(
      'checkpoint',
      'failed',
      'Chữ ký của nhật ký trên điểm chốt sai.',
      'The log’s signature on the checkpoint is wrong.',
    );
    return undefined;
  }
  if (checkpoint.origin === claims.log.origin)
    say(
      'checkpoint',
      'ok',
      `Điểm chốt cỡ ${checkpoint.size} do nhật ký ${checkpoint.origin} ký đúng.`,
      `The checkpoint of size ${checkpoint.size} is signed by ${checkpoint.origin}.`,
    );
  else say('checkpoint', 'failed', 'Điểm chốt là của một nhật ký khác.', 'The checkpoint is of another log.');
  if (!trust.logKeys?.length)
    say(
      'log-key',
      'untrusted',
      'Chưa cho khóa nhật ký tin cậy (--key): chưa kết luận được ai giữ nhật ký.',
      'No trusted log key was given.',
    );
  else if (trust.logKeys.includes(logKey.vkey))
    say('log-key', 'ok', 'Khóa nhật ký là khóa tin cậy.', 'The log key is a trusted one.');
  else
    say(
      'log-key',
      'failed',
      'Khóa của nhật ký không phải khóa tin cậy đã cho.',
      'The log key is not a trusted one.',
    );
  return checkpoint;
}

function checkInclusion(
  bundle: ProofBundle,
  checkpoint: OpenedCheckpoint,
  entry: Buffer,
  claims: ReceiptClaims,
  say: Say,
): void {
  try {
    if (bundle.index !== claims.log.index) throw new LedgerError('proof-invalid', 'another index');
    verifyInclusion(bundle.index, checkpoint.size, hashLeaf(entry), bundle.proof, checkpoint.root);
    say(
      'inclusion',
      'ok',
      `Dòng thứ ${bundle.index} nằm trong nhật ký.`,
      `Entry ${bundle.index} is in the log.`,
    );
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    say(
      'inclusion',
      'failed',
      'Không chứng minh được dòng này nằm trong nhật ký.',
      'The entry is not proved to be in the log.',
    );
  }
}

function checkWitnesses(note: string, checkpoint: OpenedCheckpoint, trust: ReceiptTrust, say: Say): void {
  if (!trust.witnessKeys?.length) return;
  const needed = trust.quorum ?? trust.witnessKeys.length;
  const seen = new Set(
    trust.witnessKeys.filter((vkey) => {
      try {
        const witness = parseVerifierKey(vkey);
        const logKey = checkpoint.signatures.map((one) => parseVerifierKey(one.vkey));
        return openCheckpoint(note, logKey, [witness]).cosignatures.length > 0;
      } catch (error) {
        if (error instanceof LedgerError) return false;
        throw error;
      }
    }),
  );
  const [vi, en] = [
    `${seen.size}/${needed} bên chứng kiến đã ký điểm chốt.`,
    `${seen.size} of ${needed} witnesses cosigned.`,
  ];
  say('witnesses', seen.size >= needed ? 'ok' : 'failed', vi, en);
}
