import { receptionAge, type ReceptionAge } from '#calendar';
import type { Context } from '#kernel';
import { openDeliveries, type OpenDeliveryRow } from './watchStore.ts';

const mostRows = 10_000;

export interface WatchedDelivery extends OpenDeliveryRow {
  readonly age: ReceptionAge;
}

/**
 * The axis's watch board (S1.6): deliveries whose recipient has not fetched or acknowledged them in their time, or for
 * which the duty officer is to be called. Nothing leaves it but by the recipient's own acknowledgement.
 */
export async function watchBoard(ctx: Context): Promise<readonly WatchedDelivery[]> {
  const now = ctx.clock.now().getTime();
  const rows = await ctx.db.transaction(null, (tx) => openDeliveries(tx, mostRows));
  return rows
    .map((row) => ({ ...row, age: receptionAge(row.urgency, row.queuedAt.getTime(), now) }))
    .filter(({ age }) => age.stage !== 'open');
}
