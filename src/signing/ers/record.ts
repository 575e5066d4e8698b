import {
  Asn1Error,
  children,
  cursor,
  derInteger,
  derOctets,
  derRetag,
  derSequence,
  octetsOf,
  rawBytes,
  readAsn1,
  sequence,
  smallInteger,
  tags,
  type Asn1,
} from '#formats/asn1';
import { readTimestampToken, type TimestampToken } from '#formats/cms';
import { derDigestAlgorithm, digestOf, readAlgorithm, type ReadableDigest } from '#formats/x509';
import type { ReducedHashTree } from './tree.ts';

/** ArchiveTimeStamp (RFC 4998 §4.1): a token over the root of a hash tree, and the way from one leaf to it. */
export interface ArchiveTimestamp {
  /** Of the hash tree and of the token's imprint. */
  readonly digest: ReadableDigest;
  readonly reduced: ReducedHashTree;
  readonly token: TimestampToken;
  /** As it stood, when it was read: its bytes are hashed later, and may hold what is not understood here. */
  readonly der?: Buffer;
}

/** ArchiveTimeStampChain: each after the first covers the token before it, with one digest for all (§5.1). */
export type ArchiveTimestampChain = readonly ArchiveTimestamp[];

/** EvidenceRecord (RFC 4998 §3.1) without encryption. */
export interface EvidenceRecord {
  readonly chains: readonly ArchiveTimestampChain[];
}

/** What strangers' bytes may ask; honest records have some dozens of each. */
const limits = { chains: 100, timestamps: 1000, lists: 128, values: 10_000 } as const;
const widths: Readonly<Record<ReadableDigest, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** DER of an ArchiveTimeStamp; the module has IMPLICIT tags. */
export function derArchiveTimestamp(stamp: ArchiveTimestamp): Buffer {
  if (stamp.der) return stamp.der;
  const lists = stamp.reduced.map((values) => derSequence(...values.map((value) => derOctets(value))));
  return derSequence(
    derRetag(0xa0, derDigestAlgorithm(stamp.digest)),
    ...(lists.length === 0 ? [] : [derRetag(0xa2, derSequence(...lists))]),
    stamp.token.der,
  );
}

const derChain = (chain: ArchiveTimestampChain): Buffer => derSequence(...chain.map(derArchiveTimestamp));

/** DER of ArchiveTimeStampSequence: what a hash-tree renewal covers (§5.2). */
export const derChains = (chains: readonly ArchiveTimestampChain[]): Buffer =>
  derSequence(...chains.map(derChain));

/** DER of EvidenceRecord (RFC 4998 §3.1). */
export function derEvidenceRecord(record: EvidenceRecord): Buffer {
  const digests = [...new Set(record.chains.flat().map(({ digest }) => digest))];
  return derSequence(
    derInteger(1),
    derSequence(...digests.map((digest) => derDigestAlgorithm(digest))),
    derChains(record.chains),
  );
}

/**
 * Reads an EvidenceRecord. Records over encrypted data (encryptionInfo) are refused: what they cover is not the document.
 * @throws Asn1Error and nothing else
 */
export function readEvidenceRecord(der: Uint8Array): EvidenceRecord {
  const root = readAsn1(der, { limits: { bytes: 64 * 2 ** 20, elements: 1_000_000 } });
  const items = cursor(sequence(root, 'EvidenceRecord'));
  if (smallInteger(items.next('version')) !== 1) throw new Asn1Error('bad-value', 'EvidenceRecord version');
  const listed = children(items.next('digestAlgorithms', tags.sequence)).map((one) =>
    digestOf(readAlgorithm(one)),
  );
  items.optional(0xa0);
  if (items.optional(0xa1)) throw new Asn1Error('unexpected-element', 'encryptionInfo');
  const chains = sequence(items.next('archiveTimeStampSequence'), 'ArchiveTimeStampSequence');
  items.end('EvidenceRecord');
  if (chains.length === 0 || chains.length > limits.chains)
    throw new Asn1Error('too-many-elements', `${chains.length} chains`);
  const record = { chains: chains.map(readChain) };
  const unlisted = record.chains.flat().find(({ digest }) => !listed.includes(digest));
  if (unlisted) throw new Asn1Error('bad-value', `${unlisted.digest} is not listed`);
  return record;
}

function readChain(element: Asn1): ArchiveTimestampChain {
  const stamps = sequence(element, 'ArchiveTimeStampChain');
  if (stamps.length === 0 || stamps.length > limits.timestamps)
    throw new Asn1Error('too-many-elements', `${stamps.length} archive timestamps`);
  return stamps.map(readStamp);
}

function readStamp(element: Asn1): ArchiveTimestamp {
  const items = cursor(sequence(element, 'ArchiveTimeStamp'));
  const algorithm = items.optional(0xa0);
  items.optional(0xa1);
  const lists = items.optional(0xa2);
  const token = readTimestampToken(rawBytes(items.next('timeStamp')));
  items.end('ArchiveTimeStamp');
  const imprint = token.info.digestAlgorithm;
  const digest = algorithm
    ? digestOf(readAlgorithm(readAsn1(derRetag(tags.sequence, rawBytes(algorithm)))))
    : imprint;
  if (!digest || digest !== imprint) throw new Asn1Error('bad-value', 'digest of an archive timestamp');
  const reduced = lists ? children(lists).map((list) => readList(list, digest)) : [];
  if (reduced.length > limits.lists || (lists && reduced.length === 0))
    throw new Asn1Error('too-many-elements', `${reduced.length} hash lists`);
  return { digest, reduced, token, der: rawBytes(element) };
}

function readList(element: Asn1, digest: ReadableDigest): Buffer[] {
  const values = sequence(element, 'PartialHashtree').map((one) => octetsOf(one));
  if (
    values.length === 0 ||
    values.length > limits.values ||
    values.some(({ length }) => length !== widths[digest])
  )
    throw new Asn1Error('bad-value', 'PartialHashtree');
  return values;
}
