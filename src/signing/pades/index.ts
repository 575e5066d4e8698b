export {
  initialsSignature,
  officerSignature,
  organisationSignature,
  type InitialsField,
  type SealAct,
} from './acts.ts';
export { annexedTo, annexSignature } from './corner.ts';
export { PadesError, padesProblems, type PadesProblem } from './errors.ts';
export { preparePades, signPdf, type PadesSession, type SignPdfOptions } from './sign.ts';
export { verifyPdf, type PdfPolicy } from './verify.ts';
