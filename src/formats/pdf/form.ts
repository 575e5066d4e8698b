import { catalogOf, type PdfDocument } from './document.ts';
import { PdfError } from './errors.ts';
import { rectOf, type PdfRect } from './pages.ts';
import { decodeText, isArray, isKind, type PdfDict, type PdfRef, type PdfValue } from './values.ts';

/** A terminal field of the interactive form (§12.7), its inherited attributes looked up. */
export interface FormField {
  /** Fully qualified name. */
  readonly name: string;
  readonly type: 'Sig' | 'Tx' | 'Btn' | 'Ch' | 'unknown';
  readonly ref: PdfRef;
  readonly dict: PdfDict;
  readonly value: PdfValue;
  /** The value's reference, when it is one. */
  readonly valueRef: PdfRef | undefined;
  /** The widgets: the field itself when merged, else its kids. */
  readonly widgets: readonly PdfRef[];
  readonly rect: PdfRect | undefined;
}

const limits = { depth: 32, fields: 20_000 };

/** The form's dictionary with where it stands, or undefined. */
export function formOf(
  document: PdfDocument,
): { readonly ref: PdfRef | undefined; readonly dict: PdfDict } | undefined {
  const value = catalogOf(document).dict.entries.get('AcroForm');
  const dict = document.dict(value);
  return dict === undefined ? undefined : { ref: isKind(value, 'ref') ? value : undefined, dict };
}

const known = new WeakMap<PdfDocument, readonly FormField[]>();

/**
 * Every terminal field of the form, in order.
 * @throws PdfError `loop`, `too-deep`, `too-many-objects`
 */
export function formFields(document: PdfDocument): readonly FormField[] {
  let fields = known.get(document);
  if (fields === undefined) known.set(document, (fields = readFields(document)));
  return fields;
}

function readFields(document: PdfDocument): FormField[] {
  const fields: FormField[] = [];
  const seen = new Set<number>();
  const visit = (value: PdfValue, prefix: string, inherited: PdfDict | undefined, depth: number): void => {
    if (!isKind(value, 'ref')) return;
    if (seen.has(value.num)) throw new PdfError('loop', { detail: 'cây biểu mẫu' });
    if (depth > limits.depth) throw new PdfError('too-deep', { limit: limits.depth });
    if (seen.size > limits.fields) throw new PdfError('too-many-objects', { limit: limits.fields });
    seen.add(value.num);
    const own = document.dict(value);
    if (own === undefined) return;
    const partial = document.resolve(own.entries.get('T'));
    const full = isKind(partial, 'string')
      ? prefix === ''
        ? decodeText(partial)
        : `${prefix}.${decodeText(partial)}`
      : prefix;
    const kids = document.resolve(own.entries.get('Kids'));
    const merged: PdfDict = {
      kind: 'dict',
      entries: new Map([...inheritable(inherited), ...own.entries]),
    };
    const kidRefs = isArray(kids) ? kids.filter((kid) => isKind(kid, 'ref')) : [];
    const named = kidRefs.filter((kid) => document.dict(kid)?.entries.has('T') === true);
    if (named.length > 0) {
      for (const kid of named) visit(kid, full, merged, depth + 1);
      return;
    }
    fields.push(terminal(document, value, merged, full, kidRefs.length > 0 ? kidRefs : [value]));
  };
  const roots = document.resolve(formOf(document)?.dict.entries.get('Fields'));
  if (isArray(roots)) for (const root of roots) visit(root, '', undefined, 0);
  return fields;
}

function inheritable(from: PdfDict | undefined): [string, PdfValue][] {
  if (from === undefined) return [];
  return [...from.entries].filter(([key]) => ['FT', 'V', 'DV', 'Ff', 'DA', 'Q'].includes(key));
}

function terminal(
  document: PdfDocument,
  ref: PdfRef,
  dict: PdfDict,
  name: string,
  widgets: readonly PdfRef[],
): FormField {
  const type = document.resolve(dict.entries.get('FT'));
  const known = isKind(type, 'name') && ['Sig', 'Tx', 'Btn', 'Ch'].includes(type.name);
  const value = dict.entries.get('V');
  const first = document.dict(widgets[0] as PdfRef);
  return {
    name,
    type: known ? (type.name as FormField['type']) : 'unknown',
    ref,
    dict,
    value: document.resolve(value),
    valueRef: isKind(value, 'ref') ? value : undefined,
    widgets,
    rect: rectOf(document, first?.entries.get('Rect')),
  };
}
