import { catalogOf, isKind, sameValue, type PdfDict } from '#formats/pdf';
import { differingKeys, judge, permitGrowth, report, valueOf, type Comparison } from './context.ts';
import { references } from './graph.ts';
import { compareForm } from './form.ts';

const bookkeeping = new Set([
  'Size',
  'Prev',
  'XRefStm',
  'Type',
  'W',
  'Index',
  'Filter',
  'DecodeParms',
  'Length',
  'ID',
  'Info',
]);

/** Judges the trailer and the catalog, and what may hang from them: form, validation data, metadata. */
export function compareCatalog(context: Comparison): void {
  const { older, newer } = context;
  for (const key of differingKeys(older.trailer, newer.trailer)) {
    if (key === 'Root') report(context, 'catalog-switch');
    else if (!bookkeeping.has(key)) report(context, 'structure', { detail: `trailer/${key}` });
  }
  compareId(context);
  compareInfo(context);
  const [before, after] = [catalogOf(older), catalogOf(newer)];
  if (before.ref.num !== after.ref.num) return;
  const root = after.ref.num;
  if (context.touched.altered.has(root)) judge(context, root, ['Root', 'Data']);
  for (const key of differingKeys(before.dict, after.dict)) {
    if (key === 'AcroForm') continue;
    if (key === 'DSS') {
      // What it holds is judged below.
    } else if (key === 'Metadata') {
      const value = after.dict.entries.get(key);
      if (isKind(value, 'ref') && context.touched.added.has(value.num)) {
        permitGrowth(context, root, value);
        report(context, 'metadata-changed');
      } else report(context, 'catalog', { detail: key });
    } else if (key === 'Extensions' || key === 'Version') {
      let refers = false;
      references(after.dict.entries.get(key) ?? null, key, () => (refers = true));
      if (refers) report(context, 'catalog', { detail: key });
    } else if (key === 'Pages') report(context, 'page-tree');
    else report(context, 'catalog', { detail: key });
  }
  compareMetadata(context, before.dict, after.dict);
  compareValidationData(context, before.dict, after.dict, root);
  compareForm(context, before.dict, after.dict, root);
}

function compareId({ older, newer, ...context }: Comparison): void {
  const [before, after] = [older.trailer.entries.get('ID'), newer.trailer.entries.get('ID')];
  const first = (value: typeof before): typeof before => (Array.isArray(value) ? value[0] : value);
  if (before !== undefined && !sameValue(first(before), first(after)))
    report({ older, newer, ...context }, 'structure', { detail: 'trailer/ID' });
}

/** Document information may be updated: its values are plain, nothing hangs from it. */
function compareInfo(context: Comparison): void {
  const value = context.newer.trailer.entries.get('Info');
  if (!isKind(value, 'ref')) {
    if (value !== undefined) report(context, 'structure', { detail: 'trailer/Info' });
    return;
  }
  const { added, altered } = context.touched;
  if (!added.has(value.num) && !altered.has(value.num)) return;
  let refers = false;
  references(valueOf(context.newer, value.num), '', () => (refers = true));
  if (refers) return report(context, 'structure', { detail: 'trailer/Info' });
  if (added.has(value.num)) permitGrowth(context, 0, value);
  else judge(context, value.num, ['Info']);
  report(context, 'metadata-changed');
}

function compareMetadata(context: Comparison, before: PdfDict, after: PdfDict): void {
  const value = after.entries.get('Metadata');
  if (!isKind(value, 'ref') || !context.touched.altered.has(value.num)) return;
  if (!sameValue(before.entries.get('Metadata'), value)) return;
  let refers = false;
  references(valueOf(context.newer, value.num), '', () => (refers = true));
  if (refers) return report(context, 'catalog', { detail: 'Metadata' });
  judge(context, value.num, ['Metadata']);
  report(context, 'metadata-changed');
}

const validationKeys = ['DSS', 'VRI', 'Certs', 'OCSPs', 'CRLs', 'Cert', 'OCSP', 'CRL', 'TS', 'TU', 'VRI'];

/** The document security store (ETSI EN 319 142-1 §5.4): everything below it may be added or grow. */
function compareValidationData(context: Comparison, before: PdfDict, after: PdfDict, root: number): void {
  const value = after.entries.get('DSS');
  if (value === undefined) {
    if (before.entries.has('DSS')) report(context, 'catalog', { detail: 'DSS' });
    return;
  }
  let changed = !sameValue(before.entries.get('DSS'), value);
  const seen = new Set<number>();
  const visit = (from: number, item: Parameters<typeof references>[0]): void => {
    permitGrowth(context, from, item);
    references(item, '', (num) => {
      if (seen.has(num)) return;
      seen.add(num);
      const inside = valueOf(context.newer, num);
      if (context.touched.altered.has(num)) {
        changed = true;
        // Certificates, OCSP and CRL streams are never rewritten, only the lists that name them.
        if (isKind(inside, 'stream')) return;
        const grows = [...(context.newGraph.get(num)?.labels ?? [])].filter((label) => vriLabel(label));
        judge(context, num, [...validationKeys, ...grows]);
      }
      if (!isKind(inside, 'stream')) visit(num, inside);
    });
  };
  visit(root, value);
  if (changed) report(context, 'validation-data-added');
}

/** Keys of /VRI are the SHA-1 of a signature in upper-case hexadecimal. */
const vriLabel = (label: string): boolean => /^[0-9A-F]{40}$/.test(label);
