import { z } from 'zod';
import { incomingActions, incomingStates, outgoingActions, outgoingStates } from './states.ts';

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

const id = z.uuid();
const instant = z.iso.datetime({ offset: true });
const date = z.iso.date();
const line = (most: number) => z.string().trim().max(most);
/** At least one sentence: a reason that the other side can act on. */
export const reasonText = z
  .string()
  .trim()
  .min(8, 'cần ít nhất một câu')
  .max(2_000)
  .refine((text) => /\s/.test(text), 'cần ít nhất một câu');

export const idParams = z.object({ id });
export const urgency = z.number().int().min(0).max(4);
export const capacity = z.enum(['', 'TM.', 'KT.', 'TL.', 'TUQ.', 'Q.']);
export const refusalReason = z.enum([
  'wrong-address',
  'bad-content',
  'out-of-authority',
  'invalid-signature',
  'missing-appendix',
  'other',
]);

/** Who must act next. `role` means any person of that role in the organisation, e.g. the clerks. */
export const holder = z.object({
  kind: z.enum(['person', 'unit', 'role', 'system']),
  id: z.string(),
  label: z.string(),
});
export type Holder = z.infer<typeof holder>;

/** A person, or `system` where the house itself acted. */
export const person = z.object({ id: z.string(), name: z.string(), post: z.string().optional() });

/** A legal deadline: until when, whether it has passed, and the phrase "Còn 2 ngày 3 giờ làm việc". */
export const timer = z.object({
  /** `send`: sign → send; `register`: arrive → register; `receipt`: arrive → notice; `forward`: register → leader. */
  kind: z.enum(['send', 'register', 'receipt', 'forward', 'answer']),
  due: instant,
  /** When it was done, if it was. */
  doneAt: instant.nullable(),
  late: z.boolean(),
  phrase: z.string(),
  /** The clause that sets it. */
  source: z.string(),
});
export type Timer = z.infer<typeof timer>;

export const signatureSummary = z.object({
  /** `unsigned` for a PDF without signatures; `unreadable` when the file could not be read at all. */
  verdict: z.enum(['valid', 'indeterminate', 'invalid', 'unsigned', 'unreadable']),
  signatures: z.array(
    z.object({
      signer: z.string(),
      verdict: z.string(),
      reason: z.string().nullable(),
      signedAt: z.string().nullable(),
      coversWholeFile: z.boolean().nullable(),
    }),
  ),
});
export type SignatureSummary = z.infer<typeof signatureSummary>;

export const fileInfo = z.object({
  id,
  name: z.string(),
  contentType: z.string(),
  size: z.number().int(),
  sha256: z.string(),
  pages: z.number().int().nullable(),
  /** Only for PDF. */
  signatures: signatureSummary.nullable(),
});
export type FileInfo = z.infer<typeof fileInfo>;

// ---------------------------------------------------------------- files

/** POST /files?name=… with the bytes as body, content type application/octet-stream. */
export const uploadQuery = z.object({ name: z.string().trim().min(1).max(255) });
export const uploadAnswer = fileInfo;
/** GET /files/:id gives the bytes; GET /files/:id/report the full verification report. */
export const reportAnswer = z.object({
  file: fileInfo,
  /** The report of `#signing`, as JSON. */
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

// ---------------------------------------------------------------- outgoing

/** POST /outgoing. Saving sends nothing (S2.11). */
export const draftBody = z.object({
  typeCode: line(10).min(1),
  abstract: line(500).min(1),
  /** Organisations that get it over the axis. */
  recipients: z.array(id).max(10_000).default([]),
  /** The lines under "Nơi nhận", as printed; made from the recipients when empty. */
  recipientLines: z.array(line(300)).max(200).default([]),
  urgency: urgency.default(0),
  /** Only "Thường" can be handled here: state secrets stay out of this system (Decision 28/2018 Art. 1). */
  secrecy: z.enum(['Thường', 'Mật', 'Tối mật', 'Tuyệt mật']).default('Thường'),
  dueDate: date.nullable().default(null),
  /** The text of the letter, laid out by the system; or `fileId` of an uploaded PDF. */
  body: z.string().max(200_000).default(''),
  fileId: id.nullable().default(null),
  attachments: z.array(id).max(50).default([]),
  replyTo: id.nullable().default(null),
  signerId: id,
  capacity: capacity.default(''),
  /** The signer's post as printed, e.g. "CHÁNH VĂN PHÒNG"; the signer's own post when empty. */
  signerPost: line(200).default(''),
  alsoPaper: z.boolean().default(false),
});
export type DraftBody = z.input<typeof draftBody>;
/** POST /outgoing/:id/edit */
export const editBody = draftBody.extend({ baseVersion: z.number().int().min(1) });

/** POST /outgoing/:id/submit */
export const submitBody = z.object({
  /** Who reviews; the head of the drafter's unit when absent. */
  reviewerId: id.optional(),
  note: line(2_000).default(''),
});
/** POST /outgoing/:id/review (an opinion that decides nothing) and …/approve */
export const reviewBody = z.object({ opinion: line(2_000).min(1) });
export const approveBody = z.object({ opinion: line(2_000).default('') });
/** POST /outgoing/:id/return */
export const returnBody = z.object({ reason: reasonText });
/** POST /outgoing/:id/sign and …/seal */
export const pinBody = z.object({ pin: z.string().min(4).max(64) });
/** POST /outgoing/:id/number */
export const numberBody = z.object({ register: line(20).default('VBDI') });
/** POST /outgoing/:id/issue: "Gửi". GET /outgoing/:id answers its checklist beforehand. */
export const issueBody = z.object({ confirm: z.literal(true) });
export const emptyBody = z.object({});
/** POST /outgoing/:id/recall ("Thu hồi" after it left). */
export const recallBody = z.object({ reason: reasonText });
/** POST /outgoing/:id/resend as an update, with what was missing; to those who refused, unless named. */
export const resendBody = z.object({
  reason: reasonText,
  attachments: z.array(id).max(50).default([]),
  recipients: z.array(id).max(10_000).optional(),
});
/** POST /outgoing/:id/void: the number stays in the register, struck through (S2.8). */
export const voidBody = z.object({ reason: reasonText, authoriserId: id });

export const outgoingRow = z.object({
  id,
  state: z.enum(outgoingStates),
  typeCode: z.string(),
  typeName: z.string(),
  abstract: z.string(),
  /** `1600/VPCP-KTTH`, once numbered. */
  notation: z.string().nullable(),
  promulgationDate: date.nullable(),
  recipientCount: z.number().int(),
  recipientSummary: z.string(),
  urgency,
  dueDate: date.nullable(),
  drafter: person,
  unitName: z.string().nullable(),
  signer: person,
  holder: holder.nullable(),
  /** Something at the receivers that the clerk must look at. */
  attention: z.enum(['refused', 'recall-declined']).nullable(),
  replyTo: z.object({ id, notation: z.string() }).nullable(),
  createdAt: instant,
  updatedAt: instant,
  actions: z.array(z.enum(outgoingActions)),
});
export type OutgoingRow = z.infer<typeof outgoingRow>;

export const listQuery = z.object({
  state: z.string().max(300).optional().describe('Các trạng thái, cách nhau bằng dấu phẩy'),
  text: line(200).optional(),
  /** Only what I must act on now. */
  mine: z.enum(['1']).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
/** GET /outgoing */
export const outgoingListAnswer = z.object({
  items: z.array(outgoingRow),
  next: z.string().nullable(),
});

export const opinion = z.object({
  at: instant,
  by: person,
  step: z.enum(['submitted', 'opinion', 'approved', 'returned']),
  text: z.string(),
  version: z.number().int(),
});

/** One line of the document's life, oldest first. */
export const historyLine = z.object({
  seq: z.number().int(),
  at: instant,
  type: z.string(),
  actor: z.string(),
  post: z.string().nullable(),
  /** One plain Vietnamese line. */
  text: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

export const recipientStatus = z.object({
  orgId: id,
  code: z.string(),
  name: z.string(),
  transport: z.enum(['waiting', 'queued', 'fetched', 'stored']),
  /** The last meaningful edXML status, "03". */
  status: z.string().nullable(),
  recall: z.enum(['requested', 'agreed', 'declined']).nullable(),
  refusal: z.string().nullable(),
  statuses: z.array(
    z.object({
      code: z.string(),
      label: z.string(),
      description: z.string().nullable(),
      at: z.string(),
      staff: z.string().nullable(),
      logIndex: z.number().int().nullable(),
      late: z.boolean(),
    }),
  ),
});

/** One package that was handed to the axis: the first issue, or an update. */
export const dispatch = z.object({
  id,
  kind: z.enum(['new', 'update']),
  state: z.string(),
  /** Until when it can be undone. */
  leavesAt: instant.nullable(),
  acceptedAt: instant.nullable(),
  logIndex: z.number().int().nullable(),
  envelope: z.string().nullable(),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  recipients: z.array(recipientStatus),
});
export type Dispatch = z.infer<typeof dispatch>;

/** "Gửi" lists: signed? sealed? attachments? recipients? secrecy? (S2.11) */
export const checkItem = z.object({
  code: z.enum(['signed', 'sealed', 'numbered', 'attachments', 'recipients', 'secrecy']),
  ok: z.boolean(),
  text: z.string(),
});

/** GET /outgoing/:id */
export const outgoingDetail = outgoingRow.extend({
  number: z.number().int().nullable(),
  register: z.string().nullable(),
  recipients: z.array(z.object({ id, name: z.string(), code: z.string() })),
  recipientLines: z.array(z.string()),
  secrecy: z.string(),
  body: z.string(),
  fileId: id.nullable(),
  capacity,
  signerPost: z.string(),
  alsoPaper: z.boolean(),
  version: z.number().int(),
  versions: z.array(z.object({ version: z.number().int(), at: instant, by: person, abstract: z.string() })),
  opinions: z.array(opinion),
  /** The letter as it stands: sealed, else signed, else as submitted; null while drafting. */
  mainFile: fileInfo.nullable(),
  attachments: z.array(fileInfo),
  checklist: z.array(checkItem),
  undoUntil: instant.nullable(),
  dispatches: z.array(dispatch),
  timers: z.array(timer),
  voided: z.object({ reason: z.string(), at: instant, by: person, authoriser: person }).nullable(),
  recallReason: z.string().nullable(),
  history: z.array(historyLine),
});
export type OutgoingDetail = z.infer<typeof outgoingDetail>;
/** GET /outgoing/:id/versions/:version */
export const versionParams = z.object({ id, version: z.coerce.number().int().min(1) });
export const versionAnswer = z.object({
  version: z.number().int(),
  at: instant,
  by: person,
  content: draftBody,
});
/** GET /outgoing/:id/preview gives a PDF of the draft as it stands, laid out now. */

/** Every command on an outgoing document answers the document as it now stands. */
export const outgoingAnswer = outgoingDetail;

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
