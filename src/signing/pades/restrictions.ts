import {
  decodeText,
  isArray,
  isKind,
  isName,
  type FormField,
  type PdfDict,
  type PdfDocument,
} from '#formats/pdf';

/** Fields that a signature locks (ISO 32000-1 §12.8.2.4). */
export type FieldLock =
  | { readonly action: 'All'; readonly fields?: undefined }
  | { readonly action: 'Include' | 'Exclude'; readonly fields: readonly string[] };

/** What one signature forbids afterwards. */
export interface Restriction {
  /** Name of the signature field that forbids. */
  readonly field: string;
  /** Level of a certifying signature. */
  readonly docMdp?: 1 | 2 | 3;
  /** What it locks: by its signed transforms and by its field's own lock; all of them bind. */
  readonly locks: readonly FieldLock[];
  /** It restricts in a way that we do not understand: nothing may be taken as permitted. */
  readonly unknown?: string;
}

/** Whether a lock covers a field; a named field covers the fields below it. */
function locks(lock: FieldLock, field: string): boolean {
  if (lock.action === 'All') return true;
  const named = lock.fields.some((one) => field === one || field.startsWith(`${one}.`));
  return lock.action === 'Include' ? named : !named;
}

function lockOf(document: PdfDocument, params: PdfDict | undefined): FieldLock | undefined {
  const action = document.resolve(params?.entries.get('Action'));
  if (!isKind(action, 'name')) return undefined;
  if (action.name === 'All') return { action: 'All' };
  if (action.name !== 'Include' && action.name !== 'Exclude') return undefined;
  const fields = document.resolve(params?.entries.get('Fields'));
  const names = isArray(fields) ? fields.map((item) => document.resolve(item)) : [];
  return {
    action: action.name,
    fields: names.filter((item) => isKind(item, 'string')).map((item) => decodeText(item)),
  };
}

/** The restrictions of one signed field: its references, and its own lock. */
export function restrictionOf(document: PdfDocument, field: FormField): Restriction {
  const found: { docMdp?: 1 | 2 | 3; unknown?: string } = {};
  const held: FieldLock[] = [];
  const ownLock = document.dict(field.dict.entries.get('Lock'));
  const fieldLock = lockOf(document, ownLock);
  if (fieldLock !== undefined) held.push(fieldLock);
  else if (ownLock !== undefined) found.unknown = 'Lock';
  const references = document.resolve(document.dict(field.value)?.entries.get('Reference'));
  for (const item of isArray(references) ? references : []) {
    const reference = document.dict(item);
    const method = document.resolve(reference?.entries.get('TransformMethod'));
    const params = document.dict(reference?.entries.get('TransformParams'));
    if (isName(method, 'DocMDP')) {
      const level = document.resolve(params?.entries.get('P')) ?? 2;
      if (level === 1 || level === 2 || level === 3) found.docMdp = level;
      else found.unknown = 'DocMDP';
    } else if (isName(method, 'FieldMDP')) {
      const lock = lockOf(document, params);
      if (lock === undefined) found.unknown = 'FieldMDP';
      else held.push(lock);
    } else found.unknown = isKind(method, 'name') ? method.name : '?';
  }
  return { field: field.name, locks: held, ...found };
}

/** Whether any lock of a signature covers a field. */
export const isLocked = (restriction: Restriction, field: string): boolean =>
  restriction.locks.some((lock) => locks(lock, field));

/** The restrictions of every signature in a document. */
export const restrictionsOf = (document: PdfDocument, fields: readonly FormField[]): Restriction[] =>
  fields
    .filter((field) => field.type === 'Sig' && document.dict(field.value) !== undefined)
    .map((field) => restrictionOf(document, field));
