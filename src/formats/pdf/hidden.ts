import { catalogOf, documentAt, openPdf, type PdfDocument } from './document.ts';
import { pagesOf, rectOf, type PdfPage } from './pages.ts';
import { isArray, isKind, type PdfDict, type PdfValue } from './values.ts';

/** Something in a file by which what is seen and what is signed could differ. */
export interface Hidden {
  readonly code: 'script' | 'layers' | 'external' | 'media' | 'xfa' | 'outside-page';
  readonly vi: string;
  readonly en: string;
}

const words: Readonly<Record<Hidden['code'], readonly [vi: string, en: string]>> = {
  script: ['có mã lệnh tự chạy', 'it contains a script'],
  layers: ['có lớp nội dung ẩn, hiện được', 'it has layers that can be hidden'],
  external: ['mở hoặc lấy nội dung từ tệp khác', 'it opens or takes content from other files'],
  media: ['có phim, âm thanh hoặc mô hình nhúng', 'it embeds film, sound or a model'],
  xfa: ['có biểu mẫu động XFA', 'it has a dynamic XFA form'],
  'outside-page': ['có nội dung nằm ngoài trang', 'it has content outside the page'],
};

const actionCodes: Readonly<Record<string, Hidden['code']>> = {
  JavaScript: 'script',
  Rendition: 'media',
  Movie: 'media',
  Sound: 'media',
  Launch: 'external',
  GoToR: 'external',
  GoToE: 'external',
  ImportData: 'external',
  SubmitForm: 'external',
  SetOCGState: 'layers',
  Hide: 'layers',
};
const mediaTypes = new Set(['RichMedia', 'Movie', 'Sound', 'Screen', '3D']);
const limits = { depth: 60, values: 400_000 };

/**
 * What a signer could not see, or could see otherwise later: scripts, layers, references to other files, media, dynamic
 * forms, things outside the page. Links to web pages (URI) are words only and stay.
 * @throws PdfError as `openPdf`
 */
export function hiddenIn(pdf: Uint8Array): Hidden[] {
  const document = documentAt(openPdf(pdf));
  const found = new Set<Hidden['code']>();
  const catalog = catalogOf(document).dict;
  if (document.dict(catalog.entries.get('OCProperties'))) found.add('layers');
  if (document.dict(catalog.entries.get('AcroForm'))?.entries.has('XFA')) found.add('xfa');
  visit(document, catalog, found);
  for (const page of pagesOf(document)) outside(document, page, found);
  return [...found].map((code) => ({ code, vi: words[code][0], en: words[code][1] }));
}

/** Every dictionary that can be reached, once. */
function visit(document: PdfDocument, from: PdfValue, found: Set<Hidden['code']>): void {
  const seen = new Set<number>();
  let count = 0;
  const stack: { readonly value: PdfValue; readonly depth: number }[] = [{ value: from, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next;
    if ((count += 1) > limits.values || depth > limits.depth) continue;
    if (isKind(value, 'ref')) {
      if (seen.has(value.num)) continue;
      seen.add(value.num);
      stack.push({ value: document.object(value.num, value.gen), depth });
    } else if (isArray(value)) {
      for (const item of value) stack.push({ value: item, depth: depth + 1 });
    } else if (isKind(value, 'dict') || isKind(value, 'stream')) {
      const own = isKind(value, 'dict') ? value : value.dict;
      judge(document, own, isKind(value, 'stream'), found);
      // A reference adds no depth: page trees and outlines are long chains.
      for (const item of own.entries.values())
        stack.push({ value: item, depth: isKind(item, 'ref') ? 0 : depth + 1 });
    }
  }
}

function judge(document: PdfDocument, own: PdfDict, isStream: boolean, found: Set<Hidden['code']>): void {
  const name = (key: string): string => {
    const value = document.resolve(own.entries.get(key));
    return isKind(value, 'name') ? value.name : '';
  };
  const action = actionCodes[name('S')];
  if (action !== undefined) found.add(action);
  if (own.entries.has('JS') || own.entries.has('JavaScript')) found.add('script');
  if (name('Type') === 'OCG') found.add('layers');
  if (mediaTypes.has(name('Subtype')) && own.entries.has('Rect')) found.add('media');
  // The data of a stream kept in another file (§7.3.8), or a form taken from one (§8.10.4).
  if (isStream && (own.entries.has('F') || (name('Subtype') === 'Form' && own.entries.has('Ref'))))
    found.add('external');
}

function outside(document: PdfDocument, page: PdfPage, found: Set<Hidden['code']>): void {
  const [left, bottom, right, top] = page.cropBox;
  const [mediaLeft, mediaBottom, mediaRight, mediaTop] = page.mediaBox;
  // Trim and bleed of a printer are some millimetres; more can hold words.
  const margin = 60;
  if (
    left - mediaLeft > margin ||
    bottom - mediaBottom > margin ||
    mediaRight - right > margin ||
    mediaTop - top > margin
  )
    found.add('outside-page');
  const annotations = document.resolve(page.dict.entries.get('Annots'));
  for (const one of isArray(annotations) ? annotations : []) {
    const rect = rectOf(document, document.dict(one)?.entries.get('Rect'));
    if (rect === undefined || (rect[2] - rect[0] === 0 && rect[3] - rect[1] === 0)) continue;
    if (rect[2] < left || rect[0] > right || rect[3] < bottom || rect[1] > top) found.add('outside-page');
  }
}
