export { derEvidenceRecord, readEvidenceRecord, type EvidenceRecord } from './record.ts';
export { makeEvidence, renewHashTrees, renewTimestamps } from './renew.ts';
export { judgeByAnchors, verifyEvidence, type EvidenceReport } from './verify.ts';
