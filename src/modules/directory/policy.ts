import type { Unit } from '#kernel';
import { findByCode } from './store.ts';

export type DecisionAction = 'edit' | 'check' | 'sign' | 'cancel';

/** Who may do what with decisions: the administrator or a clerk prepares, a leader signs off. */
const roles = {
  edit: ['admin', 'clerk'],
  check: ['admin', 'clerk', 'leader'],
  sign: ['leader'],
  cancel: ['admin', 'leader'],
} as const satisfies Record<DecisionAction, readonly string[]>;

/** What the actor may do with decisions: only in the office that keeps the directory (PHIGIAY_DIRECTORY_KEEPER). */
export async function decisionRights(unit: Unit): Promise<ReadonlySet<DecisionAction>> {
  const keeper = await findByCode(unit.tx, unit.ctx.config.directoryKeeper, unit.now);
  if (keeper?.id !== unit.org) return new Set();
  const actions = Object.keys(roles) as DecisionAction[];
  return new Set(actions.filter((action) => roles[action].some((role) => unit.actor.roles.includes(role))));
}

export async function mayDecide(unit: Unit, action: DecisionAction): Promise<boolean> {
  return (await decisionRights(unit)).has(action);
}
