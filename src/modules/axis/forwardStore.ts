import { sql } from 'kysely';
import type { OpenItem } from '#directory';
import type { OrgId, Tx } from '#kernel';
import type { ForwardNote } from './batch.ts';

/** Moves open deliveries to heirs; the note's `code` is each delivery's own. @returns how many moved */
export async function forwardDeliveries(
  tx: Tx,
  moves: readonly { readonly from: OrgId; readonly to: OrgId; readonly note: Omit<ForwardNote, 'code'> }[],
  at: Date,
): Promise<number> {
  const found = await sql<{
    n: number;
  }>`select axis.forward_deliveries(${JSON.stringify(moves)}::jsonb, ${at}) as n`.execute(tx);
  return found.rows[0]?.n ?? 0;
}

/** What stands open at bodies: who sent it and under which notation, never what it is about. */
export async function openDeliveriesOf(
  tx: Tx,
  orgs: readonly OrgId[],
  limit: number,
): Promise<{ readonly items: readonly OpenItem[]; readonly total: number }> {
  const found = await sql<{ total: number; recipient: OrgId; label: string; at: Date }>`
    select total, recipient, label, at from axis.open_deliveries(${[...orgs]}::uuid[], ${limit})`.execute(tx);
  return {
    total: found.rows[0]?.total ?? 0,
    items: found.rows.map(({ recipient, label, at }) => ({
      orgId: recipient,
      ref: label,
      label,
      field: null,
      at,
    })),
  };
}

/** Certificates and systems that speak to the axis for these bodies. */
export async function connectionsOf(
  tx: Tx,
  orgs: readonly OrgId[],
  limit: number,
): Promise<readonly OpenItem[]> {
  const found = await sql<{ orgId: OrgId; label: string; at: Date | null }>`
    select org_id as "orgId", 'axis-1 ' || key_id as label, added_at as at from axis.member
      where org_id = any(${[...orgs]}::uuid[]) and retired_at is null
    union all
    select o.org_id, 'VXP ' || o.system_id, null from axis.system_org o where o.org_id = any(${[...orgs]}::uuid[])
    limit ${limit}`.execute(tx);
  return found.rows.map((row) => ({ ...row, ref: row.label, field: null }));
}
