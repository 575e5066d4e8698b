import type { KeyObject } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import { fingerprint, publicKeyOf, sameName, type Certificate, type CertificateList } from '#formats/x509';
import { findPaths } from '../path/build.ts';
import type { PathOptions, Signed, TrustAnchor, ValidPath } from '../path/types.ts';
import { stateByCrl } from './crlCheck.ts';
import { stateByOcsp } from './ocspCheck.ts';
import type { CertificateState, FreshnessRules, RevocationEvidence } from './types.ts';

export interface RevocationInput {
  readonly path: ValidPath;
  readonly evidence: RevocationEvidence;
  /** Where certificates of separate CRL issuers are looked for. */
  readonly candidates: readonly Certificate[];
  readonly rules: FreshnessRules;
  readonly options?: Pick<PathOptions, 'acceptAlgorithm'>;
}

/** CRL issuers inside CRL issuers that are followed. */
const nesting = 3;
/** Certificates of CRL issuers that are tried for one CRL. */
const issuersTried = 8;

/**
 * The state of every certificate of a valid path, target first. OCSP is asked first, then CRLs; a certificate that
 * either holds revoked is revoked. Evidence that is malformed counts as none.
 */
export function pathStates(input: RevocationInput): readonly CertificateState[] {
  return statesWithin(input, nesting, new Set());
}

function statesWithin(
  input: RevocationInput,
  depth: number,
  asking: ReadonlySet<string>,
): readonly CertificateState[] {
  const { certificates } = input.path;
  return certificates.map((_, index) => {
    try {
      return provenState(input, index, depth, asking);
    } catch (error) {
      if (error instanceof Asn1Error) return { status: 'unknown', faults: ['malformed'] };
      throw error;
    }
  });
}

/** A good state counts only by evidence that was given in time; a revocation always counts. */
function provenState(
  input: RevocationInput,
  index: number,
  depth: number,
  asking: ReadonlySet<string>,
): CertificateState {
  const state = stateAt(input, index, depth, asking);
  const evidence = issuedInTime(input, input.path.certificates[index + 1]);
  if (state.status !== 'good' || evidence === input.evidence) return state;
  const proven = stateAt({ ...input, evidence }, index, depth, asking);
  return proven.status === 'unknown'
    ? { status: 'unknown', faults: [...proven.faults, 'proven-too-late'] }
    : proven;
}

function stateAt(
  input: RevocationInput,
  index: number,
  depth: number,
  asking: ReadonlySet<string>,
): CertificateState {
  const { path, evidence, rules } = input;
  const certificate = path.certificates[index] as Certificate;
  const issuer = path.certificates[index + 1] ?? path.anchor.certificate;
  const key = path.issuerKeys[index] as KeyObject;
  const id = fingerprint(certificate);
  const accept = input.options?.acceptAlgorithm;
  if (depth === 0 || asking.has(id)) return { status: 'unknown', faults: ['signer-not-trusted'] };
  const now = new Set([...asking, id]);
  const byCrl = (subject: Certificate): CertificateState =>
    stateByCrl(subject, evidence.crls ?? [], (crl) => crlKeys(input, index, crl, depth, now), rules, accept);
  const ocsp = stateByOcsp(
    certificate,
    { certificate: issuer, key },
    evidence.ocspResponses ?? [],
    byCrl,
    rules,
    accept,
  );
  let crl = byCrl(certificate);
  // A CRL issuer may be under its own CRL (NIST PKITS 4.14.30): believed only when nobody else speaks of it.
  if (ocsp.status === 'unknown' && crl.status === 'unknown' && maySignCrls(certificate)) {
    const own = function* (list: CertificateList): Generator<KeyObject> {
      yield* crlKeys(input, index, list, depth, now);
      if (sameName(certificate.subject, list.issuer)) yield publicKeyOf(certificate);
    };
    crl = stateByCrl(certificate, evidence.crls ?? [], own, rules, accept);
  }
  return reconcile(ocsp, crl);
}

/** Evidence that existed while the issuer's certificate was valid; an anchor has no end but the one it is given. */
function issuedInTime(
  { evidence, rules }: RevocationInput,
  issuer: Certificate | undefined,
): RevocationEvidence {
  const { existedBy } = rules;
  if (existedBy === undefined || issuer === undefined) return evidence;
  const inTime = (one: Signed): boolean => existedBy(one) <= issuer.notAfter;
  const { crls = [], ocspResponses = [] } = evidence;
  if (crls.every(inTime) && ocspResponses.every(inTime)) return evidence;
  return { crls: crls.filter(inTime), ocspResponses: ocspResponses.filter(inTime) };
}

/** Revoked by either is revoked; only a hold may have been lifted by a newer answer. */
function reconcile(ocsp: CertificateState, crl: CertificateState): CertificateState {
  if (ocsp.status === 'unknown' && crl.status === 'unknown')
    return { status: 'unknown', faults: [...new Set([...ocsp.faults, ...crl.faults])] };
  if (ocsp.status === 'unknown') return crl;
  if (crl.status === 'unknown' || crl.status === ocsp.status) return ocsp;
  const [revoked, good] = crl.status === 'revoked' ? [crl, ocsp] : [ocsp, crl];
  if (revoked.status !== 'revoked' || good.status !== 'good') return revoked;
  const lifted =
    revoked.reason === 'certificateHold' &&
    good.thisUpdate !== undefined &&
    good.thisUpdate > revoked.thisUpdate;
  return lifted ? good : revoked;
}

/**
 * §6.3.3 (f): keys that may sign the CRL: the issuer's own, or those of certificates with the CRL issuer's name and
 * cRLSign that lead to the same anchor and are themselves not revoked.
 */
function* crlKeys(
  input: RevocationInput,
  index: number,
  crl: CertificateList,
  depth: number,
  asking: ReadonlySet<string>,
): Generator<KeyObject> {
  const { path } = input;
  const issuer = path.certificates[index + 1];
  if (issuer) {
    const { keyUsage } = issuer.extensions;
    if (sameName(issuer.subject, crl.issuer) && (!keyUsage || keyUsage.has('cRLSign')))
      yield path.issuerKeys[index] as KeyObject;
  } else if (sameName(path.anchor.certificate.subject, crl.issuer)) yield path.issuerKeys[index] as KeyObject;
  let tried = 0;
  for (const candidate of [...path.certificates.slice(index + 1), ...input.candidates]) {
    if (candidate === issuer || !sameName(candidate.subject, crl.issuer)) continue;
    if (!maySignCrls(candidate) || ++tried > issuersTried) continue;
    if (leadsToAnchor(input, candidate, path.anchor, depth - 1, asking)) yield publicKeyOf(candidate);
  }
}

function maySignCrls(certificate: Certificate): boolean {
  try {
    const { keyUsage } = certificate.extensions;
    return keyUsage === undefined
      ? certificate.extensions.basicConstraints?.ca === true
      : keyUsage.has('cRLSign');
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

function leadsToAnchor(
  input: RevocationInput,
  target: Certificate,
  anchor: TrustAnchor,
  depth: number,
  asking: ReadonlySet<string>,
): boolean {
  const candidates = [...input.path.certificates, ...input.candidates];
  const options = { ...input.options, at: input.rules.at };
  for (const path of findPaths({
    target,
    candidates,
    anchors: [anchor],
    options,
    limits: { steps: 50, paths: 3 },
  })) {
    if (!path.ok) continue;
    const states = statesWithin({ ...input, path }, depth, asking);
    if (states.every(({ status }) => status === 'good')) return true;
  }
  return false;
}
