import { z } from 'zod';
import { organisationEvent, type OrganisationEvent } from './contractDecision.ts';
import type { Organisation } from './types.ts';

/** The short form in which lists of reorganisations circulate: what goes on keeps the code `continues`. */
const shortEvent = z.object({
  kind: z.enum(['merge', 'rename']),
  from: z.array(z.string().max(40)).min(1).max(2_000),
  into: z.object({ name: z.string().trim().min(1).max(300), continues: z.string().max(40) }),
});
const decisionFile = z.object({
  decisions: z
    .array(
      z.object({
        number: z.string().max(100).optional(),
        title: z.string().max(500).optional(),
        effective: z.iso.date(),
        events: z.array(z.union([organisationEvent, shortEvent])).max(20_000),
        /** Every body of this level ends, and its superior takes over what stood under it. */
        dissolveLevel: z.string().max(40).nullish(),
      }),
    )
    .min(1)
    .max(100),
});

type ShortEvent = z.infer<typeof shortEvent>;

const isShort = (event: object): event is ShortEvent =>
  'into' in event && typeof event.into === 'object' && event.into !== null && 'continues' in event.into;

function longForm({ kind, from, into }: ShortEvent): OrganisationEvent {
  return kind === 'rename'
    ? { kind, body: into.continues, name: into.name }
    : { kind, from, into: into.continues, name: into.name };
}

export interface DecisionOfFile {
  readonly number: string;
  readonly title: string;
  readonly effective: string;
  readonly events: OrganisationEvent[];
}

/**
 * Reads a file of decisions (JSON).
 * @param bodiesOn the bodies that live on a day: a whole level is named by them
 * @throws ZodError for anything that is not such a file
 */
export async function readDecisionFile(
  json: unknown,
  bodiesOn: (day: string) => Promise<readonly Organisation[]>,
): Promise<readonly DecisionOfFile[]> {
  const { decisions } = decisionFile.parse(json);
  const result: DecisionOfFile[] = [];
  for (const [at, decision] of decisions.entries()) {
    const events = decision.events.map((event): OrganisationEvent =>
      isShort(event) ? longForm(event) : event,
    );
    const level = decision.dissolveLevel;
    const bodies = level ? await bodiesOn(decision.effective) : [];
    const codes = new Map(bodies.map((body) => [body.id, body.code102]));
    const ended = bodies
      .filter((body) => body.level === level)
      .map((body): OrganisationEvent => ({
        kind: 'dissolve',
        body: body.code102,
        ...(body.parentId ? { successor: codes.get(body.parentId) ?? '' } : {}),
      }));
    result.push({
      number: decision.number ?? `${at + 1}/QĐ`,
      title: decision.title ?? `Sắp xếp tổ chức từ ngày ${decision.effective}`,
      effective: decision.effective,
      // Before the mergers: a district whose province merges on the same day goes on with that province's heir.
      events: [...ended, ...events],
    });
  }
  return result;
}
