import type { KeyObject } from 'node:crypto';
import {
  nameKey,
  nameOf,
  sameName,
  signatureAlgorithmOf,
  type Certificate,
  type CertificateList,
  type CrlEntry,
  type DistributionPoint,
  type GeneralName,
  type Name,
} from '#formats/x509';
import { acceptStrong, type AcceptAlgorithm } from '../path/index.ts';
import { isSignedBy } from './signedBy.ts';
import { freshness, type CertificateState, type EvidenceFault, type FreshnessRules } from './types.ts';

/** Keys that may sign a CRL of this issuer for the certificate in question; validating them is the caller's. */
export type CrlIssuerKeys = (crl: CertificateList) => Iterable<KeyObject>;

/** Bits of ReasonFlags but bit 0: all the reasons that a certificate's state depends on. */
const allReasons: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];

function isBelieved(crl: CertificateList, key: KeyObject, accept: AcceptAlgorithm): boolean {
  const algorithm = signatureAlgorithmOf(crl.signatureAlgorithm);
  return algorithm !== undefined && accept(algorithm, key, crl) && isSignedBy(crl, algorithm, key);
}

type Point = DistributionPoint & { readonly implied?: boolean };

/**
 * The state of a certificate by CRLs (RFC 5280 §6.3.3): by distribution point, complete with delta, direct or
 * indirect, until all reasons are covered.
 */
export function stateByCrl(
  certificate: Certificate,
  crls: readonly CertificateList[],
  keysFor: CrlIssuerKeys,
  rules: FreshnessRules,
  accept: AcceptAlgorithm = acceptStrong,
): CertificateState {
  const isSigned = (crl: CertificateList, key: KeyObject): boolean => isBelieved(crl, key, accept);
  const faults = new Set<EvidenceFault>();
  const covered = new Set<number>();
  let thisUpdate: Date | undefined;
  const implied: Point = {
    fullName: [{ type: 'directory', name: certificate.issuer }],
    relativeName: undefined,
    reasons: undefined,
    crlIssuer: undefined,
    implied: true,
  };
  // The newest list speaks first: it knows all that older ones of its scope knew.
  const newest = [...crls].sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
  for (const point of [...(certificate.extensions.crlDistributionPoints ?? []), implied]) {
    for (const crl of newest) {
      if (crl.deltaBase !== undefined) continue;
      const reasons = usableReasons(certificate, crl, point, covered, faults);
      if (reasons.length === 0) continue;
      const stale = freshness(crl, certificate, rules);
      const key = signerOf(crl, keysFor, isSigned, faults);
      if (!key) continue;
      const delta = newest.find(
        (other) => isDeltaOf(other, crl) && isSigned(other, key) && !freshness(other, certificate, rules),
      );
      // A current delta brings an old complete list up to date; without one the list itself must be current.
      if (stale) {
        faults.add(stale);
        if (stale !== 'stale' || !delta) continue;
      }
      const entry = lookUp(certificate, crl, delta);
      if (entry) {
        const at = effectiveDate(entry);
        const update = (delta ?? crl).thisUpdate;
        if (at <= rules.at)
          return { status: 'revoked', source: 'crl', at, reason: entry.reason, thisUpdate: update };
      }
      thisUpdate = crl.thisUpdate;
      for (const reason of reasons) covered.add(reason);
    }
  }
  if (allReasons.every((reason) => covered.has(reason))) return { status: 'good', source: 'crl', thisUpdate };
  return { status: 'unknown', faults: [...faults] };
}

/** A compromised key was no longer its owner's from the invalidity date on. */
function effectiveDate({ revokedAt, reason, invalidFrom }: CrlEntry): Date {
  const earlier = reason === 'keyCompromise' && invalidFrom && invalidFrom < revokedAt;
  return earlier ? invalidFrom : revokedAt;
}

function lookUp(
  certificate: Certificate,
  crl: CertificateList,
  delta: CertificateList | undefined,
): CrlEntry | undefined {
  const { issuer, serialNumber } = certificate;
  const changed = delta?.find(issuer, serialNumber);
  if (changed?.reason === 'removeFromCRL') return undefined;
  return changed ?? crl.find(issuer, serialNumber);
}

function signerOf(
  crl: CertificateList,
  keysFor: CrlIssuerKeys,
  isSigned: (crl: CertificateList, key: KeyObject) => boolean,
  faults: Set<EvidenceFault>,
): KeyObject | undefined {
  let any = false;
  for (const key of keysFor(crl)) {
    any = true;
    if (isSigned(crl, key)) return key;
  }
  faults.add(any ? 'wrong-signature' : 'signer-not-trusted');
  return undefined;
}

/** §6.3.3 (b), (d), (e): the reasons that the list covers for this certificate and were not covered before. */
function usableReasons(
  certificate: Certificate,
  crl: CertificateList,
  point: Point,
  covered: ReadonlySet<number>,
  faults: Set<EvidenceFault>,
): readonly number[] {
  const scope = crl.distributionPoint;
  const named = point.crlIssuer?.flatMap((name) => (name.type === 'directory' ? [name.name] : []));
  const issuerFits = named
    ? named.some((name) => sameName(name, crl.issuer)) && scope?.indirect === true
    : sameName(crl.issuer, certificate.issuer);
  if (!issuerFits) {
    faults.add('wrong-issuer');
    return [];
  }
  const isCa = certificate.extensions.basicConstraints?.ca === true;
  const inScope =
    !scope ||
    (!scope.onlyAttributeCerts &&
      !(scope.onlyUserCerts && isCa) &&
      !(scope.onlyCaCerts && !isCa) &&
      (!scope.name || pointMatches(scope.name, point, crl.issuer, certificate.issuer)));
  if (!inScope) {
    faults.add('wrong-scope');
    return [];
  }
  if (crl.unknownCritical.length > 0) {
    faults.add('unknown-critical-extension');
    return [];
  }
  return allReasons.filter(
    (reason) =>
      !covered.has(reason) &&
      (point.reasons?.has(reason) ?? true) &&
      (scope?.onlySomeReasons?.has(reason) ?? true),
  );
}

function namesOfPoint(
  name: Pick<DistributionPoint, 'fullName' | 'relativeName'>,
  issuer: Name,
): readonly GeneralName[] {
  if (name.fullName) return name.fullName;
  if (!name.relativeName) return [];
  return [{ type: 'directory', name: nameOf([...issuer.rdns, name.relativeName]) }];
}

/** §6.3.3 (b)(2)(i): the list's own name is one of the point's, or of its CRL issuer when the point has no name. */
function pointMatches(
  scopeName: Pick<DistributionPoint, 'fullName' | 'relativeName'>,
  point: Point,
  crlIssuer: Name,
  certificateIssuer: Name,
): boolean {
  const own = namesOfPoint(scopeName, crlIssuer);
  const relativeTo = point.crlIssuer?.flatMap((name) => (name.type === 'directory' ? [name.name] : []))[0];
  const named = namesOfPoint(point, relativeTo ?? certificateIssuer);
  const theirs = named.length > 0 ? named : (point.crlIssuer ?? []);
  return own.some((a) => theirs.some((b) => sameGeneralName(a, b)));
}

function sameGeneralName(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'directory' && b.type === 'directory') return sameName(a.name, b.name);
  if (a.type === 'other' || b.type === 'other' || a.type === 'directory' || b.type === 'directory')
    return false;
  if (a.type === 'ip' || b.type === 'ip') return false;
  return a.type === b.type && a.value === b.value;
}

/** §6.3.3 (c): the delta is for this list: same issuer, same scope, same key, a base that is not newer. */
function isDeltaOf(delta: CertificateList, base: CertificateList): boolean {
  if (delta.deltaBase === undefined || base.number === undefined || delta.number === undefined) return false;
  if (nameKey(delta.issuer) !== nameKey(base.issuer) || delta.unknownCritical.length > 0) return false;
  const scope = (crl: CertificateList): string =>
    crl.extensions.find(({ oid }) => oid === '2.5.29.28')?.value.toString('hex') ?? '';
  if (scope(delta) !== scope(base)) return false;
  const [a, b] = [delta.authorityKeyIdentifier, base.authorityKeyIdentifier];
  if ((a === undefined) !== (b === undefined) || (a && b && !a.equals(b))) return false;
  return base.number >= delta.deltaBase && delta.number >= base.number;
}
