/**
 * The messages of QCVN 102:2016 as values. An element that is missing is `undefined`, one that is there and empty is
 * `''`: the official reader tells the two apart.
 */

/** `From` and `To`: an organisation as the sender describes it. */
export interface Organ {
  readonly organId?: string;
  readonly organizationInCharge?: string;
  readonly organName?: string;
  readonly organAdd?: string;
  readonly email?: string;
  readonly telephone?: string;
  readonly fax?: string;
  readonly website?: string;
}

export interface StaffInfo {
  readonly department?: string;
  readonly departmentId?: string;
  readonly staff?: string;
  readonly staffId?: string;
  readonly email?: string;
  readonly mobile?: string;
}

/** A document that is answered. `promulgationDate` is yyyy-MM-dd. */
export interface ResponseFor {
  readonly organId?: string;
  readonly code?: string;
  readonly documentId?: string;
  readonly promulgationDate?: string;
}

export interface TraceHeader {
  readonly organId?: string;
  /** As written: yyyy/MM/dd HH:mm:ss, Viet Nam. */
  readonly timestamp?: string;
}

/** What the package asks of the receiver (spelt as in the standard). */
export interface Bussiness {
  readonly documentId?: string;
  /** 0 new, 1 recall, 2 update, 3 replace. */
  readonly docType?: string;
  readonly reason?: string;
  readonly paper?: string;
  readonly documentInfos: readonly {
    readonly documentInfo?: string;
    readonly documentReceiver?: string;
    readonly receiverLists: readonly (readonly {
      readonly organId?: string;
      readonly receiverType?: string;
    }[])[];
  }[];
  readonly replacements: readonly (readonly {
    readonly documentId?: string;
    readonly organIds: readonly string[];
  }[])[];
  readonly staff: readonly StaffInfo[];
}

/** The header of a document. Dates are yyyy-MM-dd; numbers that are missing keep the official reader's defaults. */
export interface EdocMessage {
  readonly from: Organ;
  readonly to: readonly Organ[];
  readonly documentId?: string;
  readonly code: { readonly number?: string; readonly notation?: string };
  readonly promulgation: { readonly place?: string; readonly date?: string };
  /** Type -1 and typeDetail -1 are not written. */
  readonly documentType: { readonly type: number; readonly typeDetail: number; readonly typeName?: string };
  readonly subject?: string;
  readonly content?: string;
  readonly signer: { readonly competence?: string; readonly position?: string; readonly fullName?: string };
  readonly dueDate?: string;
  readonly other: {
    readonly priority: number;
    readonly sphereOfPromulgation?: string;
    readonly typerNotation?: string;
    readonly promulgationAmount: number;
    readonly pageAmount: number;
    readonly replyFors?: string;
    readonly direction: boolean;
    readonly referenceCodes?: string;
    readonly appendixes: readonly string[];
  };
  readonly responseFor: readonly ResponseFor[];
  readonly steeringType: number;
  readonly taskCodes: readonly string[];
  readonly applicationType?: string;
  readonly toPlaces: readonly string[];
  readonly bussiness?: Bussiness;
  readonly traceHeaders: readonly TraceHeader[];
}

/** A processing status (edXML §11). */
export interface StatusMessage {
  readonly from: Organ;
  readonly responseFor: ResponseFor;
  readonly staff?: StaffInfo;
  readonly statusCode: string;
  readonly description?: string;
  /** As written: yyyy/MM/dd HH:mm:ss, Viet Nam. */
  readonly timestamp?: string;
}

/** What was mended while reading: nothing is mended without being told. */
export interface Repair {
  readonly code:
    | 'junk-before-prolog'
    | 'unbound-prefix'
    | 'namespace'
    | 'encoding'
    | 'element-case'
    | 'date-format'
    | 'date-unreadable'
    | 'number-unreadable'
    | 'attachment-place'
    | 'attachment-name'
    | 'base64-lenient'
    | 'base64-damaged'
    | 'payload-label-wrong'
    | 'payload-not-unwrapped'
    | 'pdf-damaged';
  readonly detail: string;
}

export interface Attachment {
  /** As written, with whatever `cid:` it carries. */
  readonly contentId?: string;
  /** A plain file name, safe to store under. */
  readonly name: string;
  readonly description?: string;
  readonly contentType?: string;
  /** What the base64 says. */
  readonly raw: Buffer;
  /** The file: `raw`, or the one file inside it when it was zipped only for the way. */
  readonly bytes: Buffer;
  readonly rawSha256: string;
  readonly sha256: string;
  readonly unwrapped: boolean;
}

interface ReadCommon {
  /** SHA-256 of the bytes as they came. */
  readonly sha256: string;
  readonly repairs: readonly Repair[];
  /** The header carries an XML signature; it proves nothing (edXML §8). */
  readonly hasSignature: boolean;
}

export type EdxmlPackage =
  | (ReadCommon & {
      readonly kind: 'edoc';
      readonly message: EdocMessage;
      readonly attachments: readonly Attachment[];
    })
  | (ReadCommon & { readonly kind: 'status'; readonly message: StatusMessage });

/** What a package may ask of the reader; every number is the highest that is still read. */
export interface EdxmlLimits {
  readonly bytes: number;
  readonly attachments: number;
  /** Bytes of all files together, unwrapped. */
  readonly attachmentBytes: number;
}

export const defaultEdxmlLimits: EdxmlLimits = {
  bytes: 200 * 2 ** 20,
  attachments: 200,
  attachmentBytes: 400 * 2 ** 20,
};
