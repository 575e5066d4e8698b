import { createHash } from 'node:crypto';
import { verifyTimestampToken, type DigestSource, type TimestampToken } from '#formats/cms';
import { readCrl, type CertificateList, type DigestAlgorithm, type ReadableDigest } from '#formats/x509';
import { Asn1Error } from '#formats/asn1';
import { evaluateCertificate, timestampingPolicy } from '../evaluate.ts';
import type { TrustAnchor } from '../path/index.ts';
import { acceptByDate, defaultPolicy, digestCounts, type AlgorithmRules } from '../policy/index.ts';
import { renewalLeaf } from './renew.ts';
import type { ArchiveTimestamp, EvidenceRecord } from './record.ts';
import { rootOf } from './tree.ts';

/** Why a record proves nothing, or not enough. The first five: something was changed or never belonged together. */
export type EvidenceProblem =
  | 'object-not-covered'
  | 'timestamp-not-covered'
  | 'sequence-not-covered'
  | 'timestamp-wrong'
  | 'time-disordered'
  | 'digest-mixed'
  | 'digest-weak'
  | 'timestamp-not-trusted';

const fatal: ReadonlySet<EvidenceProblem> = new Set([
  'object-not-covered',
  'timestamp-not-covered',
  'sequence-not-covered',
  'timestamp-wrong',
  'time-disordered',
  'digest-mixed',
]);

export interface EvidenceReport {
  readonly indication: 'TOTAL-PASSED' | 'INDETERMINATE' | 'TOTAL-FAILED';
  readonly problems: readonly {
    readonly code: EvidenceProblem;
    /** From 0. */
    readonly chain: number;
    readonly timestamp: number;
    readonly detail: string;
  }[];
  /** Since when the object is proven to have existed unchanged; only when it passed. */
  readonly existedBy?: Date;
  /** Times of all timestamps, in order. */
  readonly times: readonly Date[];
}

/** Whether a token could be believed at a moment: an empty text, or why not. */
export type TimestampJudge = (token: TimestampToken, at: Date) => string;

/** Judges TSAs by roots, with the lists that a token carries and those at hand. */
export function judgeByAnchors(
  anchors: readonly TrustAnchor[],
  options: { readonly crls?: readonly CertificateList[]; readonly rules?: AlgorithmRules } = {},
): TimestampJudge {
  const { crls = [], rules = defaultPolicy.algorithms } = options;
  return (token, at) => {
    const verdict = verifyTimestampToken(token, () => token.info.messageImprint);
    if (!verdict.certificate) return 'no certificate';
    const judged = evaluateCertificate({
      certificate: verdict.certificate,
      candidates: token.data.certificates,
      anchors,
      at,
      evidence: { crls: [...crls, ...token.data.crls.flatMap(readableCrl)] },
      policy: { ...timestampingPolicy, revocation: 'prefer', acceptAlgorithm: acceptByDate(rules, () => at) },
    });
    return judged.indication === 'TOTAL-PASSED' ? '' : judged.reasons.map(({ code }) => code).join(', ');
  };
}

function readableCrl(der: Buffer): CertificateList[] {
  try {
    return [readCrl(der)];
  } catch (error) {
    if (error instanceof Asn1Error) return [];
    throw error;
  }
}

/**
 * Verifies that a data object existed, unchanged, when its first timestamp was made (RFC 4998 §4.3, §5.3): each
 * timestamp is judged at the moment when the next one took over, the last one at the moment asked about.
 * @param object digest of the data object with an algorithm
 * @param options `at` the moment of verification
 */
export function verifyEvidence(
  record: EvidenceRecord,
  object: DigestSource,
  options: { readonly at: Date; readonly judge: TimestampJudge; readonly rules?: AlgorithmRules },
): EvidenceReport {
  const { at, judge, rules = defaultPolicy.algorithms } = options;
  const problems: EvidenceReport['problems'][number][] = [];
  const stamps = record.chains.flatMap((chain, index) =>
    chain.map((stamp, own) => ({ stamp, chain: index, own })),
  );
  for (const [index, { stamp, chain, own }] of stamps.entries()) {
    const add = (code: EvidenceProblem, detail = ''): void => {
      problems.push({ code, chain, timestamp: own, detail });
    };
    const until = stamps[index + 1]?.stamp.token.info.time ?? at;
    if (until < stamp.token.info.time) add('time-disordered', until.toISOString());
    if (stamp.digest !== record.chains[chain]![0]!.digest) add('digest-mixed', stamp.digest);
    if (!digestCounts(rules, stamp.digest, until)) add('digest-weak', stamp.digest);
    const before = own === 0 ? undefined : record.chains[chain]![own - 1];
    checkCover(stamp, leafOf(record, object, chain, stamp.digest, before), missing(chain, own), add);
    const reason = judge(stamp.token, until);
    if (reason !== '') add('timestamp-not-trusted', reason);
  }
  const failed = problems.some(({ code }) => fatal.has(code));
  const first = stamps[0]?.stamp.token.info.time;
  return {
    indication: failed ? 'TOTAL-FAILED' : problems.length > 0 ? 'INDETERMINATE' : 'TOTAL-PASSED',
    problems,
    times: stamps.map(({ stamp }) => stamp.token.info.time),
    ...(problems.length === 0 && first ? { existedBy: first } : {}),
  };
}

const missing = (chain: number, own: number): EvidenceProblem =>
  own > 0 ? 'timestamp-not-covered' : chain > 0 ? 'sequence-not-covered' : 'object-not-covered';

/** What a timestamp must cover: the token before it, or the object with all chains before, or the object. */
function leafOf(
  record: EvidenceRecord,
  object: DigestSource,
  chain: number,
  digest: ReadableDigest,
  before: ArchiveTimestamp | undefined,
): Buffer {
  if (before) return createHash(digest).update(before.token.der).digest();
  const own = Buffer.from(object(digest));
  return chain === 0 ? own : renewalLeaf(digest as DigestAlgorithm, own, record.chains.slice(0, chain));
}

function checkCover(
  stamp: ArchiveTimestamp,
  leaf: Buffer,
  ifMissing: EvidenceProblem,
  add: (code: EvidenceProblem, detail?: string) => void,
): void {
  const root = rootOf(stamp.digest, leaf, stamp.reduced);
  if (!root) return add(ifMissing, 'hash not in the first list');
  const { valid, problems } = verifyTimestampToken(stamp.token, () => root);
  if (problems.includes('imprint-mismatch')) add(ifMissing, 'root is not the imprint');
  else if (!valid) add('timestamp-wrong', problems.join(', '));
}
