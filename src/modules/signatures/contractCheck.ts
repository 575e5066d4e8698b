import { z } from 'zod';

/** What the public page "Kiểm tra" shows of a file; texts in both languages, so that a reader can switch. */
const words = z.object({ vi: z.string(), en: z.string() });

const clerkSignature = z.object({
  verdict: z.string(),
  who: z.string(),
  when: z.string(),
  lasting: z.string(),
  changes: z.array(z.string()),
  reasons: z.array(z.string()),
});
const clerkReport = z.object({
  verdict: z.string(),
  summary: z.string(),
  signatures: z.array(clerkSignature),
  reasons: z.array(z.string()),
  advice: z.string(),
});

export const checkVerdict = z.enum(['valid', 'invalid', 'indeterminate', 'unsigned']);
export type CheckVerdict = z.infer<typeof checkVerdict>;

/** The document as it stood after one saving: its first `end` bytes. */
const revision = z.object({
  number: z.number(),
  end: z.number(),
  /** Positions in the list of signatures: those that were given with this revision. */
  signatures: z.array(z.number()),
  changes: z.array(words.extend({ permitted: z.boolean() })),
});

const fileFacts = z.object({
  verdict: checkVerdict,
  signatureVerdicts: z.array(checkVerdict),
  vi: clerkReport,
  en: clerkReport,
  document: words.extend({ class: z.string(), lawfulCopy: z.boolean(), reasons: z.array(words) }).nullable(),
  revisions: z.array(revision),
});

const part = z.object({
  name: z.string(),
  size: z.number(),
  file: fileFacts.nullable(),
  problem: words.nullable(),
});

export const checkAnswer = z.object({
  kind: z.string(),
  size: z.number(),
  sha256: z.string(),
  verdict: checkVerdict,
  /** The file's own report; a package has only its parts. */
  file: fileFacts.nullable(),
  parts: z.array(part),
  /** For programs: the whole report. */
  report: z.unknown(),
});
export type CheckAnswer = z.infer<typeof checkAnswer>;
export type CheckedFacts = z.infer<typeof fileFacts>;

/** GET /api/check */
export const checkLimits = z.object({ mostBytes: z.number() });
