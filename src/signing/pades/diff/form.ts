import {
  catalogOf,
  formFields,
  isArray,
  isKind,
  isName,
  pagesOf,
  rectOf,
  sameValue,
  type FormField,
  type PdfDict,
  type PdfRef,
  type PdfValue,
} from '#formats/pdf';
import { arrayAt, differingKeys, judge, permitGrowth, report, type Comparison } from './context.ts';

const fieldLabels = ['Fields', 'Kids', 'Annots', 'Parent', 'Obj'];

/** Judges the interactive form: its switches, its existing fields and those that were added. */
export function compareForm(context: Comparison, before: PdfDict, after: PdfDict, root: number): void {
  const [oldValue, newValue] = [before.entries.get('AcroForm'), after.entries.get('AcroForm')];
  const [oldForm, newForm] = [context.older.dict(oldValue), context.newer.dict(newValue)];
  if (newForm === undefined) {
    if (oldForm !== undefined) report(context, 'form-switch', { detail: 'AcroForm' });
    return;
  }
  if (oldForm !== undefined && isKind(oldValue, 'ref') && !sameValue(oldValue, newValue))
    report(context, 'form-switch', { detail: 'AcroForm' });
  const holder = isKind(newValue, 'ref') ? newValue.num : root;
  if (isKind(newValue, 'ref')) {
    if (context.touched.altered.has(newValue.num)) judge(context, newValue.num, ['AcroForm']);
    if (context.touched.added.has(newValue.num)) context.grown.set(newValue.num, new Set([root]));
  }
  compareFormEntries(context, oldForm, newForm, holder);
  const fresh = compareFieldList(context, oldForm, newForm, holder);
  compareFields(context);
  for (const ref of fresh) judgeNewField(context, ref, holder);
}

function compareFormEntries(
  context: Comparison,
  before: PdfDict | undefined,
  after: PdfDict,
  holder: number,
): void {
  const base = before ?? { kind: 'dict' as const, entries: new Map<string, PdfValue>() };
  for (const key of differingKeys(base, after)) {
    const value = after.entries.get(key);
    if (key === 'Fields' || (key === 'SigFlags' && typeof value === 'number')) continue;
    if (key === 'DR' && grows(context, base.entries.get(key), value, 0)) {
      permitGrowth(context, holder, value);
      report(context, 'form-resources-added');
    } else if (before === undefined && (key === 'DA' || (key === 'NeedAppearances' && value === false)))
      continue;
    else report(context, 'form-switch', { detail: key });
  }
}

/** Whether a resource dictionary only gained entries. */
function grows(
  context: Comparison,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  depth: number,
): boolean {
  if (before === undefined || sameValue(before, after)) return true;
  const [old, now] = [before, after];
  if (depth > 1 || !isKind(old, 'dict') || !isKind(now, 'dict')) return false;
  return [...old.entries].every(([key, value]) => grows(context, value, now.entries.get(key), depth + 1));
}

/** The list of fields may only be appended to. @returns what was appended */
function compareFieldList(
  context: Comparison,
  before: PdfDict | undefined,
  after: PdfDict,
  holder: number,
): PdfRef[] {
  const old = arrayAt(context.older, holder, before?.entries.get('Fields'));
  const now = arrayAt(context.newer, holder, after.entries.get('Fields'));
  if (now.indirect) {
    if (context.touched.altered.has(now.holder)) judge(context, now.holder, ['Fields']);
    if (context.touched.added.has(now.holder)) context.grown.set(now.holder, new Set([holder]));
  }
  const kept = old.items.every((item, at) => sameValue(item, now.items[at]));
  if (!kept) report(context, 'field-removed');
  const fresh = now.items.slice(old.items.length);
  return kept ? fresh.filter((item) => isKind(item, 'ref')) : [];
}

/** Judges the fields that both revisions have. */
function compareFields(context: Comparison): void {
  const now = new Map(formFields(context.newer).map((field) => [field.ref.num, field]));
  for (const field of formFields(context.older)) {
    const after = now.get(field.ref.num);
    if (after === undefined || after.name !== field.name) {
      report(context, 'field-removed', { field: field.name });
      continue;
    }
    compareField(context, field, after);
  }
}

function compareField(context: Comparison, before: FormField, after: FormField): void {
  const { altered } = context.touched;
  const numbers = [...new Set([before.ref.num, ...before.widgets.map((widget) => widget.num)])];
  const touched = numbers.filter((num) => altered.has(num));
  if (touched.length === 0) return;
  const filled = !sameValue(before.dict.entries.get('V'), after.dict.entries.get('V'));
  if (before.type === 'Sig' && filled && before.value !== null) {
    report(context, 'signature-altered', { field: before.name });
    return;
  }
  let pictured = false;
  for (const num of touched) {
    const [old, now] = [context.older, context.newer].map((document) =>
      document.dict({ kind: 'ref', num, gen: genIn(document, num) }),
    ) as [PdfDict | undefined, PdfDict | undefined];
    if (old === undefined || now === undefined)
      return report(context, 'field-altered', { field: before.name });
    for (const key of differingKeys(old, now)) {
      const permitted =
        key === 'V'
          ? num === before.ref.num
          : key === 'AP' || key === 'M' || (key === 'AS' && before.type === 'Btn');
      if (!permitted) judge(context, num, fieldLabels);
      if (!permitted) return report(context, 'field-altered', { field: before.name, detail: key });
      if (key === 'AP') pictured = true;
      permitGrowth(context, num, now.entries.get(key));
    }
    judge(context, num, fieldLabels);
  }
  if (filled) judgeFilling(context, before, after);
  else if (pictured)
    report(context, before.type === 'Sig' ? 'signature-picture' : 'field-altered', { field: before.name });
}

const genIn = (document: Comparison['older'], num: number): number => {
  const entry = document.entry(num);
  return entry?.type === 'offset' ? entry.gen : 0;
};

function judgeFilling(context: Comparison, before: FormField, after: FormField): void {
  if (before.type !== 'Sig') {
    const plain =
      after.value === null ||
      isKind(after.value, 'string') ||
      isKind(after.value, 'name') ||
      isArray(after.value);
    report(context, plain ? 'field-filled' : 'field-altered', { field: before.name });
    return;
  }
  const fresh = after.valueRef === undefined || context.touched.added.has(after.valueRef.num);
  report(context, fresh && isSignature(after.value) ? 'signature-added' : 'signature-altered', {
    field: before.name,
  });
}

const isSignature = (value: PdfValue): value is PdfDict =>
  isKind(value, 'dict') && value.entries.has('Contents') && value.entries.has('ByteRange');

/** What a new signature field may say: no actions, no kids. */
const newFieldKeys = new Set(
  'Type Subtype FT T TU TM Ff V AP AS Rect F P M NM H BS Border MK DA Q Lock SV PhiGiay'.split(' '),
);

/** A field that did not exist: only a signature field, merged with its widget, under a name of its own. */
function judgeNewField(context: Comparison, ref: PdfRef, holder: number): void {
  const field = formFields(context.newer).find((one) => one.ref.num === ref.num);
  const name = field?.name;
  const known = new Set(formFields(context.older).map((one) => one.name));
  const added = context.touched.added.has(ref.num);
  if (field?.type !== 'Sig' || !added || name === undefined || known.has(name) || field.widgets.length !== 1)
    return report(context, 'field-added', { field: name });
  if (field.widgets[0]?.num !== ref.num) return report(context, 'field-added', { field: name });
  const strange = [...field.dict.entries.keys()].filter((key) => !newFieldKeys.has(key));
  if (strange.length > 0) return report(context, 'field-added', { field: name, detail: strange.join(' ') });
  permitGrowth(context, holder, ref);
  const allowed = context.grown.get(ref.num) as Set<number>;
  const page = placeOnPage(context, ref, allowed);
  const lists = arrayAt(context.newer, holder, context.newer.dict(formValue(context))?.entries.get('Fields'));
  allowed.add(lists.holder);
  permitOwnReferences(context, ref.num);
  const rect = rectOf(context.newer, field.dict.entries.get('Rect'));
  const visible = rect !== undefined && rect[2] - rect[0] > 0.01 && rect[3] - rect[1] > 0.01;
  const timestamp =
    isKind(field.value, 'dict') && isName(field.value.entries.get('SubFilter'), 'ETSI.RFC3161');
  if (timestamp && !visible) report(context, 'timestamp-added', { field: name });
  else if (visible) report(context, 'visible-signature-added', { field: name, page });
  else report(context, 'signature-field-added', { field: name });
}

const formValue = (context: Comparison): PdfValue | undefined =>
  catalogOf(context.newer).dict.entries.get('AcroForm');

/** The signature dictionary of a new field may refer back to the field. */
function permitOwnReferences(context: Comparison, num: number): void {
  for (const from of context.newGraph.get(num)?.referrers ?? [])
    if (context.grown.get(from)?.has(num) === true) context.grown.get(num)?.add(from);
}

/** The page whose annotations gained this widget, and only gained it. */
function placeOnPage(context: Comparison, ref: PdfRef, allowed: Set<number>): number | undefined {
  for (const [index, page] of pagesOf(context.newer).entries()) {
    const now = arrayAt(context.newer, page.ref.num, page.dict.entries.get('Annots'));
    if (!now.items.some((item) => isKind(item, 'ref') && item.num === ref.num)) continue;
    allowed.add(now.holder);
    return index + 1;
  }
  return undefined;
}
