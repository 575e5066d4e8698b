import {
  createCanvas,
  createFontSet,
  createPdf,
  dateString,
  deflated,
  dict,
  fieldDict,
  name,
  newForm,
  textAppearance,
  textString,
  timesRoman,
  type FontSet,
  type PdfDict,
  type PdfRef,
  type PdfWriter,
  type TextStyle,
} from '../pdf/index.ts';
import { drawLine, flowBody, paginate, settings, type FlowLine, type Setting } from './body.ts';
import { closingHeight, drawClosing } from './closing.ts';
import type { LetterDraft } from './draft.ts';
import { drawHead } from './head.ts';
import { margin, page, putCentred, rectAt, textArea, type PlacedField, type Sheet } from './page.ts';

export interface Letter {
  readonly pdf: Uint8Array;
  /**
   * The reserved fields: `so_ky_hieu`, `ngay_ban_hanh`, `ky_nhay`, `ky_nhay_don_vi`, `ky_nguoi_co_tham_quyen`,
   * `ky_co_quan`.
   */
  readonly fields: readonly PlacedField[];
  readonly pages: number;
}

const beforeClosing = 20;

/**
 * Lays out a letter or a named document by Decree 30/2020 Appendix I as a PDF 1.7 whose number, date and
 * signatures have their places reserved, to be filled by incremental updates.
 * @throws PdfError `character-not-in-font`
 */
export function layoutLetter(draft: LetterDraft): Letter {
  const fonts = createFontSet();
  const { sheets, fields } = drawSheets(draft, fonts);
  return { pdf: write(draft, sheets, fields, fonts), fields, pages: sheets.length };
}

function drawSheets(draft: LetterDraft, fonts: FontSet): { sheets: Sheet[]; fields: PlacedField[] } {
  const sheets: Sheet[] = [];
  const add = (): Sheet => {
    const sheet = { number: sheets.length + 1, canvas: createCanvas(fonts), y: margin.top };
    sheets.push(sheet);
    if (sheet.number > 1)
      putCentred(sheet, 'regular', 13, page.width / 2, margin.top - 18, String(sheet.number));
    return sheet;
  };
  let sheet = add();
  const fields = drawHead(sheet, draft);
  sheet.y += 10;
  const bottom = page.height - margin.bottom;
  const { setting, lines, counts } = flow(draft, bottom - sheet.y);
  let at = 0;
  let end = textArea.left;
  for (const [index, count] of counts.entries()) {
    if (index > 0) sheet = add();
    for (const line of lines.slice(at, at + count)) {
      sheet.y += sheet.y === margin.top ? 13 : line.above;
      end = drawLine(sheet, line, setting.size);
    }
    at += count;
  }
  fields.push(...initialsFields(sheet, end));
  if (sheet.y + beforeClosing + closingHeight(draft) > bottom) sheet = add();
  else sheet.y += beforeClosing;
  fields.push(...drawClosing(sheet, draft));
  return { sheets, fields };
}

/** The body in the setting that needs the fewest pages, and how many lines each page holds. */
function flow(draft: LetterDraft, first: number): { setting: Setting; lines: FlowLine[]; counts: number[] } {
  const heights = {
    first,
    other: page.height - margin.bottom - margin.top,
    closing: closingHeight(draft) + beforeClosing,
  };
  const tried = settings.map((setting) => {
    const lines = flowBody(draft.body, setting);
    return { setting, lines, counts: paginate(lines, heights) };
  });
  return tried.reduce((best, next) => (next.counts.length < best.counts.length ? next : best));
}

/** The initials of drafter and unit stand after the closing mark of the text, else at the right below it. */
function initialsFields(sheet: Sheet, end: number): PlacedField[] {
  const [width, height, gap] = [40, 15, 4];
  const fits = end + 2 * (gap + width) <= textArea.right;
  const [left, top] = fits ? [end + gap, sheet.y - 12] : [textArea.right - 2 * width - gap, sheet.y + 3];
  return ['ky_nhay', 'ky_nhay_don_vi'].map((field, index) => ({
    field,
    kind: 'signature',
    page: sheet.number,
    rect: rectAt(left + index * (width + gap), top, width, height),
  }));
}

function write(
  draft: LetterDraft,
  sheets: readonly Sheet[],
  fields: readonly PlacedField[],
  fonts: FontSet,
): Uint8Array {
  const writer = createPdf();
  const catalog = writer.allocate();
  const tree = writer.allocate();
  const blanks = fields.map((field) => blankAppearance(field, fonts));
  const embedded = fonts.embed(writer);
  const resources = writer.addObject(dict({ Font: dict(embedded) }));
  const pages = sheets.map(() => writer.allocate());
  const widgets = fields.map((field, index) => {
    const blank = blanks[index];
    const appearance =
      blank === undefined
        ? undefined
        : writer.addObject(deflated(blank.operators, dict({ ...blank.entries, Resources: resources })));
    return writer.addObject(fieldDict(field, pages[field.page - 1] as PdfRef, appearance));
  });
  for (const [index, sheet] of sheets.entries()) {
    const own = widgets.filter((_, at) => (fields[at] as PlacedField).page === sheet.number);
    writer.setObject(
      pages[index] as PdfRef,
      dict({
        Type: name('Page'),
        Parent: tree,
        Contents: writer.addObject(deflated(sheet.canvas.operators())),
        Resources: resources,
        Annots: own.length > 0 ? own : undefined,
        Tabs: name('R'),
      }),
    );
  }
  writer.setObject(
    tree,
    dict({
      Type: name('Pages'),
      Kids: pages,
      Count: pages.length,
      MediaBox: [0, 0, page.width, page.height],
    }),
  );
  writer.setObject(catalog, catalogDict(writer, tree, widgets, titleOf(draft)));
  writer.setTrailer({ Root: catalog, Info: writer.addObject(information(draft)) });
  return writer.finish().bytes;
}

function blankAppearance(field: PlacedField, fonts: FontSet): ReturnType<typeof textAppearance> | undefined {
  if (field.kind === 'signature') return undefined;
  const style = field.style as TextStyle;
  return textAppearance(style.blank, field.rect, style, createCanvas(fonts));
}

const titleOf = (draft: LetterDraft): string =>
  draft.type === undefined
    ? `Công văn về việc ${draft.abstract.replace(/^v\/v\s*/i, '')}`
    : `${draft.type} ${draft.abstract}`;

function catalogDict(writer: PdfWriter, tree: PdfRef, widgets: readonly PdfRef[], title: string): PdfDict {
  return dict({
    Type: name('Catalog'),
    Pages: tree,
    Lang: textString('vi-VN'),
    ViewerPreferences: dict({ DisplayDocTitle: true }),
    AcroForm: writer.addObject(newForm(widgets, writer.addObject(timesRoman))),
    Metadata: writer.addObject(metadata(title)),
  });
}

function metadata(title: string): ReturnType<typeof deflated> {
  const escaped = title.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
  const xmp = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escaped}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`;
  return {
    kind: 'stream',
    dict: dict({ Type: name('Metadata'), Subtype: name('XML') }),
    raw: Buffer.from(xmp, 'utf8'),
  };
}

const information = (draft: LetterDraft): PdfDict =>
  dict({
    Title: textString(titleOf(draft)),
    Author: textString(draft.organisation),
    Creator: textString('Phi Giấy'),
    CreationDate: draft.createdAt === undefined ? undefined : dateString(draft.createdAt),
  });
