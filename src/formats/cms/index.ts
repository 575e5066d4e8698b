export {
  digestFor,
  prepareSignedAttributes,
  type CompleteInput,
  type PreparedSignature,
  type SignedAttributesInput,
} from './build.ts';
export { cmsEvidence, type CmsEvidence } from './evidence.ts';
export {
  cmsOids,
  readSignedData,
  signatureTimestamps,
  singleAttribute,
  type CmsAttribute,
  type CmsAttributes,
  type ReadSignedDataOptions,
  type SignedData,
  type SignerIdentifier,
  type SignerInfo,
} from './read.ts';
export {
  buildTimestampRequest,
  buildTimestampResponse,
  derTstInfo,
  digestOfBytes,
  mayTimestamp,
  readTimestampRequest,
  readTimestampResponse,
  readTimestampToken,
  readTstInfo,
  verifyTimestampToken,
  type TimestampFailure,
  type TimestampProblem,
  type TimestampRequest,
  type TimestampResponse,
  type TimestampToken,
  type TimestampVerdict,
  type TstInfo,
  type TstInfoInput,
} from './timestamp.ts';
export {
  verifySigner,
  type CmsProblem,
  type CmsWarning,
  type DigestSource,
  type SignerVerdict,
  type VerifySignerOptions,
} from './verify.ts';
