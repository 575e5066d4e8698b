import { hash } from 'node:crypto';
import { LedgerError } from './errors.ts';

/** SHA-256, 32 bytes. */
export const hashSize = 32;

const nodeScratch = Buffer.alloc(65);
nodeScratch[0] = 1;

/** RFC 6962 §2.1: SHA-256(0x00 || entry). */
export function hashLeaf(entry: Uint8Array): Buffer {
  const scratch = Buffer.allocUnsafe(entry.length + 1);
  scratch[0] = 0;
  scratch.set(entry, 1);
  return hash('sha256', scratch, 'buffer');
}

/** RFC 6962 §2.1: SHA-256(0x01 || left || right). */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 33);
  return hash('sha256', nodeScratch, 'buffer');
}

/** The root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer');

/** The largest power of two that is smaller than `size` (`size` at least 2). */
export function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** The root over leaf hashes (RFC 6962 §2.1), for small lists. */
export function rootOfHashes(hashes: readonly Uint8Array[]): Buffer {
  if (hashes.length === 0) return emptyRoot;
  if (hashes.length === 1) return Buffer.from(hashes[0] as Uint8Array);
  const k = splitPoint(hashes.length);
  return hashNode(rootOfHashes(hashes.slice(0, k)), rootOfHashes(hashes.slice(k)));
}

/** Perfect subtrees from left to right, each half as large as the one before or smaller: one root. */
export function foldPeaks(peaks: readonly Uint8Array[]): Buffer {
  if (peaks.length === 0) return emptyRoot;
  let root: Buffer = Buffer.from(peaks.at(-1) as Uint8Array);
  for (let at = peaks.length - 2; at >= 0; at -= 1) root = hashNode(peaks[at] as Uint8Array, root);
  return root;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2).
 * @throws LedgerError proof-invalid when the proof has the wrong shape for this index and size
 */
export function rootFromInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
): Buffer {
  if (!isSize(index) || !isSize(size) || index >= size || !hashesFit([leafHash, ...proof]))
    throw new LedgerError('proof-invalid', 'index outside the tree, or hashes of the wrong size');
  let node = index;
  let last = size - 1;
  let result: Buffer = Buffer.from(leafHash);
  for (const sibling of proof) {
    if (last === 0) throw new LedgerError('proof-invalid', 'the proof is too long');
    if (node % 2 === 1 || node === last) {
      result = hashNode(sibling, result);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else result = hashNode(result, sibling);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new LedgerError('proof-invalid', 'the proof is too short');
  return result;
}

/** Checks an inclusion proof. @throws LedgerError proof-invalid */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  if (!rootFromInclusion(index, size, leafHash, proof).equals(root))
    throw new LedgerError('proof-invalid', 'the inclusion proof leads to another root');
}

/**
 * Checks that the tree of `newSize` begins with the tree of `oldSize` (RFC 9162 §2.1.4.2).
 * A proof from size 0 or between equal sizes is empty.
 * @throws LedgerError proof-invalid
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  const wrong = (why: string): LedgerError => new LedgerError('proof-invalid', why);
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw wrong('sizes out of order');
  if (!hashesFit([oldRoot, newRoot, ...proof])) throw wrong('hashes of the wrong size');
  if (oldSize === 0 || oldSize === newSize) {
    if (proof.length > 0) throw wrong('the proof should be empty');
    if (oldSize === newSize && !Buffer.from(oldRoot).equals(newRoot)) throw wrong('two roots for one size');
    if (oldSize === 0 && !emptyRoot.equals(oldRoot)) throw wrong('the old root is not that of an empty tree');
    return;
  }
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  if (path.length === 0 || proof.length === 0) throw wrong('the proof is empty');
  let node = oldSize - 1;
  let last = newSize - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let first: Buffer = Buffer.from(path[0] as Uint8Array);
  let second: Buffer = first;
  for (const hash of path.slice(1)) {
    if (last === 0) throw wrong('the proof is too long');
    if (node % 2 === 1 || node === last) {
      first = hashNode(hash, first);
      second = hashNode(hash, second);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else second = hashNode(second, hash);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw wrong('the proof is too short');
  if (!first.equals(oldRoot)) throw wrong('the proof does not lead to the old root');
  if (!second.equals(newRoot)) throw wrong('the proof does not lead to the new root');
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
}

function hashesFit(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((one) => one.length === hashSize);
}
