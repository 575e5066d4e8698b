import { copyOfPages, PdfError } from '#formats/pdf';
import { signCopy } from '#signatures';
import { vietnamDate, type Unit } from '#kernel';
import type { z } from 'zod';
import type { copyBody, CopyForm, CopyView } from './contractCopy.ts';
import { copiesOf, insertCopy, nextCopyNumber } from './copyStore.ts';
import { officeOf, personRef } from './drafts.ts';
import { asFileInfo, filesById, type FileRow } from './fileStore.ts';
import { bytesOf, keepFile } from './files.ts';
import { actorRef, happenIncoming, happenOutgoing } from './happen.ts';
import { printedNumber } from './notation.ts';
import { incomingFor, outgoingFor, readableIncoming, readableOutgoing } from './policy.ts';
import { refuseDocument } from './refusals.ts';

/** As printed on the copy. */
const formNames: Readonly<Record<CopyForm, string>> = { SY: 'SAO Y', SL: 'SAO LỤC', TrS: 'TRÍCH SAO' };

interface Source {
  readonly notation: string;
  readonly file: FileRow;
  happened(event: {
    type: 'copied';
    copyId: string;
    fileId: string;
    form: CopyForm;
    notation: string;
    authoriser: { id: string; name: string };
  }): Promise<unknown>;
}

async function sourceOf(unit: Unit, body: z.infer<typeof copyBody>): Promise<Source> {
  const pick = async (ids: readonly string[]): Promise<FileRow> => {
    const files = await filesById(unit, ids);
    const file = body.fileId === undefined ? files[0] : files.find((one) => one.id === body.fileId);
    if (!file) throw refuseDocument('unknown-file');
    if (file.contentType !== 'application/pdf') throw refuseDocument('main-file-not-pdf');
    return file;
  };
  if (body.kind === 'outgoing') {
    const doc = await outgoingFor(unit, body.documentId, 'copy');
    return {
      notation: doc.notation ?? '',
      file: await pick([doc.mainFile!, ...doc.content.attachments]),
      happened: (event) => happenOutgoing(unit, doc, doc.id, event),
    };
  }
  const doc = await incomingFor(unit, body.documentId, 'copy');
  return {
    notation: doc.facts.notation,
    file: await pick(doc.facts.files),
    happened: (event) => happenIncoming(unit, doc, doc.id, event),
  };
}

/**
 * Makes an electronic copy (Decree 30/2020 Art. 25–27): the pages as they are seen, the form of the copy, the agency and
 * the time in the corner, the agency's signature over it all; the original lies inside, byte for byte, with its own
 * signatures (S3.9).
 * @throws Refusal copy-pages, unknown-file, main-file-not-pdf, unreadable-pdf, and of #signatures
 */
export async function makeCopy(unit: Unit, body: z.infer<typeof copyBody>): Promise<CopyView> {
  if ((body.form === 'TrS') !== body.pages.length > 0) throw refuseDocument('copy-pages');
  const source = await sourceOf(unit, body);
  const authoriser = await personRef(unit, body.authoriserId, 'người cho phép sao', ['leader']);
  const office = await officeOf(unit);
  const year = Number(vietnamDate(unit.now).slice(0, 4));
  const value = await nextCopyNumber(unit, year);
  const notation = `${printedNumber(value)}/${body.form}-${office.abbreviation}`;
  const pdf = await signCopy(unit, {
    pdf: copied(await bytesOf(unit, source.file), source, body),
    form: formNames[body.form],
    number: notation,
    pin: body.pin,
  });
  const file = await keepFile(unit, {
    name: `${notation.replaceAll('/', '-')} (${source.notation.replaceAll('/', '-')}).pdf`,
    bytes: pdf,
    ref: `${body.kind}:${body.documentId}`,
    role: 'copy',
    contentType: 'application/pdf',
  });
  const id = unit.ctx.ids.uuid();
  const by = actorRef(unit);
  await insertCopy(unit, {
    id,
    kind: body.kind,
    documentId: body.documentId,
    form: body.form,
    year,
    value,
    notation,
    fileId: file.id,
    purpose: body.purpose,
    authoriser,
    byName: by.name,
  });
  await source.happened({
    type: 'copied',
    copyId: id,
    fileId: file.id,
    form: body.form,
    notation,
    authoriser,
  });
  return {
    id,
    form: body.form,
    notation,
    purpose: body.purpose,
    authoriser: { id: authoriser.id, name: authoriser.name },
    by: by.name,
    at: unit.now.toISOString(),
    file: asFileInfo(file),
  };
}

function copied(
  bytes: Uint8Array,
  source: Pick<Source, 'notation' | 'file'>,
  body: Pick<z.infer<typeof copyBody>, 'form' | 'pages'>,
): Uint8Array {
  try {
    return copyOfPages(bytes, {
      ...(body.form === 'TrS' ? { pages: body.pages } : {}),
      title: `${formNames[body.form]} ${source.notation}`,
      embed: { name: source.file.name, description: `Bản gốc ${source.notation}` },
    });
  } catch (error) {
    if (error instanceof PdfError) throw refuseDocument('unreadable-pdf', { reason: error.message });
    throw error;
  }
}

/** The copies that were made of a document, for its readers. */
export async function listCopies(
  unit: Unit,
  kind: 'outgoing' | 'incoming',
  documentId: string,
): Promise<CopyView[]> {
  await (kind === 'outgoing' ? readableOutgoing(unit, documentId) : readableIncoming(unit, documentId));
  const rows = await copiesOf(unit, kind, documentId);
  const files = new Map(
    (
      await filesById(
        unit,
        rows.map((row) => row.fileId),
      )
    ).map((file) => [file.id, file]),
  );
  return rows.flatMap((row) => {
    const file = files.get(row.fileId);
    return file
      ? [
          {
            id: row.id,
            form: row.form,
            notation: row.notation,
            purpose: row.purpose,
            authoriser: { id: row.authoriser.id, name: row.authoriser.name },
            by: row.byName,
            at: row.at.toISOString(),
            file: asFileInfo(file),
          },
        ]
      : [];
  });
}
