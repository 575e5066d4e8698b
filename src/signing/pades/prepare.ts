import { createHash } from 'node:crypto';
import {
  catalogOf,
  dateString,
  dict,
  documentAt,
  fillFieldsIn,
  formFields,
  isArray,
  name,
  openPdf,
  textString,
  updatePdf,
  withEntries,
  type FormField,
  type PdfDict,
  type PdfDocument,
  type PdfRaw,
  type PdfRef,
  type PdfString,
  type PdfValue,
  type PdfWriter,
  type Span,
} from '#formats/pdf';
import type { DigestAlgorithm } from '#formats/x509';
import { addSignatureAppearance, type SignatureAppearance } from './appearance.ts';
import { PadesError } from './errors.ts';
import { isLocked, restrictionsOf, type FieldLock } from './restrictions.ts';

/** What a signature says about itself and about what may follow it. */
export interface PdfSignatureOptions {
  /** Name of the reserved, empty signature field. */
  readonly field: string;
  /** Declared time; written as /M, which proves nothing. */
  readonly signingTime: Date;
  readonly appearance?: SignatureAppearance;
  readonly reason?: string;
  readonly location?: string;
  readonly signerName?: string;
  /** Certifies the document: 1 no changes, 2 form filling and signing, 3 annotations too. First signature only. */
  readonly docMdp?: 1 | 2 | 3;
  /** Fields that may not change after this signature. */
  readonly fieldMdp?: FieldLock;
  /** Text fields filled in the same revision, before the signature covers them. */
  readonly fill?: Readonly<Record<string, string>>;
  /** Bytes kept for the CMS. */
  readonly reserve?: number;
  /** Must be the digest of the signature algorithm. Default SHA-256. */
  readonly digestAlgorithm?: DigestAlgorithm;
}

/** Plain data between the two phases; may be kept while the signer's device signs the digest. */
export interface PreparedPdfSignature {
  /** The whole file with the signature's place still empty. */
  readonly pdf: Uint8Array;
  /** Over the ByteRange: the message digest of the CMS. */
  readonly digest: Uint8Array;
  readonly digestAlgorithm: DigestAlgorithm;
  /** Where `<…>` of /Contents stands. */
  readonly contents: Span;
}

/** Enough for RSA-2048 with its chain and a timestamp with its chain; 7.1 KB were used in measurements. */
export const defaultReserve = 12_288;
const rangeWidth = 10;
const rangePlace = `[0 ${Array.from({ length: 3 }, () => '*'.repeat(rangeWidth)).join(' ')}]`;
/** The place of /ByteRange, to be written when the file is laid out. */
export const emptyRange: PdfRaw = { kind: 'raw', text: rangePlace, mark: 'range' };

/**
 * First phase of a PAdES signature (ETSI EN 319 142-1): one incremental update that fills the fields, puts the
 * signature dictionary and its picture in place, and leaves room for the CMS.
 * @returns the digest to be signed and what `completePdfSignature` needs
 * @throws PadesError, PdfError
 */
export function preparePdfSignature(pdf: Uint8Array, options: PdfSignatureOptions): PreparedPdfSignature {
  const document = documentAt(openPdf(pdf));
  const fields = formFields(document);
  const field = fields.find((one) => one.name === options.field && one.type === 'Sig');
  if (field?.rect === undefined) throw new PadesError('no-such-signature-field', { field: options.field });
  if (field.value !== null) throw new PadesError('already-signed', { field: options.field });
  checkRestrictions(document, fields, options);
  const writer = updatePdf(document);
  if (options.fill !== undefined) fillFieldsIn(writer, document, options.fill);
  const reserve = options.reserve ?? defaultReserve;
  const signature = writer.addObject(signatureDict(document, options, reserve));
  setField(writer, document, field, signature, options);
  if (options.docMdp !== undefined) certify(writer, document, signature);
  const written = writer.finish();
  const contents = written.marks.get('contents') as Span;
  const range = written.marks.get('range') as Span;
  const digestAlgorithm = options.digestAlgorithm ?? 'sha256';
  return { ...digestAround(written.bytes, contents, range, digestAlgorithm), contents, digestAlgorithm };
}

function checkRestrictions(
  document: PdfDocument,
  fields: readonly FormField[],
  options: PdfSignatureOptions,
): void {
  const restrictions = restrictionsOf(document, fields);
  const certified = restrictions.find((one) => one.docMdp !== undefined);
  if (certified?.docMdp === 1) throw new PadesError('no-changes-allowed');
  if (options.docMdp !== undefined && fields.some((field) => field.type === 'Sig' && field.value !== null))
    throw new PadesError('certify-first');
  for (const target of [options.field, ...Object.keys(options.fill ?? {})]) {
    if (restrictions.some((one) => isLocked(one, target)))
      throw new PadesError('field-locked', { field: target });
  }
}

function signatureDict(document: PdfDocument, options: PdfSignatureOptions, reserve: number): PdfDict {
  return dict({
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    ByteRange: emptyRange,
    Contents: { kind: 'raw', text: `<${'0'.repeat(reserve * 2)}>`, mark: 'contents' },
    M: dateString(options.signingTime),
    Name: optionalText(options.signerName),
    Reason: optionalText(options.reason),
    Location: optionalText(options.location),
    Reference: references(document, options),
  });
}

const optionalText = (text: string | undefined): PdfString | undefined =>
  text === undefined ? undefined : textString(text);

function references(document: PdfDocument, options: PdfSignatureOptions): PdfValue | undefined {
  const out: PdfValue[] = [];
  if (options.docMdp !== undefined)
    out.push(
      dict({
        Type: name('SigRef'),
        TransformMethod: name('DocMDP'),
        TransformParams: dict({ Type: name('TransformParams'), P: options.docMdp, V: name('1.2') }),
      }),
    );
  if (options.fieldMdp !== undefined) {
    const { action, fields } = options.fieldMdp;
    out.push(
      dict({
        Type: name('SigRef'),
        TransformMethod: name('FieldMDP'),
        TransformParams: dict({
          Type: name('TransformParams'),
          Action: name(action),
          Fields: action === 'All' ? undefined : fields.map((field) => textString(field)),
          V: name('1.2'),
        }),
        Data: catalogOf(document).ref,
      }),
    );
  }
  return out.length === 0 ? undefined : out;
}

/** Sets /V, and /AP of the widget; a field without a picture keeps the appearance it has. */
function setField(
  writer: PdfWriter,
  document: PdfDocument,
  field: FormField,
  signature: PdfRef,
  options: PdfSignatureOptions,
): void {
  const widget = field.widgets[0] as PdfRef;
  const picture =
    options.appearance === undefined
      ? undefined
      : dict({ N: addSignatureAppearance(writer, options.appearance, field.rect ?? [0, 0, 0, 0]) });
  const own = document.dict(field.ref) as PdfDict;
  if (widget.num === field.ref.num) {
    writer.setObject(
      field.ref,
      withEntries(own, picture === undefined ? { V: signature } : { V: signature, AP: picture }),
    );
    return;
  }
  writer.setObject(field.ref, withEntries(own, { V: signature }));
  if (picture !== undefined)
    writer.setObject(widget, withEntries(document.dict(widget) as PdfDict, { AP: picture }));
}

function certify(writer: PdfWriter, document: PdfDocument, signature: PdfRef): void {
  const catalog = catalogOf(document);
  const permissions = document.dict(catalog.dict.entries.get('Perms')) ?? dict({});
  writer.setObject(
    catalog.ref,
    withEntries(catalog.dict, { Perms: withEntries(permissions, { DocMDP: signature }) }),
  );
}

/** Writes the ByteRange around the contents and digests what it covers. */
export function digestAround(
  bytes: Uint8Array,
  contents: Span,
  range: Span,
  algorithm: DigestAlgorithm,
): { readonly pdf: Uint8Array; readonly digest: Uint8Array } {
  const numbers = [contents.start, contents.end, bytes.length - contents.end];
  const text = `[0 ${numbers.map((value) => String(value).padEnd(rangeWidth)).join(' ')}]`;
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(text, range.start, 'latin1');
  const digest = createHash(algorithm)
    .update(bytes.subarray(0, contents.start))
    .update(bytes.subarray(contents.end))
    .digest();
  return { pdf: bytes, digest };
}

/**
 * Second phase: puts the CMS into its place.
 * @param once write into `prepared` itself, which is not completed again: a large file is not copied
 * @throws PadesError `signature-too-large`; nothing is ever cut off
 */
export function completePdfSignature(
  prepared: Pick<PreparedPdfSignature, 'pdf' | 'contents'>,
  cms: Uint8Array,
  once = false,
): Uint8Array {
  const { contents } = prepared;
  const reserved = (contents.end - contents.start - 2) / 2;
  if (cms.length > reserved) throw new PadesError('signature-too-large', { needed: cms.length, reserved });
  const { buffer, byteOffset, byteLength } = prepared.pdf;
  const out = once ? Buffer.from(buffer, byteOffset, byteLength) : Buffer.from(prepared.pdf);
  out.write(Buffer.from(cms).toString('hex').toUpperCase(), contents.start + 1, 'latin1');
  return out;
}

/** Whether any signature stands in the document. */
export function hasSignatures(pdf: Uint8Array): boolean {
  const document = documentAt(openPdf(pdf));
  return formFields(document).some(
    (field) => field.type === 'Sig' && !isArray(field.value) && field.value !== null,
  );
}
