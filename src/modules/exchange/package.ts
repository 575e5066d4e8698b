import type { Organisation } from '#directory';
import {
  documentIdOf,
  EdxmlError,
  readPackage as parsePackage,
  readTimestamp,
  writeEdoc,
  writeStatus,
  writeTimestamp,
  type EdocMessage,
  type EdxmlErrorCode,
  type EdxmlPackage,
  type Organ,
} from '#formats/edxml';
import { BlobDamaged, type OrgId, type Unit } from '#kernel';
import { refuse } from './refusals.ts';
import { exact, yearOf, type ResponseFor } from './resolve.ts';
import type { StatusCode } from './states.ts';
import { inboxById } from './inboxStore.ts';
import type { Fault, Staff } from './tables.ts';

type FilledIn = 'from' | 'to' | 'traceHeaders';

/** A document to be sent. */
export interface DocumentToSend {
  /** Sender and recipients are filled in from the directory; what `from` says beyond that (address, mail) is kept. */
  readonly message: Omit<EdocMessage, FilledIn> & Partial<Pick<EdocMessage, FilledIn>>;
  readonly attachments: readonly {
    readonly name: string;
    readonly bytes: Uint8Array;
    /** Known to the caller; on the wire it follows from the name's extension (edXML §6.2). */
    readonly contentType?: string;
    readonly description?: string;
  }[];
  readonly recipients: readonly OrgId[];
  /** edXML §7.3: 0 ordinary … 3 express, 4 express at an hour. */
  readonly urgency: 0 | 1 | 2 | 3 | 4;
}

const organOf = (org: Organisation): Organ => ({
  organId: org.code,
  organizationInCharge: org.parentName ?? org.name,
  organName: org.name,
});

interface Packed {
  readonly bytes: Buffer;
  readonly documentId: string;
  /** Number and notation, `2491/STC-BCTC`. */
  readonly documentCode: string;
  readonly documentYear: number | null;
}

/** Builds the package of a document. @throws Refusal attachment-name */
export function packDocument(
  own: Organisation,
  recipients: readonly Organisation[],
  document: DocumentToSend,
  now: Date,
): Packed {
  const { message } = document;
  const { number = '', notation = '' } = message.code;
  const date = message.promulgation.date ?? '';
  const documentId = exact(message.documentId ?? documentIdOf(own.code, date, number, notation));
  const full: EdocMessage = {
    ...message,
    documentId,
    from: { ...message.from, ...organOf(own) },
    to: recipients.map(organOf),
    other: { ...message.other, priority: document.urgency },
    // Receivers in use crash without these two (edXML §5).
    bussiness: message.bussiness ?? { docType: '0', documentInfos: [], replacements: [], staff: [] },
    traceHeaders: message.traceHeaders?.length
      ? message.traceHeaders
      : [{ organId: own.code, timestamp: writeTimestamp(now) }],
  };
  try {
    return {
      bytes: writeEdoc(
        full,
        document.attachments.map(({ name, bytes, description }) => ({
          name,
          bytes,
          ...(description === undefined ? {} : { description }),
        })),
      ),
      documentId,
      documentCode: exact(`${number}/${notation}`),
      documentYear: yearOf({ documentId, promulgationDate: date }),
    };
  } catch (error) {
    if (error instanceof EdxmlError && error.code === 'name-without-extension')
      throw refuse('attachment-name', { name: error.detail });
    throw error;
  }
}

/** Builds the package of a status (edXML §11). */
export function packStatus(
  own: Organisation,
  status: {
    readonly responseFor: ResponseFor;
    readonly statusCode: StatusCode;
    readonly description: string;
    readonly staff: Staff;
    readonly at: Date;
  },
): Buffer {
  const { organId, code, documentId, promulgationDate } = status.responseFor;
  const { department, name, email } = status.staff;
  return writeStatus({
    from: organOf(own),
    responseFor: { organId, code, documentId, ...(promulgationDate === null ? {} : { promulgationDate }) },
    staff: { department, staff: name, ...(email === undefined ? {} : { email }) },
    statusCode: status.statusCode,
    description: status.description,
    timestamp: writeTimestamp(status.at),
  });
}

/** A status message as it was read. */
export interface ReadStatus {
  readonly responseFor: ResponseFor;
  readonly statusCode: string;
  readonly description: string;
  readonly staff: Staff;
  readonly at: Date | null;
}

/** What the inbox keeps of a document. */
export interface ArrivedDocument {
  /** Empty when the sender gave none. */
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

/** Why a package cannot be read, for the clerk; what is not here is a fault of its XML. */
const unreadable: Partial<Record<EdxmlErrorCode, string>> = {
  'not-edxml': 'không phải gói tin edXML',
  'no-message-header': 'thiếu phần đầu MessageHeader',
  'too-many-attachments': 'quá nhiều tệp kèm theo',
  'attachments-too-large': 'tệp kèm theo bung ra quá lớn',
};

const reasonOf = (error: EdxmlError): string => unreadable[error.code] ?? `lỗi XML ${error.code}`;

/** Reads what arrived. Any bytes give an answer: what cannot be read is told in plain words. */
export function readArrived(bytes: Buffer, messageType: 'edoc' | 'status'): Arrived {
  let read: EdxmlPackage;
  try {
    read = parsePackage(bytes);
  } catch (error) {
    if (!(error instanceof EdxmlError)) throw error;
    return {
      ok: false,
      fault: {
        code: `edxml-${error.code}`,
        message: `Gói tin không đọc được: ${reasonOf(error)}`,
        next: 'Đề nghị nơi gửi tạo lại gói tin theo QCVN 102:2016 và gửi lại.',
      },
    };
  }
  if (read.kind !== messageType) {
    return {
      ok: false,
      fault: {
        code: 'wrong-message-type',
        message: `Gói tin được gửi dưới dạng ${messageType} nhưng nội dung là ${read.kind}`,
        next: 'Đề nghị nơi gửi gửi lại đúng loại.',
      },
    };
  }
  const fromCode = read.message.from.organId ?? '';
  if (read.kind === 'edoc')
    return { ok: true, content: { kind: 'edoc', fromCode, document: documentOf(read.message) } };
  const { responseFor, staff, statusCode, description, timestamp } = read.message;
  return {
    ok: true,
    content: {
      kind: 'status',
      fromCode,
      status: {
        responseFor: {
          organId: responseFor.organId ?? '',
          code: responseFor.code ?? '',
          documentId: responseFor.documentId ?? '',
          promulgationDate: responseFor.promulgationDate ?? null,
        },
        statusCode: statusCode.trim(),
        description: exact(description ?? ''),
        staff: {
          department: staff?.department ?? '',
          name: staff?.staff ?? '',
          ...(staff?.email === undefined || staff.email === '' ? {} : { email: staff.email }),
        },
        at: timestamp === undefined ? null : readTimestamp(timestamp),
      },
    },
  };
}

function documentOf(message: EdocMessage): ArrivedDocument {
  const { number = '', notation = '' } = message.code;
  const id = exact(message.documentId ?? '');
  const date = message.promulgation.date ?? null;
  const year = yearOf({ documentId: id, promulgationDate: date });
  return { id, code: exact(number === '' ? notation : `${number}/${notation}`), date, year };
}

/**
 * The package of an entry of the inbox, parsed; its bytes are checked against their hash again.
 * @throws Refusal not-found, package-unreadable
 */
export async function readPackage(unit: Unit, inboxId: string): Promise<EdxmlPackage> {
  const row = await inboxById(unit.tx, inboxId);
  if (!row) throw refuse('not-found');
  if (row.blob === null) throw refuse('package-unreadable', { reason: row.reason?.message ?? row.state });
  try {
    return parsePackage(await unit.ctx.blobs.get(row.blob));
  } catch (error) {
    if (error instanceof EdxmlError) throw refuse('package-unreadable', { reason: reasonOf(error) });
    if (error instanceof BlobDamaged)
      throw refuse('package-unreadable', { reason: 'bản lưu tại cơ quan đã bị hỏng' });
    throw error;
  }
}
