import { unitsOf } from '#directory';
import { incomingById } from '#documents';
import { personById } from '#identity';
import type { z } from 'zod';
import { refuse, type PersonId, type Unit } from '#kernel';
import { happenWork } from './apply.ts';
import type { directBody, party } from './contract.ts';
import type { Assigned, NewAssignment, Party, PersonRef } from './core.ts';
import { decideWork, type Decision } from './decide.ts';
import { dueAfterWorkingDays, dueInstant } from './due.ts';
import { mayDirect } from './policy.ts';
import { refuseWork } from './refusals.ts';
import { loadWork } from './store.ts';
import type { AssignmentRole } from './states.ts';

/** Who acts, as the record keeps them. */
export function actorRef(unit: Unit): PersonRef {
  const { actor } = unit;
  return {
    id: actor.personId ?? actor.id,
    name: actor.name,
    ...(actor.post === undefined ? {} : { post: actor.post }),
  };
}

/** A unit or person of the organisation, by name. @throws Refusal unknown-party */
export async function namedParty(unit: Unit, asked: z.infer<typeof party>): Promise<Party> {
  if (asked.kind === 'unit') {
    const found = (await unitsOf(unit)).find((candidate) => candidate.id === asked.id);
    if (!found) throw refuseWork('unknown-party');
    return { kind: 'unit', id: found.id, label: found.name };
  }
  const person = await personById(unit, asked.id as PersonId);
  if (!person) throw refuseWork('unknown-party');
  return { kind: 'person', id: person.id, label: person.fullName };
}

const names = (about: readonly Assigned[]): string => about.map((one) => one.assignee.label).join(', ');

/** The events of a decision. @throws Refusal of this room */
export function eventsOf(decision: Decision): Extract<Decision, { ok: true }>['events'] {
  if (decision.ok) return decision.events;
  throw refuseWork(decision.code, { who: names(decision.about) });
}

/** A deadline must lie ahead. @throws Refusal due-past */
export function checkedDue(unit: Unit, due: string | null): string | null {
  if (due !== null && due <= unit.now.toISOString()) {
    const local = new Date(Date.parse(due) + 7 * 3_600_000).toISOString();
    throw refuseWork('due-past', {
      due: `${local.slice(8, 10)}/${local.slice(5, 7)}/${local.slice(0, 4)} ${local.slice(11, 16)}`,
    });
  }
  return due;
}

/**
 * "Bút phê": one lead, coordinators, who needs to know, a deadline or the reason why there is none (S2.2). The sender
 * is told 04.
 * @throws Refusal kernel.not-found, kernel.forbidden, lead-missing, lead-open, no-deadline, due-past, unknown-party,
 *   given-twice
 */
export async function directWork(
  unit: Unit,
  incomingId: string,
  body: z.infer<typeof directBody>,
): Promise<void> {
  const doc = await incomingById(unit, incomingId, { lock: true });
  if (!mayDirect(unit.actor, doc)) throw refuse('forbidden');
  const due = checkedDue(
    unit,
    body.dueWorkingDays === undefined
      ? dueInstant(body.due)
      : dueAfterWorkingDays(unit.now, body.dueWorkingDays),
  );
  const directionId = unit.ctx.ids.uuid();
  const by = actorRef(unit);
  const piece = async (role: AssignmentRole, asked: z.infer<typeof party>): Promise<NewAssignment> => {
    const id = unit.ctx.ids.uuid();
    return {
      id,
      directionId,
      parentId: null,
      role,
      branch: role === 'lead' ? 'main' : `${role}:${id}`,
      assignee: await namedParty(unit, asked),
      assigner: by,
      text: body.text,
      due: role === 'inform' ? null : due,
      noDeadlineReason: body.noDeadlineReason ?? null,
      needsConfirmation: body.needsConfirmation,
    };
  };
  const assignments: NewAssignment[] = [];
  if (body.lead !== null) assignments.push(await piece('lead', body.lead));
  for (const asked of body.coordinators) assignments.push(await piece('coordinate', asked));
  for (const asked of body.inform) assignments.push(await piece('inform', asked));
  const work = await loadWork(unit, incomingId);
  const decision = decideWork(work, { type: 'direct', directionId, by, text: body.text, assignments });
  await happenWork(unit, incomingId, work, eventsOf(decision));
}
