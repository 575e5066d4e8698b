import { coordinate as at } from './content.ts';
import { documentAt, openPdf, type PdfDocument } from './document.ts';
import { PdfError } from './errors.ts';
import { pagesOf, rectOf, type PdfPage, type PdfRect } from './pages.ts';
import {
  dict,
  isArray,
  isKind,
  name,
  withEntries,
  type PdfDict,
  type PdfRef,
  type PdfStream,
  type PdfValue,
} from './values.ts';
import { createPdf, deflated, type PdfWriter } from './write.ts';

/** Something drawn over the first page, in the page's own coordinates. */
export interface Overlay {
  readonly operators: string;
  readonly resources: (writer: PdfWriter) => PdfDict;
}

const limits = { objects: 200_000, depth: 100 };

/** Copies values of one document into another, each object once. */
function copier(document: PdfDocument, writer: PdfWriter): (value: PdfValue, depth?: number) => PdfValue {
  const known = new Map<number, PdfRef>();
  const copy = (value: PdfValue, depth = 0): PdfValue => {
    if (depth > limits.depth) throw new PdfError('too-deep', { limit: limits.depth });
    if (isArray(value)) return value.map((item) => copy(item, depth + 1));
    if (isKind(value, 'dict')) return entries(value, depth);
    if (isKind(value, 'stream')) return { ...value, dict: entries(value.dict, depth) };
    if (!isKind(value, 'ref')) return value;
    const before = known.get(value.num);
    if (before) return before;
    if (known.size > limits.objects) throw new PdfError('too-many-objects', { limit: limits.objects });
    const ref = writer.allocate();
    known.set(value.num, ref);
    writer.setObject(ref, copy(document.object(value.num, value.gen), depth + 1));
    return ref;
  };
  const entries = (value: PdfDict, depth: number): PdfDict =>
    dict(
      Object.fromEntries(
        // A way back up would drag the whole document along.
        [...value.entries]
          .filter(([key]) => key !== 'Parent' && key !== 'Length')
          .map(([key, item]) => [key, copy(item, depth + 1)]),
      ),
    );
  return copy;
}

/** An attribute that a page may have from the nodes above it (§7.7.3.4). */
function inherited(document: PdfDocument, page: PdfDict, key: string): PdfValue {
  let node: PdfDict | undefined = page;
  for (let depth = 0; node !== undefined && depth < 60; depth += 1) {
    const value = document.resolve(node.entries.get(key));
    if (value !== null) return value;
    node = document.dict(node.entries.get('Parent'));
  }
  return null;
}

interface Shown {
  readonly ref: PdfRef;
  readonly matrix: readonly number[];
}

/** What an annotation shows, as a form and where it goes (§12.5.5); undefined when it shows nothing. */
function shownBy(document: PdfDocument, annotation: PdfDict): Shown | undefined {
  const flags = document.resolve(annotation.entries.get('F'));
  if (typeof flags === 'number' && (flags & 0b10) !== 0) return undefined;
  let normal = document.dict(annotation.entries.get('AP'))?.entries.get('N');
  const states = document.resolve(normal);
  const state = document.resolve(annotation.entries.get('AS'));
  if (isKind(states, 'dict') && isKind(state, 'name')) normal = states.entries.get(state.name);
  const form = document.resolve(normal);
  const rect = rectOf(document, annotation.entries.get('Rect'));
  if (!isKind(normal, 'ref') || !isKind(form, 'stream') || rect === undefined) return undefined;
  const box = rectOf(document, form.dict.entries.get('BBox'));
  if (box === undefined) return undefined;
  const given = document.resolve(form.dict.entries.get('Matrix'));
  const matrix = isArray(given) ? given.map((item) => Number(document.resolve(item))) : [1, 0, 0, 1, 0, 0];
  const fitted = fit(box, matrix, rect);
  return fitted && { ref: normal, matrix: fitted };
}

function fit(box: PdfRect, matrix: readonly number[], rect: PdfRect): readonly number[] | undefined {
  const [a, b, c, d, e, f] = matrix as [number, number, number, number, number, number];
  const xs: number[] = [];
  const ys: number[] = [];
  for (const x of [box[0], box[2]])
    for (const y of [box[1], box[3]]) {
      xs.push(a * x + c * y + e);
      ys.push(b * x + d * y + f);
    }
  const [left, bottom] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - bottom];
  if (!(width > 0 && height > 0)) return undefined;
  const [sx, sy] = [(rect[2] - rect[0]) / width, (rect[3] - rect[1]) / height];
  return [sx, 0, 0, sy, rect[0] - left * sx, rect[1] - bottom * sy];
}

/**
 * Makes a new PDF that shows the pages of another as they are seen, what is drawn in fields and stamps included, but
 * with no form, no signature and no script; the other file may be embedded whole (ISO 32000-2 §14.13).
 * @param options `pages` from 1, all when absent; `overlay` goes over the first page shown
 * @throws PdfError as `openPdf`, `no-such-page`, `too-many-objects`, `too-deep`
 */
export function copyOfPages(
  pdf: Uint8Array,
  options: {
    readonly pages?: readonly number[];
    readonly overlay?: Overlay;
    readonly embed?: { readonly name: string; readonly description: string };
    readonly title: string;
  },
): Uint8Array {
  const document = documentAt(openPdf(pdf));
  const all = pagesOf(document);
  const writer = createPdf();
  const copy = copier(document, writer);
  const catalog = writer.allocate();
  const tree = writer.allocate();
  const wanted = options.pages ?? all.map((_, index) => index + 1);
  const kids = wanted.map((number, index) => {
    const page = all[number - 1];
    if (page === undefined) throw new PdfError('no-such-page', { page: number });
    const overlay = index === 0 ? options.overlay : undefined;
    return writer.addObject(withEntries(copiedPage(document, writer, page, copy, overlay), { Parent: tree }));
  });
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: kids, Count: kids.length }));
  const embedded = options.embed && embeddedFile(writer, pdf, options.embed);
  writer.setObject(
    catalog,
    dict({
      Type: name('Catalog'),
      Pages: tree,
      Lang: { kind: 'string', bytes: Buffer.from('vi-VN') },
      Names: embedded && dict({ EmbeddedFiles: dict({ Names: [plainText(options.embed!.name), embedded] }) }),
      AF: embedded && [embedded],
    }),
  );
  writer.setTrailer({ Root: catalog, Info: writer.addObject(dict({ Title: plainText(options.title) })) });
  return writer.finish().bytes;
}

const plainText = (text: string): PdfValue => ({
  kind: 'string',
  bytes: Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
  hex: true,
});

function copiedPage(
  document: PdfDocument,
  writer: PdfWriter,
  page: PdfPage,
  copy: (value: PdfValue) => PdfValue,
  overlay: Overlay | undefined,
): PdfDict {
  const annotations = document.resolve(page.dict.entries.get('Annots'));
  const shown = (isArray(annotations) ? annotations : []).flatMap((one) => {
    const annotation = document.dict(one);
    return (annotation && shownBy(document, annotation)) ?? [];
  });
  const forms = Object.fromEntries(shown.map(({ ref }, index) => [`PhiGiay${index}`, copy(ref)]));
  const drawn = shown.map(({ matrix }, index) => `q ${matrix.map(at).join(' ')} cm /PhiGiay${index} Do Q`);
  if (overlay) {
    forms['PhiGiayOver'] = writer.addObject(
      deflated(
        overlay.operators,
        dict({
          Type: name('XObject'),
          Subtype: name('Form'),
          BBox: [...page.mediaBox],
          Resources: overlay.resources(writer),
        }),
      ),
    );
    drawn.push('/PhiGiayOver Do');
  }
  const resources = inherited(document, page.dict, 'Resources');
  const kept = isKind(resources, 'dict') ? (copy(resources) as PdfDict) : dict({});
  const objects = isKind(resources, 'dict') ? document.dict(resources.entries.get('XObject')) : undefined;
  const contents = page.dict.entries.get('Contents') ?? null;
  const resolved = document.resolve(contents);
  const streams = isArray(resolved) ? resolved : isKind(contents, 'ref') ? [contents] : [];
  return dict({
    Type: name('Page'),
    MediaBox: [...page.mediaBox],
    CropBox: [...page.cropBox],
    Rotate: page.rotate,
    Resources: withEntries(kept, {
      XObject: withEntries(objects === undefined ? dict({}) : (copy(objects) as PdfDict), forms),
    }),
    Contents: [
      writer.addObject(deflated('q\n')),
      ...streams.map((stream) => copy(stream)),
      writer.addObject(deflated(`\nQ\n${drawn.join('\n')}\n`)),
    ],
  });
}

function embeddedFile(
  writer: PdfWriter,
  bytes: Uint8Array,
  { name: file, description }: { readonly name: string; readonly description: string },
): PdfRef {
  const stream: PdfStream = {
    kind: 'stream',
    dict: dict({
      Type: name('EmbeddedFile'),
      Subtype: name('application/pdf'),
      Params: dict({ Size: bytes.length }),
    }),
    raw: bytes,
  };
  const at = writer.addObject(stream);
  return writer.addObject(
    dict({
      Type: name('Filespec'),
      F: { kind: 'string', bytes: Buffer.from('ban-goc.pdf') },
      UF: plainText(file),
      Desc: plainText(description),
      AFRelationship: name('Source'),
      EF: dict({ F: at, UF: at }),
    }),
  );
}
