import type { KeyObject } from 'node:crypto';
import type { Certificate, KeyUsage, ReadableSignatureAlgorithm } from '#formats/x509';
import type { PolicyInputs } from './policy.ts';

/** A key that is trusted because someone decided so. */
export interface TrustAnchor {
  readonly certificate: Certificate;
  /** When it was trusted; the certificate's own dates are not asked. */
  readonly from?: Date;
  readonly until?: Date;
  /** What it is trusted for; absent means everything. */
  readonly purposes?: readonly TrustPurpose[];
}
export type TrustPurpose = 'signing' | 'timestamping' | 'server';

/** Why a path is refused; a closed list. */
export type PathFault =
  | 'malformed'
  | 'wrong-signature'
  | 'names-do-not-chain'
  | 'not-yet-valid'
  | 'expired'
  | 'anchor-not-trusted-then'
  | 'unknown-critical-extension'
  | 'not-a-ca'
  | 'path-too-long'
  | 'key-usage'
  | 'extended-key-usage'
  | 'name-constraints'
  | 'policy'
  | 'weak-algorithm';

/**
 * Whether a signature of this algorithm under this key counts on a certificate, CRL or OCSP answer; when `signed`
 * is proven to have existed decides by which date the algorithm is judged.
 */
export type AcceptAlgorithm = (
  algorithm: ReadableSignatureAlgorithm,
  key: KeyObject,
  signed: Signed,
) => boolean;

/** Anything that bears a signature. */
export type Signed = { readonly der: Uint8Array };

export interface PathOptions extends PolicyInputs {
  readonly at: Date;
  /** Usages of which the target must have at least one, when it has the extension. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Purposes of which the target must have at least one, when it has the extension. */
  readonly extendedKeyUsage?: readonly string[];
  /** The target must have the extension. */
  readonly requireExtendedKeyUsage?: boolean;
  /** Default: SHA-256 and better, RSA from 2048 bits. */
  readonly acceptAlgorithm?: AcceptAlgorithm;
}

export interface ValidPath {
  readonly ok: true;
  /** Target first; the anchor is not among them. Empty when the target is the anchor. */
  readonly certificates: readonly Certificate[];
  /** For each certificate the key that signed it. */
  readonly issuerKeys: readonly KeyObject[];
  readonly anchor: TrustAnchor;
  /** User-constrained policy set of RFC 5280 §6.1.6. */
  readonly policies: ReadonlySet<string>;
}

export interface InvalidPath {
  readonly ok: false;
  readonly certificates: readonly Certificate[];
  readonly anchor: TrustAnchor;
  readonly fault: PathFault;
  /** Which of `certificates` is at fault. */
  readonly index: number;
}
