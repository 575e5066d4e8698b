export {
  initialsSignature,
  officerSignature,
  organisationSignature,
  type InitialsField,
  type SealAct,
} from './acts.ts';
export { annexedTo, annexSignature, copySignature } from './corner.ts';
export { prepareDocTimestamp, timestampPdf } from './docTimestamp.ts';
export { PadesError, padesProblems, type PadesProblem } from './errors.ts';
export { extendPdf, type ExtendedPdf, type ExtendOptions } from './longTerm.ts';
export { completePdfSignature, type PreparedPdfSignature } from './prepare.ts';
export { preparePades, resumePades, signPdf, type PadesSession, type SignPdfOptions } from './sign.ts';
export { pdfPolicy, type EvidenceQuestion, type PdfPolicy } from './trust.ts';
export { verifyPdf } from './verify.ts';
