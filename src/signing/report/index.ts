export {
  clerkReport,
  verdictText,
  vietnameseTime,
  type ClerkReport,
  type ClerkSignature,
  type ReportLanguage,
} from './clerk.ts';
export { machineReport, reportText } from './text.ts';
export type { Finding, JudgedChange, PdfReport, SignatureReport, SignatureRole } from './types.ts';
