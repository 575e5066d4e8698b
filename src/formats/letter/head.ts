import { textWidth } from '../pdf/index.ts';
import { urgencyText, type LetterDraft } from './draft.ts';
import { balancedLines } from './lines.ts';
import {
  margin,
  page,
  put,
  putCentred,
  rectAt,
  rule,
  textArea,
  type PlacedField,
  type Sheet,
} from './page.ts';

const size = { head: 13, motto: 14, body: 14, small: 12 };
const lead = 1.22;

const column = { left: textArea.width * 0.41, right: textArea.width * 0.59 };
const centre = {
  left: textArea.left + column.left / 2 - 6,
  right: textArea.left + column.left + column.right / 2 + 3,
};

const nation = 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM';
const motto = 'Độc lập - Tự do - Hạnh phúc';

/**
 * Draws the head of page 1 (cells 1–5a, 9a, 10b of Decree 30/2020 Appendix I) and reserves number and date.
 * @returns the two reserved text fields; the sheet's `y` then stands below the head
 */
export function drawHead(sheet: Sheet, draft: LetterDraft): PlacedField[] {
  const top = margin.top + 11;
  const leftEnd = drawOrganisation(sheet, draft, top);
  const rightEnd = drawNation(sheet, top);
  const row = Math.max(leftEnd, rightEnd) + 20;
  const fields = reserveNumberAndDate(sheet, draft, row);
  let y = row;
  if (draft.type === undefined) y = drawAbstractUnderNumber(sheet, draft.abstract, y);
  if (draft.urgency !== undefined) y = drawUrgency(sheet, urgencyText[draft.urgency], y);
  sheet.y = y;
  if (draft.type !== undefined) drawTypeName(sheet, draft.type, draft.abstract);
  if (draft.recipients !== undefined && draft.recipients.length > 0) drawRecipients(sheet, draft.recipients);
  return fields;
}

function drawOrganisation(sheet: Sheet, draft: LetterDraft, top: number): number {
  let y = top;
  const width = column.left - 12;
  const lines = [
    ...(draft.superior === undefined
      ? []
      : balancedLines('regular', size.head, draft.superior.toUpperCase(), width).map((text) => ({
          face: 'regular' as const,
          text,
        }))),
    ...balancedLines('bold', size.head, draft.organisation.toUpperCase(), width).map((text) => ({
      face: 'bold' as const,
      text,
    })),
  ];
  for (const { face, text } of lines) {
    putCentred(sheet, face, size.head, centre.left, y, text);
    y += size.head * lead;
  }
  const last = lines.at(-1) as (typeof lines)[number];
  const length = textWidth(last.face, size.head, last.text);
  rule(sheet, centre.left, y - size.head * lead + 6, Math.min(110, Math.max(length * 0.45, 44)));
  return y - size.head * lead + 6;
}

function drawNation(sheet: Sheet, top: number): number {
  const fit = Math.min(size.head, (size.head * (column.right - 2)) / textWidth('bold', size.head, nation));
  const head = Math.max(12, fit);
  putCentred(sheet, 'bold', head, centre.right, top, nation);
  const y = top + size.head * lead + 1;
  putCentred(sheet, 'bold', size.motto, centre.right, y, motto);
  rule(sheet, centre.right, y + 6, textWidth('bold', size.motto, motto));
  return y + 6;
}

function reserveNumberAndDate(sheet: Sheet, draft: LetterDraft, baseline: number): PlacedField[] {
  const height = size.head * 1.4;
  const top = baseline - size.head * 0.33 - height / 2;
  const field = (
    name: string,
    middle: number,
    width: number,
    style: { template: string; blank: string; face: 'regular' | 'italic'; size: number },
  ): PlacedField => ({
    field: name,
    kind: 'text',
    page: sheet.number,
    rect: rectAt(middle - width / 2, top, width, height),
    style: { ...style, align: 'centre' },
  });
  const gap = ' '.repeat(9);
  const dateGap = ' '.repeat(6);
  return [
    field('so_ky_hieu', centre.left, column.left - 12, {
      template: 'Số: {}',
      blank: `Số:${gap}${draft.notation}`,
      face: 'regular',
      size: size.head,
    }),
    field('ngay_ban_hanh', centre.right, column.right - 10, {
      template: `${draft.place}, {}`,
      blank: `${draft.place}, ngày${dateGap}tháng${dateGap}năm ${draft.year}`,
      face: 'italic',
      size: size.head,
    }),
  ];
}

function drawAbstractUnderNumber(sheet: Sheet, abstract: string, row: number): number {
  let y = row + 6;
  const text = /^v\/v\b/i.test(abstract) ? abstract : `V/v ${abstract}`;
  for (const line of balancedLines('regular', size.small, text, column.left - 14)) {
    y += size.small * lead;
    putCentred(sheet, 'regular', size.small, centre.left, y, line);
  }
  return y;
}

function drawUrgency(sheet: Sheet, text: string, row: number): number {
  const width = textWidth('bold', size.head, text) + 22;
  const top = row + 11;
  const height = 21;
  const left = centre.left - width / 2;
  sheet.canvas.box(left, page.height - top - height, left + width, page.height - top, 1.1);
  putCentred(sheet, 'bold', size.head, centre.left, top + height / 2 + size.head * 0.33, text);
  return top + height;
}

function drawTypeName(sheet: Sheet, type: string, abstract: string): void {
  const middle = textArea.left + textArea.width / 2;
  let y = sheet.y + 34;
  putCentred(sheet, 'bold', size.body, middle, y, type.toUpperCase());
  const lines = balancedLines('bold', size.body, abstract, textArea.width * 0.86);
  y += 2;
  for (const line of lines) {
    y += size.body * lead;
    putCentred(sheet, 'bold', size.body, middle, y, line);
  }
  rule(sheet, middle, y + 7, Math.min(150, textWidth('bold', size.body, lines.at(-1) as string) * 0.4));
  sheet.y = y + 14;
}

/** One recipient stands on the line of "Kính gửi:", several below it, each with a dash. */
function drawRecipients(sheet: Sheet, recipients: readonly string[]): void {
  const label = 'Kính gửi:';
  const middle = textArea.left + textArea.width / 2;
  const labelWidth = textWidth('regular', size.body, `${label} `);
  let y = sheet.y + 34;
  if (recipients.length === 1) {
    const lines = balancedLines(
      'regular',
      size.body,
      `${recipients[0]}.`.replace(/\.\.$/, '.'),
      textArea.width * 0.72,
    );
    const widest = Math.max(...lines.map((line) => textWidth('regular', size.body, line)));
    const left = middle - (labelWidth + widest) / 2;
    put(sheet, 'regular', size.body, left, y, label);
    for (const [index, line] of lines.entries())
      put(sheet, 'regular', size.body, left + labelWidth, y + index * size.body * lead, line);
    sheet.y = y + (lines.length - 1) * size.body * lead + 6;
    return;
  }
  const left = textArea.left + textArea.width * 0.2;
  put(sheet, 'regular', size.body, left, y, label);
  const itemLeft = left + labelWidth;
  for (const [index, recipient] of recipients.entries()) {
    const mark = index === recipients.length - 1 ? '.' : ';';
    const lines = balancedLines('regular', size.body, `- ${recipient}${mark}`, textArea.right - itemLeft);
    for (const line of lines) {
      y += size.body * lead + 1;
      put(sheet, 'regular', size.body, itemLeft, y, line);
    }
  }
  sheet.y = y + 6;
}
