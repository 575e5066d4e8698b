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
