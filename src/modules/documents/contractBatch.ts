import { z } from 'zod';
import { id, instant } from './contractParts.ts';

export const batchItemStates = ['queued', 'signing', 'signed', 'failed', 'skipped'] as const;
export type BatchItemState = (typeof batchItemStates)[number];
export const batchStates = ['waiting', 'running', 'paused', 'done'] as const;
export type BatchState = (typeof batchStates)[number];

export const batchCause = z.object({ code: z.string(), vi: z.string(), en: z.string() });
export type BatchCause = z.infer<typeof batchCause>;

export const mostInBatch = 500;

/** POST /batches: the documents, in the order in which they are signed. Creating signs nothing. */
export const batchBody = z.object({ documentIds: z.array(id).min(1).max(mostInBatch) });
/** POST /batches/:id/run: begins, or goes on with what waits; what failed is tried again only when asked for. */
export const runBatchBody = z.object({
  pin: z.string().min(4).max(64),
  retryFailed: z.boolean().default(false),
});
/** POST /batches/:id/skip: leaves a document out. */
export const skipBody = z.object({ documentId: id });

/** GET /batches/:id; looking keeps it running. */
export const batchView = z.object({
  id,
  state: z.enum(batchStates),
  cause: batchCause.nullable(),
  createdAt: instant,
  counts: z.record(z.enum(batchItemStates), z.number().int()),
  items: z.array(
    z.object({
      position: z.number().int(),
      documentId: id,
      typeName: z.string(),
      abstract: z.string(),
      drafter: z.string(),
      urgency: z.number().int(),
      state: z.enum(batchItemStates),
      cause: batchCause.nullable(),
      at: instant.nullable(),
    }),
  ),
});
export type BatchView = z.infer<typeof batchView>;
/** GET /batches: those of mine that are not done, newest first. */
export const batchesAnswer = z.object({
  items: z.array(batchView.omit({ items: true, cause: true })),
});
