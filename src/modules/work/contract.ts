import { z } from 'zod';
import { assignmentActions, assignmentRoles, assignmentStates } from './states.ts';

export {
  assignmentActions,
  assignmentRoles,
  assignmentStates,
  type AssignmentAction,
  type AssignmentRole,
  type AssignmentState,
} from './states.ts';

/** All routes stand under `/api/work`; every POST wants `Idempotency-Key` and `X-Phigiay: 1`. */

const id = z.uuid();
const instant = z.iso.datetime({ offset: true });
const text = z.string().trim().max(2_000);
const reasonText = text
  .min(8, 'cần ít nhất một câu')
  .refine((value) => /\s/.test(value), 'cần ít nhất một câu');

export const idParams = z.object({ id });

/** A unit or a person of the organisation. */
export const party = z.object({ kind: z.enum(['unit', 'person']), id });
export const namedParty = party.extend({ label: z.string() });

export const holder = z.object({
  kind: z.enum(['person', 'unit', 'role', 'system']),
  id: z.string(),
  label: z.string(),
});

/** How long, in working time. */
export const timeSpent = z.object({
  since: instant,
  minutesUsed: z.number().int(),
  /** Null when there is no deadline. */
  due: instant.nullable(),
  minutesLeft: z.number().int().nullable(),
  late: z.boolean(),
  /** "Còn 2 ngày 3 giờ làm việc", "Quá 1 ngày 2 giờ", "Không thời hạn". */
  phrase: z.string(),
});

/** POST /incoming/:id/direct — the leader's bút phê. Coordinators without a lead are asked about (S2.2). */
export const directBody = z.object({
  text: text.min(1),
  lead: party.nullable(),
  coordinators: z.array(party).max(50).default([]),
  inform: z.array(party).max(200).default([]),
  /** A date means 17:00 of that day; an instant is taken as it is. */
  due: z.union([z.iso.date(), instant]).nullable().default(null),
  /** Instead of `due`: so many working days from now, by the calendar with holidays and swapped days (S2.5). */
  dueWorkingDays: z.number().int().min(1).max(1_000).optional(),
  /** Needed when `due` is null: no assignment without a deadline or an explicit reason. */
  noDeadlineReason: text.optional(),
  /** The result comes back to the assigner before the document is closed. */
  needsConfirmation: z.boolean().default(false),
});

export const emptyBody = z.object({});
/** POST /assignments/:id/accept · /seen ("Đã xem", to-know only) */
export const acceptBody = z.object({});
/** POST /assignments/:id/return (to whoever assigned) · /rework (the assigner asks again) · /revoke */
export const reasonBody = z.object({ reason: reasonText });
/** POST /assignments/:id/report: progress. */
export const reportBody = z.object({
  text: text.min(1),
  percent: z.number().int().min(0).max(100).optional(),
});
/** POST /assignments/:id/finish: the result; the lead only after every coordinator reported or was released. */
export const finishBody = z.object({ text: text.min(1) });
/** POST /assignments/:id/confirm */
export const confirmBody = z.object({ text: text.default('') });
/** POST /assignments/:id/delegate (inside the unit) · /reassign (what was returned) */
export const handOnBody = z.object({
  to: party,
  text: text.min(1),
  due: z.union([z.iso.date(), instant]).nullable().optional(),
});

export const assignment = z.object({
  id,
  incomingId: id,
  directionId: id,
  parentId: id.nullable(),
  role: z.enum(assignmentRoles),
  state: z.enum(assignmentStates),
  assignee: namedParty,
  assigner: z.object({ id, name: z.string(), post: z.string().optional() }),
  text: z.string(),
  due: instant.nullable(),
  noDeadlineReason: z.string().nullable(),
  assignedAt: instant,
  acceptedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  closedAt: instant.nullable(),
  percent: z.number().int().nullable(),
  lastText: z.string().nullable(),
  time: timeSpent.nullable(),
  actions: z.array(z.enum(assignmentActions)),
});
export type Assignment = z.infer<typeof assignment>;

export const direction = z.object({
  id,
  by: z.object({ id, name: z.string(), post: z.string().optional() }),
  at: instant,
  text: z.string(),
  assignments: z.array(assignment),
});

export const documentLine = z.object({
  id,
  kind: z.enum(['incoming', 'outgoing']),
  notation: z.string().nullable(),
  abstract: z.string(),
  partyName: z.string(),
  urgency: z.number().int(),
  state: z.string(),
  /** Incoming: when it arrived; outgoing: when it was drafted. */
  at: instant,
});

/** GET /incoming/:id — directions and assignments of one document, and whether I may direct it. */
export const workOfDocument = z.object({
  directions: z.array(direction),
  custody: z.array(
    z.object({
      branch: z.string(),
      /** Open branches first; closed intervals have `until`. */
      intervals: z.array(
        z.object({ holder, since: instant, until: instant.nullable(), minutes: z.number().int() }),
      ),
    }),
  ),
  mayDirect: z.boolean(),
});
/** Every command answers the document's work as it now stands. */
export const workAnswer = workOfDocument;

/** GET /mine — the menus of the desk, oldest debt first, never cut by age (S2.12). */
export const mineList = z.enum(['pending', 'in-work', 'to-know', 'done']);
export const mineQuery = z.object({
  /** pending "Chờ xử lý", in-work "Đang xử lý", to-know "Nhận để biết", done "Đã xử lý". */
  list: mineList.default('pending'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const mineItem = z.object({
  document: documentLine,
  /** Null when the document itself waits for me (to register, to direct, to sign, to seal …). */
  assignment: assignment.nullable(),
  branch: z.string().nullable(),
  time: timeSpent.nullable(),
});
export type MineItem = z.infer<typeof mineItem>;
export const mineAnswer = z.object({
  items: z.array(mineItem),
  next: z.string().nullable(),
  counts: z.object({
    pending: z.number().int(),
    'in-work': z.number().int(),
    'to-know': z.number().int(),
    late: z.number().int(),
  }),
});

/** GET /custody — who holds what since when. Organisation: leader, clerk; unit: its head; me: everybody. */
export const custodyQuery = z.object({
  scope: z.enum(['organisation', 'unit', 'me']).default('me'),
  late: z.enum(['1']).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const custodyItem = z.object({
  document: documentLine,
  branch: z.string(),
  holder,
  time: timeSpent,
});
export type CustodyItem = z.infer<typeof custodyItem>;
export const custodyAnswer = z.object({
  items: z.array(custodyItem),
  next: z.string().nullable(),
  total: z.number().int(),
  late: z.number().int(),
});

/** GET /documents/:kind/:id/custody — the history of each branch. */
export const custodyParams = z.object({ kind: z.enum(['incoming', 'outgoing']), id });
export const custodyHistoryAnswer = workOfDocument.pick({ custody: true });
