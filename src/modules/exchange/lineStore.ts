import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';
import { tables, type AlarmRow } from './tables.ts';

/** @returns true when the alarm is new; the same alarm about the same thing is raised once. */
export async function insertAlarm(
  tx: Tx,
  alarm: {
    readonly id: string;
    readonly orgId: OrgId;
    readonly code: string;
    readonly about: string;
    readonly detail: Readonly<Record<string, unknown>>;
    readonly now: Date;
  },
): Promise<boolean> {
  const written = await sql`insert into exchange.alarm (id, org_id, code, about, detail, raised_at)
    values (${alarm.id}, ${alarm.orgId}, ${alarm.code}, ${alarm.about}, ${JSON.stringify(alarm.detail)}, ${alarm.now})
    on conflict do nothing returning id`.execute(tx);
  return written.rows.length > 0;
}

export async function listAlarms(tx: Tx): Promise<readonly AlarmRow[]> {
  return await tables(tx)
    .selectFrom('exchange.alarm')
    .selectAll()
    .orderBy('raised_at', 'desc')
    .limit(500)
    .execute();
}

/**
 * Takes the organisation's line for sending.
 * @returns false while another process holds it.
 */
export async function takeLine(
  tx: Tx,
  orgId: OrgId,
  sender: string,
  now: Date,
  until: Date,
): Promise<boolean> {
  await sql`insert into exchange.line (org_id) values (${orgId}) on conflict do nothing`.execute(tx);
  const taken = await sql`update exchange.line set sender = ${sender}, sender_until = ${until}
    where org_id = ${orgId} and (sender is null or sender = ${sender} or sender_until <= ${now})
    returning org_id`.execute(tx);
  return taken.rows.length > 0;
}

export async function releaseLine(tx: Tx, orgId: OrgId, sender: string): Promise<void> {
  await sql`update exchange.line set sender = null, sender_until = null
    where org_id = ${orgId} and sender = ${sender}`.execute(tx);
}

export async function deliveryCursor(tx: Tx, orgId: OrgId): Promise<string> {
  const found = await sql<{ delivery_cursor: string }>`
    select delivery_cursor from exchange.line where org_id = ${orgId}`.execute(tx);
  return found.rows[0]?.delivery_cursor ?? '';
}

export async function setDeliveryCursor(tx: Tx, orgId: OrgId, cursor: string): Promise<void> {
  await sql`insert into exchange.line (org_id, delivery_cursor) values (${orgId}, ${cursor})
    on conflict (org_id) do update set delivery_cursor = excluded.delivery_cursor`.execute(tx);
}
