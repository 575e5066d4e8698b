import { record } from '#audit';
import { organisationsById } from '#directory';
import { people } from '#identity';
import { PdfError } from '#formats/pdf';
import { initialAsPerson } from '#signatures';
import { vietnamDate, type OrgId, type PersonId, type Unit, type UnitId } from '#kernel';
import { documentTypeOf } from './contractTypes.ts';
import { officeOf, personRef } from './drafts.ts';
import { filesById } from './fileStore.ts';
import { bytesOf, keepFile } from './files.ts';
import { actorRef, happenOutgoing } from './happen.ts';
import { letterOf } from './letter.ts';
import { notationOf } from './notation.ts';
import type { DraftContent, Outgoing, PersonRef } from './outgoing.ts';
import { outgoingFor, readableOutgoing } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { preparedUpload } from './reserve.ts';
import { grantAccess } from './store.ts';

/** The sign of the notation (the part after the number), known before the number is. */
function signOf(doc: Pick<Outgoing, 'content' | 'unit'>, organisation: string): string {
  const type = documentTypeOf(doc.content.typeCode) ?? { abbreviation: '' };
  return notationOf(1, type, organisation, doc.unit?.abbreviation ?? '').sign;
}

/** The draft as a PDF, laid out now or as uploaded. @throws Refusal empty-draft, unreadable-pdf, already-signed */
async function draftPdf(unit: Unit, doc: Outgoing): Promise<Uint8Array> {
  const { content } = doc;
  const office = await officeOf(unit);
  const sign = signOf(doc, office.abbreviation);
  if (content.fileId !== null) {
    const [file] = await filesById(unit, [content.fileId]);
    if (!file) throw refuseDocument('unknown-file');
    const year = Number(vietnamDate(unit.now).slice(0, 4));
    return preparedUpload(
      await bytesOf(unit, file),
      { sign, place: office.place, year },
      content.signaturePlace,
    );
  }
  if (content.body.trim() === '') throw refuseDocument('empty-draft');
  try {
    return letterOf(content, {
      organisation: office.name,
      superior: office.parentName,
      place: office.place,
      sign,
      unitAbbreviation: doc.unit?.abbreviation ?? '',
      recipientNames: await recipientNames(unit, content),
      now: unit.now,
    }).pdf;
  } catch (error) {
    // A character that the font of documents does not have.
    if (error instanceof PdfError) throw refuseDocument('unreadable-pdf', { reason: error.message });
    throw error;
  }
}

async function recipientNames(unit: Unit, content: DraftContent): Promise<string[]> {
  const known = await organisationsById(unit.tx, content.recipients as OrgId[], unit.now);
  return content.recipients.map((id) => known.get(id as OrgId)?.name ?? '');
}

/** The draft as it would look, for its readers. */
export async function previewDraft(unit: Unit, id: string): Promise<Uint8Array> {
  const doc = await readableOutgoing(unit, id);
  await record(unit, {
    action: 'documents.read',
    object: `outgoing:${id}`,
    detail: { preview: doc.version },
  });
  return await draftPdf(unit, doc);
}

/**
 * "Trình": freezes the version as a file and hands it to the reviewer, the head of the drafter's unit unless named.
 * @throws Refusal no-reviewer, unknown-person, empty-draft
 */
export async function submitDraft(
  unit: Unit,
  id: string,
  body: {
    readonly reviewerId?: string | undefined;
    readonly note: string;
    readonly pin?: string | undefined;
  },
): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'submit');
  const reviewer =
    body.reviewerId === undefined
      ? await headOf(unit, doc)
      : await personRef(unit, body.reviewerId, 'người duyệt', ['head', 'leader']);
  const frozen = await draftPdf(unit, doc);
  const bytes = body.pin === undefined ? frozen : await initialled(unit, frozen, 'ky_nhay', body.pin);
  const file = await keepFile(unit, {
    name: `du-thao-${doc.version}.pdf`,
    bytes,
    ref: `outgoing:${id}`,
    role: 'submitted',
    contentType: 'application/pdf',
  });
  await grantAccess(unit, 'outgoing', id, [reviewer.id]);
  return await happenOutgoing(unit, doc, id, {
    type: 'submitted',
    reviewer,
    note: body.note,
    fileId: file.id,
    ...(body.pin === undefined ? {} : { initialled: true }),
  });
}

/** The file with the actor's initials. @throws Refusal of #signatures */
async function initialled(
  unit: Unit,
  pdf: Uint8Array,
  field: 'ky_nhay' | 'ky_nhay_don_vi',
  pin: string,
): Promise<Uint8Array> {
  const { id, name } = actorRef(unit);
  const signed = await initialAsPerson(unit, {
    pdf,
    field,
    personId: id as PersonId,
    fullName: name,
    pin,
  });
  return signed.pdf;
}

async function headOf(unit: Unit, doc: Outgoing): Promise<PersonRef> {
  if (doc.unit !== null) {
    const heads = await people(unit, { unitId: doc.unit.id as UnitId, role: 'head' });
    const head = heads[0];
    if (head) return { id: head.id, name: head.fullName, post: head.post };
  }
  throw refuseDocument('no-reviewer');
}

/** An opinion that decides nothing. */
export async function giveOpinion(unit: Unit, id: string, opinion: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'review');
  return await happenOutgoing(unit, doc, id, { type: 'reviewed', opinion });
}

/** "Phê duyệt": on to the leader who signs; with a PIN the reviewer answers for the text with the unit's initials. */
export async function approveDraft(
  unit: Unit,
  id: string,
  { opinion, pin }: { readonly opinion: string; readonly pin?: string | undefined },
): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'approve');
  await grantAccess(unit, 'outgoing', id, [doc.content.signer.id]);
  if (pin === undefined) return await happenOutgoing(unit, doc, id, { type: 'approved', opinion });
  const [submitted] = await filesById(unit, [doc.mainFile!]);
  if (!submitted) throw refuseDocument('unknown-file');
  const file = await keepFile(unit, {
    name: submitted.name,
    bytes: await initialled(unit, await bytesOf(unit, submitted), 'ky_nhay_don_vi', pin),
    ref: `outgoing:${id}`,
    role: 'initialled',
    contentType: 'application/pdf',
  });
  return await happenOutgoing(unit, doc, id, { type: 'approved', opinion, fileId: file.id });
}

/** "Trả lại" to the drafter, with the reason; a signature given meanwhile lapses with the file that bore it. */
export async function returnDraft(unit: Unit, id: string, reason: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'return');
  return await happenOutgoing(unit, doc, id, { type: 'returned', reason });
}
