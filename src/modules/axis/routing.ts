import {
  appendTraceHeader,
  EdxmlError,
  envelopeRouting,
  equivalentCodes,
  toDecision20,
  toQcvn102,
  writeTimestamp,
} from '#formats/edxml';
import { refuseAxis } from './refusals.ts';

/** What the axis must know of a package to route it. */
export interface Routing {
  readonly kind: 'edoc' | 'status';
  readonly from: string;
  /** Codes of `To` in their order; of a status: the sender of the document that it answers. */
  readonly to: readonly string[];
  /** Empty for a status. */
  readonly documentId: string;
  readonly notation: string;
  readonly title: string;
  /** yyyy-MM-dd, or empty. */
  readonly documentDate: string;
  /** `new`, `recall`, `update`, `replace`, or `status`. */
  readonly business: string;
  readonly urgency: number;
}

/** Reads a package's routing. @throws `axis.not-a-package` */
export function readRouting(bytes: Uint8Array): Routing {
  let read: ReturnType<typeof envelopeRouting>;
  try {
    read = envelopeRouting(bytes);
  } catch (error) {
    if (!(error instanceof EdxmlError)) throw error;
    throw refuseAxis('not-a-package', { reason: error.code });
  }
  const isStatus = read.kind === 'status';
  const answers = read.responseFor?.organId;
  return {
    kind: read.kind,
    from: read.from,
    to: isStatus ? (answers ? [answers] : []) : read.to,
    documentId: isStatus ? '' : read.documentId,
    notation: (isStatus ? read.responseFor?.code : read.code) ?? '',
    title: read.subject,
    documentDate: read.promulgationDate ?? '',
    business: isStatus ? 'status' : read.business,
    urgency: read.priority,
  };
}

/**
 * The package with the axis's own TraceHeader at the end of its TraceHeaderList, inserted as text: every other byte
 * stays. The axis names no OrganId in it, as the national axis does (edXML §5).
 */
export function withTrace(bytes: Buffer, at: Date): Buffer {
  return appendTraceHeader(bytes, { timestamp: writeTimestamp(at) });
}

/** Both forms of a code in the national scheme; null for any other code. */
export function codePairOf(code: string): { readonly code: string; readonly code102: string } | null {
  const forms = equivalentCodes(code);
  const short = forms.find((form) => toQcvn102(form) !== null);
  const long = forms.find((form) => toDecision20(form) !== null);
  return short !== undefined && long !== undefined ? { code: short, code102: long } : null;
}
