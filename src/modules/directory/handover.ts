import { systemActor, unitOfWork, vietnamDate, type Context, type OrgId, type Unit } from '#kernel';
import { dueDecisions, setEffective, successionsOfDecision, type StoredSuccession } from './decisionStore.ts';
import { finding, type Finding } from './findings.ts';
import { insertHandovers, type Handover } from './handoverStore.ts';
import { impactProviders, type OpenItem } from './impact.ts';
import type { Plan, Succession } from './plan.ts';
import { lastKnown } from './store.ts';

const mostItems = 100_000;

/**
 * The heir of one open matter: that of its field where the work is shared out, else whoever answers letters. Null when
 * the work is shared out and no heir has its field.
 */
export function heirOfItem(
  item: Pick<OpenItem, 'orgId' | 'field'>,
  heirs: readonly Succession[],
): OrgId | null {
  const own = heirs.filter(({ from }) => from === item.orgId);
  const shared = own.filter(({ kind, fields }) => kind === 'split' && fields.length > 0);
  if (shared.length === 0) return own.find(({ letters }) => letters)?.to ?? null;
  const same = (left: string, right: string): boolean =>
    left.normalize('NFC').toLowerCase() === right.normalize('NFC').toLowerCase();
  return (
    shared.find(({ fields }) => fields.some((field) => item.field !== null && same(field, item.field)))?.to ??
    null
  );
}

async function openWork(unit: Unit, orgs: readonly OrgId[]): Promise<(OpenItem & { kind: string })[]> {
  const all: (OpenItem & { kind: string })[] = [];
  if (orgs.length === 0) return all;
  for (const provider of impactProviders(unit.ctx).filter(({ work }) => work)) {
    const items = await provider.items(unit.tx, orgs, mostItems);
    all.push(...items.map((item) => ({ ...item, kind: provider.kind })));
  }
  return all;
}

/** Open matters of a body that is shared out whose field no heir has: they block the signing (S9.2). */
export async function fieldGaps(unit: Unit, plan: Plan): Promise<readonly Finding[]> {
  const ended = new Set(plan.ended);
  const split = new Set(
    plan.successions.filter(({ kind, from }) => kind === 'split' && ended.has(from)).map(({ from }) => from),
  );
  const gaps = new Map<string, { org: OrgId; field: string; count: number }>();
  for (const item of await openWork(unit, [...split])) {
    if (heirOfItem(item, plan.successions) !== null) continue;
    const key = `${item.orgId}\n${item.field ?? ''}`;
    const gap = gaps.get(key) ?? { org: item.orgId, field: item.field ?? 'không ghi lĩnh vực', count: 0 };
    gap.count += 1;
    gaps.set(key, gap);
  }
  const names = await lastKnown(unit.tx, [...split]);
  return [...gaps.values()].map(({ org, field, count }) =>
    finding('field-without-heir', null, { name: names.get(org)?.name ?? '', field, count }),
  );
}

/**
 * Carries out the consequences of decisions whose day has come: what was open at a body that ended is written down
 * with its new holder, and rooms that keep more (the axis: deliveries under way) do their part in the same
 * transaction. Rights and seals end by the day itself and wait for nobody.
 * @returns how many decisions took effect
 */
export async function effectRound(ctx: Context): Promise<number> {
  const day = vietnamDate(ctx.clock.now());
  const due = await ctx.db.transaction(null, (tx) => dueDecisions(tx, day));
  for (const { id, orgId } of due) {
    await unitOfWork(ctx, { org: orgId, actor: systemActor(orgId) }, async (unit) => {
      const successions = await successionsOfDecision(unit.tx, id);
      await handOver(unit, id, successions);
      await setEffective(unit.tx, id, unit.now);
      await unit.publish({
        stream: `decision:${id}`,
        type: 'directory.decision-effective',
        payload: { decisionId: id, successions },
      });
    });
  }
  return due.length;
}

async function handOver(
  unit: Unit,
  decisionId: string,
  successions: readonly StoredSuccession[],
): Promise<void> {
  const ended = [...new Set(successions.map(({ from }) => from))];
  const rows: Handover[] = (await openWork(unit, ended)).flatMap((item) => {
    const to = heirOfItem(item, successions);
    return to === null ? [] : [{ ...item, from: item.orgId, to }];
  });
  await insertHandovers(unit.tx, decisionId, rows, unit.now);
}
