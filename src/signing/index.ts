export {
  algorithmOf,
  alwaysCovered,
  checkContentDigest,
  contentDigest,
  signRequest,
  verifyRequest,
  type MessageHeaders,
  type SignatureFault,
  type VerifiedRequest,
} from './httpsig.ts';
export {
  createTestAuthority,
  restoreTestAuthority,
  testTimestampPolicy,
  type IssuedKey,
  type IssueOptions,
  type KeyType,
  type OfficerRequest,
  type SealRequest,
  type ServerRequest,
  type TestAuthority,
  type TestAuthorityOptions,
} from './authority.ts';
export type { AuthorityUrls, StoredAuthority } from './authorityState.ts';
export { SigningError, type SigningErrorCode } from './errors.ts';
export { keySigner, signCms, signerCertificate, type Signer } from './signer.ts';
export { answerTimestamp, type TsaOptions } from './tsa.ts';
export { localTimestamps, type TimestampSource } from './tsp.ts';
