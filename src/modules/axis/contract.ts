import { z } from 'zod';

/** GET /api/axis/editions: the editions of the directory and who runs which. */
export const editionBoard = z.object({
  editions: z.array(
    z.object({
      edition: z.number(),
      hash: z.string(),
      bodies: z.number(),
      publishedAt: z.string(),
      logIndex: z.number(),
    }),
  ),
  latest: z.number(),
  subscribers: z.array(
    z.object({
      subscriber: z.string(),
      organisation: z.string(),
      code: z.string(),
      asked: z.number(),
      askedAt: z.string().nullable(),
      applied: z.number(),
      appliedAt: z.string().nullable(),
      /** `late`: behind for more than a day, which is a finding. */
      state: z.enum(['current', 'behind', 'late', 'diverged', 'never']),
    }),
  ),
  counts: z.object({ current: z.number(), total: z.number() }),
});
export type EditionBoard = z.infer<typeof editionBoard>;
