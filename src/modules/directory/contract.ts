import { z } from 'zod';

export const levels = ['ministry', 'province', 'department', 'district', 'commune', 'unit', 'other'] as const;

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
