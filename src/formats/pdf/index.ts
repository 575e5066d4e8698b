export { createCanvas, coordinate, type Canvas } from './content.ts';
export {
  catalogOf,
  documentAt,
  indirectAt,
  openPdf,
  type PdfDocument,
  type PdfFile,
  type PdfRevision,
} from './document.ts';
export { damaged, PdfError, pdfProblems, ProblemError, type PdfProblem } from './errors.ts';
export {
  addToForm,
  appendTo,
  fieldDict,
  fillFields,
  fillFieldsIn,
  isSignatureField,
  newForm,
  reserveFields,
  textAppearance,
  timesRoman,
  type FieldPlacement,
  type TextStyle,
} from './fields.ts';
export { decodeStream } from './filters.ts';
export {
  ascent,
  capHeight,
  createFontSet,
  glyphOutline,
  textWidth,
  type Face,
  type FontSet,
  type Matrix,
} from './fonts.ts';
export { formFields, formOf, type FormField } from './form.ts';
export { hiddenIn } from './hidden.ts';
export { copyOfPages, type Overlay } from './import.ts';
export { embedPng, type EmbeddedImage } from './image.ts';
export {
  originOf,
  type FileOrigin,
  type FileOriginKind,
  type OriginReason,
  type PageOrigin,
} from './origin/index.ts';
export { pageSizes, pagesOf, rectOf, type PageSize, type PdfPage, type PdfRect } from './pages.ts';
export * from './values.ts';
export { createPdf, deflated, updatePdf, type PdfWriter, type Written } from './write.ts';
export { defaultLimits, type PdfLimits, type XrefEntry, type XrefSection } from './xref.ts';
