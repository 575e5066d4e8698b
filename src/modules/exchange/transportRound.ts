import { agencySigner } from '#signatures';
import { findByCode } from '#directory';
import { unitOfWork, type Context, type OrgId, type Unit } from '#kernel';
import type { DeliveryItem } from './axisClient.ts';
import { asSystem, localOf } from './context.ts';
import { isTransport, transportAfter } from './states.ts';
import { deliveryCursor, setDeliveryCursor } from './lineStore.ts';
import { lockRecipient, outboxByEnvelope, recipientsOf, setForwarded, setRecipient } from './outboxStore.ts';

const pageSize = 200;

/** Asks the axis how far its recipients are with what we sent. @returns true when there may be more */
export async function transportRound(ctx: Context, org: OrgId): Promise<boolean> {
  const after = await ctx.db.transaction(org, (tx) => deliveryCursor(tx, org));
  const signer = await agencySigner(ctx, org);
  const page = await localOf(ctx).client.deliveries(signer, after, pageSize);
  const next = page.next ?? after;
  if (page.items.length === 0 && next === after) return false;
  await unitOfWork(ctx, asSystem(org), async (unit) => {
    for (const item of page.items) await applyTransport(unit, item);
    // The changes and the place in the list stand or fall together: nothing is skipped, and repeats do nothing.
    await setDeliveryCursor(unit.tx, org, next);
  });
  return page.items.length > 0 && next !== after;
}

async function applyTransport(unit: Unit, item: DeliveryItem): Promise<void> {
  if (!isTransport(item.state)) return;
  const outbox = await outboxByEnvelope(unit.tx, item.envelope);
  if (!outbox || outbox.kind !== 'edoc') return;
  const code = item.recipientCode.trim().toUpperCase();
  const known = (await recipientsOf(unit.tx, outbox.id)).find(
    (one) => one.code.toUpperCase() === code || one.code102.toUpperCase() === code,
  );
  const recipientId = known?.recipient_id ?? (await findByCode(unit.tx, code, unit.now))?.id;
  if (recipientId === undefined) return;
  const recipient = await lockRecipient(unit.tx, outbox.id, recipientId);
  if (!recipient) return;
  if (item.forwarded && recipient.forwarded === null) {
    const heir = await findByCode(unit.tx, item.forwarded.toCode, unit.now);
    const note = { ...item.forwarded, ...(heir ? { toOrg: heir.id } : {}) };
    await setForwarded(unit.tx, outbox.id, recipientId, note);
  }
  const transport = transportAfter(recipient.transport, item.state);
  if (transport === recipient.transport) return;
  await setRecipient(unit.tx, outbox.id, recipientId, { transport, transport_at: new Date(item.at) });
  await unit.publish({
    stream: outbox.ref ?? `outbox:${outbox.id}`,
    type: 'exchange.transport-changed',
    payload: {
      ref: outbox.ref,
      outboxId: outbox.id,
      recipientOrgId: recipientId,
      recipientCode: recipient.code,
      recipientName: recipient.name,
      transport,
      at: item.at,
    },
  });
}
