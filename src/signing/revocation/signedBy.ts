import type { KeyObject } from 'node:crypto';
import { verifyBytes, type ReadableSignatureAlgorithm } from '#formats/x509';

/** What bears a signature over a part of itself. */
interface SignedStructure {
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

const known = new WeakMap<SignedStructure, WeakMap<KeyObject, boolean>>();

/**
 * Whether the key signed the structure. Both answers are remembered with it: a file may carry thousands of answers
 * that nobody signed, and each of its signatures asks for them.
 */
export function isSignedBy(
  structure: SignedStructure,
  algorithm: ReadableSignatureAlgorithm,
  key: KeyObject,
): boolean {
  let answers = known.get(structure);
  if (answers === undefined) known.set(structure, (answers = new WeakMap()));
  let answer = answers.get(key);
  if (answer === undefined)
    answers.set(key, (answer = verifyBytes(algorithm, key, structure.tbs, structure.signature)));
  return answer;
}
