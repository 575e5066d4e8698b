import { textWidth } from '../pdf/index.ts';
import type { LetterDraft } from './draft.ts';
import { balancedLines, breakLines, keepTogether, textOf } from './lines.ts';
import { put, putCentred, rectAt, textArea, type PlacedField, type Sheet } from './page.ts';

const size = { title: 14, name: 14, copiesHead: 12, copies: 11 };
const lead = { title: 17, copies: 13.6 };
const middle = textArea.left + textArea.width * 0.735;
const blockWidth = textArea.width * 0.52;
const copiesWidth = textArea.width * 0.42;

/** The seal of an agency is 36 mm across; the picture has the real size (Decree 30/2020 Appendix I, II.8). */
const seal = (36 * 72) / 25.4;
const handwriting = { width: 142, height: 74 };
/** Between the last title line and the full name. */
const room = 112;

interface Measured {
  readonly titles: readonly string[];
  readonly copies: readonly { readonly text: string; readonly hang: number }[];
  readonly height: number;
}

function measure(draft: LetterDraft): Measured {
  const titles = draft.signatory.lines.flatMap((line) =>
    balancedLines('bold', size.title, line.toUpperCase(), blockWidth),
  );
  const copies = draft.copies.flatMap((copy, index) => {
    const mark = index === draft.copies.length - 1 ? '.' : ';';
    const text = keepTogether(`- ${copy.replace(/[.;]$/, '')}${mark}`);
    return breakLines([{ face: 'regular', text }], size.copies, copiesWidth).map((line, at) => ({
      text: textOf(line),
      hang: at === 0 ? 0 : textWidth('regular', size.copies, '- '),
    }));
  });
  const right = titles.length * lead.title + room + size.name;
  const left = lead.title + copies.length * lead.copies;
  return { titles, copies, height: Math.max(right, left) + 4 };
}

/** Height that the signature block and the list of recipients need, in points; they are never parted. */
export const closingHeight = (draft: LetterDraft): number => measure(draft).height;

/**
 * Draws the signature block and "Nơi nhận" from the sheet's `y`, and reserves the officer's and the agency's
 * signatures: the seal covers about a third of the officer's picture on its left.
 * @returns the two reserved signature fields
 */
export function drawClosing(sheet: Sheet, draft: LetterDraft): PlacedField[] {
  const { titles, copies } = measure(draft);
  const top = sheet.y + size.title;
  let y = top;
  for (const title of titles) {
    putCentred(sheet, 'bold', size.title, middle, y, title);
    y += lead.title;
  }
  const titlesEnd = y - lead.title + 4;
  const nameLine = titlesEnd + room - 4;
  const fitting = Math.min(
    size.name,
    (size.name * blockWidth) / textWidth('bold', size.name, draft.signatory.name),
  );
  putCentred(sheet, 'bold', fitting, middle, nameLine, draft.signatory.name);
  put(sheet, 'boldItalic', size.copiesHead, textArea.left, top, 'Nơi nhận:');
  let line = top + 2;
  for (const { text, hang } of copies) {
    line += lead.copies;
    put(sheet, 'regular', size.copies, textArea.left + hang, line, text);
  }
  sheet.y = Math.max(nameLine, line);
  const space = { from: titlesEnd, to: nameLine - size.name * 0.75 };
  const centreY = (space.from + space.to) / 2;
  const pictureLeft = middle - handwriting.width / 2;
  const sealLeft = pictureLeft + handwriting.width / 3 - seal;
  const signature = (field: string, rect: PlacedField['rect']): PlacedField => ({
    field,
    kind: 'signature',
    page: sheet.number,
    rect,
  });
  return [
    signature(
      'ky_nguoi_co_tham_quyen',
      rectAt(pictureLeft, centreY - handwriting.height / 2, handwriting.width, handwriting.height),
    ),
    signature('ky_co_quan', rectAt(sealLeft, centreY - seal / 2, seal, seal)),
  ];
}
