import type { Signed } from '../path/index.ts';
import type { ExistenceProof } from '../report/types.ts';
import type { EvidencePool } from './pool.ts';

/** A document timestamp that is trusted: everything in the revisions up to its own existed at its time. */
export interface TrustedStamp {
  readonly time: Date;
  readonly revision: number;
  readonly authority: string;
  /** When its certificate ends: until then it can be checked. */
  readonly checkableUntil: Date;
}

/** Proofs of existence by document timestamps (EN 319 102-1 §5.6.2.3); grows while they are judged, newest first. */
export interface Archive {
  trust(stamp: TrustedStamp): void;
  /** The earliest proof for what stands in a revision (from 0). */
  covering(revision: number): ExistenceProof | undefined;
  /** The newest trusted stamp over a revision. */
  newestOver(revision: number): TrustedStamp | undefined;
  /** When an object of the file is proven to have existed; else the present. */
  existedBy(signed: Signed): Date;
}

export function archiveOf(pool: EvidencePool, now: Date): Archive {
  const stamps: TrustedStamp[] = [];
  const over = (revision: number): TrustedStamp[] => stamps.filter((stamp) => stamp.revision >= revision);
  const covering = (revision: number): ExistenceProof | undefined => {
    const [first] = over(revision).sort((a, b) => a.time.getTime() - b.time.getTime());
    return first && { time: first.time, by: 'archive-timestamp', authority: first.authority };
  };
  return {
    trust: (stamp) => void stamps.push(stamp),
    covering,
    newestOver: (revision) => over(revision).sort((a, b) => b.revision - a.revision)[0],
    existedBy(signed) {
      if (stamps.length === 0) return now;
      const revision = pool.coveredFrom(signed);
      return (revision === undefined ? undefined : covering(revision))?.time ?? now;
    },
  };
}
