export {
  clerkReport,
  verdictText,
  vietnameseTime,
  type ClerkReport,
  type ClerkSignature,
  type ReportLanguage,
} from './clerk.ts';
export { machineReport, reportText } from './text.ts';
export {
  worstOf,
  type CertificateReport,
  type DurabilityReport,
  type ExistenceProof,
  type Finding,
  type Indication,
  type JudgedChange,
  type PdfReport,
  type SignatureLevel,
  type SignatureReport,
  type SignatureRole,
  type SignedKind,
  type SignerReport,
  type StateReport,
  type SubIndication,
  type TimestampReport,
  type ValidationReport,
} from './types.ts';
