export { bareContentId, extensionOf } from './attachments.ts';
export {
  administrativeTypes,
  businessOf,
  documentTypeName,
  isStatusCode,
  legalTypes,
  priorities,
  priorityOf,
  statusCodes,
  type Business,
  type Priority,
  type StatusCode,
} from './codes.ts';
export { readDate, readTimestamp, writeDate, writeTimestamp } from './dates.ts';
export { EdxmlError, type EdxmlErrorCode } from './errors.ts';
export { toExpectedJson } from './expected.ts';
export {
  documentIdOf,
  equivalentCodes,
  isOrganId,
  normaliseOrganId,
  toDecision20,
  toQcvn102,
} from './organId.ts';
export { edxmlNamespace, envelopeRouting, readPackage, type EnvelopeRouting } from './read.ts';
export { appendTraceHeader } from './trace.ts';
export {
  defaultEdxmlLimits,
  type Attachment,
  type Bussiness,
  type EdocMessage,
  type EdxmlLimits,
  type EdxmlPackage,
  type Organ,
  type Repair,
  type ResponseFor,
  type StaffInfo,
  type StatusMessage,
  type TraceHeader,
} from './types.ts';
export { writeEdoc, writeStatus, type FileToSend } from './write.ts';
