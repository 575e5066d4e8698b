import { isKind, pagesOf, sameValue, type PdfPage } from '#formats/pdf';
import { arrayAt, differingKeys, judge, report, valueOf, type Comparison } from './context.ts';
import { pathOf, type Graph } from './graph.ts';

const pageLabels = ['Kids', 'P', 'Page', 'Pg', 'Dest', 'D'];

/** Judges the pages: they may only gain widgets of permitted new signature fields. */
export function comparePages(context: Comparison): void {
  const { altered, added } = context.touched;
  const [before, after] = [pagesOf(context.older), pagesOf(context.newer)];
  const same =
    before.length === after.length &&
    before.every((page, at) => page.ref.num === (after[at] as PdfPage).ref.num);
  if (!same) return report(context, 'page-tree');
  for (const [index, old] of before.entries()) {
    const now = after[index] as PdfPage;
    const page = index + 1;
    const lists = [
      arrayAt(context.older, old.ref.num, old.dict.entries.get('Annots')),
      arrayAt(context.newer, now.ref.num, now.dict.entries.get('Annots')),
    ] as const;
    const listTouched = lists[1].indirect && (altered.has(lists[1].holder) || added.has(lists[1].holder));
    if (!altered.has(now.ref.num) && !listTouched) continue;
    if (altered.has(now.ref.num)) {
      judge(context, now.ref.num, pageLabels);
      for (const key of differingKeys(old.dict, now.dict)) reportPageKey(context, key, page);
    }
    if (listTouched) {
      if (altered.has(lists[1].holder)) judge(context, lists[1].holder, ['Annots']);
      else context.grown.set(lists[1].holder, new Set([now.ref.num]));
    }
    compareAnnotations(context, lists[0].items, lists[1].items, page);
  }
}

function reportPageKey(context: Comparison, key: string, page: number): void {
  if (key === 'Annots') return;
  if (key === 'Contents') report(context, 'page-content', { page });
  else if (key === 'Resources') report(context, 'page-resources', { page });
  else if (/Box$|^Rotate$|^UserUnit$/.test(key)) report(context, 'page-box', { page });
  else report(context, 'page-content', { page, detail: key });
}

function compareAnnotations(
  context: Comparison,
  before: ReturnType<typeof arrayAt>['items'],
  after: ReturnType<typeof arrayAt>['items'],
  page: number,
): void {
  const kept = before.every((item, at) => sameValue(item, after[at]));
  const fresh = after.slice(before.length);
  const permitted = fresh.every((item) => isKind(item, 'ref') && context.grown.has(item.num));
  if (!kept || !permitted) report(context, 'annotation', { page });
}

/**
 * Whatever is reachable, changed, and permitted by no rule; and whatever a rule permits but is referred to from
 * elsewhere too (signing.md §7.14: "sneaky" files).
 */
export function compareRest(context: Comparison): void {
  const { touched, oldGraph, newGraph } = context;
  const pages = new Map(pagesOf(context.older).map((page, index) => [page.ref.num, index + 1]));
  for (const num of touched.added) {
    const node = newGraph.get(num);
    if (node === undefined) continue;
    const allowed = context.grown.get(num);
    if (allowed === undefined) reportObject(context, num, newGraph, pages);
    else if ([...node.referrers].some((from) => !allowed.has(from)))
      report(context, 'object-shared', { detail: `đối tượng ${num}` });
    if (oldGraph.has(num)) reportObject(context, num, newGraph, pages);
  }
  for (const num of touched.altered) {
    if (!newGraph.has(num) && !oldGraph.has(num)) continue;
    const keys = context.judged.get(num);
    if (keys === undefined) reportObject(context, num, newGraph.has(num) ? newGraph : oldGraph, pages);
    else {
      const labels = [...(newGraph.get(num)?.labels ?? []), ...(oldGraph.get(num)?.labels ?? [])];
      if (labels.some((label) => !keys.has(label)))
        report(context, 'object-shared', { detail: `đối tượng ${num}` });
    }
  }
  for (const num of touched.removed) {
    if (newGraph.has(num) || stillWanted(context, num)) reportObject(context, num, oldGraph, pages);
  }
  for (const detail of touched.hidden) report(context, 'structure', { detail });
}

/** A freed object mattered when something that still stands referred to it. */
const stillWanted = (context: Comparison, num: number): boolean => {
  const node = context.oldGraph.get(num);
  return node !== undefined && [...node.referrers].some((from) => context.newGraph.has(from) || from === 0);
};

/** Says where on the pages a changed object is used. */
function reportObject(
  context: Comparison,
  num: number,
  graph: Graph,
  pages: ReadonlyMap<number, number>,
): void {
  const path = pathOf(graph, num);
  const at = path.findIndex((step) => pages.has(step.num));
  const page = at < 0 ? undefined : pages.get((path[at] as { num: number }).num);
  const entry = at > 0 ? (path[at - 1] as { label: string }).label : '';
  const detail = `đối tượng ${num}${typeOf(context, num)}`;
  if (page === undefined) {
    if (path.some((step) => step.label === 'Pages')) report(context, 'page-tree', { detail });
    else report(context, 'object-replaced', { detail });
  } else if (entry === 'Contents') report(context, 'page-content', { page, detail });
  else if (entry === 'Resources') report(context, 'page-resources', { page, detail });
  else if (entry === 'Annots') report(context, 'annotation', { page, detail });
  else report(context, 'page-content', { page, detail });
}

function typeOf(context: Comparison, num: number): string {
  const dict = context.newer.dict(valueOf(context.newer, num));
  const type = dict?.entries.get('Type');
  return isKind(type, 'name') ? `, ${type.name}` : '';
}
