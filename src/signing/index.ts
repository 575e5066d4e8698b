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
