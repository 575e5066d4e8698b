/** Where a package of ours is: until it left it can be undone; from `sending` on the axis may have it. */
export type OutboxState = 'waiting' | 'sending' | 'accepted' | 'failed' | 'undone';
export type OutboxAction = 'undo' | 'send-now' | 'claim' | 'accept' | 'fail';

/** The outbox machine; what is not in the table is refused. A failed package may be tried again with the same bytes. */
export const outboxTransitions = {
  waiting: { undo: 'undone', 'send-now': 'waiting', claim: 'sending' },
  sending: { claim: 'sending', accept: 'accepted', fail: 'failed' },
  accepted: { accept: 'accepted' },
  failed: { 'send-now': 'waiting' },
  undone: {},
} as const satisfies Record<OutboxState, Partial<Record<OutboxAction, OutboxState>>>;

/** @returns the next state, or null when the action is not allowed in this state. */
export function outboxAfter(state: OutboxState, action: OutboxAction): OutboxState | null {
  const row: Partial<Record<OutboxAction, OutboxState>> = outboxTransitions[state];
  return row[action] ?? null;
}

/** Business status codes of the axis (edXML §7.5). */
export const statusCodes = ['01', '02', '03', '04', '05', '06', '13', '15', '16'] as const;
export type StatusCode = (typeof statusCodes)[number];

export const statusLabels = {
  '01': { vi: 'Đã đến', en: 'Arrived' },
  '02': { vi: 'Từ chối tiếp nhận', en: 'Refused' },
  '03': { vi: 'Đã tiếp nhận', en: 'Taken in' },
  '04': { vi: 'Phân công', en: 'Assigned' },
  '05': { vi: 'Đang xử lý', en: 'In work' },
  '06': { vi: 'Hoàn thành', en: 'Done' },
  '13': { vi: 'Lấy lại', en: 'Recall requested' },
  '15': { vi: 'Đồng ý cập nhật, lấy lại', en: 'Recall or update agreed' },
  '16': { vi: 'Từ chối cập nhật, lấy lại', en: 'Recall or update refused' },
} as const satisfies Record<StatusCode, { vi: string; en: string }>;

export function isStatusCode(text: string): text is StatusCode {
  return (statusCodes as readonly string[]).includes(text);
}

/** How far one recipient is with a document of ours. */
export type Delivery =
  | 'sent'
  | 'delivered'
  | 'refused'
  | 'taken-in'
  | 'assigned'
  | 'in-work'
  | 'done'
  | 'recalled';
export type Recall = 'none' | 'requested' | 'agreed' | 'refused';
export interface DeliveryState {
  readonly delivery: Delivery;
  readonly recall: Recall;
}

const forward = {
  '01': 'delivered',
  '03': 'taken-in',
  '04': 'assigned',
  '05': 'in-work',
  '06': 'done',
} as const;

/**
 * The delivery machine (row 1 §4): a status moves forward only. Messages may overtake one another, so each state can
 * be reached from every earlier one; what is not in the table is late: kept as evidence, without effect.
 */
export const deliveryTransitions = {
  sent: { ...forward, '02': 'refused' },
  delivered: { '02': 'refused', '03': 'taken-in', '04': 'assigned', '05': 'in-work', '06': 'done' },
  'taken-in': { '04': 'assigned', '05': 'in-work', '06': 'done' },
  assigned: { '05': 'in-work', '06': 'done' },
  'in-work': { '06': 'done' },
  done: {},
  refused: {},
  recalled: {},
} as const satisfies Record<Delivery, Partial<Record<StatusCode, Delivery>>>;

/** The recall beside it: asked for by us (13), answered by the receiver once (15 or 16). */
export const recallTransitions = {
  none: { '13': 'requested' },
  requested: { '15': 'agreed', '16': 'refused' },
  agreed: {},
  // Refused once, it may be asked for again.
  refused: { '13': 'requested' },
} as const satisfies Record<Recall, Partial<Record<StatusCode, Recall>>>;

/**
 * Applies one business status.
 * @returns the state after it, and `late` when the status changed nothing (it is kept as evidence all the same).
 *   An answer 15 or 16 without a recall is the answer to an update: it changes no state and is not late.
 */
export function applyStatus(
  state: DeliveryState,
  code: StatusCode,
): { readonly state: DeliveryState; readonly late: boolean } {
  if (code === '13' || code === '15' || code === '16') {
    const row: Partial<Record<StatusCode, Recall>> = recallTransitions[state.recall];
    const recall = row[code];
    if (recall === undefined) return { state, late: !(state.recall === 'none' && code !== '13') };
    return { state: { delivery: recall === 'agreed' ? 'recalled' : state.delivery, recall }, late: false };
  }
  const row: Partial<Record<StatusCode, Delivery>> = deliveryTransitions[state.delivery];
  const delivery = row[code];
  if (delivery === undefined) return { state, late: true };
  return { state: { ...state, delivery }, late: false };
}

/** How far the axis is with one recipient; the report may be late or repeated, so only a higher rank counts. */
export const transports = ['waiting', 'queued', 'fetched', 'refused', 'stored'] as const;
export type Transport = (typeof transports)[number];

export function isTransport(text: string): text is Transport {
  return (transports as readonly string[]).includes(text);
}

export function transportAfter(before: Transport, reported: Transport): Transport {
  return transports.indexOf(reported) > transports.indexOf(before) ? reported : before;
}

/**
 * Pause before the next attempt: doubles from five seconds up to ten minutes (one minute while nobody answers at all,
 * so that the line is used as soon as it is back), and goes on for ever (R3: no silent end).
 */
export function retryPauseMs(attempts: number, longestMs = 600_000): number {
  return Math.min(longestMs, 5_000 * 2 ** Math.min(Math.max(attempts - 1, 0), 10));
}
