import { z } from 'zod';

/** Routes stand under `/api/exchange`; every POST wants `Idempotency-Key` and `X-Phigiay: 1`. */

const instant = z.iso.datetime();
const fault = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string().optional(),
  at: instant.optional(),
  permanent: z.boolean().optional(),
});

/** What the clerk must see to: packages that the axis refused, packages that arrived unusable, alarms. */
export const attentionAnswer = z.object({
  failed: z.array(
    z.object({
      id: z.uuid(),
      ref: z.string().nullable(),
      kind: z.enum(['edoc', 'status']),
      documentId: z.string(),
      createdAt: instant,
      attempts: z.number(),
      lastError: fault.nullable(),
    }),
  ),
  unusable: z.array(
    z.object({
      id: z.uuid(),
      state: z.enum(['stored', 'unreadable', 'damaged']),
      fromCode: z.string(),
      fromName: z.string().nullable(),
      envelope: z.string(),
      receivedAt: instant,
      reason: fault.nullable(),
    }),
  ),
  alarms: z.array(z.object({ code: z.string(), about: z.string(), message: z.string(), raisedAt: instant })),
});
export type AttentionAnswer = z.infer<typeof attentionAnswer>;

export const outboxParams = z.object({ id: z.uuid() });
export const outboxAnswer = z.object({
  state: z.enum(['waiting', 'sending', 'accepted', 'failed', 'undone']),
});
