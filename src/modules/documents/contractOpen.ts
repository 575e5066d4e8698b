import { z } from 'zod';

/** `GET /api/documents/open`: what was sent or has arrived and is not at an end, the most urgent and oldest first. */
const age = z.object({
  stage: z.enum(['open', 'duty', 'late', 'watch']),
  since: z.iso.datetime(),
  due: z.iso.datetime(),
  /** Minutes since it began: of working time, for express ones of the clock. */
  minutes: z.int().nonnegative(),
  source: z.string(),
});
const line = z.object({
  /** Of the document of ours; null when it is not known here. */
  documentId: z.uuid().nullable(),
  notation: z.string(),
  urgency: z.int(),
  /** The other side. */
  partyCode: z.string(),
  partyName: z.string(),
  age,
});

export const openAnswer = z.object({
  sending: z.array(
    line.extend({
      waitsFor: z.enum(['ourselves', 'axis', 'receiver-system', 'receiver-clerk', 'recall-answer']),
    }),
  ),
  receiving: z.array(line.extend({ abstract: z.string() })),
  /** How many of both lists stand at each stage. */
  stages: z.object({ open: z.int(), duty: z.int(), late: z.int(), watch: z.int() }),
});
export type OpenAnswer = z.infer<typeof openAnswer>;
export type OpenStage = z.infer<typeof age>['stage'];
