import { incomingById } from '#documents';
import { people } from '#identity';
import type { z } from 'zod';
import { refuse, type RecordedEvent, type Unit, type UnitId } from '#kernel';
import { happenWork } from './apply.ts';
import type { handOnBody } from './contract.ts';
import { assignmentOf, type Assigned, type NewAssignment, type Work } from './core.ts';
import { decideWork, type WorkCommand } from './decide.ts';
import { actorRef, checkedDue, eventsOf, namedParty } from './direct.ts';
import { dueInstant } from './due.ts';
import { mayMove, notForWork } from './policy.ts';
import { refuseWork } from './refusals.ts';
import { nextAssignment, type AssignmentAction } from './states.ts';
import { documentOfAssignment, loadWork } from './store.ts';

interface Piece {
  readonly incomingId: string;
  readonly work: Work;
  readonly one: Assigned;
}

/**
 * A piece of work, its document locked, when the actor may take this action on it now.
 * @throws Refusal kernel.not-found, wrong-step, not-yours
 */
async function pieceFor(unit: Unit, id: string, action: AssignmentAction): Promise<Piece> {
  const incomingId = await documentOfAssignment(unit, id);
  if (incomingId === null) throw refuse('not-found');
  const doc = await incomingById(unit, incomingId, { lock: true });
  const work = await loadWork(unit, incomingId);
  const one = assignmentOf(work, id);
  if (!one) throw refuse('not-found');
  if (nextAssignment(one.state, action) === undefined) throw refuseWork('wrong-step');
  if (!mayMove(doc.state, action)) throw refuseWork('wrong-step');
  const who = notForWork(unit.actor, one, action);
  if (who !== null) throw refuseWork('not-yours', { who });
  return { incomingId, work, one };
}

async function carryOut(unit: Unit, { incomingId, work }: Piece, command: WorkCommand): Promise<string> {
  await happenWork(unit, incomingId, work, eventsOf(decideWork(work, command)));
  return incomingId;
}

/** "Nhận việc": the sender is told 05. @returns the document's id, like all of these */
export async function acceptWork(unit: Unit, assignmentId: string): Promise<string> {
  const piece = await pieceFor(unit, assignmentId, 'accept');
  return await carryOut(unit, piece, { type: 'accept', assignmentId, by: actorRef(unit) });
}

/** "Trả lại" to whoever assigned it, with the reason. */
export async function returnWork(unit: Unit, assignmentId: string, reason: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'return'), {
    type: 'return',
    assignmentId,
    reason,
  });
}

/** "Báo cáo tiến độ". */
export async function reportWork(
  unit: Unit,
  assignmentId: string,
  body: { readonly text: string; readonly percent?: number | undefined },
): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'report'), {
    type: 'report',
    assignmentId,
    text: body.text,
    percent: body.percent ?? null,
  });
}

/** "Hoàn thành": the lead's ends the work on the document (06), unless the assigner wants to see it first. */
export async function finishWork(unit: Unit, assignmentId: string, text: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'finish'), {
    type: 'finish',
    assignmentId,
    text,
  });
}

/** "Xác nhận hoàn thành". */
export async function confirmWork(unit: Unit, assignmentId: string, text: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'confirm'), {
    type: 'confirm',
    assignmentId,
    text,
  });
}

/** "Yêu cầu làm lại". */
export async function reworkWork(unit: Unit, assignmentId: string, reason: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'rework'), {
    type: 'rework',
    assignmentId,
    reason,
  });
}

/** "Thu hồi phân công", visible and with its reason; the way to release a coordinator. */
export async function revokeWork(unit: Unit, assignmentId: string, reason: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'revoke'), {
    type: 'revoke',
    assignmentId,
    reason,
  });
}

/** "Đã xem", of what was sent to know. */
export async function seeWork(unit: Unit, assignmentId: string): Promise<string> {
  return await carryOut(unit, await pieceFor(unit, assignmentId, 'seen'), { type: 'seen', assignmentId });
}

type HandOn = z.infer<typeof handOnBody>;

async function handedOn(
  unit: Unit,
  one: Assigned,
  body: HandOn,
): Promise<Pick<NewAssignment, 'assignee' | 'due' | 'text'>> {
  const due = body.due === undefined ? one.due : checkedDue(unit, dueInstant(body.due));
  if (due === null && one.noDeadlineReason === null) throw refuseWork('no-deadline');
  return { assignee: await namedParty(unit, body.to), due, text: body.text };
}

/** "Giao lại" inside the unit: the head gives it to a specialist; it comes back to the head if it is returned. */
export async function delegateWork(unit: Unit, assignmentId: string, body: HandOn): Promise<string> {
  const piece = await pieceFor(unit, assignmentId, 'delegate');
  const { one } = piece;
  if (unit.actor.unitId === undefined || body.to.kind !== 'person') throw refuseWork('outside-unit');
  const colleagues = await people(unit, { unitId: unit.actor.unitId as UnitId });
  if (!colleagues.some((person) => person.id === body.to.id)) throw refuseWork('outside-unit');
  const by = actorRef(unit);
  return await carryOut(unit, piece, {
    type: 'delegate',
    assignmentId,
    by,
    child: {
      ...(await handedOn(unit, one, body)),
      id: unit.ctx.ids.uuid(),
      directionId: one.directionId,
      parentId: one.id,
      role: one.role,
      branch: one.branch,
      assigner: by,
      noDeadlineReason: one.noDeadlineReason,
      needsConfirmation: one.needsConfirmation,
    },
  });
}

/** Gives what was returned to somebody else, on the same branch. */
export async function reassignWork(unit: Unit, assignmentId: string, body: HandOn): Promise<string> {
  const piece = await pieceFor(unit, assignmentId, 'reassign');
  const { one } = piece;
  return await carryOut(unit, piece, {
    type: 'reassign',
    assignmentId,
    replacement: {
      ...(await handedOn(unit, one, body)),
      id: unit.ctx.ids.uuid(),
      directionId: one.directionId,
      parentId: one.parentId,
      role: one.role,
      branch: one.branch,
      assigner: actorRef(unit),
      noDeadlineReason: one.noDeadlineReason,
      needsConfirmation: one.needsConfirmation,
    },
  });
}

/** The document was closed, by its reply or its lead: what is still open on it ends with it. */
export async function onDocumentClosed(unit: Unit, event: RecordedEvent): Promise<void> {
  await settle(unit, event, 'Văn bản đã kết thúc xử lý');
}

/** The sender took the document back: nobody owes anything on it. */
export async function onRecallAnswered(unit: Unit, event: RecordedEvent): Promise<void> {
  if (event.payload['agree'] === true) await settle(unit, event, 'Nơi gửi đã lấy lại văn bản');
}

async function settle(unit: Unit, event: RecordedEvent, reason: string): Promise<void> {
  const [kind, incomingId] = event.stream.split(':');
  if (kind !== 'incoming' || incomingId === undefined) return;
  const work = await loadWork(unit, incomingId);
  const decision = decideWork(work, { type: 'settle', reason });
  await happenWork(unit, incomingId, work, eventsOf(decision), true);
}
