import { allSuccessions, heirsOf, lastKnown, registerImpact } from '#directory';
import { vietnamDate, type Context, type OrgId, type Tx } from '#kernel';
import { connectionsOf, forwardDeliveries, openDeliveriesOf } from './forwardStore.ts';

/** For how long after its day a decision's bodies are looked at again: a letter may have been on its way. */
const sweepDays = 7;

/**
 * Hands every open delivery of bodies that have ended to whoever answers for them today. Doing it again moves
 * nothing: what has moved no longer stands at the old body.
 * @returns how many deliveries moved
 */
export async function forwardOpen(tx: Tx, from: readonly OrgId[], at: Date): Promise<number> {
  if (from.length === 0) return 0;
  const heirs = await heirsOf(tx, from, at);
  const names = await lastKnown(tx, from);
  const moves = [...heirs].flatMap(([id, { org, basis, on }]) =>
    org.id === id
      ? []
      : [
          {
            from: id,
            to: org.id,
            note: { name: names.get(id)?.name ?? '', basis, on, toCode: org.code, toName: org.name },
          },
        ],
  );
  return moves.length === 0 ? 0 : await forwardDeliveries(tx, moves, at);
}

/** Bodies whose end came in the last days: their letters under way are moved. @returns how many moved */
export async function forwardRound(ctx: Context): Promise<number> {
  const now = ctx.clock.now();
  const since = vietnamDate(new Date(now.getTime() - sweepDays * 86_400_000));
  const today = vietnamDate(now);
  return await ctx.db.transaction(null, async (tx) => {
    const due = (await allSuccessions(tx)).filter(
      ({ letters, effective }) => letters && effective <= today && effective >= since,
    );
    return await forwardOpen(tx, [...new Set(due.map(({ from }) => from))], now);
  });
}

/** The axis's part of a reorganisation: its figures in the dry run, and the letters on their way on the day. */
export function followReorganisations(ctx: Context): void {
  ctx.events.on('directory.decision-effective', async (unit, event) => {
    const successions = event.payload['successions'] as readonly { from: OrgId; letters: boolean }[];
    const from = [...new Set(successions.filter(({ letters }) => letters).map((one) => one.from))];
    await forwardOpen(unit.tx, from, unit.now);
  });
  registerImpact(ctx, {
    kind: 'axis.deliveries',
    vi: 'Bản gửi đang trên đường',
    en: 'Deliveries under way',
    work: false,
    count: async (tx, orgs) => (await openDeliveriesOf(tx, orgs, 1)).total,
    items: async (tx, orgs, limit) => (await openDeliveriesOf(tx, orgs, limit)).items,
  });
  registerImpact(ctx, {
    kind: 'axis.connections',
    vi: 'Hệ thống và chứng thư đã nối vào trục',
    en: 'Systems and certificates connected to the axis',
    work: false,
    count: async (tx, orgs) => (await connectionsOf(tx, orgs, 100_000)).length,
    items: async (tx, orgs, limit) => await connectionsOf(tx, orgs, limit),
  });
}
