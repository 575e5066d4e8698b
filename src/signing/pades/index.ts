export { initialsSignature, officerSignature, organisationSignature, type SealAct } from './acts.ts';
export type { SignatureAppearance } from './appearance.ts';
export { PadesError, padesProblems, type PadesProblem } from './errors.ts';
export {
  completePdfSignature,
  defaultReserve,
  hasSignatures,
  pdfTime,
  preparePdfSignature,
  type PdfSignatureOptions,
  type PreparedPdfSignature,
} from './prepare.ts';
export type { FieldLock } from './restrictions.ts';
export { preparePades, signPdf, type PadesSession, type SignPdfOptions } from './sign.ts';
export { verifyPdf, type PdfPolicy } from './verify.ts';
