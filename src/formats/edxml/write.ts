import { randomUUID } from 'node:crypto';
import { writeNode, type XmlNode } from '#formats/xml';
import { zipSingle } from '#formats/zip';
import { bareContentId, extensionOf } from './attachments.ts';
import { writeDate } from './dates.ts';
import { EdxmlError } from './errors.ts';
import { edxmlNamespace } from './read.ts';
import type { Bussiness, EdocMessage, Organ, ResponseFor, StaffInfo, StatusMessage } from './types.ts';

/**
 * Writes packages in the byte shape of the official SDK (JDK 1.8 jar): prefixes, order, two blanks a level, CRLF.
 * Empty texts and numbers below zero are left out, as it leaves them out.
 */

/** A file to send; its name needs an extension (edXML §6.3: without one the official reader damages archives). */
export interface FileToSend {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly description?: string;
  /** Made up when missing. */
  readonly contentId?: string;
}

const eol = '\r\n';
type Field = readonly [name: string, content: string | readonly XmlNode[] | undefined];

/** Elements with the prefix that the envelope declares; what is empty is left out. */
function elements(fields: readonly Field[]): XmlNode[] {
  return fields.flatMap(([name, content]) =>
    content === undefined || content.length === 0 ? [] : [{ name: `edXML:${name}`, content }],
  );
}
const each = (name: string, values: readonly string[]): XmlNode[] =>
  elements(values.map((value) => [name, value]));
const whole = (value: number): string | undefined => (value < 0 ? undefined : String(value));
const dated = (date: string | undefined): string | undefined =>
  date === undefined ? undefined : writeDate(date);

const organ = (value: Organ): XmlNode[] =>
  elements([
    ['OrganId', value.organId],
    ['OrganizationInCharge', value.organizationInCharge],
    ['OrganName', value.organName],
    ['OrganAdd', value.organAdd],
    ['Email', value.email],
    ['Telephone', value.telephone],
    ['Fax', value.fax],
    ['Website', value.website],
  ]);

const staffInfo = (value: StaffInfo): XmlNode[] =>
  elements([
    ['Department', value.department],
    ['DepartmentId', value.departmentId],
    ['Staff', value.staff],
    ['StaffId', value.staffId],
    ['Email', value.email],
    ['Mobile', value.mobile],
  ]);

const response = (value: ResponseFor): XmlNode[] =>
  elements([
    ['OrganId', value.organId],
    ['Code', value.code],
    ['DocumentId', value.documentId],
    ['PromulgationDate', dated(value.promulgationDate)],
  ]);

function bussiness(value: Bussiness): XmlNode[] {
  return elements([
    ['DocumentId', value.documentId],
    ['BussinessDocType', value.docType],
    ['BussinessDocReason', value.reason],
    ['Paper', value.paper],
    ...value.documentInfos.map((info): Field => [
      'BussinessDocumentInfo',
      elements([
        ['DocumentInfo', info.documentInfo],
        ['DocumentReceiver', info.documentReceiver],
        ...info.receiverLists.map((list): Field => [
          'ReceiverList',
          elements(
            list.map((receiver): Field => [
              'Receiver',
              elements([
                ['OrganId', receiver.organId],
                ['ReceiverType', receiver.receiverType],
              ]),
            ]),
          ),
        ]),
      ]),
    ]),
    ...value.replacements.map((list): Field => [
      'ReplacementInfoList',
      elements(
        list.map((info): Field => [
          'ReplacementInfo',
          elements([
            ['DocumentId', info.documentId],
            ['OrganIdList', each('OrganId', info.organIds)],
          ]),
        ]),
      ),
    ]),
    ...value.staff.map((staff): Field => ['StaffInfo', staffInfo(staff)]),
  ]);
}

function messageHeader(message: EdocMessage): XmlNode[] {
  const { code, promulgation, documentType, signer, other } = message;
  return elements([
    ['From', organ(message.from)],
    ...message.to.map((to): Field => ['To', organ(to)]),
    ['DocumentId', message.documentId],
    [
      'Code',
      elements([
        ['CodeNumber', code.number],
        ['CodeNotation', code.notation],
      ]),
    ],
    [
      'PromulgationInfo',
      elements([
        ['Place', promulgation.place],
        ['PromulgationDate', dated(promulgation.date)],
      ]),
    ],
    [
      'DocumentType',
      elements([
        ['Type', whole(documentType.type)],
        ['TypeDetail', whole(documentType.typeDetail)],
        ['TypeName', documentType.typeName],
      ]),
    ],
    ['Subject', message.subject],
    ['Content', message.content],
    [
      'SignerInfo',
      elements([
        ['Competence', signer.competence],
        ['Position', signer.position],
        ['FullName', signer.fullName],
      ]),
    ],
    ['DueDate', dated(message.dueDate)],
    [
      'OtherInfo',
      elements([
        ['Priority', whole(other.priority)],
        ['SphereOfPromulgation', other.sphereOfPromulgation],
        ['TyperNotation', other.typerNotation],
        ['PromulgationAmount', whole(other.promulgationAmount)],
        ['PageAmount', whole(other.pageAmount)],
        ['ReplyFors', other.replyFors],
        ['Direction', String(other.direction)],
        ['ReferenceCodes', other.referenceCodes],
        ['Appendixes', each('Appendix', other.appendixes)],
      ]),
    ],
    ...message.responseFor.map((item): Field => ['ResponseFor', response(item)]),
    ['SteeringType', whole(message.steeringType)],
    ['ResponseForTask', each('TaskCode', message.taskCodes)],
    ['ApplicationType', message.applicationType],
    ['ToPlaces', each('Place', message.toPlaces)],
  ]);
}

/** The payload and its label by the writer's rule (edXML §6.2): PDF, Word and archives as they are, all else zipped. */
function payloadOf(file: FileToSend): { bytes: Uint8Array; contentType: string } {
  const extension = extensionOf(file.name);
  if (extension === '') throw new EdxmlError('name-without-extension', file.name);
  if (['pdf', 'doc', 'docx', 'zip'].includes(extension))
    return { bytes: file.bytes, contentType: `application/${extension}` };
  return { bytes: zipSingle(`${randomUUID()}.${extension}`, file.bytes), contentType: 'application/zip' };
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

function packageText(header: XmlNode[], rest: readonly XmlNode[], attachments: readonly XmlNode[]): Buffer {
  const envelope: XmlNode = {
    name: 'edXML:edXMLEnvelope',
    attributes: [['xmlns:edXML', edxmlNamespace]],
    content: [{ name: 'edXML:edXMLHeader', content: header }, ...rest],
  };
  const root: XmlNode = {
    name: 'edXML',
    attributes: [['xmlns', edxmlNamespace]],
    content: [envelope, ...attachments],
  };
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${eol}${writeNode(root, eol)}`);
}

/**
 * Writes a document.
 * @throws EdxmlError `no-recipient`, `name-without-extension`; XmlError for a character that XML cannot carry
 */
export function writeEdoc(message: EdocMessage, files: readonly FileToSend[]): Buffer {
  if (message.to.length === 0) throw new EdxmlError('no-recipient', 'a document needs a recipient');
  const parts = files.map((file) => ({
    file,
    ...payloadOf(file),
    contentId: `cid:${bareContentId(file.contentId ?? randomUUID())}`,
  }));
  const trace = elements([
    ['Bussiness', message.bussiness === undefined ? undefined : bussiness(message.bussiness)],
    ...message.traceHeaders.map((hop): Field => [
      'TraceHeader',
      elements([
        ['OrganId', hop.organId],
        ['Timestamp', hop.timestamp],
      ]),
    ]),
  ]);
  const manifest: XmlNode = {
    name: 'edXML:edXMLManifest',
    attributes: [['version', '1.0']],
    content: parts.map((part) => ({
      name: 'edXML:Reference',
      content: elements([
        ['ContentId', part.contentId],
        ['ContentType', part.contentType],
        ['Description', part.file.description],
        ['AttachmentName', part.file.name],
      ]),
    })),
  };
  const encoded: XmlNode = {
    name: 'AttachmentEncoded',
    content: parts.map((part) => ({
      name: 'Attachment',
      content: [
        { name: 'ContentId', content: part.contentId },
        { name: 'AttachmentName', content: part.file.name },
        ...(part.file.description ? [{ name: 'Description', content: part.file.description }] : []),
        { name: 'ContentType', content: part.contentType },
        {
          name: 'edXML:ContentTransferEncoded',
          attributes: [['xmlns:edXML', edxmlNamespace] as const],
          content: base64(part.bytes),
        },
      ],
    })),
  };
  return packageText(
    [
      ...elements([
        ['MessageHeader', messageHeader(message)],
        ['TraceHeaderList', trace],
      ]),
    ],
    [{ name: 'edXML:edXMLBody', content: [manifest] }],
    [encoded],
  );
}

/** Writes a processing status (edXML §11). */
export function writeStatus(status: StatusMessage): Buffer {
  return packageText(
    elements([
      [
        'MessageHeader',
        elements([
          ['From', organ(status.from)],
          ['ResponseFor', response(status.responseFor)],
          ['StaffInfo', status.staff === undefined ? undefined : staffInfo(status.staff)],
          ['StatusCode', status.statusCode],
          ['Description', status.description],
          ['Timestamp', status.timestamp],
        ]),
      ],
    ]),
    [],
    [],
  );
}
