import { vietnamDate, type OrgId, type Tx, type Unit } from '#kernel';
import type { z } from 'zod';
import { normaliseCode } from './codes.ts';
import type { decisionBody, DecisionState, OrganisationEvent } from './contractDecision.ts';
import {
  allSuccessions,
  codesOfDecision,
  decisionById,
  endSuccessions,
  insertDecision,
  insertSuccessions,
  reviseContent,
  setCancelled,
  setChecked,
  setSigned,
  undoRecorded,
  type DecisionRow,
  type Signatory,
} from './decisionStore.ts';
import { finding, type Finding } from './findings.ts';
import { fieldGaps } from './handover.ts';
import { planDecision, type Plan } from './plan.ts';
import { mayDecide, type DecisionAction } from './policy.ts';
import { refuse } from './refusals.ts';
import {
  allTimelines,
  claimCodes,
  insertOrganisations,
  insertVersions,
  lockDirectory,
  ownersOf,
  releaseCodes,
  supersede,
} from './versionStore.ts';

type Content = z.infer<typeof decisionBody>;

const signatory = (unit: Unit): Signatory => ({
  id: unit.actor.id,
  name: unit.actor.name,
  ...(unit.actor.post === undefined ? {} : { post: unit.actor.post }),
});

/** The states in which each action is possible. */
export const decisionSteps = {
  edit: ['draft', 'checked'],
  check: ['draft', 'checked'],
  sign: ['checked'],
  cancel: ['draft', 'checked', 'signed'],
} as const satisfies Record<DecisionAction, readonly DecisionState[]>;

async function decisionFor(unit: Unit, id: string, action: DecisionAction): Promise<DecisionRow> {
  const row = await decisionById(unit.tx, id, true);
  if (!row || row.orgId !== unit.org) throw refuse('unknown-decision');
  if (!(await mayDecide(unit, action))) throw refuse('not-yours-to-decide');
  if (!(decisionSteps[action] as readonly DecisionState[]).includes(row.state))
    throw refuse('wrong-decision-state', { state: stateWords[row.state] });
  return row;
}
const stateWords: Readonly<Record<DecisionState, string>> = {
  draft: 'dự thảo',
  checked: 'đã kiểm tra',
  signed: 'đã ký',
  effective: 'đã có hiệu lực',
  cancelled: 'đã hủy',
};

/** A new draft. @throws Refusal not-yours-to-decide, unknown-decision (what it corrects) */
export async function prepareDecision(unit: Unit, content: Content): Promise<string> {
  if (!(await mayDecide(unit, 'edit'))) throw refuse('not-yours-to-decide');
  await checkCorrected(unit, content.corrects);
  const id = unit.ctx.ids.uuid();
  await insertDecision(unit.tx, {
    ...content,
    id,
    orgId: unit.org,
    createdBy: signatory(unit),
    createdAt: unit.now,
  });
  await publish(unit, id, 'prepared', { number: content.number });
  return id;
}

async function checkCorrected(unit: Unit, corrects: string | null): Promise<void> {
  if (corrects === null) return;
  const row = await decisionById(unit.tx, corrects);
  if (!row || row.signedAt === null) throw refuse('unknown-decision');
}

/** New content of a draft; whoever changes it is its author from then on. */
export async function reviseDecision(unit: Unit, id: string, content: Content): Promise<void> {
  await decisionFor(unit, id, 'edit');
  await checkCorrected(unit, content.corrects);
  await reviseContent(unit.tx, id, content, signatory(unit), unit.now);
  await publish(unit, id, 'revised', { number: content.number });
}

const publish = async (
  unit: Unit,
  id: string,
  type: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> =>
  void (await unit.publish({
    stream: `decision:${id}`,
    type: `directory.decision-${type}`,
    payload: { decisionId: id, ...payload },
  }));

const codesGiven = (events: readonly OrganisationEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === 'create' || event.kind === 'recode'
      ? [normaliseCode(event.code), normaliseCode(event.code102)]
      : [],
  );

/** What the decision would do to the directory as it stands. */
export async function planOf(
  tx: Tx,
  row: Pick<DecisionRow, 'effective' | 'events'>,
  newId: () => string,
): Promise<Plan> {
  const timelines = await allTimelines(tx);
  const owners = await ownersOf(tx, [...new Set(codesGiven(row.events))]);
  const successions = await allSuccessions(tx);
  const { effective } = row;
  return planDecision(
    { timelines, owners, successions, effective, newId: () => newId() as OrgId },
    row.events,
  );
}

/** Everything that stands against signing, that of other rooms included (S9.2). */
async function findingsOf(unit: Unit, row: DecisionRow, plan: Plan): Promise<readonly Finding[]> {
  const today = vietnamDate(unit.now);
  const late = Math.round((Date.parse(today) - Date.parse(row.effective)) / 86_400_000);
  return [
    ...plan.findings,
    ...(late > 0 ? [finding('already-past', null, { days: late })] : []),
    ...(await fieldGaps(unit, plan)),
  ];
}

export interface DryRunResult {
  readonly row: DecisionRow;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/** "Cái gì sẽ vỡ?": the plan and what stands against it; nothing is written but that it was checked. */
export async function checkDecision(unit: Unit, id: string): Promise<DryRunResult> {
  const row = await decisionFor(unit, id, 'check');
  const plan = await planOf(unit.tx, row, () => unit.ctx.ids.uuid());
  const findings = await findingsOf(unit, row, plan);
  if (findings.some(({ severity }) => severity === 'error')) {
    if (row.state === 'checked') await reviseContent(unit.tx, id, row, row.createdBy, row.createdAt);
  } else {
    await setChecked(unit.tx, id, { planHash: plan.hash, by: signatory(unit), at: unit.now });
  }
  return { row: (await decisionById(unit.tx, id)) as DecisionRow, plan, findings };
}

/**
 * Signs a checked decision off: from here on the directory knows what will hold from its day. The signer is another
 * person than the author, and signs the very plan that was checked.
 * @throws Refusal same-person, changed-since-check, not-closed
 */
export async function signDecision(unit: Unit, id: string, planHash: string): Promise<Plan> {
  const row = await decisionFor(unit, id, 'sign');
  if (row.createdBy.id === unit.actor.id) throw refuse('same-person');
  await lockDirectory(unit.tx);
  const plan = await planOf(unit.tx, row, () => unit.ctx.ids.uuid());
  if (plan.hash !== planHash || plan.hash !== row.planHash) throw refuse('changed-since-check');
  const findings = await findingsOf(unit, row, plan);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error) throw refuse('not-closed', { reason: error.vi });
  await setSigned(unit.tx, id, signatory(unit), unit.now);
  await carryOut(unit, row, plan);
  await publish(unit, id, 'signed', {
    number: row.number,
    effective: row.effective,
    ended: plan.ended.length,
    created: plan.created.length,
  });
  return plan;
}

async function carryOut(unit: Unit, row: DecisionRow, plan: Plan): Promise<void> {
  await insertOrganisations(unit.tx, plan.created, unit.now);
  await claimCodes(unit.tx, plan.claims);
  await supersede(unit.tx, plan.gone, unit.now, row.id);
  await insertVersions(unit.tx, plan.written, unit.now, row.id);
  const decision = { id: row.id, effective: row.effective, recordedAt: unit.now };
  await endSuccessions(unit.tx, plan.restored, decision);
  await insertSuccessions(unit.tx, plan.successions, decision);
}

/**
 * Cancels a decision before its day: nothing remains but the record (S9.7).
 * @throws Refusal already-in-force once its day has come; later-decision-builds-on-it
 */
export async function cancelDecision(unit: Unit, id: string, reason: string): Promise<void> {
  const row = await decisionFor(unit, id, 'cancel');
  if (row.state === 'signed') {
    if (row.effective <= vietnamDate(unit.now)) throw refuse('already-in-force');
    await lockDirectory(unit.tx);
    const codes = await codesOfDecision(unit.tx, id);
    if (!(await undoRecorded(unit.tx, id, unit.now))) throw refuse('later-decision-builds-on-it');
    await releaseCodes(unit.tx, codes);
  }
  await setCancelled(unit.tx, id, { by: signatory(unit), at: unit.now, reason });
  await publish(unit, id, 'cancelled', { number: row.number, reason });
}
