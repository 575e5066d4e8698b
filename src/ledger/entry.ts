import { hash, randomBytes } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { LedgerError } from './errors.ts';
import { hashSize } from './merkle.ts';

/** What an entry is about: the closed list of version 1. */
export const entryKinds = [
  'accept',
  'delivery',
  'status',
  'directory',
  'admin',
  'access',
  'reconciliation',
  'erasure',
] as const;
export type EntryKind = (typeof entryKinds)[number];

/** An entry of the log: nothing in it says who, what or to whom. */
export interface LogEntry {
  readonly kind: EntryKind;
  /** Milliseconds since 1970, cut down to the minute. */
  readonly time: number;
  /** SHA-256, salted. */
  readonly commitment: Buffer;
}

/** Bytes of a salt: without it a commitment cannot be guessed, however small the payload. */
export const saltBytes = 32;

const commitmentDomain = Buffer.from('phigiay-commitment/1\0');
const minuteMs = 60_000;
const zoneMs = 7 * 60 * minuteMs;

/** Random bytes not yet given out: one call of the system serves 64 salts. */
let reserve: Buffer = Buffer.alloc(0);

/** A new random salt. */
export function newSalt(): Buffer {
  if (reserve.length < saltBytes) reserve = randomBytes(64 * saltBytes);
  const salt = Buffer.from(reserve.subarray(0, saltBytes));
  // What was given out is not kept: an erased salt is gone from here as well.
  reserve.fill(0, 0, saltBytes);
  reserve = reserve.subarray(saltBytes);
  return salt;
}

/**
 * SHA-256("phigiay-commitment/1" || 0x00 || salt || payload). The salt has a fixed length, so the parts
 * cannot be shifted. Once salt and payload are erased the commitment says nothing.
 * @throws LedgerError bad-argument when the salt is not 32 bytes
 */
export function commit(salt: Uint8Array, payload: Uint8Array): Buffer {
  if (salt.length !== saltBytes) throw new LedgerError('bad-argument', 'a salt has 32 bytes');
  return hash('sha256', Buffer.concat([commitmentDomain, salt, payload]), 'buffer');
}

/** Writes an entry (docs/protocol/log-1.md §3): the same values give the same bytes. */
export function encodeEntry({ kind, time, commitment }: LogEntry): Buffer {
  const minute = Math.floor(time / minuteMs) * minuteMs;
  const local = `${new Date(minute + zoneMs).toISOString().slice(0, 16)}+07:00`;
  const text = `phigiay-log/1\nkind ${kind}\ntime ${local}\ncommitment ${commitment.toString('base64')}\n`;
  return Buffer.from(text);
}

/** Reads an entry; only the one spelling that `encodeEntry` gives. @throws LedgerError entry-malformed */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  const text = Buffer.from(bytes).toString('latin1');
  const parts =
    /^phigiay-log\/1\nkind ([a-z]+)\ntime (\d{4}-\d\d-\d\dT\d\d:\d\d)\+07:00\ncommitment (\S{44})\n$/.exec(
      text,
    );
  const kind = entryKinds.find((known) => known === parts?.[1]);
  const commitment = decodeBase64(parts?.[3] ?? '');
  const time = Date.parse(`${parts?.[2]}Z`) - zoneMs;
  if (!kind || commitment?.length !== hashSize || Number.isNaN(time))
    throw new LedgerError('entry-malformed', 'not an entry of version 1');
  const entry = { kind, time, commitment };
  if (!encodeEntry(entry).equals(bytes)) throw new LedgerError('entry-malformed', 'not the one spelling');
  return entry;
}
