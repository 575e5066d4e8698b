import { createHash } from 'node:crypto';
import { readXml, XmlError, type XmlDocument, type XmlElement } from '#formats/xml';
import { readAttachments } from './attachments.ts';
import { businessOf, priorityOf, type Business, type Priority } from './codes.ts';
import { EdxmlError } from './errors.ts';
import { createLookup, type Lookup } from './lookup.ts';
import { isStatus, readEdoc, readResponseFor, readStatus } from './message.ts';
import {
  defaultEdxmlLimits,
  type EdxmlLimits,
  type EdxmlPackage,
  type Repair,
  type ResponseFor,
} from './types.ts';

export const edxmlNamespace = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';

interface Opened {
  readonly document: XmlDocument;
  readonly header: XmlElement;
  readonly message: XmlElement;
  readonly body: XmlElement | undefined;
  readonly isStatus: boolean;
}

/** Parses and finds the parts that every package has, whatever its namespace and prefixes. */
function open(bytes: Uint8Array, limits: EdxmlLimits, find: Lookup, tell: (repair: Repair) => void): Opened {
  let document: XmlDocument;
  try {
    document = readXml(bytes, { allowJunk: true, limits: { bytes: limits.bytes } });
  } catch (error) {
    if (error instanceof XmlError) throw new EdxmlError(error.code, error.detail, error);
    throw error;
  }
  const { root } = document;
  if (root.local.toLowerCase() !== 'edxml') throw new EdxmlError('not-edxml', `the root is ${root.local}`);
  const envelope = find.child(root, 'edXMLEnvelope');
  const header = find.child(envelope, 'edXMLHeader') ?? find.child(root, 'edXMLHeader');
  const message = find.child(header, 'MessageHeader');
  if (!header || !message) throw new EdxmlError('no-message-header', 'there is no edXMLHeader/MessageHeader');
  if (document.junk > 0) tell({ code: 'junk-before-prolog', detail: `${document.junk} bytes` });
  for (const prefix of document.unboundPrefixes) tell({ code: 'unbound-prefix', detail: prefix });
  if (document.encoding !== undefined && !/^utf-?8$/i.test(document.encoding))
    tell({ code: 'encoding', detail: document.encoding });
  const namespace = root.attributes.find(
    (attribute) => attribute.name === (root.prefix === '' ? 'xmlns' : `xmlns:${root.prefix}`),
  )?.value;
  if (namespace !== edxmlNamespace) tell({ code: 'namespace', detail: namespace ?? 'none' });
  return {
    document,
    header,
    message,
    body: find.child(envelope, 'edXMLBody'),
    isStatus: isStatus(find, message),
  };
}

/**
 * Reads a package of QCVN 102:2016 as senders really write it: any order, prefixes and namespace, payloads sniffed
 * rather than believed; without DTD and entities. What was mended is told in `repairs`.
 * @param bytes the package as it came; never changed
 * @throws EdxmlError when it cannot be read at all
 */
export function readPackage(bytes: Uint8Array, options: Partial<EdxmlLimits> = {}): EdxmlPackage {
  const limits = { ...defaultEdxmlLimits, ...options };
  const told = new Map<string, Repair>();
  const tell = (repair: Repair): void => void told.set(`${repair.code} ${repair.detail}`, repair);
  const find = createLookup(tell);
  const opened = open(bytes, limits, find, tell);
  const { document, header, message, body } = opened;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const hasSignature = find.child(header, 'Signature') !== undefined;
  if (opened.isStatus) {
    const status = readStatus(find, message);
    return { kind: 'status', message: status, sha256, hasSignature, repairs: [...told.values()] };
  }
  const edoc = readEdoc(find, header, message);
  const manifest = find.children(find.child(body, 'edXMLManifest'), 'Reference');
  const attachments = readAttachments(find, document.root, manifest, limits, tell);
  return { kind: 'edoc', message: edoc, attachments, sha256, hasSignature, repairs: [...told.values()] };
}

/** What an axis must know of a package to route it. */
export interface EnvelopeRouting {
  readonly kind: 'edoc' | 'status';
  readonly from: string;
  /** Codes of `To`, in their order; a status goes to `responseFor.organId`. */
  readonly to: readonly string[];
  readonly documentId: string;
  /** number/notation, e.g. 7816/VPCP-TTĐT. */
  readonly code: string;
  readonly subject: string;
  readonly statusCode: string | null;
  readonly responseFor: ResponseFor | null;
  readonly priority: Priority;
  /** yyyy-MM-dd */
  readonly promulgationDate: string | null;
  readonly dueDate: string | null;
  readonly business: Business;
}

/**
 * Reads what routing needs. The whole document is checked for form and limits; attachments are not decoded.
 * @throws EdxmlError
 */
export function envelopeRouting(bytes: Uint8Array, options: Partial<EdxmlLimits> = {}): EnvelopeRouting {
  const find = createLookup(() => undefined);
  const limits = { ...defaultEdxmlLimits, ...options };
  const opened = open(bytes, limits, find, () => undefined);
  const { document, header, message } = opened;
  const count = find.children(find.child(document.root, 'AttachmentEncoded'), 'Attachment').length;
  if (count > limits.attachments)
    throw new EdxmlError('too-many-attachments', `${count}, at most ${limits.attachments}`);
  const code = find.child(message, 'Code');
  const response = find.child(message, 'ResponseFor');
  const number = find.text(code, 'CodeNumber') ?? '';
  const notation = find.text(code, 'CodeNotation') ?? '';
  const trace = find.child(header, 'TraceHeaderList');
  return {
    kind: opened.isStatus ? 'status' : 'edoc',
    from: find.text(find.child(message, 'From'), 'OrganId') ?? '',
    to: find.children(message, 'To').flatMap((to) => find.text(to, 'OrganId') || []),
    documentId: find.text(message, 'DocumentId') ?? '',
    code: number === '' && notation === '' ? '' : `${number}/${notation}`,
    subject: find.text(message, 'Subject') ?? '',
    statusCode: opened.isStatus ? (find.text(message, 'StatusCode') ?? '').padStart(2, '0') : null,
    responseFor: response === undefined ? null : readResponseFor(find, response),
    priority: priorityOf(find.integer(find.child(message, 'OtherInfo'), 'Priority', 0)),
    promulgationDate: find.date(find.child(message, 'PromulgationInfo'), 'PromulgationDate') ?? null,
    dueDate: find.date(message, 'DueDate') ?? null,
    business: businessOf(find.text(find.child(trace, 'Bussiness'), 'BussinessDocType')),
  };
}
