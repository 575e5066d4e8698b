import { isArray, isKind, type PdfDocument, type PdfValue } from '#formats/pdf';

/** How one object is referred to. */
export interface Node {
  /** Keys under which it is referred to; elements of an array count under the array's key. */
  readonly labels: Set<string>;
  /** Numbers of the objects that refer to it; 0 is the trailer. */
  readonly referrers: Set<number>;
  /** The first path to it. */
  readonly parent: number;
  readonly label: string;
}

export type Graph = ReadonlyMap<number, Node>;

/** References of a value with the key they stand under. Does not follow them. */
export function references(
  value: PdfValue,
  label: string,
  found: (num: number, gen: number, label: string) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  if (isArray(value)) {
    for (const item of value) references(item, label, found);
    return;
  }
  if (value.kind === 'ref') found(value.num, value.gen, label);
  else if (value.kind === 'dict') for (const [key, item] of value.entries) references(item, key, found);
  else if (value.kind === 'stream') references(value.dict, label, found);
}

const trailerKeys = ['Root', 'Info'];

/**
 * Everything that can be reached from the trailer, with every way in which it is reached (signing.md §7.14:
 * a change is judged by all references to it, not by its number).
 */
export function reachable(document: PdfDocument): Graph {
  let graph = graphs.get(document);
  if (graph === undefined) graphs.set(document, (graph = walk(document)));
  return graph;
}

const graphs = new WeakMap<PdfDocument, Graph>();

function walk(document: PdfDocument): Graph {
  const nodes = new Map<number, Node>();
  const arraysSeen = new Set<string>();
  const queue: { num: number; label: string }[] = [];
  const meet = (from: number) => (num: number, gen: number, label: string) => {
    const known = nodes.get(num);
    if (known === undefined) {
      nodes.set(num, { labels: new Set([label]), referrers: new Set([from]), parent: from, label });
      queue.push({ num, label });
    } else {
      known.referrers.add(from);
      if (!known.labels.has(label)) {
        known.labels.add(label);
        // An array gives its own key to its elements, so each key it is met under is followed.
        if (!arraysSeen.has(`${num} ${label}`) && isArray(document.object(num, gen)))
          queue.push({ num, label });
      }
    }
  };
  for (const key of trailerKeys) references(document.trailer.entries.get(key) ?? null, key, meet(0));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const value = document.object(next.num, genOf(document, next.num));
    if (isArray(value)) arraysSeen.add(`${next.num} ${next.label}`);
    references(value, isArray(value) || isKind(value, 'ref') ? next.label : '', meet(next.num));
  }
  return nodes;
}

/** The generation in force; compressed objects have 0. */
export function genOf(document: PdfDocument, num: number): number {
  const entry = document.entry(num);
  return entry?.type === 'offset' ? entry.gen : 0;
}

/** From an object back to the trailer by first references: numbers and keys, nearest first. */
export function pathOf(graph: Graph, num: number): { readonly num: number; readonly label: string }[] {
  const path: { num: number; label: string }[] = [];
  let at = num;
  while (at !== 0 && path.length < 200) {
    const node = graph.get(at);
    if (node === undefined) break;
    path.push({ num: at, label: node.label });
    at = node.parent;
  }
  return path;
}
