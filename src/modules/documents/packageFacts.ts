import { businessOf, documentTypeName, priorityOf, type EdxmlPackage } from '#formats/edxml';
import type { IncomingFacts } from './incoming.ts';

/** What a package says, in the words of this room. */
export type PackageFacts = Pick<
  IncomingFacts,
  | 'issuerCode'
  | 'issuerName'
  | 'documentId'
  | 'notation'
  | 'promulgationDate'
  | 'typeName'
  | 'abstract'
  | 'signer'
  | 'recipientLines'
  | 'urgency'
  | 'dueDate'
  | 'businessReason'
  | 'paperCopy'
> & {
  readonly business: 'new' | 'recall' | 'update' | 'replace';
  /** The documents that an update, a replacement or a recall names. */
  readonly changedDocumentIds: readonly string[];
  readonly responseFor: readonly {
    readonly notation: string;
    readonly documentId: string | null;
    readonly date: string | null;
  }[];
  readonly attachments: readonly { readonly name: string; readonly bytes: Uint8Array }[];
};

const text = (value: string | undefined, most: number): string =>
  (value ?? '').normalize('NFC').replace(/\s+/g, ' ').trim().slice(0, most);
const orNull = (value: string): string | null => (value === '' ? null : value);

/**
 * The facts of a package as it came from whatever software: what is missing is empty, what is too long is cut, and
 * the clerk sees the original beside it.
 * @param fromCode who sent it, by the axis; stands in where the package does not say
 */
export function factsOfPackage(read: EdxmlPackage, fromCode: string): PackageFacts {
  if (read.kind !== 'edoc') throw new Error('a status is no document');
  const { message, attachments } = read;
  const number = text(message.code.number, 60);
  const sign = text(message.code.notation, 60);
  const changed = message.bussiness;
  return {
    issuerCode: text(message.from.organId, 50) || fromCode,
    issuerName: text(message.from.organName, 300) || fromCode,
    documentId: orNull(text(message.documentId, 500)),
    notation: number !== '' && sign !== '' ? `${number}/${sign}` : number || sign || 'Không số',
    promulgationDate: message.promulgation.date ?? null,
    typeName: text(documentTypeName(message.documentType), 100),
    abstract: text(message.subject, 2_000) || text(message.content, 2_000) || '(không có trích yếu)',
    signer: {
      competence: text(message.signer.competence, 200),
      position: text(message.signer.position, 200),
      fullName: text(message.signer.fullName, 200),
    },
    recipientLines: message.toPlaces.slice(0, 200).map((place) => text(place, 300)),
    urgency: priorityOf(message.other.priority),
    dueDate: message.dueDate ?? null,
    business: businessOf(changed?.docType),
    businessReason: orNull(text(changed?.reason, 2_000)),
    changedDocumentIds: [
      ...(changed?.documentId === undefined ? [] : [text(changed.documentId, 500)]),
      ...(changed?.replacements ?? []).flat().flatMap((one) => text(one.documentId, 500) || []),
    ],
    paperCopy: changed?.paper === '1',
    responseFor: message.responseFor
      .filter((one) => one.documentId !== undefined || one.code !== undefined)
      .slice(0, 100)
      .map((one) => ({
        notation: text(one.code, 120),
        documentId: orNull(text(one.documentId, 500)),
        date: one.promulgationDate ?? null,
      })),
    attachments,
  };
}
