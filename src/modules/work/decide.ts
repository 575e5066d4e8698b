import {
  assignmentOf,
  evolveWork,
  openChildOf,
  openLead,
  owingCoordinators,
  type Assigned,
  type NewAssignment,
  type PersonRef,
  type Work,
  type WorkEvent,
} from './core.ts';
import { isOpenAssignment, nextAssignment } from './states.ts';

/** What people ask for, with everything that the rule needs already looked up. */
export type WorkCommand =
  | { type: 'direct'; directionId: string; by: PersonRef; text: string; assignments: NewAssignment[] }
  | { type: 'accept'; assignmentId: string; by: PersonRef }
  | { type: 'return'; assignmentId: string; reason: string }
  | { type: 'report'; assignmentId: string; text: string; percent: number | null }
  | { type: 'finish'; assignmentId: string; text: string }
  | { type: 'confirm'; assignmentId: string; text: string }
  | { type: 'rework'; assignmentId: string; reason: string }
  | { type: 'revoke'; assignmentId: string; reason: string }
  | { type: 'delegate'; assignmentId: string; by: PersonRef; child: NewAssignment }
  | { type: 'reassign'; assignmentId: string; replacement: NewAssignment }
  | { type: 'seen'; assignmentId: string }
  | { type: 'settle'; reason: string };

type WorkRefusal =
  | 'lead-missing'
  | 'lead-open'
  | 'no-deadline'
  | 'given-twice'
  | 'coordinators-open'
  | 'wrong-step';

export type Decision =
  | { readonly ok: true; readonly events: readonly WorkEvent[] }
  | { readonly ok: false; readonly code: WorkRefusal; readonly about: readonly Assigned[] };

const no = (code: WorkRefusal, about: readonly Assigned[] = []): Decision => ({ ok: false, code, about });
const yes = (...events: readonly WorkEvent[]): Decision => ({ ok: true, events });

function direct(work: Work, command: Extract<WorkCommand, { type: 'direct' }>): Decision {
  const leads = command.assignments.filter((one) => one.role === 'lead');
  const lead = openLead(work);
  // A lead that gave the work back is replaced by the new one; any other open lead stays the only one.
  const returned = lead?.state === 'returned' ? lead : undefined;
  if (leads.length > 1) return no('lead-open');
  if (leads.length === 1 && lead && !returned) return no('lead-open', [lead]);
  if (leads.length === 0 && (!lead || returned)) return no('lead-missing');
  if (command.assignments.some((one) => one.due === null && !one.noDeadlineReason && one.role !== 'inform'))
    return no('no-deadline');
  const parties = command.assignments.map((one) => `${one.assignee.kind}:${one.assignee.id}`);
  if (new Set(parties).size !== parties.length) return no('given-twice');
  const { type: _type, ...directed } = command;
  return yes(
    ...(returned
      ? [
          {
            type: 'revoked' as const,
            assignmentId: returned.id,
            reason: 'Đã giao lại theo bút phê mới',
          },
        ]
      : []),
    { type: 'directed', ...directed },
  );
}

/** A finished piece of work: confirmed at once unless its assigner asked to see the result. */
function afterFinish(work: Work, one: Assigned, text: string): WorkEvent[] {
  if (one.needsConfirmation) return [];
  const confirmed: WorkEvent = { type: 'confirmed', assignmentId: one.id, text: '' };
  return [confirmed, ...afterConfirm(work, one, text)];
}

/** A confirmed child completes what it was a part of. */
function afterConfirm(work: Work, one: Assigned, text: string): WorkEvent[] {
  const parent = one.parentId === null ? undefined : assignmentOf(work, one.parentId);
  if (!parent) return [];
  return [{ type: 'completed', assignmentId: parent.id, text }, ...afterFinish(work, parent, text)];
}

/** Everything that hangs below a piece of work falls with it. */
function revokeTree(work: Work, one: Assigned, reason: string): WorkEvent[] {
  const child = openChildOf(work, one.id);
  return [
    ...(child ? revokeTree(work, child, reason) : []),
    { type: 'revoked', assignmentId: one.id, reason },
  ];
}

function finish(work: Work, one: Assigned, text: string): Decision {
  if (one.role === 'lead') {
    const owing = owingCoordinators(work);
    if (owing.length > 0) return no('coordinators-open', owing);
  }
  return yes({ type: 'finished', assignmentId: one.id, text }, ...afterFinish(work, one, text));
}

/**
 * The rule: what a command does to the work on a document, or why not (02-office §4: one open lead; a lead ends only
 * after every coordinator; no work without a deadline or a reason; revoked at any time before it is confirmed).
 */
export function decideWork(work: Work, command: WorkCommand): Decision {
  if (command.type === 'direct') return direct(work, command);
  if (command.type === 'settle') {
    // Children first, so that no parent is closed above an open child.
    const open = work.assignments.filter((one) => isOpenAssignment(one.state) && one.role !== 'inform');
    return yes(
      ...open
        .toReversed()
        .map((one): WorkEvent => ({ type: 'settled', assignmentId: one.id, reason: command.reason })),
    );
  }
  const one = assignmentOf(work, command.assignmentId);
  if (!one || nextAssignment(one.state, command.type) === undefined)
    return no('wrong-step', one ? [one] : []);
  switch (command.type) {
    case 'accept':
      return yes({ type: 'accepted', assignmentId: one.id, worker: command.by });
    case 'return':
      return yes({ type: 'returned', assignmentId: one.id, reason: command.reason });
    case 'report':
      return yes({ type: 'progressed', assignmentId: one.id, text: command.text, percent: command.percent });
    case 'finish':
      return finish(work, one, command.text);
    case 'confirm':
      return yes(
        { type: 'confirmed', assignmentId: one.id, text: command.text },
        ...afterConfirm(work, one, one.lastText ?? command.text),
      );
    case 'rework':
      return yes({ type: 'reworked', assignmentId: one.id, reason: command.reason });
    case 'revoke':
      return revoke(work, one, command.reason);
    case 'delegate':
      return yes({ type: 'delegated', assignmentId: one.id, worker: command.by, child: command.child });
    case 'reassign':
      return yes({ type: 'reassigned', assignmentId: one.id, replacement: command.replacement });
    case 'seen':
      return yes({ type: 'seen', assignmentId: one.id });
  }
}

function revoke(work: Work, one: Assigned, reason: string): Decision {
  const parent = one.parentId === null ? undefined : assignmentOf(work, one.parentId);
  return yes(
    ...revokeTree(work, one, reason),
    // Whoever had delegated it has it back on their own desk.
    ...(parent?.state === 'delegated' ? [{ type: 'taken-up' as const, assignmentId: parent.id }] : []),
  );
}

/** Runs the events of a decision. */
export function evolveAll(work: Work, events: readonly WorkEvent[], at: string): Work {
  return events.reduce((state, event) => evolveWork(state, event, at), work);
}
