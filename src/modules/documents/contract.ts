import { z } from 'zod';
import {
  date,
  fileInfo,
  historyLine,
  holder,
  id,
  instant,
  line,
  person,
  reasonText,
  refusalReason,
  signatureSummary,
  timer,
  urgency,
} from './contractParts.ts';
import { forwardNote } from './contractOutgoing.ts';
import { incomingActions, incomingStates, outgoingStates } from './states.ts';

export {
  capacity,
  fileInfo,
  historyLine,
  holder,
  idParams,
  listQuery,
  person,
  reasonText,
  refusalReason,
  signatureSummary,
  timer,
  urgency,
  type FileInfo,
  type Holder,
  type SignatureSummary,
  type Timer,
} from './contractParts.ts';
export * from './contractBatch.ts';
export * from './contractOpen.ts';
export * from './contractCopy.ts';
export * from './contractOutgoing.ts';
export {
  incomingActions,
  incomingStates,
  outgoingActions,
  outgoingStates,
  type IncomingAction,
  type IncomingState,
  type OutgoingAction,
  type OutgoingState,
} from './states.ts';
export { capacities, documentTypes, refusalReasons, urgencies, type DocumentType } from './contractTypes.ts';

/** All routes stand under `/api/documents`; every POST wants `Idempotency-Key` and `X-Phigiay: 1`. */

// ---------------------------------------------------------------- files

/** POST /files?name=… with the bytes as body, content type application/octet-stream. */
export const uploadQuery = z.object({ name: z.string().trim().min(1).max(255) });
export const uploadAnswer = fileInfo;
/** GET /files/:id gives the bytes; GET /files/:id/report the full verification report. */
export const reportAnswer = z.object({
  file: fileInfo,
  /** The report of `#signing` as JSON; `{ kind: 'unreadable', finding }` for bytes that are no readable PDF. */
  report: z.unknown(),
});

// ---------------------------------------------------------------- settings

/** GET /settings */
export const settingsAnswer = z.object({
  abbreviation: z.string(),
  place: z.string(),
  undoSeconds: z.number().int(),
  registers: z.array(
    z.object({ code: z.string(), kind: z.enum(['outgoing', 'incoming']), name: z.string() }),
  ),
});
/** POST /settings, for the administrator and the clerk. */
export const settingsBody = z.object({
  abbreviation: line(30).min(1),
  place: line(100).min(1),
});

// ---------------------------------------------------------------- incoming

export const incomingRow = z.object({
  id,
  state: z.enum(incomingStates),
  source: z.enum(['axis', 'paper']),
  arrivedAt: instant,
  /** "Số đến", once registered. */
  arrivalNumber: z.number().int().nullable(),
  arrivalDate: date.nullable(),
  issuerName: z.string(),
  issuerCode: z.string(),
  notation: z.string(),
  promulgationDate: date.nullable(),
  typeName: z.string(),
  abstract: z.string(),
  urgency,
  dueDate: date.nullable(),
  signatureVerdict: signatureSummary.shape.verdict,
  holder: holder.nullable(),
  /** Other documents that look the same. */
  duplicate: z.boolean(),
  closedHow: z.enum(['replied', 'noted', 'filed']).nullable(),
  actions: z.array(z.enum(incomingActions)),
});
export type IncomingRow = z.infer<typeof incomingRow>;
/** GET /incoming */
export const incomingListAnswer = z.object({
  items: z.array(incomingRow),
  next: z.string().nullable(),
});

export const duplicateOf = z.object({
  id,
  /** `same-document`: issuer, notation and date agree; `same-id-other-content`: DocumentId agrees, bytes differ. */
  kind: z.enum(['same-document', 'same-id-other-content']),
  state: z.enum(incomingStates),
  arrivalNumber: z.number().int().nullable(),
  arrivedAt: instant,
  notation: z.string(),
});

/** GET /incoming/:id */
export const incomingDetail = incomingRow.extend({
  register: z.string().nullable(),
  documentId: z.string().nullable(),
  signer: z.object({ competence: z.string(), position: z.string(), fullName: z.string() }),
  /** What to ask about the signer's authority; flagged, not refused (S3.5). */
  signerFindings: z.array(z.object({ code: z.string(), vi: z.string(), en: z.string() })),
  recipientLines: z.array(z.string()),
  /** What the package asks: a new document, an update of an earlier one. */
  business: z.enum(['new', 'update', 'replace']),
  businessReason: z.string().nullable(),
  updates: z.object({ id, notation: z.string() }).nullable(),
  updatedBy: z.array(z.object({ id, notation: z.string(), state: z.enum(incomingStates) })),
  responseFor: z.array(
    z.object({ notation: z.string(), documentId: z.string().nullable(), outgoingId: id.nullable() }),
  ),
  paperCopy: z.boolean(),
  files: z.array(fileInfo),
  duplicates: z.array(duplicateOf),
  refusal: z.object({ reason: refusalReason, text: z.string(), at: instant, by: person }).nullable(),
  recall: z
    .object({
      reason: z.string(),
      requestedAt: instant,
      answer: z.enum(['agreed', 'declined']).nullable(),
      answerText: z.string().nullable(),
    })
    .nullable(),
  /** Drafts and documents of ours that answer this one. */
  replies: z.array(z.object({ id, notation: z.string().nullable(), state: z.enum(outgoingStates) })),
  acceptedAt: instant.nullable(),
  logIndex: z.number().int().nullable(),
  envelope: z.string().nullable(),
  /** It was written to a body that we answer for. */
  forwarded: forwardNote.nullable(),
  /** The content was destroyed after a recall (Decree 30/2020 Art. 18.4b); metadata stays. */
  contentDestroyed: z.boolean(),
  timers: z.array(timer),
  history: z.array(historyLine),
});
export type IncomingDetail = z.infer<typeof incomingDetail>;
export const incomingAnswer = incomingDetail;

/** GET /incoming/next?after= : the next arrived one, urgent first, then oldest; null when the desk is clear. */
export const nextQuery = z.object({ after: id.optional() });
export const nextAnswer = z.object({ item: incomingDetail.nullable(), waiting: z.number().int() });

/** POST /incoming/:id/register. Fields left out keep what the package says. */
export const registerBody = z.object({
  register: line(20).default('VBDEN'),
  typeName: line(100).optional(),
  abstract: line(500).optional(),
  dueDate: date.nullable().optional(),
  paperReceived: z.boolean().default(false),
  /** A look-alike exists and the clerk registers all the same; without it a duplicate is refused. */
  duplicateConfirmed: z.boolean().default(false),
  /** Submit to the leader at once (Decree 30/2020 Art. 23.1). */
  forward: z.boolean().default(true),
  /** The leader to submit to; any leader when absent. */
  leaderId: id.optional(),
});
/** POST /incoming/:id/refuse */
export const refuseBody = z.object({ reason: refusalReason, text: reasonText });
/** POST /incoming/:id/forward */
export const forwardBody = z.object({ leaderId: id.optional(), note: line(2_000).default('') });
/** POST /incoming/:id/answer-recall */
export const answerRecallBody = z.object({ agree: z.boolean(), text: line(2_000).default('') });
/** POST /incoming/:id/close */
export const closeBody = z.object({ how: z.enum(['noted', 'filed']), note: line(2_000).default('') });

/** POST /incoming: a paper document, registered by the clerk in one step. */
export const paperBody = z.object({
  register: line(20).default('VBDEN'),
  issuerName: line(200).min(1),
  issuerCode: line(35).default(''),
  notation: line(60).min(1),
  promulgationDate: date,
  typeName: line(100).min(1),
  abstract: line(500).min(1),
  urgency: urgency.default(0),
  dueDate: date.nullable().default(null),
  files: z.array(id).max(50).default([]),
  duplicateConfirmed: z.boolean().default(false),
  forward: z.boolean().default(true),
});

// ---------------------------------------------------------------- registers

/** GET /registers */
export const registerQuery = z.object({
  kind: z.enum(['outgoing', 'incoming']),
  year: z.coerce.number().int().min(2000).max(2200),
  register: line(20).optional(),
  text: line(200).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
/** The columns of Decree 30/2020 App. IV that the system knows. */
export const registerRow = z.object({
  number: z.number().int(),
  /** `reserved`: given, its document is under way; `void` is printed struck through, with the reason. */
  state: z.enum(['reserved', 'used', 'void']),
  documentId: id,
  /** Date of the number: of promulgation (outgoing), of arrival (incoming). */
  date,
  notation: z.string(),
  promulgationDate: date.nullable(),
  typeName: z.string(),
  abstract: z.string(),
  /** Outgoing: who signed; incoming: who issued. */
  author: z.string(),
  /** Outgoing: receivers; incoming: who has it. */
  receivers: z.string(),
  keptBy: z.string(),
  sentAt: instant.nullable(),
  note: z.string(),
  voided: z.object({ reason: z.string(), by: z.string(), authoriser: z.string(), at: instant }).nullable(),
});
export const registerAnswer = z.object({ items: z.array(registerRow), next: z.string().nullable() });
