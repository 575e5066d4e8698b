import {
  isOpenAssignment,
  nextAssignment,
  type AssignmentRole,
  type AssignmentState,
  type AssignmentStep,
} from './states.ts';

/** A person as the record keeps them. */
export interface PersonRef {
  readonly id: string;
  readonly name: string;
  readonly post?: string | undefined;
}

/** A unit or a person that is given work. */
export interface Party {
  readonly kind: 'unit' | 'person';
  readonly id: string;
  readonly label: string;
}

export interface Holder {
  readonly kind: 'person' | 'unit' | 'role' | 'system';
  readonly id: string;
  readonly label: string;
}

/** One piece of work as the events give it. */
export interface Assigned {
  readonly id: string;
  readonly directionId: string;
  readonly parentId: string | null;
  readonly role: AssignmentRole;
  /** `main` for the lead, `coordinate:<id>` for a coordinator; children stay on the branch of their parent. */
  readonly branch: string;
  readonly state: AssignmentState;
  readonly assignee: Party;
  readonly assigner: PersonRef;
  /** Who accepted: for a unit, the person who does it. */
  readonly worker: PersonRef | null;
  readonly text: string;
  readonly due: string | null;
  readonly noDeadlineReason: string | null;
  readonly needsConfirmation: boolean;
  readonly assignedAt: string;
  readonly acceptedAt: string | null;
  readonly finishedAt: string | null;
  readonly closedAt: string | null;
  readonly percent: number | null;
  readonly lastText: string | null;
}

interface Directed {
  readonly id: string;
  readonly by: PersonRef;
  readonly at: string;
  readonly text: string;
}

/** All work on one incoming document. */
export interface Work {
  readonly directions: readonly Directed[];
  readonly assignments: readonly Assigned[];
}

export const noWork: Work = { directions: [], assignments: [] };

/** A new piece of work, as an event names it. */
export type NewAssignment = Pick<
  Assigned,
  | 'id'
  | 'directionId'
  | 'parentId'
  | 'role'
  | 'branch'
  | 'assignee'
  | 'assigner'
  | 'text'
  | 'due'
  | 'noDeadlineReason'
  | 'needsConfirmation'
>;

/** What happened to the work on a document, in the record under `work.<type>`. */
export type WorkEvent =
  | { type: 'directed'; directionId: string; by: PersonRef; text: string; assignments: NewAssignment[] }
  | { type: 'accepted'; assignmentId: string; worker: PersonRef }
  | { type: 'returned'; assignmentId: string; reason: string }
  | { type: 'progressed'; assignmentId: string; text: string; percent: number | null }
  | { type: 'finished'; assignmentId: string; text: string }
  | { type: 'confirmed'; assignmentId: string; text: string }
  | { type: 'reworked'; assignmentId: string; reason: string }
  | { type: 'revoked'; assignmentId: string; reason: string }
  | { type: 'delegated'; assignmentId: string; worker: PersonRef; child: NewAssignment }
  | { type: 'reassigned'; assignmentId: string; replacement: NewAssignment }
  | { type: 'seen'; assignmentId: string }
  | { type: 'taken-up'; assignmentId: string }
  | { type: 'completed'; assignmentId: string; text: string }
  | { type: 'settled'; assignmentId: string; reason: string };

const steps = {
  accepted: 'accept',
  returned: 'return',
  progressed: 'report',
  finished: 'finish',
  confirmed: 'confirm',
  reworked: 'rework',
  revoked: 'revoke',
  delegated: 'delegate',
  reassigned: 'reassign',
  seen: 'seen',
  'taken-up': 'take-up',
  completed: 'complete',
  settled: 'settle',
} as const satisfies Record<Exclude<WorkEvent['type'], 'directed'>, AssignmentStep>;

const started = (fresh: NewAssignment, at: string): Assigned => ({
  ...fresh,
  state: 'offered',
  worker: null,
  assignedAt: at,
  acceptedAt: null,
  finishedAt: null,
  closedAt: null,
  percent: null,
  lastText: null,
});

function changes(event: Exclude<WorkEvent, { type: 'directed' }>, at: string): Partial<Assigned> {
  switch (event.type) {
    case 'accepted':
      return { worker: event.worker, acceptedAt: at };
    case 'delegated':
      return { worker: event.worker };
    case 'progressed':
      return { lastText: event.text, ...(event.percent === null ? {} : { percent: event.percent }) };
    case 'finished':
    case 'completed':
      return { finishedAt: at, lastText: event.text, percent: 100 };
    case 'reworked':
      return { finishedAt: null, lastText: event.reason };
    case 'returned':
      return { lastText: event.reason };
    case 'revoked':
    case 'settled':
      return { closedAt: at, lastText: event.reason };
    case 'confirmed':
    case 'seen':
    case 'reassigned':
      return { closedAt: at };
    case 'taken-up':
      return {};
  }
}

/**
 * The work after the event.
 * @throws Error when the event is not legal: the record itself would be wrong.
 */
export function evolveWork(work: Work, event: WorkEvent, at: string): Work {
  if (event.type === 'directed') {
    return {
      directions: [...work.directions, { id: event.directionId, by: event.by, at, text: event.text }],
      assignments: [...work.assignments, ...event.assignments.map((fresh) => started(fresh, at))],
    };
  }
  const assignments = work.assignments.map((one) => {
    if (one.id !== event.assignmentId) return one;
    const state = nextAssignment(one.state, steps[event.type]);
    if (state === undefined) throw new Error(`assignment ${one.id}: ${event.type} in state ${one.state}`);
    return { ...one, ...changes(event, at), state };
  });
  if (!assignments.some((one) => one.id === event.assignmentId))
    throw new Error(`assignment ${event.assignmentId} is not there`);
  if (event.type === 'delegated') assignments.push(started(event.child, at));
  if (event.type === 'reassigned') assignments.push(started(event.replacement, at));
  return { ...work, assignments };
}

export const assignmentOf = (work: Work, id: string): Assigned | undefined =>
  work.assignments.find((one) => one.id === id);

/** The piece of work that stands for the whole document, if one is open. */
export function openLead(work: Work): Assigned | undefined {
  return work.assignments.find(
    (one) => one.role === 'lead' && one.parentId === null && isOpenAssignment(one.state),
  );
}

/** Coordinators who owe their part: a lead is finished only when every one reported or was released. */
export function owingCoordinators(work: Work): Assigned[] {
  return work.assignments.filter(
    (one) =>
      one.role === 'coordinate' &&
      one.parentId === null &&
      isOpenAssignment(one.state) &&
      one.state !== 'reported',
  );
}

export const openChildOf = (work: Work, id: string): Assigned | undefined =>
  work.assignments.find((one) => one.parentId === id && isOpenAssignment(one.state));

const person = (ref: PersonRef): Holder => ({ kind: 'person', id: ref.id, label: ref.name });

/** Who has one open piece of work on their desk; null for what waits at a child, or is closed. */
function deskOf(one: Assigned): { readonly holder: Holder; readonly working: boolean } | null {
  switch (one.state) {
    case 'offered':
      return { holder: one.assignee, working: false };
    case 'accepted':
      return { holder: one.worker ? person(one.worker) : one.assignee, working: true };
    case 'reported':
    case 'returned':
      return { holder: person(one.assigner), working: false };
    case 'delegated':
    case 'confirmed':
    case 'revoked':
      return null;
  }
}

/** A branch and the one who holds it. */
export interface Desk {
  readonly branch: string;
  readonly assignmentId: string;
  readonly holder: Holder;
  readonly working: boolean;
  readonly due: string | null;
}

/** The open branches of the work, each with its one holder (lesson L2). To-know is no obligation and no branch. */
export function desksOf(work: Work): Desk[] {
  return work.assignments.flatMap((one) => {
    const desk = one.role === 'inform' ? null : deskOf(one);
    return desk === null ? [] : [{ branch: one.branch, assignmentId: one.id, due: one.due, ...desk }];
  });
}
