import { createHash } from 'node:crypto';
import { EdxmlError, readPackage, type EdxmlPackage } from '#formats/edxml';
import { openPdf, originOf, PdfError, ProblemError, type FileOrigin } from '#formats/pdf';
import { verifyPdf, type PdfPolicy } from '../pades/index.ts';
import { worstOf, type Indication, type ValidationReport } from '../report/types.ts';
import { checkAsic, checkCms, checkXml } from './containers.ts';
import { classifyDocument, type ClassifiedDocument } from './documentClass.ts';
import { VerifyFileError } from './errors.ts';
import { packageSignature, type PackageSignature } from './packageSignature.ts';
import { recogniseFile, type FileKind } from './recognise.ts';

/** Why a file, or a file inside a package, cannot be checked. */
export interface FileProblem {
  readonly code: string;
  readonly vi: string;
  readonly viNext: string;
  readonly en: string;
  readonly enNext: string;
}

/** A file inside a package. */
export interface CheckedPart {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly file?: CheckedFile;
  readonly problem?: FileProblem;
}

/** Everything that is known of a file after checking it. */
export interface CheckedFile {
  readonly kind: FileKind;
  readonly size: number;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
  /** The worst of the file and of the files in it. */
  readonly indication: Indication;
  /** Neither the file nor a file in it was ever signed. */
  readonly unsigned: boolean;
  readonly report?: ValidationReport;
  /** PDF: where each revision ends; the file up to there is the document as it stood then. */
  readonly revisions?: readonly number[];
  readonly origin?: FileOrigin;
  readonly document?: ClassifiedDocument;
  /** edXML: the Signature in the header, which proves nothing. */
  readonly packageSignature?: PackageSignature;
  readonly parts: readonly CheckedPart[];
}

export type VerifyFileOptions = PdfPolicy;

/**
 * Verifies whatever signed file this is, recognised by its content: a PDF with all its signatures and how it came
 * to be, an edXML package with every file in it, XML with XML-DSig or XAdES, CMS and CAdES, ASiC
 * (ETSI EN 319 102-1; Decision 28/2018 Art. 9).
 * @throws PdfError, VerifyFileError, XmlSignatureError, CadesError, AsicError when it cannot be read
 */
export async function verifyFile(bytes: Uint8Array, options: VerifyFileOptions): Promise<CheckedFile> {
  const kind = recogniseFile(bytes);
  switch (kind) {
    case undefined:
      throw new VerifyFileError('unknown-format');
    case 'pdf':
      return await checkPdf(bytes, options);
    case 'edxml':
      return await checkPackage(bytes, options);
    case 'xml':
      return { ...facts(kind, bytes), ...(await checkXml(bytes, options)) };
    case 'cms':
      return { ...facts(kind, bytes), ...(await checkCms(bytes, options)) };
    case 'zip':
      return {
        ...facts(kind, bytes),
        ...(await checkAsic(bytes, options, (pdf) => checkPart(pdf, options))),
      };
  }
}

const facts = (kind: FileKind, bytes: Uint8Array): Pick<CheckedFile, 'kind' | 'size' | 'sha256'> => ({
  kind,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

async function checkPdf(bytes: Uint8Array, options: VerifyFileOptions): Promise<CheckedFile> {
  const report = await verifyPdf(bytes, options);
  const origin = originIfReadable(bytes);
  const revisions = openPdf(bytes).revisions.map(({ end }) => end);
  return {
    ...facts('pdf', bytes),
    indication: report.indication,
    unsigned: report.unsigned,
    report,
    revisions,
    ...(origin === undefined ? {} : { origin, document: classifyDocument(report, origin) }),
    parts: [],
  };
}

/** How the file came to be is told beside the verdict; pages that cannot be looked at take nothing from it. */
function originIfReadable(bytes: Uint8Array): FileOrigin | undefined {
  try {
    return originOf(openPdf(bytes));
  } catch (error) {
    if (error instanceof PdfError) return undefined;
    throw error;
  }
}

async function checkPackage(bytes: Uint8Array, options: VerifyFileOptions): Promise<CheckedFile> {
  let read: EdxmlPackage;
  try {
    read = await readPackage(bytes);
  } catch (error) {
    if (error instanceof EdxmlError) throw new VerifyFileError('package-damaged', { detail: error.code });
    throw error;
  }
  const parts: CheckedPart[] = [];
  for (const attachment of read.kind === 'edoc' ? read.attachments : [])
    parts.push({
      name: attachment.name,
      size: attachment.bytes.length,
      sha256: attachment.sha256,
      ...(await checkPart(attachment.bytes, options)),
    });
  const header = read.hasSignature ? await packageSignature(bytes, options) : undefined;
  const indications = parts.map((part) => part.file?.indication ?? 'INDETERMINATE');
  return {
    ...facts('edxml', bytes),
    indication: parts.length === 0 ? 'INDETERMINATE' : worstOf(indications),
    unsigned: parts.every((part) => part.file?.unsigned !== false),
    ...(header === undefined ? {} : { packageSignature: header }),
    parts,
  };
}

async function checkPart(
  bytes: Uint8Array,
  options: VerifyFileOptions,
): Promise<Pick<CheckedPart, 'file' | 'problem'>> {
  // A package in a package is not opened: one level is all that the axis carries.
  if (recogniseFile(bytes) === 'edxml')
    return { problem: problemOf(new VerifyFileError('kind-not-checked', { kind: 'edXML' })) };
  try {
    return { file: await verifyFile(bytes, options) };
  } catch (error) {
    if (error instanceof ProblemError) return { problem: problemOf(error) };
    throw error;
  }
}

/** One plain line in each language, of an expected refusal. */
export const problemOf = (error: ProblemError<string>): FileProblem => ({ code: error.code, ...error.text });
