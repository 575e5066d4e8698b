import {
  copyOfPages,
  createFontSet,
  createCanvas,
  dict,
  PdfError,
  textWidth,
  type Overlay,
} from '#formats/pdf';
import { vietnamDate, type Unit } from '#kernel';
import { record } from '#audit';
import { officeOf } from './drafts.ts';
import { filesById } from './fileStore.ts';
import { bytesOf } from './files.ts';
import type { Incoming } from './incoming.ts';
import { printedNumber } from './notation.ts';
import { readableIncoming } from './policy.ts';
import { refuseDocument } from './refusals.ts';

const mm = 72 / 25.4;
/** The stamp of Decree 30/2020 App. IV: 35 × 50 mm. */
const stamp = { width: 50 * mm, height: 35 * mm };

function day(iso: string): string {
  const [year, month, date] = vietnamDate(new Date(iso)).split('-');
  return `${date}/${month}/${year}`;
}

/** "ĐẾN": agency, number, date, whom it was passed to; under the head of page 1, where the left column is free. */
function stampOverlay(organisation: string, doc: Incoming): Overlay {
  const fonts = createFontSet();
  const canvas = createCanvas(fonts);
  const [left, top] = [62, 700];
  const [right, bottom] = [left + stamp.width, top - stamp.height];
  canvas.raw('q 0.75 0.1 0.12 RG 0.75 0.1 0.12 rg');
  canvas.box(left, bottom, right, top, 1.2);
  const title = Math.min(8.5, (8.5 * (stamp.width - 8)) / textWidth('bold', 8.5, organisation.toUpperCase()));
  const centred = (size: number, y: number, text: string): void =>
    canvas.text('bold', size, left + (stamp.width - textWidth('bold', size, text)) / 2, y, text);
  centred(title, top - 13, organisation.toUpperCase());
  canvas.line(left, top - 19, right, top - 19, 0.7);
  centred(15, top - 36, 'ĐẾN');
  const holder = doc.holder?.label ?? '';
  const lines = [`Số: ${printedNumber(doc.number!)}`, `Ngày: ${day(doc.registeredAt!)}`, `Chuyển: ${holder}`];
  for (const [index, line] of lines.entries()) {
    const size = Math.min(10, (10 * (stamp.width - 10)) / textWidth('regular', 10, line));
    canvas.text('regular', size, left + 5, top - 53 - index * 14, line);
  }
  canvas.raw('Q');
  return { operators: canvas.operators(), resources: (writer) => dict({ Font: dict(fonts.embed(writer)) }) };
}

/**
 * The letter as it lies before the reader with the stamp "ĐẾN" on it (Decree 30/2020 Art. 22): a picture made anew at
 * each look out of what the register says. What was received is a file of its own that no stamp ever touches.
 * @throws Refusal kernel.not-found, not-registered, unreadable-pdf
 */
export async function stampedLetter(unit: Unit, id: string): Promise<Uint8Array> {
  const doc = await readableIncoming(unit, id);
  if (doc.number === null || doc.registeredAt === null) throw refuseDocument('not-registered');
  const files = doc.contentDestroyed ? [] : await filesById(unit, doc.facts.files);
  const letter = files.find((file) => file.contentType === 'application/pdf');
  if (!letter) throw refuseDocument('unknown-file');
  const office = await officeOf(unit);
  await record(unit, {
    action: 'documents.file-read',
    object: `incoming:${id}`,
    detail: { file: letter.id, name: letter.name, sha256: letter.sha256, stamped: true },
  });
  try {
    return copyOfPages(await bytesOf(unit, letter), {
      overlay: stampOverlay(office.name, doc),
      title: `Văn bản đến số ${doc.number}`,
    });
  } catch (error) {
    if (error instanceof PdfError) throw refuseDocument('unreadable-pdf', { reason: error.message });
    throw error;
  }
}
