import { createHash } from 'node:crypto';
import { readTimestampToken } from '#formats/cms';
import type { DigestAlgorithm } from '#formats/x509';
import type { TimestampSource } from '../tsp.ts';
import {
  derChains,
  type ArchiveTimestamp,
  type ArchiveTimestampChain,
  type EvidenceRecord,
} from './record.ts';
import { buildHashTree, type HashTree } from './tree.ts';

async function stampsOver(
  leaves: readonly Uint8Array[],
  digest: DigestAlgorithm,
  source: TimestampSource,
): Promise<(leaf: number) => ArchiveTimestamp> {
  const tree: HashTree = buildHashTree(leaves, digest);
  const token = readTimestampToken(await source.timestamp(tree.root, digest));
  return (leaf) => ({
    digest,
    token,
    // Of millions of objects nobody keeps millions of lists: the tree has them.
    get reduced() {
      return tree.reduced(leaf);
    },
  });
}

const digestOf = (digest: DigestAlgorithm, ...parts: readonly Uint8Array[]): Buffer => {
  const rolling = createHash(digest);
  for (const part of parts) rolling.update(part);
  return rolling.digest();
};

/**
 * Evidence for any number of data objects with one timestamp (RFC 4998 §4.2): a hash tree over them, and for each its
 * reduced tree.
 * @param digests of the objects, with `digest`
 * @returns the record of each object; built when asked for, since a record repeats the token
 * @throws SigningError of the source
 */
export async function makeEvidence(
  digests: readonly Uint8Array[],
  digest: DigestAlgorithm,
  source: TimestampSource,
): Promise<(object: number) => EvidenceRecord> {
  const stampOf = await stampsOver(digests, digest, source);
  return (object) => ({ chains: [[stampOf(object)]] });
}

const lastOf = (record: EvidenceRecord): ArchiveTimestamp => record.chains.at(-1)!.at(-1)!;

/**
 * Timestamp renewal (RFC 4998 §5.2): before a timestamp loses its force, a new one covers it. Records that share a
 * token share the new one too: a million records under one tree renew as one leaf.
 * @returns the renewed record of each
 * @throws SigningError of the source; RangeError when the digest of the last chain cannot be used for a new timestamp
 */
export async function renewTimestamps(
  records: readonly EvidenceRecord[],
  source: TimestampSource,
): Promise<{ readonly timestamps: number; recordOf(index: number): EvidenceRecord }> {
  const groups = new Map<string, { leaf: number; digest: DigestAlgorithm }>();
  const leaves = new Map<DigestAlgorithm, Uint8Array[]>();
  const place = records.map((record) => {
    const { token, digest } = lastOf(record);
    if (digest === 'sha1' || digest === 'sha224')
      throw new RangeError(`${digest} is renewed by a new hash tree`);
    const key = `${digest} ${token.info.serialNumber.toString('hex')} ${token.data.signers[0]?.signature.toString('latin1')}`;
    let group = groups.get(key);
    if (!group) {
      const own = leaves.get(digest) ?? [];
      leaves.set(digest, own);
      group = { leaf: own.push(digestOf(digest, token.der)) - 1, digest };
      groups.set(key, group);
    }
    return group;
  });
  const stamps = new Map<DigestAlgorithm, (leaf: number) => ArchiveTimestamp>();
  for (const [digest, own] of leaves) stamps.set(digest, await stampsOver(own, digest, source));
  return {
    timestamps: stamps.size,
    recordOf(index) {
      const { leaf, digest } = place[index]!;
      const { chains } = records[index]!;
      const last: ArchiveTimestampChain = [...chains.at(-1)!, stamps.get(digest)!(leaf)];
      return { chains: [...chains.slice(0, -1), last] };
    },
  };
}

/**
 * Hash-tree renewal (RFC 4998 §5.2): before a digest algorithm weakens, each object is hashed anew together with all
 * evidence so far, and a new chain begins.
 * @param objects digest of each object with the new algorithm, and its record
 * @throws SigningError of the source
 */
export async function renewHashTrees(
  objects: readonly { readonly digest: Uint8Array; readonly record: EvidenceRecord }[],
  digest: DigestAlgorithm,
  source: TimestampSource,
): Promise<(object: number) => EvidenceRecord> {
  const leaves = objects.map((object) => renewalLeaf(digest, object.digest, object.record.chains));
  const stampOf = await stampsOver(leaves, digest, source);
  return (object) => ({ chains: [...objects[object]!.record.chains, [stampOf(object)]] });
}

/** H(H(d) ‖ H(ArchiveTimeStampSequence)), in this order and not sorted (RFC 4998 §5.2, steps 3 and 4). */
export function renewalLeaf(
  digest: DigestAlgorithm,
  object: Uint8Array,
  chains: readonly ArchiveTimestampChain[],
): Buffer {
  return digestOf(digest, object, digestOf(digest, derChains(chains)));
}
