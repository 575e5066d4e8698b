import { record } from '#audit';
import { systemActor, unitOfWork, type Context, type OrgId } from '#kernel';
import { refuseAxis } from './refusals.ts';
import { axisService } from './service.ts';
import { deliveryOf, type InboxRow } from './store.ts';

/**
 * Reads the package of a delivery for its recipient; the store hashes it again on the way out (S1.7). Damaged bytes
 * are never handed on: both parties' audit names the hop at which they broke.
 * @returns null when the delivery is not this organisation's
 * @throws `axis.package-damaged`
 */
export async function readDelivery(
  ctx: Context,
  org: OrgId,
  id: string,
): Promise<{ readonly row: InboxRow; readonly bytes: Buffer } | null> {
  const row = await ctx.db.transaction(org, (tx) => deliveryOf(tx, org, id));
  if (!row) return null;
  const { packs } = await axisService(ctx);
  const bytes = await packs.read({ pack: row.pack, offset: row.packOffset }, row.size, row.contentHash);
  if (bytes) return { row, bytes };
  await recordDamage(ctx, org, row);
  throw refuseAxis('package-damaged', { envelope: row.envelope, hop: 'axis' });
}

async function recordDamage(ctx: Context, recipient: OrgId, row: InboxRow): Promise<void> {
  ctx.log.error({ envelope: row.envelope, delivery: row.id, hop: 'axis' }, 'package damaged in the store');
  for (const org of new Set([recipient, row.senderOrg])) {
    await unitOfWork(ctx, { org, actor: systemActor(org) }, (unit) =>
      record(unit, {
        action: 'axis.package-damaged',
        object: `envelope:${row.envelope}`,
        detail: { hop: 'axis', expectedHash: row.contentHash, delivery: row.id, logIndex: row.logIndex },
      }),
    );
  }
}
