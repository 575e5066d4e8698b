import { z } from 'zod';

export const levels = ['ministry', 'province', 'department', 'district', 'commune', 'unit', 'other'] as const;

const code = z.string().trim().min(1).max(40);
const name = z.string().trim().min(1).max(300);
const day = z.iso.date();

/** What happens to bodies on the day of a decision. Bodies are named by either form of their code on that day. */
export const organisationEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('create'),
    code,
    code102: code,
    name,
    parent: code.nullable(),
    level: z.enum(levels).optional(),
  }),
  z.object({ kind: z.literal('rename'), body: code, name }),
  z.object({ kind: z.literal('move'), body: code, parent: code.nullable() }),
  z.object({ kind: z.literal('recode'), body: code, code, code102: code }),
  z.object({
    kind: z.literal('merge'),
    from: z.array(code).min(1).max(2_000),
    /** One of `from`, or another body that lives on that day or is created by this decision. */
    into: code,
    name: name.optional(),
  }),
  z.object({
    kind: z.literal('split'),
    from: code,
    into: z
      .array(z.object({ body: code, fields: z.array(z.string().trim().min(1).max(200)).max(200) }))
      .min(2)
      .max(200),
    /** The heir that answers letters to the old code. */
    letters: code,
  }),
  z.object({
    kind: z.literal('dissolve'),
    body: code,
    successor: code.optional(),
    /** Keeps what was open when nobody takes over the task itself. */
    keeper: code.optional(),
  }),
  z.object({ kind: z.literal('restore'), body: code }),
]);
export type OrganisationEvent = z.infer<typeof organisationEvent>;

export const decisionStates = ['draft', 'checked', 'signed', 'effective', 'cancelled'] as const;
export type DecisionState = (typeof decisionStates)[number];

const actor = z.object({ id: z.string(), name: z.string(), post: z.string().optional() });

export const decisionView = z.object({
  id: z.uuid(),
  number: z.string(),
  title: z.string(),
  effective: day,
  state: z.enum(decisionStates),
  corrects: z.uuid().nullable(),
  events: z.array(organisationEvent),
  planHash: z.string().nullable(),
  createdBy: actor,
  createdAt: z.string(),
  checkedAt: z.string().nullable(),
  signedBy: actor.nullable(),
  signedAt: z.string().nullable(),
  cancelledBy: actor.nullable(),
  cancelledAt: z.string().nullable(),
  cancelReason: z.string().nullable(),
  effectiveAt: z.string().nullable(),
  /** What whoever asks may do now. */
  may: z.array(z.enum(['edit', 'check', 'sign', 'cancel'])),
});
export type DecisionView = z.infer<typeof decisionView>;

/** GET /api/directory/decisions */
export const decisionsAnswer = z.object({
  items: z.array(decisionView.omit({ events: true }).extend({ eventCount: z.number() })),
  mayPrepare: z.boolean(),
});

/** POST /api/directory/decisions, POST /api/directory/decisions/:id */
export const decisionBody = z.object({
  number: z.string().trim().min(1).max(100),
  title: z.string().trim().min(1).max(500),
  effective: day,
  events: z.array(organisationEvent).max(20_000),
  corrects: z.uuid().nullable().default(null),
});
export const decisionParams = z.object({ id: z.uuid() });
export const cancelBody = z.object({ reason: z.string().trim().min(1).max(500) });
export const signBody = z.object({ planHash: z.string().length(64) });

const bodyState = z.object({
  name: z.string(),
  code: z.string(),
  code102: z.string(),
  parent: z.string().nullable(),
  level: z.enum(levels),
});
export const decisionFinding = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  /** Position in `events`, from 0; null when it speaks of the whole. */
  event: z.number().nullable(),
  vi: z.string(),
  en: z.string(),
});
export const impactFigure = z.object({
  kind: z.string(),
  vi: z.string(),
  en: z.string(),
  count: z.number(),
});

/** POST /api/directory/decisions/:id/check: the dry run. */
export const dryRunAnswer = z.object({
  decision: decisionView,
  planHash: z.string(),
  counts: z.object({
    created: z.number(),
    changed: z.number(),
    ended: z.number(),
    before: z.number(),
    after: z.number(),
  }),
  findings: z.array(decisionFinding),
  /** "Cái gì sẽ vỡ?": what stands open at the bodies that end or change, each with its rows. */
  impact: z.array(impactFigure),
  /** The first of the bodies that differ, before and after. */
  diff: z.array(
    z.object({ before: bodyState.nullable(), after: bodyState.nullable(), heir: z.string().nullable() }),
  ),
  diffTotal: z.number(),
});
export type DryRun = z.infer<typeof dryRunAnswer>;

export const impactParams = z.object({ id: z.uuid(), kind: z.string().max(60) });
/** GET /api/directory/decisions/:id/impact/:kind */
export const impactRowsAnswer = z.object({
  items: z.array(
    z.object({
      organisation: z.string(),
      label: z.string(),
      at: z.string().nullable(),
      heir: z.string().nullable(),
    }),
  ),
  total: z.number(),
});
