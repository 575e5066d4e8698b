import { createHash } from 'node:crypto';
import {
  catalogOf,
  decodeStream,
  deflated,
  dict,
  documentAt,
  isArray,
  isKind,
  name,
  PdfError,
  updatePdf,
  withEntries,
  type PdfDict,
  type PdfDocument,
  type PdfFile,
  type PdfRef,
  type PdfValue,
  type PdfWriter,
} from '#formats/pdf';

/** DER of what a document security store holds. */
export interface ValidationData {
  readonly certificates: readonly Uint8Array[];
  readonly ocspResponses: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

/** One object of the store, and the revision (from 0) in which it first stood in the file. */
export interface StoredData {
  readonly der: Uint8Array;
  readonly revision: number;
}

export type DocumentSecurityStore = Readonly<Record<keyof ValidationData, readonly StoredData[]>>;

/** Keys of the lists in /DSS and in an entry of /VRI (ETSI EN 319 142-1 §5.4.2). */
const keys = {
  certificates: { dss: 'Certs', vri: 'Cert' },
  ocspResponses: { dss: 'OCSPs', vri: 'OCSP' },
  crls: { dss: 'CRLs', vri: 'CRL' },
} as const satisfies Record<keyof ValidationData, { dss: string; vri: string }>;
const kinds = Object.keys(keys) as readonly (keyof ValidationData)[];

/** More than any honest store holds of one kind. */
const mostStored = 400;

/** Streams that a list names; what is no stream is passed over. */
function streamsOf(document: PdfDocument, list: PdfValue | undefined): { ref: PdfRef; der: Uint8Array }[] {
  const items = document.resolve(list);
  const found: { ref: PdfRef; der: Uint8Array }[] = [];
  for (const item of isArray(items) ? items.slice(0, mostStored) : []) {
    if (!isKind(item, 'ref')) continue;
    const stream = document.resolve(item);
    if (!isKind(stream, 'stream')) continue;
    try {
      found.push({ ref: item, der: decodeStream(stream, document.file.budget, document.resolve) });
    } catch (error) {
      if (!(error instanceof PdfError) || error.code !== 'damaged') throw error;
    }
  }
  return found;
}

function revisionOf(document: PdfDocument, ref: PdfRef): number {
  const entry = document.entry(ref.num);
  const { revisions } = document.file;
  if (entry?.type !== 'offset') return revisions.length - 1;
  return revisions.find(({ end }) => entry.offset < end)?.index ?? revisions.length - 1;
}

/**
 * Everything that the newest revision's /DSS holds, in its lists and in those of /VRI, each object once. What is
 * in it proves nothing by being there: each object is judged by its own signature.
 * @throws PdfError `too-much-data`, `loop`
 */
export function readSecurityStore(file: PdfFile): DocumentSecurityStore {
  const document = documentAt(file);
  const dss = document.dict(catalogOf(document).dict.entries.get('DSS'));
  const vri = document.dict(dss?.entries.get('VRI'));
  const entries = [...(vri?.entries.values() ?? [])]
    .slice(0, mostStored)
    .map((entry) => document.dict(entry));
  const read = (kind: keyof ValidationData): StoredData[] => {
    const found = new Map<number, StoredData>();
    const lists = [
      dss?.entries.get(keys[kind].dss),
      ...entries.map((one) => one?.entries.get(keys[kind].vri)),
    ];
    for (const list of lists)
      for (const { ref, der } of streamsOf(document, list))
        if (found.size < mostStored) found.set(ref.num, { der, revision: revisionOf(document, ref) });
    return [...found.values()];
  };
  return {
    certificates: read('certificates'),
    ocspResponses: read('ocspResponses'),
    crls: read('crls'),
  };
}

/** The key of a signature in /VRI: SHA-1 of its /Contents as they stand, in upper-case hexadecimal. */
export const vriKey = (contents: Uint8Array): string =>
  createHash('sha1').update(contents).digest('hex').toUpperCase();

/** Validation data of one signature. */
export interface SignatureValidationData extends ValidationData {
  /** The bytes of the signature's /Contents, padding included. */
  readonly contents: Uint8Array;
}

const digestOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/**
 * Appends validation data as one incremental update (ETSI EN 319 142-1 §5.4): /DSS with its lists, and an entry of
 * /VRI for each signature. What the store holds already is referred to, not repeated.
 * @returns the longer file, or the same when there is nothing to add
 * @throws PdfError as `openPdf`
 */
export function addToSecurityStore(
  pdf: Uint8Array,
  signatures: readonly SignatureValidationData[],
): Uint8Array {
  const writer = updatePdf(pdf);
  const document = writer.base as PdfDocument;
  const catalog = catalogOf(document);
  const value = catalog.dict.entries.get('DSS');
  const before = document.dict(value) ?? dict({ Type: name('DSS') });
  const lists = new Map(kinds.map((kind) => [kind, openList(document, before, kind)]));
  const entries = new Map<string, PdfValue>();
  let added = false;
  for (const signature of signatures) {
    const own: Record<string, PdfValue> = {};
    for (const kind of kinds) {
      const list = lists.get(kind) as StoreList;
      const refs = signature[kind].map((der) => list.put(writer, der));
      if (refs.length > 0) own[keys[kind].vri] = refs;
    }
    const key = vriKey(signature.contents);
    const known = document.dict(document.dict(before.entries.get('VRI'))?.entries.get(key));
    const merged = mergeLists(document, known, own);
    if (merged !== undefined) {
      entries.set(key, merged);
      added = true;
    }
  }
  if (!added && [...lists.values()].every((list) => !list.grown())) return pdf;
  const vri = document.dict(before.entries.get('VRI')) ?? dict({});
  const grown = withEntries(before, {
    ...Object.fromEntries([...lists.values()].flatMap((list) => list.entry())),
    VRI: { kind: 'dict', entries: new Map([...vri.entries, ...entries]) },
  });
  const store = isKind(value, 'ref') ? value : writer.allocate();
  writer.setObject(store, grown);
  writer.setObject(
    catalog.ref,
    withEntries(catalog.dict, { DSS: store, Extensions: extensions(catalog.dict) }),
  );
  return writer.finish().bytes;
}

/** What a /VRI entry says, with more; undefined when it says it already. */
function mergeLists(
  document: PdfDocument,
  known: PdfDict | undefined,
  own: Readonly<Record<string, PdfValue>>,
): PdfDict | undefined {
  const merged: Record<string, PdfValue> = {};
  for (const [key, refs] of Object.entries(own)) {
    const before = document.resolve(known?.entries.get(key));
    const kept = isArray(before) ? before : [];
    const have = new Set(kept.map((item) => (isKind(item, 'ref') ? item.num : -1)));
    const fresh = (refs as readonly PdfRef[]).filter((item) => !have.has(item.num));
    if (fresh.length > 0) merged[key] = [...kept, ...fresh];
  }
  if (known !== undefined && Object.keys(merged).length === 0) return undefined;
  return withEntries(known ?? dict({}), merged);
}

interface StoreList {
  /** The object that holds the DER; made when the store does not have it yet. */
  put(writer: PdfWriter, der: Uint8Array): PdfRef;
  grown(): boolean;
  /** The entry of /DSS, when it changed. */
  entry(): readonly (readonly [string, PdfValue])[];
}

function openList(document: PdfDocument, store: PdfDict, kind: keyof ValidationData): StoreList {
  const key = keys[kind].dss;
  const stored = streamsOf(document, store.entries.get(key));
  const byDigest = new Map(stored.map(({ ref, der }) => [digestOf(der), ref]));
  const before = document.resolve(store.entries.get(key));
  const fresh: PdfRef[] = [];
  return {
    put(writer, der) {
      const digest = digestOf(der);
      let ref = byDigest.get(digest);
      if (ref === undefined) {
        ref = writer.addObject(deflated(der));
        byDigest.set(digest, ref);
        fresh.push(ref);
      }
      return ref;
    },
    grown: () => fresh.length > 0,
    entry: () => (fresh.length === 0 ? [] : [[key, [...(isArray(before) ? before : []), ...fresh]]]),
  };
}

/** The developer extension of ETSI EN 319 142-1 §5.1, where the catalog does not name it otherwise. */
function extensions(catalog: PdfDict): PdfValue | undefined {
  const before = catalog.entries.get('Extensions');
  if (before !== undefined && (!isKind(before, 'dict') || before.entries.has('ESIC'))) return before;
  const esic = dict({ BaseVersion: name('1.7'), ExtensionLevel: 5 });
  return withEntries(before ?? dict({}), { ESIC: esic });
}
