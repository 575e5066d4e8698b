import { writeTimestamp, type Bussiness, type EdocMessage } from '#formats/edxml';
import { organisationsById } from '#directory';
import type { OrgId, Unit } from '#kernel';
import { documentTypeOf } from './contractTypes.ts';
import { officeOf } from './drafts.ts';
import { filesById, type FileRow } from './fileStore.ts';
import { copyLines, postLines, signatoryLines } from './letter.ts';
import type { Outgoing } from './outgoing.ts';
import { loadIncoming } from './store.ts';

/** What a package asks of its receivers. */
export type Business = { readonly kind: 'new' } | { readonly kind: 'update'; readonly reason: string };

function bussinessOf(doc: Outgoing, business: Business): Bussiness {
  const common = {
    paper: doc.content.alsoPaper ? '1' : '0',
    replacements: [],
    staff: [{ department: doc.unit?.name ?? '', staff: doc.drafter.name }],
  };
  return business.kind === 'new'
    ? { docType: '0', documentInfos: [], ...common }
    : {
        documentId: doc.documentId!,
        docType: '2',
        reason: business.reason,
        documentInfos: [{ documentInfo: '1', documentReceiver: '0', receiverLists: [] }],
        ...common,
      };
}

/** The documents that this one answers (edXML §4.3). */
async function answeredBy(unit: Unit, doc: Outgoing): Promise<EdocMessage['responseFor']> {
  if (doc.content.replyTo === null) return [];
  const answered = await loadIncoming(unit, doc.content.replyTo, false);
  if (!answered || answered.facts.issuerCode === '') return [];
  const { facts } = answered;
  return [
    {
      organId: facts.issuerCode,
      code: facts.notation,
      ...(facts.documentId === null ? {} : { documentId: facts.documentId }),
      ...(facts.promulgationDate === null ? {} : { promulgationDate: facts.promulgationDate }),
    },
  ];
}

/**
 * The header of the document's package (edXML §4). Sender and receivers are filled in by the exchange, which knows
 * all their codes.
 */
export async function messageOf(unit: Unit, doc: Outgoing, business: Business): Promise<EdocMessage> {
  const office = await officeOf(unit);
  const { content } = doc;
  const slash = doc.notation!.indexOf('/');
  const known = await organisationsById(unit.tx, content.recipients as OrgId[], unit.now);
  const recipientNames = content.recipients.map((id) => known.get(id as OrgId)?.name ?? '');
  const authority = signatoryLines(content)[0];
  const [letter] = await filesById(unit, [doc.mainFile!]);
  return {
    from: { organId: office.code, organName: office.name },
    to: [],
    documentId: doc.documentId!,
    code: { number: doc.notation!.slice(0, slash), notation: doc.notation!.slice(slash + 1) },
    promulgation: { place: office.place, date: doc.promulgationDate! },
    documentType: {
      type: 2,
      typeDetail: documentTypeOf(content.typeCode)?.typeDetail ?? -1,
      typeName: content.typeName,
    },
    subject: content.abstract,
    content: content.abstract,
    signer: {
      ...(content.capacity === '' ? {} : { competence: authority ?? content.capacity }),
      position: postLines(content).at(-1) ?? '',
      fullName: content.signer.name,
    },
    ...(content.dueDate === null ? {} : { dueDate: content.dueDate }),
    other: {
      priority: content.urgency,
      promulgationAmount: Math.max(1, content.recipients.length),
      pageAmount: letter?.pages ?? 1,
      direction: false,
      appendixes: [],
    },
    responseFor: await answeredBy(unit, doc),
    steeringType: 0,
    taskCodes: [],
    toPlaces: copyLines(content, { recipientNames, unitAbbreviation: doc.unit?.abbreviation ?? '' }),
    bussiness: bussinessOf(doc, business),
    traceHeaders: [{ organId: office.code, timestamp: writeTimestamp(unit.now) }],
  };
}

/** A file as the exchange packs it. */
export interface PackedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** The letter and its attachments, each under a name of its own with an extension (edXML §6.3). */
export async function attachmentsOf(
  files: readonly FileRow[],
  read: (file: FileRow) => Promise<Uint8Array>,
): Promise<PackedFile[]> {
  const taken = new Set<string>();
  const packed: PackedFile[] = [];
  for (const file of files) {
    const dot = file.name.lastIndexOf('.');
    const base = dot > 0 ? file.name.slice(0, dot) : file.name;
    const extension = dot > 0 ? file.name.slice(dot) : '.bin';
    let name = `${base}${extension}`;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${base} (${count})${extension}`;
    taken.add(name.toLowerCase());
    packed.push({ name, bytes: await read(file), contentType: file.contentType });
  }
  return packed;
}
