/**
 * The life of a document as tables: the server's check, the buttons on the screen and the replay all read these
 * (../spec/product/02-office.md §4). Nothing here knows who may act: that is `policy.ts`.
 */

export const outgoingStates = [
  'drafting',
  'in-review',
  'returned',
  'approved',
  'leader-signed',
  'numbered',
  'sealed',
  'issued',
  'dispatched',
  'acknowledged',
  'recalling',
  'recalled',
  'void',
] as const;
export type OutgoingState = (typeof outgoingStates)[number];

/** What people do, as on the buttons; each has a route of the same name. */
export const outgoingActions = [
  'edit',
  'submit',
  'review',
  'approve',
  'return',
  'sign',
  'number',
  'seal',
  'issue',
  'undo',
  'send-now',
  'recall',
  'resend',
  'void',
  'copy',
] as const;
export type OutgoingAction = (typeof outgoingActions)[number];

/** What happens to a document without a button: it left the house, receivers answered. */
export type OutgoingStep =
  | OutgoingAction
  | 'dispatch'
  | 'acknowledge'
  | 'settle-recalled'
  | 'settle-kept'
  | 'receive-status';

/**
 * Numbering is legal only after the leader's signature and before the organisation's seal; a number that was given
 * is used or void, never taken back. A package that left the house can be recalled, not undone.
 */
export const outgoingTransitions = {
  drafting: { edit: 'drafting', submit: 'in-review' },
  'in-review': { review: 'in-review', approve: 'approved', return: 'returned' },
  returned: { edit: 'returned', submit: 'in-review' },
  approved: { sign: 'leader-signed', return: 'returned' },
  'leader-signed': { number: 'numbered', return: 'returned' },
  numbered: { seal: 'sealed', void: 'void' },
  sealed: { issue: 'issued', void: 'void', copy: 'sealed' },
  issued: { undo: 'sealed', 'send-now': 'issued', dispatch: 'dispatched', 'receive-status': 'issued' },
  dispatched: {
    acknowledge: 'acknowledged',
    'receive-status': 'dispatched',
    recall: 'recalling',
    resend: 'dispatched',
    dispatch: 'dispatched',
    copy: 'dispatched',
  },
  acknowledged: {
    'receive-status': 'acknowledged',
    recall: 'recalling',
    resend: 'dispatched',
    dispatch: 'acknowledged',
    copy: 'acknowledged',
  },
  recalling: {
    'receive-status': 'recalling',
    'settle-recalled': 'recalled',
    'settle-kept': 'dispatched',
    dispatch: 'recalling',
  },
  recalled: { 'receive-status': 'recalled', dispatch: 'recalled' },
  void: {},
} as const satisfies Record<OutgoingState, Partial<Record<OutgoingStep, OutgoingState>>>;

export const incomingStates = [
  'arrived',
  'registered',
  'awaiting-direction',
  'assigned',
  'in-work',
  'closed',
  'refused',
  'recall-requested',
  'recalled-by-sender',
] as const;
export type IncomingState = (typeof incomingStates)[number];

export const incomingActions = ['register', 'refuse', 'forward', 'answer-recall', 'close', 'copy'] as const;
export type IncomingAction = (typeof incomingActions)[number];

/** Steps that the room `work` or the sender takes. */
export type IncomingStep =
  | IncomingAction
  | 'direct'
  | 'hand-back'
  | 'start-work'
  | 'request-recall'
  | 'agree-recall'
  | 'decline-recall'
  | 'take-back';

/**
 * A recall of what is not yet registered takes effect at once (`take-back`); afterwards it is a request that the
 * clerk answers, and a declined one leads back to where the document was (`decline-recall` names no fixed state:
 * the state before is kept in the document).
 */
export const incomingTransitions = {
  arrived: { register: 'registered', refuse: 'refused', 'take-back': 'recalled-by-sender' },
  registered: {
    copy: 'registered',
    forward: 'awaiting-direction',
    direct: 'assigned',
    close: 'closed',
    'request-recall': 'recall-requested',
  },
  'awaiting-direction': {
    copy: 'awaiting-direction',
    direct: 'assigned',
    close: 'closed',
    'request-recall': 'recall-requested',
  },
  assigned: {
    'start-work': 'in-work',
    'hand-back': 'awaiting-direction',
    direct: 'assigned',
    copy: 'assigned',
    close: 'closed',
    'request-recall': 'recall-requested',
  },
  'in-work': {
    copy: 'in-work',
    'start-work': 'in-work',
    'hand-back': 'awaiting-direction',
    direct: 'in-work',
    close: 'closed',
    'request-recall': 'recall-requested',
  },
  closed: { copy: 'closed', 'request-recall': 'recall-requested' },
  refused: { 'take-back': 'recalled-by-sender' },
  'recall-requested': {
    'answer-recall': 'recall-requested',
    'agree-recall': 'recalled-by-sender',
    'decline-recall': 'recall-requested',
    'request-recall': 'recall-requested',
  },
  'recalled-by-sender': {},
} as const satisfies Record<IncomingState, Partial<Record<IncomingStep, IncomingState>>>;

/** The state after the step, or undefined where the table does not allow it. */
export function nextOutgoing(state: OutgoingState, step: OutgoingStep): OutgoingState | undefined {
  return (outgoingTransitions[state] as Partial<Record<OutgoingStep, OutgoingState>>)[step];
}

/** The state after the step, or undefined where the table does not allow it. */
export function nextIncoming(state: IncomingState, step: IncomingStep): IncomingState | undefined {
  return (incomingTransitions[state] as Partial<Record<IncomingStep, IncomingState>>)[step];
}

/** Every action that the table allows in this state, whoever asks. */
export function outgoingActionsIn(state: OutgoingState): readonly OutgoingAction[] {
  return outgoingActions.filter((action) => nextOutgoing(state, action) !== undefined);
}

/** Every action that the table allows in this state, whoever asks. */
export function incomingActionsIn(state: IncomingState): readonly IncomingAction[] {
  return incomingActions.filter((action) => nextIncoming(state, action) !== undefined);
}

/** Statuses of edXML in the order in which they count; the side statuses 02, 13, 15, 16 stand apart. */
export const statusOrder = ['01', '03', '04', '05', '06'] as const;
