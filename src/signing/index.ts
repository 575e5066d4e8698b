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
  type TestAuthority,
  type TestAuthorityOptions,
} from './authority.ts';
export type {
  IssueOptions,
  KeyType,
  OfficerRequest,
  SealRequest,
  ServerRequest,
} from './authorityProfiles.ts';
export type { AuthorityUrls, StoredAuthority } from './authorityState.ts';
export { SigningError, type SigningErrorCode } from './errors.ts';
export { keySigner, signCms, signerCertificate, type Signer } from './signer.ts';
export { answerTimestamp, type TsaOptions } from './tsa.ts';
export { guardedFetch, isPublicAddress, type GuardOptions } from './guardedFetch.ts';
export { onlineEvidence, type OnlineOptions } from './online.ts';
export { exchange, HttpFault, type HttpFetch } from './http.ts';
export { RemoteError, remoteSigner, type RemoteOptions } from './csc/index.ts';
export {
  derEvidenceRecord,
  judgeByAnchors,
  makeEvidence,
  readEvidenceRecord,
  renewHashTrees,
  renewTimestamps,
  verifyEvidence,
  type EvidenceRecord,
  type EvidenceReport,
} from './ers/index.ts';
export { openToken, TokenError, type Token, type TokenOptions } from './pkcs11/index.ts';
export {
  defaultPkcs12Limits,
  readPkcs12,
  writePkcs12,
  type Pkcs12,
  type Pkcs12Limits,
  type WritePkcs12Input,
} from './pkcs12/index.ts';
export { httpTimestamps, localTimestamps, type HttpTimestampOptions, type TimestampSource } from './tsp.ts';
export {
  evaluateCertificate,
  signingPolicy,
  timestampingPolicy,
  type EvaluateInput,
  type TrustPolicy,
  type TrustReason,
  type TrustVerdict,
} from './evaluate.ts';
export {
  defaultBuildLimits,
  findPath,
  findPaths,
  validatePath,
  type AcceptAlgorithm,
  type BuildInput,
  type BuildLimits,
  type InvalidPath,
  type PathFault,
  type PathOptions,
  type PolicyInputs,
  type TrustAnchor,
  type TrustPurpose,
  type ValidPath,
} from './path/index.ts';
export {
  collectEvidence,
  httpRevocation,
  pathStates,
  type CertificateState,
  type CollectedEvidence,
  type CollectInput,
  type EvidenceFault,
  type FreshnessRules,
  type RevocationEvidence,
  type RevocationFetch,
  type RevocationInput,
} from './revocation/index.ts';
export {
  acceptByDate,
  defaultPolicy,
  digestCounts,
  PolicyError,
  policySchema,
  readPolicy,
  signatureCounts,
  type AlgorithmRules,
  type DigestRule,
  type KeyRule,
  type ValidationPolicy,
} from './policy/index.ts';
export { gatherEvidence, type GatheredEvidence, type GatherInput } from './gather.ts';
export {
  annexedTo,
  annexSignature,
  copySignature,
  completePdfSignature,
  extendPdf,
  initialsSignature,
  type InitialsField,
  officerSignature,
  organisationSignature,
  PadesError,
  padesProblems,
  pdfPolicy,
  prepareDocTimestamp,
  preparePades,
  resumePades,
  signPdf,
  timestampPdf,
  verifyPdf,
  type ExtendedPdf,
  type EvidenceQuestion,
  type ExtendOptions,
  type PadesProblem,
  type PadesSession,
  type PdfPolicy,
  type PreparedPdfSignature,
  type SealAct,
  type SignPdfOptions,
} from './pades/index.ts';
export {
  clerkReport,
  machineReport,
  reportText,
  verdictText,
  vietnameseTime,
  worstOf,
  type CertificateReport,
  type ClerkReport,
  type ClerkSignature,
  type DurabilityReport,
  type ExistenceProof,
  type Finding,
  type Indication,
  type JudgedChange,
  type PdfReport,
  type ReportLanguage,
  type SignatureLevel,
  type SignatureReport,
  type SignatureRole,
  type SignedKind,
  type SignerReport,
  type StateReport,
  type SubIndication,
  type TimestampReport,
  type ValidationReport,
} from './report/index.ts';
export {
  checkedFileText,
  problemOf,
  verifyFile,
  VerifyFileError,
  type CheckedFile,
  type CheckedPart,
  type FileProblem,
  type VerifyFileOptions,
} from './file/index.ts';
export {
  signXml,
  verifyXml,
  XmlSignatureError,
  type ExternalContent,
  type SignedPart,
  type SignXmlOptions,
  type XmlReport,
  type XmlSignatureErrorCode,
  type XmlSignatureProblem,
  type XmlTarget,
} from './xmldsig/index.ts';
export {
  AsicError,
  signAsic,
  verifyAsic,
  type AsicReport,
  type DataObject,
  type SignAsicOptions,
} from './asic/index.ts';
export {
  CadesError,
  signCades,
  verifyCades,
  type CadesReport,
  type SignCmsOptions,
  type VerifyCadesOptions,
} from './cades/index.ts';
export { validationDataFor, type ValidationData, type ValidationDataOptions } from './ades/validationData.ts';
