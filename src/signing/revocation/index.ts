export { pathStates, type RevocationInput } from './check.ts';
export type { CertificateState, EvidenceFault, FreshnessRules, RevocationEvidence } from './types.ts';
