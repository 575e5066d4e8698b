export {
  clerkReport,
  verdictText,
  vietnameseTime,
  type ClerkReport,
  type ClerkSignature,
  type ReportLanguage,
} from './clerk.ts';
export { machineReport, reportText } from './text.ts';
export type {
  CertificateReport,
  Finding,
  Indication,
  JudgedChange,
  PdfReport,
  SignatureReport,
  SignatureRole,
  SignerReport,
  TimestampReport,
} from './types.ts';
