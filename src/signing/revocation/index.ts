export { pathStates, type RevocationInput } from './check.ts';
export {
  collectEvidence,
  httpRevocation,
  type CollectedEvidence,
  type CollectInput,
  type RevocationFetch,
} from './fetch.ts';
export type { CertificateState, EvidenceFault, FreshnessRules, RevocationEvidence } from './types.ts';
