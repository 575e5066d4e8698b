import { z } from 'zod';
import {
  capacity,
  date,
  fileInfo,
  historyLine,
  holder,
  id,
  instant,
  line,
  person,
  reasonText,
  timer,
  urgency,
} from './contractParts.ts';
import { outgoingActions, outgoingStates } from './states.ts';

const signaturePlace = z.object({
  page: z.number().int().min(1).max(10_000),
  x: z.number().min(0).max(14_400),
  y: z.number().min(0).max(14_400),
});

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
  /** Where on an uploaded PDF the signature goes: its middle, in points from the lower left corner of the page. */
  signaturePlace: signaturePlace.nullable().default(null),
});
export type DraftBody = z.input<typeof draftBody>;
/** POST /outgoing/:id/edit */
export const editBody = draftBody.extend({ baseVersion: z.number().int().min(1) });

const pinText = z.string().min(4).max(64);

/** POST /outgoing/:id/submit */
export const submitBody = z.object({
  /** Who reviews; the head of the drafter's unit when absent. */
  reviewerId: id.optional(),
  note: line(2_000).default(''),
  /** With it the drafter puts their initials under the frozen text ("ký nháy"). */
  pin: pinText.optional(),
});
/** POST /outgoing/:id/review (an opinion that decides nothing) and …/approve */
export const reviewBody = z.object({ opinion: line(2_000).min(1) });
export const approveBody = z.object({
  opinion: line(2_000).default(''),
  /** With it the reviewer puts the initials of the drafting unit ("ký nháy"). */
  pin: pinText.optional(),
});
/** POST /outgoing/:id/return */
export const returnBody = z.object({ reason: reasonText });
/** POST /outgoing/:id/sign and …/seal */
export const pinBody = z.object({ pin: pinText });
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

/** A letter reaches a body whose code it does not bear. */
export const forwardNote = z.object({
  code: z.string(),
  name: z.string(),
  basis: z.string(),
  on: z.string(),
  toCode: z.string(),
  toName: z.string(),
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
  /** Who answers for this body now, and by which decision. */
  forwarded: forwardNote.nullable(),
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
  signaturePlace: signaturePlace.nullable(),
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
  /** Whether the signer is empowered on the day of signing (S3.5); null where it no longer matters. */
  authority: z
    .object({
      ok: z.boolean(),
      basis: z.string().nullable(),
      reason: z.object({ vi: z.string(), en: z.string() }).nullable(),
      whoMay: z.array(z.string()),
    })
    .nullable(),
  history: z.array(historyLine),
});
export type OutgoingDetail = z.infer<typeof outgoingDetail>;
/** GET /outgoing/:id/versions/:version */
export const versionParams = z.object({ id, version: z.coerce.number().int().min(1) });
/** GET /outgoing/:id/receipts/:dispatchId gives the receipt of the axis with its proof, one file checked offline. */
export const receiptParams = z.object({ id, dispatchId: id });
export const versionAnswer = z.object({
  version: z.number().int(),
  at: instant,
  by: person,
  content: draftBody,
});
/** GET /outgoing/:id/preview gives a PDF of the draft as it stands, laid out now. */

/** Every command on an outgoing document answers the document as it now stands. */
export const outgoingAnswer = outgoingDetail;

/** POST …/sign-on-device: documents that wait for the signature of whoever asks. */
export const deviceBody = z.object({ ids: z.array(z.uuid()).min(1).max(200) });
/** What their device is told: a code, and until when it is good. */
export const deviceOffer = z.object({ code: z.string(), expiresAt: z.string() });
