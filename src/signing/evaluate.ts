import { oids, type Certificate, type KeyUsage, type RevocationReason } from '#formats/x509';
import {
  findPaths,
  type AcceptAlgorithm,
  type BuildLimits,
  type InvalidPath,
  type PathFault,
  type PathOptions,
  type PolicyInputs,
  type Signed,
  type TrustAnchor,
  type TrustPurpose,
  type ValidPath,
} from './path/index.ts';
import type { Indication, SubIndication } from './report/types.ts';
import {
  pathStates,
  type CertificateState,
  type EvidenceFault,
  type RevocationEvidence,
} from './revocation/index.ts';

/** What a relying party asks of a certificate; everything but the moment and the evidence. */
export interface TrustPolicy extends PolicyInputs {
  readonly purpose: TrustPurpose;
  /** `require`: no verdict without the state of every certificate. `prefer`: said, not demanded. */
  readonly revocation: 'require' | 'prefer' | 'ignore';
  readonly keyUsage?: readonly KeyUsage[];
  readonly extendedKeyUsage?: readonly string[];
  readonly requireExtendedKeyUsage?: boolean;
  readonly acceptAlgorithm?: AcceptAlgorithm;
  /** Milliseconds that clocks may differ. */
  readonly skew?: number;
  /** Age of an answer that names no next update, in milliseconds. */
  readonly maxAge?: number;
  /** Evidence must have been issued at the moment asked about or later. */
  readonly issuedAfter?: boolean;
}

/** Documents: signatures and seals. */
export const signingPolicy: TrustPolicy = {
  purpose: 'signing',
  revocation: 'require',
  keyUsage: ['nonRepudiation', 'digitalSignature'],
  extendedKeyUsage: [
    oids.documentSigning,
    oids.emailProtection,
    // Microsoft and Adobe document signing.
    '1.3.6.1.4.1.311.10.3.12',
    '1.2.840.113583.1.1.5',
  ],
};

/** Time-stamp tokens (RFC 3161 §2.3). */
export const timestampingPolicy: TrustPolicy = {
  purpose: 'timestamping',
  revocation: 'require',
  keyUsage: ['nonRepudiation', 'digitalSignature'],
  extendedKeyUsage: [oids.timeStamping],
  requireExtendedKeyUsage: true,
};

export interface EvaluateInput {
  readonly certificate: Certificate;
  /** Certificates that may lie between; from the document, hence untrusted. */
  readonly candidates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** The moment that is asked about. */
  readonly at: Date;
  /** Whether it is proven that the signature existed at `at` (a trusted time-stamp). Default: no. */
  readonly proven?: boolean;
  /** The present. Default: evidence may be of any time. */
  readonly now?: Date;
  readonly evidence: RevocationEvidence;
  /** When certificates and evidence are proven to have existed. Default: now. */
  readonly existedBy?: (signed: Signed) => Date;
  readonly policy: TrustPolicy;
  readonly limits?: Partial<BuildLimits>;
}

/** One finding; a closed list of codes, the parameters beside it. */
export interface TrustReason {
  readonly code: PathFault | EvidenceFault | 'no-chain' | 'revoked' | 'revocation-unknown';
  /** The certificate concerned. */
  readonly certificate?: Certificate;
  readonly revokedAt?: Date;
  readonly revocationReason?: RevocationReason;
}

export interface TrustVerdict {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly path: ValidPath | InvalidPath | undefined;
  /** State of each certificate of a valid path, target first; empty when not asked. */
  readonly states: readonly CertificateState[];
  readonly reasons: readonly TrustReason[];
}

/**
 * Judges a certificate at a moment: path (RFC 5280 §6), state, purpose; the answer in the terms of ETSI EN 319 102-1.
 * Pure: anchors, time and evidence are arguments. Never throws on what certificates contain.
 */
export function evaluateCertificate(input: EvaluateInput): TrustVerdict {
  const { policy } = input;
  const anchors = input.anchors.filter(({ purposes }) => purposes?.includes(policy.purpose) ?? true);
  const options: PathOptions = { ...policy, at: input.at };
  const { certificate: target, candidates, limits } = input;
  let best: TrustVerdict | undefined;
  for (const path of findPaths({ target, candidates, anchors, options, ...(limits ? { limits } : {}) })) {
    const verdict = path.ok ? judgeStates(path, input) : judgeFault(path, input);
    if (verdict.indication === 'TOTAL-PASSED' || verdict.states[0]?.status === 'revoked') return verdict;
    if (!best || (verdict.path?.ok && !best.path?.ok)) best = verdict;
  }
  return (
    best ?? {
      indication: 'INDETERMINATE',
      subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
      path: undefined,
      states: [],
      reasons: [{ code: 'no-chain', certificate: target }],
    }
  );
}

function judgeFault(path: InvalidPath, { proven = false }: EvaluateInput): TrustVerdict {
  const ofTarget = path.index === 0;
  const certificate = path.certificates[path.index];
  const reasons = [{ code: path.fault, ...(certificate ? { certificate } : {}) }];
  const verdict = (subIndication: SubIndication, failed = false): TrustVerdict => ({
    indication: failed ? 'TOTAL-FAILED' : 'INDETERMINATE',
    subIndication,
    path,
    states: [],
    reasons,
  });
  switch (path.fault) {
    case 'expired':
      return proven && ofTarget ? verdict('EXPIRED', true) : verdict('OUT_OF_BOUNDS_NO_POE');
    case 'not-yet-valid':
      return proven && ofTarget ? verdict('NOT_YET_VALID', true) : verdict('OUT_OF_BOUNDS_NO_POE');
    case 'weak-algorithm':
      return verdict(proven ? 'CRYPTO_CONSTRAINTS_FAILURE' : 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE');
    case 'anchor-not-trusted-then':
      return verdict('NO_CERTIFICATE_CHAIN_FOUND');
    case 'malformed':
    case 'wrong-signature':
    case 'names-do-not-chain':
      return verdict('CERTIFICATE_CHAIN_GENERAL_FAILURE');
    case 'unknown-critical-extension':
    case 'not-a-ca':
    case 'path-too-long':
    case 'key-usage':
    case 'extended-key-usage':
    case 'name-constraints':
    case 'policy':
      return verdict('CHAIN_CONSTRAINTS_FAILURE');
  }
}

function judgeStates(path: ValidPath, input: EvaluateInput): TrustVerdict {
  const { policy, at, now, evidence, candidates, proven = false } = input;
  if (policy.revocation === 'ignore') return { indication: 'TOTAL-PASSED', path, states: [], reasons: [] };
  const rules = {
    at,
    ...(now ? { now } : {}),
    ...(policy.skew === undefined ? {} : { skew: policy.skew }),
    ...(policy.maxAge === undefined ? {} : { maxAge: policy.maxAge }),
    ...(policy.issuedAfter === undefined ? {} : { issuedAfter: policy.issuedAfter }),
    ...(input.existedBy ? { existedBy: input.existedBy } : {}),
  };
  const options = policy.acceptAlgorithm ? { acceptAlgorithm: policy.acceptAlgorithm } : {};
  const states = pathStates({ path, evidence, candidates, rules, options });
  const reasons: TrustReason[] = [];
  states.forEach((state, index) => {
    const certificate = path.certificates[index] as Certificate;
    if (state.status === 'revoked')
      reasons.push({ code: 'revoked', certificate, revokedAt: state.at, revocationReason: state.reason });
    if (state.status === 'unknown') {
      reasons.push({ code: 'revocation-unknown', certificate });
      reasons.push(...state.faults.map((code) => ({ code, certificate })));
    }
  });
  const indeterminate = (subIndication: SubIndication): TrustVerdict => ({
    indication: 'INDETERMINATE',
    subIndication,
    path,
    states,
    reasons,
  });
  if (states.slice(1).some(({ status }) => status === 'revoked')) return indeterminate('REVOKED_CA_NO_POE');
  if (states[0]?.status === 'revoked') {
    return proven
      ? { indication: 'TOTAL-FAILED', subIndication: 'REVOKED', path, states, reasons }
      : indeterminate('REVOKED_NO_POE');
  }
  const unknown = states.some(({ status }) => status === 'unknown');
  if (unknown && policy.revocation === 'require') {
    const late = states.some(
      (state) => state.status === 'unknown' && state.faults.includes('proven-too-late'),
    );
    return indeterminate(late ? 'REVOCATION_OUT_OF_BOUNDS_NO_POE' : 'TRY_LATER');
  }
  return { indication: 'TOTAL-PASSED', path, states, reasons };
}
