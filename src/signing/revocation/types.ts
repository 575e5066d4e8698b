import type { Signed } from '../path/types.ts';
import type { Certificate, CertificateList, OcspResponse, RevocationReason } from '#formats/x509';

/** What is at hand about the state of certificates: from the document, from a cache, or just fetched. */
export interface RevocationEvidence {
  readonly crls?: readonly CertificateList[];
  readonly ocspResponses?: readonly OcspResponse[];
}

/** Why evidence was passed over, for a log. */
export type EvidenceFault =
  | 'malformed'
  | 'wrong-issuer'
  | 'wrong-scope'
  | 'stale'
  | 'from-the-future'
  | 'issued-after-expiry'
  | 'unknown-critical-extension'
  | 'signer-not-trusted'
  | 'wrong-signature'
  | 'base-missing'
  | 'proven-too-late';

export type CertificateState =
  | {
      readonly status: 'good';
      readonly source: 'ocsp' | 'crl' | 'no-check';
      readonly thisUpdate: Date | undefined;
    }
  | {
      readonly status: 'revoked';
      readonly source: 'ocsp' | 'crl';
      readonly at: Date;
      readonly reason: RevocationReason;
      readonly thisUpdate: Date;
    }
  | { readonly status: 'unknown'; readonly faults: readonly EvidenceFault[] };

export interface FreshnessRules {
  /** The moment whose state is asked. */
  readonly at: Date;
  /** The present: evidence may not come from after it. Default: no limit. */
  readonly now?: Date;
  /** Milliseconds that clocks may differ. Default five minutes. */
  readonly skew?: number;
  /** Age of an answer that names no next update, in milliseconds. Default one day. */
  readonly maxAge?: number;
  /** Evidence must have been issued at `at` or later: what was said before does not speak of it. */
  readonly issuedAfter?: boolean;
  /**
   * When evidence is proven to have existed; default: now, always early enough. Evidence of an issuer that has
   * expired counts only if it existed before (EN 319 102-1 §5.6.2.1): the key may have been anybody's since.
   */
  readonly existedBy?: (evidence: Signed) => Date;
}

/** Whether evidence says something about the moment: issued after it, or still current at it. */
export function freshness(
  update: { readonly thisUpdate: Date; readonly nextUpdate: Date | undefined },
  certificate: Certificate,
  rules: FreshnessRules,
): EvidenceFault | undefined {
  const { at, skew = 300_000, maxAge = 86_400_000 } = rules;
  const { thisUpdate } = update;
  if (rules.now && thisUpdate.getTime() > rules.now.getTime() + skew) return 'from-the-future';
  // An issuer may drop a certificate from its lists once it has expired (RFC 5280 §5).
  if (thisUpdate > certificate.notAfter) return 'issued-after-expiry';
  if (thisUpdate >= at) return undefined;
  if (rules.issuedAfter === true && thisUpdate.getTime() + skew < at.getTime()) return 'stale';
  const until = update.nextUpdate ?? new Date(thisUpdate.getTime() + maxAge);
  return at.getTime() <= until.getTime() + skew ? undefined : 'stale';
}
