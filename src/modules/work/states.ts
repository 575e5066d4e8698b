/** The life of one assignment (../spec/product/02-office.md §4) as a table; who may act is `policy.ts`. */

export const assignmentStates = [
  'offered',
  'accepted',
  'delegated',
  'reported',
  'confirmed',
  'returned',
  'revoked',
] as const;
export type AssignmentState = (typeof assignmentStates)[number];

export const assignmentActions = [
  'accept',
  'return',
  'report',
  'finish',
  'delegate',
  'confirm',
  'rework',
  'reassign',
  'revoke',
  'seen',
] as const;
export type AssignmentAction = (typeof assignmentActions)[number];

/**
 * Steps without a button: a delegated piece of work came back to whoever delegated it (`take-up`) or is done
 * (`complete`); the document was closed or taken back meanwhile (`settle`).
 */
export type AssignmentStep = AssignmentAction | 'take-up' | 'complete' | 'settle';

/**
 * `report` is progress and keeps the state; `finish` hands the result in; `confirm` closes. Revoked by the assigner
 * at any time before it is confirmed. `returned` waits at the assigner, who gives it to somebody else or releases it.
 */
export const assignmentTransitions = {
  offered: {
    accept: 'accepted',
    return: 'returned',
    delegate: 'delegated',
    revoke: 'revoked',
    seen: 'confirmed',
    settle: 'confirmed',
  },
  accepted: {
    report: 'accepted',
    finish: 'reported',
    delegate: 'delegated',
    return: 'returned',
    revoke: 'revoked',
    settle: 'confirmed',
  },
  delegated: { 'take-up': 'accepted', complete: 'reported', revoke: 'revoked', settle: 'confirmed' },
  reported: { confirm: 'confirmed', rework: 'accepted', revoke: 'revoked', settle: 'confirmed' },
  returned: { reassign: 'revoked', revoke: 'revoked', settle: 'confirmed' },
  confirmed: {},
  revoked: {},
} as const satisfies Record<AssignmentState, Partial<Record<AssignmentStep, AssignmentState>>>;

/** `lead` works and answers, `coordinate` contributes, `inform` only needs to know. */
export const assignmentRoles = ['lead', 'coordinate', 'inform'] as const;
export type AssignmentRole = (typeof assignmentRoles)[number];

/** The state after the step, or undefined where the table does not allow it. */
export function nextAssignment(state: AssignmentState, step: AssignmentStep): AssignmentState | undefined {
  return (assignmentTransitions[state] as Partial<Record<AssignmentStep, AssignmentState>>)[step];
}

/** Every action that the table allows for this role in this state, whoever asks. */
export function assignmentActionsIn(
  role: AssignmentRole,
  state: AssignmentState,
): readonly AssignmentAction[] {
  return assignmentActions.filter(
    (action) =>
      nextAssignment(state, action) !== undefined &&
      (role === 'inform' ? action === 'seen' || action === 'revoke' : action !== 'seen'),
  );
}

/** Somebody still owes something. */
export function isOpenAssignment(state: AssignmentState): boolean {
  return state !== 'confirmed' && state !== 'revoked';
}
