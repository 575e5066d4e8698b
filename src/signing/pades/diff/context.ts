import { isArray, isKind, sameValue, type PdfDict, type PdfDocument, type PdfValue } from '#formats/pdf';
import type { Change, ChangeKind } from './changes.ts';
import { genOf, reachable, references, type Graph } from './graph.ts';
import { touchedObjects, type Touched } from './objects.ts';

/** What the rules of one comparison share. */
export interface Comparison {
  readonly older: PdfDocument;
  readonly newer: PdfDocument;
  readonly touched: Touched;
  readonly oldGraph: Graph;
  readonly newGraph: Graph;
  readonly revision: number;
  readonly changes: Change[];
  /** New objects that a rule permits, with the objects that may refer to them. */
  readonly grown: Map<number, Set<number>>;
  /** Changed objects that a rule has judged, with the keys under which they may be referred to. */
  readonly judged: Map<number, ReadonlySet<string>>;
}

export function compare(older: PdfDocument, newer: PdfDocument, revision: number): Comparison {
  return {
    older,
    newer,
    touched: touchedObjects(older, newer),
    oldGraph: reachable(older),
    newGraph: reachable(newer),
    revision,
    changes: [],
    grown: new Map(),
    judged: new Map(),
  };
}

export function report(
  context: Comparison,
  kind: ChangeKind,
  more: { page?: number | undefined; field?: string | undefined; detail?: string | undefined } = {},
): void {
  const change: Change = {
    kind,
    revision: context.revision,
    ...(more.page === undefined ? {} : { page: more.page }),
    ...(more.field === undefined ? {} : { field: more.field }),
    ...(more.detail === undefined ? {} : { detail: more.detail }),
  };
  if (context.changes.length < 200) context.changes.push(change);
}

/** Says that a rule has looked at a changed object, which may be referred to under these keys only. */
export function judge(context: Comparison, num: number, keys: readonly string[]): void {
  const before = context.judged.get(num);
  context.judged.set(num, new Set(before === undefined ? keys : keys.filter((key) => before.has(key))));
}

/**
 * Permits what hangs newly below a value: objects that did not exist, referred to only from there. Existing
 * objects may be referred to, but are not permitted to have changed.
 */
export function permitGrowth(context: Comparison, from: number, value: PdfValue | undefined): void {
  const queue: { from: number; value: PdfValue }[] = [{ from, value: value ?? null }];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { from: owner } = next;
    references(next.value, '', (num, gen) => {
      if (!context.touched.added.has(num)) return;
      const known = context.grown.get(num);
      if (known !== undefined) {
        known.add(owner);
        return;
      }
      context.grown.set(num, new Set([owner]));
      queue.push({ from: num, value: context.newer.object(num, gen) });
    });
  }
}

/** Keys of two dictionaries that differ; references count as equal when they name the same object. */
export function differingKeys(older: PdfDict, newer: PdfDict): string[] {
  const keys = new Set([...older.entries.keys(), ...newer.entries.keys()]);
  return [...keys].filter((key) => !sameValue(older.entries.get(key), newer.entries.get(key)));
}

/** An array that is an entry of an object, with the number of the array object or of its owner. */
export function arrayAt(
  document: PdfDocument,
  owner: number,
  value: PdfValue | undefined,
): { readonly holder: number; readonly indirect: boolean; readonly items: readonly PdfValue[] } {
  const resolved = document.resolve(value);
  const items = isArray(resolved) ? resolved : [];
  return isKind(value, 'ref')
    ? { holder: value.num, indirect: true, items }
    : { holder: owner, indirect: false, items };
}

/** The value of an object in a document, under the generation in force. */
export const valueOf = (document: PdfDocument, num: number): PdfValue =>
  document.object(num, genOf(document, num));
