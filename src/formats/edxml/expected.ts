import { bareContentId, extensionOf } from './attachments.ts';
import { writeDate } from './dates.ts';
import type { Bussiness, EdxmlPackage, Organ, ResponseFor, StaffInfo } from './types.ts';

/**
 * A reading in the JSON shape of the official parser's own (`expected/*.json`), so that the two can be compared field
 * by field, its quirks included: midnight after dates, one `cid:` whatever the package has, Java's toString for nested lists.
 */
type Json = Record<string, unknown>;

const clean = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const midnight = (date: string | undefined): string | undefined =>
  date === undefined ? undefined : `${writeDate(date)} 00:00:00`;

const organ = (value: Organ): Json =>
  clean({
    OrganAdd: value.organAdd,
    OrganId: value.organId,
    OrganizationInCharge: value.organizationInCharge,
    OrganName: value.organName,
    Email: value.email,
    Telephone: value.telephone,
    Website: value.website,
    Fax: value.fax,
  });
const staffInfo = (value: StaffInfo): Json =>
  clean({
    Department: value.department,
    DepartmentId: value.departmentId,
    Email: value.email,
    Staff: value.staff,
    StaffId: value.staffId,
    Mobile: value.mobile,
  });
const responseFor = (value: ResponseFor): Json =>
  clean({
    OrganId: value.organId,
    PromulgationDate: midnight(value.promulgationDate),
    DocumentId: value.documentId,
    Code: value.code,
  });

function documentInfo(value: Bussiness): string | undefined {
  if (value.documentInfos.length === 0) return undefined;
  const infos = value.documentInfos.map((info) => {
    const lists = info.receiverLists.map(
      (list) =>
        `ReceiverList{Receiver=[${list.map((receiver) => `Receiver{OrganId=${receiver.organId}, ReceiverType=${receiver.receiverType}}`).join(', ')}]}`,
    );
    return `BussinessDocumentInfo{DocumentInfo=${info.documentInfo}, DocumentReceiver=${info.documentReceiver}, ReceiverList=[${lists.join(', ')}]}`;
  });
  return `[${infos.join(', ')}]`;
}

function replacements(value: Bussiness): string | undefined {
  if (value.replacements.length === 0) return undefined;
  const lists = value.replacements.map((list) => {
    const infos = list.map(
      (info) =>
        `ReplacementInfo{DocumentId=${info.documentId}, OrganIdList=OrganIdList{OrganIdList=[${info.organIds.join(', ')}]}}`,
    );
    return `ReplacementInfoList{ReplacementInfo=[${infos.join(', ')}]}`;
  });
  return `[${lists.join(', ')}]`;
}

const bussiness = (value: Bussiness): Json =>
  clean({
    BussinessDocReason: value.reason,
    BussinessDocumentInfo: documentInfo(value),
    ReplacementInfoList: replacements(value),
    DocumentId: value.documentId,
    BussinessDocType: value.docType,
    Paper: value.paper,
    StaffInfo: value.staff.length === 0 ? undefined : value.staff.map(staffInfo),
  });

/** Our reading of a package in the shape of the official parser's. */
export function toExpectedJson(read: EdxmlPackage): Json {
  if (read.kind === 'status') {
    const { message } = read;
    return clean({
      ResponseFor: responseFor(message.responseFor),
      Description: message.description,
      From: organ(message.from),
      StatusCode: message.statusCode,
      Timestamp: message.timestamp,
      StaffInfo: message.staff === undefined ? undefined : staffInfo(message.staff),
    });
  }
  const { message } = read;
  const { other } = message;
  return clean({
    ResponseFor: message.responseFor.map(responseFor),
    attachments: read.attachments.map((file) =>
      clean({
        Description: file.description,
        ContentType: file.contentType,
        sha256: file.sha256,
        bytes: file.bytes.length,
        name: file.name,
        format: extensionOf(file.name) === '' ? 'unk' : file.name.slice(file.name.lastIndexOf('.') + 1),
        ContentId: file.contentId === undefined ? undefined : `cid:${bareContentId(file.contentId)}`,
      }),
    ),
    SteeringType: message.steeringType,
    PromulgationInfo: clean({
      PromulgationDate: midnight(message.promulgation.date),
      Place: message.promulgation.place,
    }),
    DocumentId: message.documentId,
    DocumentType: clean({
      Type: message.documentType.type,
      TypeDetail: message.documentType.typeDetail,
      TypeName: message.documentType.typeName,
    }),
    From: organ(message.from),
    Code: clean({ CodeNotation: message.code.notation, CodeNumber: message.code.number }),
    Subject: message.subject,
    OtherInfo: clean({
      Appendixes: other.appendixes.length === 0 ? undefined : other.appendixes,
      SphereOfPromulgation: other.sphereOfPromulgation,
      Priority: other.priority,
      PageAmount: other.pageAmount,
      PromulgationAmount: other.promulgationAmount,
      Direction: other.direction,
      TyperNotation: other.typerNotation,
      ReplyFors: other.replyFors,
      ReferenceCodes: other.referenceCodes,
    }),
    SignerInfo: clean({
      Competence: message.signer.competence,
      Position: message.signer.position,
      FullName: message.signer.fullName,
    }),
    TraceHeaderList: clean({
      TraceHeader: message.traceHeaders.map((hop) =>
        clean({ OrganId: hop.organId, Timestamp: hop.timestamp }),
      ),
      Bussiness: message.bussiness === undefined ? undefined : bussiness(message.bussiness),
    }),
    Content: message.content,
    To: message.to.map(organ),
    DueDate: midnight(message.dueDate),
    ToPlaces: message.toPlaces,
    hasSignature: read.hasSignature,
  });
}
