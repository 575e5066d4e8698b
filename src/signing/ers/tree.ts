import { hash } from 'node:crypto';
import type { DigestAlgorithm, ReadableDigest } from '#formats/x509';

/** Lists of hash values, from the leaf's own node up to below the root (RFC 4998 §4.1, reducedHashtree). */
export type ReducedHashTree = readonly (readonly Buffer[])[];

export interface HashTree {
  readonly digest: DigestAlgorithm;
  readonly root: Buffer;
  readonly size: number;
  /** The lists that lead from a leaf to the root; none when the leaf is the root. */
  reduced(leaf: number): ReducedHashTree;
}

const digestOf = (digest: ReadableDigest, bytes: Uint8Array): Buffer => hash(digest, bytes, 'buffer');

/** H of the values in binary ascending order (RFC 4998 §4.2); one value stands for itself. */
export function nodeHash(digest: ReadableDigest, values: readonly Buffer[]): Buffer {
  if (values.length === 1) return values[0] as Buffer;
  return digestOf(digest, Buffer.concat([...values].sort(Buffer.compare)));
}

/**
 * A Merkle hash tree (RFC 4998 §4.2) of two children a node; an odd node goes up as it is. All levels lie in one
 * buffer each: two digests a leaf in memory.
 * @param leaves digests, in any order, at least one
 */
export function buildHashTree(leaves: readonly Uint8Array[], digest: DigestAlgorithm): HashTree {
  const width = digestOf(digest, Buffer.alloc(0)).length;
  if (leaves.length === 0 || leaves.some((leaf) => leaf.length !== width))
    throw new RangeError(`hash tree of ${leaves.length} leaves`);
  const levels: Buffer[] = [Buffer.concat(leaves)];
  for (let below = levels[0]!; below.length > width; below = levels.at(-1)!)
    levels.push(parents(below, width, digest));
  const at = (level: Buffer, index: number): Buffer => level.subarray(index * width, (index + 1) * width);
  return {
    digest,
    root: at(levels.at(-1)!, 0),
    size: leaves.length,
    reduced(leaf) {
      const lists: Buffer[][] = [];
      for (let height = 0, index = leaf; height < levels.length - 1; height += 1, index >>= 1) {
        const sibling = at(levels[height]!, index ^ 1);
        if (sibling.length === 0) continue;
        const list = lists.length === 0 ? [at(levels[height]!, index), sibling] : [sibling];
        lists.push(list.sort(Buffer.compare));
      }
      return lists;
    },
  };
}

function parents(below: Buffer, width: number, digest: DigestAlgorithm): Buffer {
  const count = below.length / width;
  const above = Buffer.allocUnsafe(Math.ceil(count / 2) * width);
  const pair = Buffer.allocUnsafe(2 * width);
  for (let node = 0; node < count; node += 2) {
    const left = below.subarray(node * width, (node + 1) * width);
    const right = below.subarray((node + 1) * width, (node + 2) * width);
    if (right.length === 0) left.copy(above, (node >> 1) * width);
    else {
      const ordered = Buffer.compare(left, right) <= 0;
      (ordered ? left : right).copy(pair, 0);
      (ordered ? right : left).copy(pair, width);
      digestOf(digest, pair).copy(above, (node >> 1) * width);
    }
  }
  return above;
}

/**
 * The root that a leaf leads to (RFC 4998 §4.3): each list with the value from below, sorted, hashed.
 * @returns undefined when the leaf is not in the first list
 */
export function rootOf(digest: ReadableDigest, leaf: Buffer, lists: ReducedHashTree): Buffer | undefined {
  const [first, ...above] = lists;
  if (!first) return leaf;
  if (!first.some((value) => value.equals(leaf))) return undefined;
  let value = nodeHash(digest, first);
  for (const list of above) value = nodeHash(digest, [value, ...list]);
  return value;
}
