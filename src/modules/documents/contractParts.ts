import { z } from 'zod';

/** Shapes that several routes share. */

export const id = z.uuid();
export const instant = z.iso.datetime({ offset: true });
export const date = z.iso.date();
export const line = (most: number) => z.string().trim().max(most);
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

export const listQuery = z.object({
  state: z.string().max(300).optional().describe('Các trạng thái, cách nhau bằng dấu phẩy'),
  text: line(200).optional(),
  /** Only what I must act on now. */
  mine: z.enum(['1']).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
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
