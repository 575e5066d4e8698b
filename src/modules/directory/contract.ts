import { z } from 'zod';
import { levels } from './contractDecision.ts';

export * from './contractDecision.ts';

/** An organisation as it is called today. */
export const organisation = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Decision 20/2020: H53.11. */
  code: z.string(),
  /** QCVN 102:2016: 000.00.11.H53. */
  code102: z.string(),
  parentId: z.uuid().nullable(),
  parentName: z.string().nullable(),
  level: z.enum(levels),
});

/** GET /api/organisations */
export const organisationsQuery = z.object({
  text: z.string().trim().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export const organisationsAnswer = z.object({ items: z.array(organisation) });

/** GET /api/units: the units of my own organisation. */
export const unit = z.object({
  id: z.uuid(),
  name: z.string(),
  abbreviation: z.string(),
  parentId: z.uuid().nullable(),
  headPersonId: z.uuid().nullable(),
});
export const unitsAnswer = z.object({ items: z.array(unit) });

const version = z.object({
  name: z.string(),
  code: z.string(),
  code102: z.string(),
  parentId: z.uuid().nullable(),
  parentName: z.string().nullable(),
  level: z.enum(levels),
  /** Days; `to` is the first on which it holds no more. */
  from: z.string(),
  to: z.string().nullable(),
  recordedAt: z.string(),
  /** Null while it is what we know. */
  supersededAt: z.string().nullable(),
  basis: z.string().nullable(),
});

/** GET /api/directory/tree: one level of the tree on a day. */
export const treeQuery = z.object({ parent: z.uuid().optional(), on: z.iso.date().optional() });
export const treeAnswer = z.object({
  items: z.array(organisation.extend({ children: z.number() })),
  on: z.string(),
  total: z.number(),
});

/** GET /api/directory/search: names and codes of any time, and which body they mean on the day asked about. */
export const directorySearchQuery = z.object({
  text: z.string().trim().max(200).default(''),
  on: z.iso.date().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export const directorySearchAnswer = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      /** What was found, perhaps an old name or code. */
      name: z.string(),
      code: z.string(),
      code102: z.string(),
      from: z.string(),
      to: z.string().nullable(),
      /** On the day asked about: the body itself, or whoever answers for it; null when nobody does. */
      now: z.object({ id: z.uuid(), name: z.string(), code: z.string(), heir: z.boolean() }).nullable(),
    }),
  ),
});

/** GET /api/directory/organisations/:id */
export const organisationParams = z.object({ id: z.uuid() });
const relation = z.object({
  id: z.uuid(),
  name: z.string(),
  code: z.string(),
  kind: z.enum(['merge', 'split', 'dissolve', 'keep']),
  fields: z.array(z.string()),
  letters: z.boolean(),
  effective: z.string(),
  basis: z.string(),
});
export const organisationAnswer = z.object({
  id: z.uuid(),
  today: organisation.nullable(),
  /** All that was ever recorded, what holds now first. */
  versions: z.array(version),
  heirs: z.array(relation),
  predecessors: z.array(relation),
  handovers: z.array(z.object({ kind: z.string(), label: z.string(), from: z.string(), to: z.string() })),
  handoverTotal: z.number(),
});
