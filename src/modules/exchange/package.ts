import type { Organisation } from '#directory';
import type { OrgId, Unit } from '#kernel';
import type { ResponseFor } from './resolve.ts';
import type { Fault, Staff } from './store.ts';

/** A document to be sent. */
export interface DocumentToSend {
  readonly message: Record<string, unknown>;
  readonly attachments: readonly {
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly contentType: string;
    readonly description?: string;
  }[];
  readonly recipients: readonly OrgId[];
  readonly urgency: 0 | 1 | 2 | 3 | 4;
}
export interface ReadStatus {
  readonly responseFor: ResponseFor;
  readonly statusCode: string;
  readonly description: string;
  readonly staff: Staff;
  readonly at: Date | null;
}
export interface ArrivedDocument {
  readonly id: string;
  readonly code: string;
  readonly year: number | null;
  /** yyyy-MM-dd */
  readonly date: string | null;
}
export type Arrived =
  | {
      readonly ok: true;
      readonly content:
        | { readonly kind: 'edoc'; readonly fromCode: string; readonly document: ArrivedDocument }
        | { readonly kind: 'status'; readonly fromCode: string; readonly status: ReadStatus };
    }
  | { readonly ok: false; readonly fault: Fault };
interface Packed {
  readonly bytes: Buffer;
  readonly documentId: string;
  readonly documentCode: string;
  readonly documentYear: number | null;
}
export async function packDocument(
  own: Organisation,
  recipients: readonly Organisation[],
  document: DocumentToSend,
  now: Date,
): Promise<Packed> {
  throw new Error(String([own, recipients, document, now]));
}
export function packStatus(own: Organisation, status: ReadStatus & { at: Date }): Buffer {
  throw new Error(String([own, status]));
}
export async function readArrived(bytes: Buffer, messageType: 'edoc' | 'status'): Promise<Arrived> {
  throw new Error(String([bytes, messageType]));
}
export async function readPackage(unit: Unit, inboxId: string): Promise<unknown> {
  throw new Error(String([unit, inboxId]));
}
