import { textOf, type XmlElement } from '#formats/xml';
import { present, type Lookup } from './lookup.ts';
import type {
  Bussiness,
  EdocMessage,
  Organ,
  ResponseFor,
  StaffInfo,
  StatusMessage,
  TraceHeader,
} from './types.ts';

type Optional<T> = { -readonly [K in keyof T]?: T[K] };

/**
 * Nothing in the XML names the kind: a status has a StatusCode and no `To` (edXML §1). One that names a receiver all
 * the same is still a status as long as it carries no document's number.
 */
export function isStatus(find: Lookup, message: XmlElement): boolean {
  if (find.child(message, 'StatusCode') === undefined) return false;
  return find.child(message, 'To') === undefined || find.child(message, 'Code') === undefined;
}

export function readOrgan(find: Lookup, element: XmlElement | undefined): Organ {
  return present({
    organId: find.text(element, 'OrganId'),
    organizationInCharge: find.text(element, 'OrganizationInCharge'),
    organName: find.text(element, 'OrganName'),
    organAdd: find.text(element, 'OrganAdd'),
    email: find.text(element, 'Email'),
    telephone: find.text(element, 'Telephone'),
    fax: find.text(element, 'Fax'),
    website: find.text(element, 'Website'),
  }) as Optional<Organ>;
}

function readStaff(find: Lookup, element: XmlElement): StaffInfo {
  return present({
    department: find.text(element, 'Department'),
    departmentId: find.text(element, 'DepartmentId'),
    staff: find.text(element, 'Staff'),
    staffId: find.text(element, 'StaffId'),
    email: find.text(element, 'Email'),
    mobile: find.text(element, 'Mobile'),
  }) as Optional<StaffInfo>;
}

export function readResponseFor(find: Lookup, element: XmlElement): ResponseFor {
  return present({
    organId: find.text(element, 'OrganId'),
    code: find.text(element, 'Code'),
    documentId: find.text(element, 'DocumentId'),
    promulgationDate: find.date(element, 'PromulgationDate'),
  }) as Optional<ResponseFor>;
}

function readBussiness(find: Lookup, element: XmlElement): Bussiness {
  return {
    ...present({
      documentId: find.text(element, 'DocumentId'),
      docType: find.text(element, 'BussinessDocType'),
      reason: find.text(element, 'BussinessDocReason'),
      paper: find.text(element, 'Paper'),
    }),
    documentInfos: find.children(element, 'BussinessDocumentInfo').map((info) => ({
      ...present({
        documentInfo: find.text(info, 'DocumentInfo'),
        documentReceiver: find.text(info, 'DocumentReceiver'),
      }),
      receiverLists: find.children(info, 'ReceiverList').map((list) =>
        find.children(list, 'Receiver').map((receiver) =>
          present({
            organId: find.text(receiver, 'OrganId'),
            receiverType: find.text(receiver, 'ReceiverType'),
          }),
        ),
      ),
    })),
    replacements: find.children(element, 'ReplacementInfoList').map((list) =>
      find.children(list, 'ReplacementInfo').map((info) => ({
        ...present({ documentId: find.text(info, 'DocumentId') }),
        organIds: find
          .children(find.child(info, 'OrganIdList'), 'OrganId')
          .map((organ) => textOf(organ).trim()),
      })),
    ),
    staff: find.children(element, 'StaffInfo').map((staff) => readStaff(find, staff)),
  } as Bussiness;
}

/** Reads the header of a document, in any order of its elements. */
export function readEdoc(find: Lookup, header: XmlElement, message: XmlElement): EdocMessage {
  const code = find.child(message, 'Code');
  const promulgation = find.child(message, 'PromulgationInfo');
  const type = find.child(message, 'DocumentType');
  const signer = find.child(message, 'SignerInfo');
  const other = find.child(message, 'OtherInfo');
  const trace = find.child(header, 'TraceHeaderList');
  const bussiness = find.child(trace, 'Bussiness');
  return {
    from: readOrgan(find, find.child(message, 'From')),
    to: find.children(message, 'To').map((to) => readOrgan(find, to)),
    ...present({ documentId: find.text(message, 'DocumentId') }),
    code: present({ number: find.text(code, 'CodeNumber'), notation: find.text(code, 'CodeNotation') }),
    promulgation: present({
      place: find.text(promulgation, 'Place'),
      date: find.date(promulgation, 'PromulgationDate'),
    }),
    documentType: {
      type: find.integer(type, 'Type', 2),
      typeDetail: find.integer(type, 'TypeDetail', -1),
      ...present({ typeName: find.text(type, 'TypeName') }),
    },
    ...present({ subject: find.text(message, 'Subject'), content: find.text(message, 'Content') }),
    signer: present({
      competence: find.text(signer, 'Competence'),
      position: find.text(signer, 'Position'),
      fullName: find.text(signer, 'FullName'),
    }),
    ...present({ dueDate: find.date(message, 'DueDate') }),
    other: {
      priority: find.integer(other, 'Priority', 0),
      ...present({
        sphereOfPromulgation: find.text(other, 'SphereOfPromulgation'),
        typerNotation: find.text(other, 'TyperNotation'),
      }),
      promulgationAmount: find.integer(other, 'PromulgationAmount', 1),
      pageAmount: find.integer(other, 'PageAmount', 1),
      ...present({ replyFors: find.text(other, 'ReplyFors') }),
      direction: find.text(other, 'Direction')?.toLowerCase() === 'true',
      ...present({ referenceCodes: find.text(other, 'ReferenceCodes') }),
      appendixes: find
        .children(find.child(other, 'Appendixes'), 'Appendix')
        .map((item) => textOf(item).trim()),
    },
    responseFor: find.children(message, 'ResponseFor').map((item) => readResponseFor(find, item)),
    steeringType: find.integer(message, 'SteeringType', 0),
    taskCodes: find
      .children(find.child(message, 'ResponseForTask'), 'TaskCode')
      .map((item) => textOf(item).trim()),
    ...present({ applicationType: find.text(message, 'ApplicationType') }),
    toPlaces: find.children(find.child(message, 'ToPlaces'), 'Place').map((item) => textOf(item).trim()),
    ...(bussiness === undefined ? {} : { bussiness: readBussiness(find, bussiness) }),
    traceHeaders: find.children(trace, 'TraceHeader').map(
      (item): TraceHeader =>
        present({
          organId: find.text(item, 'OrganId'),
          timestamp: find.text(item, 'Timestamp'),
        }) as Optional<TraceHeader>,
    ),
  } as EdocMessage;
}

/** Reads a processing status. */
export function readStatus(find: Lookup, message: XmlElement): StatusMessage {
  const response = find.child(message, 'ResponseFor');
  const staff = find.child(message, 'StaffInfo');
  return {
    from: readOrgan(find, find.child(message, 'From')),
    responseFor: response === undefined ? {} : readResponseFor(find, response),
    ...(staff === undefined ? {} : { staff: readStaff(find, staff) }),
    statusCode: (find.text(message, 'StatusCode') ?? '').padStart(2, '0'),
    ...present({
      description: find.text(message, 'Description'),
      timestamp: find.text(message, 'Timestamp'),
    }),
  } as StatusMessage;
}
