import type { KeyObject } from 'node:crypto';
import {
  digestOfSignature,
  type Certificate,
  type ReadableDigest,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import type { AcceptAlgorithm, Signed } from '../path/index.ts';

/** Until when an algorithm counts; without an end it counts today. */
export interface DigestRule {
  readonly digest: ReadableDigest;
  readonly until?: Date | undefined;
}

/** Until when keys of a kind, from a size on, count. */
export interface KeyRule {
  readonly key: 'rsa' | 'dsa' | 'ec' | 'ed25519';
  /** Bits of the modulus or of the curve. */
  readonly bits: number;
  readonly until?: Date | undefined;
}

/** Which algorithms count, and until when (ETSI TS 119 312 is the model). What is not named does not count. */
export interface AlgorithmRules {
  readonly digests: readonly DigestRule[];
  readonly keys: readonly KeyRule[];
}

const curveBits: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp224r1: 224,
};

/** Kind and size of a key in the terms of the rules. */
function measure(key: KeyObject): { readonly kind: KeyRule['key']; readonly bits: number } | undefined {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return { kind: 'rsa', bits: modulusLength };
    case 'dsa':
      return { kind: 'dsa', bits: modulusLength };
    case 'ec':
      return { kind: 'ec', bits: curveBits[namedCurve] ?? 0 };
    case 'ed25519':
      return { kind: 'ed25519', bits: 256 };
    default:
      return undefined;
  }
}

const standsAt = (until: Date | undefined, at: Date): boolean => until === undefined || at <= until;

/** Whether a digest counts at a date. */
export const digestCounts = (rules: AlgorithmRules, digest: ReadableDigest, at: Date): boolean =>
  rules.digests.some((rule) => rule.digest === digest && standsAt(rule.until, at));

/** Whether a key counts at a date: the rule of the largest size that it reaches decides. */
export function keyCounts(rules: AlgorithmRules, key: KeyObject, at: Date): boolean {
  const measured = measure(key);
  if (measured === undefined) return false;
  return rules.keys.some(
    (rule) => rule.key === measured.kind && measured.bits >= rule.bits && standsAt(rule.until, at),
  );
}

/** Whether signatures of an algorithm under a key count at a date. */
export const signatureCounts = (
  rules: AlgorithmRules,
  algorithm: ReadableSignatureAlgorithm,
  key: KeyObject,
  at: Date,
): boolean => digestCounts(rules, digestOfSignature(algorithm), at) && keyCounts(rules, key, at);

/** The rules as path validation asks them: by the date at which what was signed is proven to have existed. */
export const acceptByDate =
  (rules: AlgorithmRules, existedBy: (signed: Signed | Certificate) => Date): AcceptAlgorithm =>
  (algorithm, key, signed) =>
    signatureCounts(rules, algorithm, key, existedBy(signed));
