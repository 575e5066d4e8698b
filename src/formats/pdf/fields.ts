import { coordinate, createCanvas } from './content.ts';
import { catalogOf, documentAt, openPdf, type PdfDocument } from './document.ts';
import { PdfError } from './errors.ts';
import { capHeight, textWidth, type Face } from './fonts.ts';
import { formFields, formOf, type FormField } from './form.ts';
import { pagesOf, type PdfPage, type PdfRect } from './pages.ts';
import {
  decodeText,
  dict,
  isArray,
  isKind,
  name,
  textString,
  withEntries,
  type PdfDict,
  type PdfRef,
  type PdfValue,
} from './values.ts';
import { deflated, updatePdf, type PdfWriter } from './write.ts';

/** How the value of a text field is drawn. `{}` in the template is the value. */
export interface TextStyle {
  readonly template: string;
  readonly face: Face;
  readonly size: number;
  readonly align: 'left' | 'centre';
  /** What stands in the place before it is filled. */
  readonly blank: string;
}

/** A place for a field: signature fields have names that begin with `ky_`, all others hold text. */
export interface FieldPlacement {
  readonly field: string;
  /** From 1. */
  readonly page: number;
  readonly rect: PdfRect;
  readonly style?: TextStyle;
}

export const isSignatureField = (field: string): boolean => field.startsWith('ky_');

const plain: TextStyle = { template: '{}', face: 'regular', size: 13, align: 'centre', blank: '' };

/** What a screen reader says of the reserved fields. */
const descriptions: Readonly<Record<string, string>> = {
  so_ky_hieu: 'Số, ký hiệu của văn bản',
  ngay_ban_hanh: 'Địa danh và thời gian ban hành văn bản',
  ky_nhay: 'Ký nháy của người soạn thảo',
  ky_nhay_don_vi: 'Ký nháy của đơn vị soạn thảo',
  ky_nguoi_co_tham_quyen: 'Chữ ký của người có thẩm quyền',
  ky_co_quan: 'Chữ ký của cơ quan, tổ chức',
  ky_phu_luc: 'Chữ ký của cơ quan, tổ chức trên phụ lục',
  ky_sao: 'Chữ ký của cơ quan, tổ chức sao văn bản',
};

/** The seal is the last signature: its field locks every other (ISO 32000-1 §12.7.4.5, SigFieldLock). */
const lockAll = dict({ Type: name('SigFieldLock'), Action: name('All') });

/** The merged field and widget of one place (annotation flags: print, and locked in place). */
export function fieldDict(placement: FieldPlacement, page: PdfRef, appearance: PdfRef | undefined): PdfDict {
  const { field, rect } = placement;
  const signature = isSignatureField(field);
  const style = placement.style ?? plain;
  return dict({
    Type: name('Annot'),
    Subtype: name('Widget'),
    FT: name(signature ? 'Sig' : 'Tx'),
    T: textString(field),
    TU: field in descriptions ? textString(descriptions[field] as string) : undefined,
    Rect: [...rect],
    F: 132,
    P: page,
    Lock: field === 'ky_co_quan' ? lockAll : undefined,
    DA: signature ? undefined : textString(`/TiRo ${coordinate(style.size)} Tf 0 g`),
    Q: signature ? undefined : style.align === 'centre' ? 1 : 0,
    PhiGiay: signature ? undefined : styleDict(style),
    AP: appearance === undefined ? undefined : dict({ N: appearance }),
  });
}

const styleDict = (style: TextStyle): PdfDict =>
  dict({ Template: textString(style.template), Face: name(style.face), Size: style.size });

function styleOf(document: PdfDocument, field: FormField): TextStyle {
  const own = document.dict(field.dict.entries.get('PhiGiay'));
  if (own === undefined) return plain;
  const template = document.resolve(own.entries.get('Template'));
  const face = document.resolve(own.entries.get('Face'));
  const size = document.resolve(own.entries.get('Size'));
  return {
    template: isKind(template, 'string') ? decodeText(template) : plain.template,
    face:
      isKind(face, 'name') && ['regular', 'bold', 'italic', 'boldItalic'].includes(face.name)
        ? (face.name as Face)
        : plain.face,
    size: typeof size === 'number' && size > 3 && size < 40 ? size : plain.size,
    align: field.dict.entries.get('Q') === 0 ? 'left' : 'centre',
    blank: '',
  };
}

/** Draws text within a rectangle's size, made smaller when it is too wide. @returns the form XObject's parts */
export function textAppearance(
  text: string,
  rect: PdfRect,
  style: Pick<TextStyle, 'face' | 'size' | 'align'>,
  canvas = createCanvas(),
): { readonly operators: string; readonly entries: Record<string, PdfValue> } {
  const [width, height] = [rect[2] - rect[0], rect[3] - rect[1]];
  const natural = textWidth(style.face, style.size, text);
  const size = natural > width ? (style.size * width) / natural : style.size;
  const x = style.align === 'centre' ? Math.max(0, (width - Math.min(natural, width)) / 2) : 0;
  canvas.raw('/Tx BMC q 0 g');
  canvas.text(style.face, size, x, (height - size * capHeight) / 2, text);
  canvas.raw('Q EMC');
  return {
    operators: canvas.operators(),
    entries: { Type: name('XObject'), Subtype: name('Form'), BBox: [0, 0, width, height] },
  };
}

/** Adds an appearance whose fonts are its own. */
function addTextAppearance(writer: PdfWriter, text: string, rect: PdfRect, style: TextStyle): PdfRef {
  const canvas = createCanvas();
  const { operators, entries } = textAppearance(text, rect, style, canvas);
  const fonts = canvas.fonts.embed(writer);
  return writer.addObject(deflated(operators, dict({ ...entries, Resources: dict({ Font: dict(fonts) }) })));
}

/** The form's dictionary of a new form. */
export const newForm = (fields: readonly PdfRef[], times: PdfRef): PdfDict =>
  dict({
    Fields: [...fields],
    SigFlags: 3,
    DR: dict({ Font: dict({ TiRo: times }) }),
    DA: textString('/TiRo 13 Tf 0 g'),
  });

/** The font that other programs draw field text with. */
export const timesRoman: PdfDict = dict({
  Type: name('Font'),
  Subtype: name('Type1'),
  BaseFont: name('Times-Roman'),
  Encoding: name('WinAnsiEncoding'),
});

/**
 * Reserves fields at places on the pages of an uploaded PDF by one incremental update: text fields for number
 * and date, empty signature fields. Must be done before the first signature.
 * @throws PdfError `no-such-page`, `place-outside-page`, `field-exists`, and as `openPdf`
 */
export function reserveFields(pdf: Uint8Array, placements: readonly FieldPlacement[]): Uint8Array {
  const document = documentAt(openPdf(pdf));
  const pages = pagesOf(document);
  const names = new Set(formFields(document).map((field) => field.name));
  const writer = updatePdf(document);
  const added = new Map<PdfPage, PdfRef[]>();
  for (const placement of placements) {
    const { field, rect } = placement;
    const page = pages[placement.page - 1];
    if (page === undefined) throw new PdfError('no-such-page', { page: placement.page });
    if (names.has(field)) throw new PdfError('field-exists', { field });
    const [left, bottom, right, top] = page.cropBox;
    const inside =
      rect[0] >= left - 0.5 && rect[1] >= bottom - 0.5 && rect[2] <= right + 0.5 && rect[3] <= top + 0.5;
    if (!inside || rect[2] <= rect[0] || rect[3] <= rect[1])
      throw new PdfError('place-outside-page', { field, page: placement.page });
    names.add(field);
    const style = placement.style ?? plain;
    const appearance =
      isSignatureField(field) || style.blank === ''
        ? undefined
        : addTextAppearance(writer, style.blank, rect, style);
    const at = writer.addObject(fieldDict(placement, page.ref, appearance));
    added.set(page, [...(added.get(page) ?? []), at]);
  }
  for (const [page, refs] of added) appendTo(writer, document, page.ref, page.dict, 'Annots', refs);
  addToForm(writer, document, [...added.values()].flat());
  return writer.finish().bytes;
}

/** Appends references to an array that is an entry of an object, direct or by reference. */
export function appendTo(
  writer: PdfWriter,
  document: PdfDocument,
  at: PdfRef,
  owner: PdfDict,
  key: string,
  refs: readonly PdfRef[],
): void {
  const value = owner.entries.get(key);
  const before = document.resolve(value);
  const after = [...(isArray(before) ? before : []), ...refs];
  if (isKind(value, 'ref') && isArray(before)) writer.setObject(value, after);
  else writer.setObject(at, withEntries(owner, { [key]: after }));
}

/** Adds fields to the form, making one if there is none. */
export function addToForm(writer: PdfWriter, document: PdfDocument, refs: readonly PdfRef[]): void {
  const catalog = catalogOf(document);
  const form = formOf(document);
  if (form === undefined) {
    const made = writer.addObject(newForm(refs, writer.addObject(timesRoman)));
    writer.setObject(catalog.ref, withEntries(catalog.dict, { AcroForm: made }));
    return;
  }
  const fields = form.dict.entries.get('Fields');
  const before = document.resolve(fields);
  const after = [...(isArray(before) ? before : []), ...refs];
  const shared = isKind(fields, 'ref') && isArray(before);
  if (shared) writer.setObject(fields, after);
  const changed = withEntries(form.dict, shared ? { SigFlags: 3 } : { Fields: after, SigFlags: 3 });
  if (form.ref === undefined) writer.setObject(catalog.ref, withEntries(catalog.dict, { AcroForm: changed }));
  else writer.setObject(form.ref, changed);
}

/**
 * Fills text fields within an update: only /V and /AP change.
 * @throws PdfError `no-such-field`, `character-not-in-font`
 */
export function fillFieldsIn(
  writer: PdfWriter,
  document: PdfDocument,
  values: Readonly<Record<string, string>>,
): void {
  const fields = formFields(document);
  for (const [field, value] of Object.entries(values)) {
    const found = fields.find((one) => one.name === field && one.type === 'Tx');
    if (found?.rect === undefined) throw new PdfError('no-such-field', { field });
    const style = styleOf(document, found);
    const appearance = addTextAppearance(
      writer,
      style.template.replace('{}', () => value),
      found.rect,
      style,
    );
    const own = document.dict(found.ref) as PdfDict;
    writer.setObject(found.ref, withEntries(own, { V: textString(value), AP: dict({ N: appearance }) }));
  }
}

/** Fills text fields by one incremental update. @throws PdfError as `fillFieldsIn` and `openPdf` */
export function fillFields(pdf: Uint8Array, values: Readonly<Record<string, string>>): Uint8Array {
  const document = documentAt(openPdf(pdf));
  const writer = updatePdf(document);
  fillFieldsIn(writer, document, values);
  return writer.finish().bytes;
}
