import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';
import type { StatusCode } from './states.ts';
import { tables, type Fault, type InboxRow, type Staff, type StatusRow } from './tables.ts';

export interface NewInbox {
  readonly id: string;
  readonly orgId: OrgId;
  readonly envelope: string;
  readonly messageType: 'edoc' | 'status';
  readonly fromCode: string;
  readonly fromOrgId: OrgId | null;
  readonly fromName: string | null;
  readonly documentId: string | null;
  readonly documentCode: string | null;
  readonly documentYear: number | null;
  readonly urgency: number;
  readonly size: number;
  readonly blob: string | null;
  readonly state: InboxRow['state'];
  readonly reason: Fault | null;
  readonly acceptedAt: Date;
  readonly logIndex: number | null;
  readonly receipt: string;
  readonly forwarded: InboxRow['forwarded'];
  readonly now: Date;
}

/**
 * Enters an envelope once. A row without intact bytes gives way when intact bytes come after all.
 * @returns the row's id, or null when the envelope is here already and nothing is to be done.
 */
export async function insertInbox(tx: Tx, row: NewInbox): Promise<string | null> {
  const reason = row.reason === null ? null : JSON.stringify(row.reason);
  const written = await sql<{ id: string }>`
    insert into exchange.inbox (id, org_id, envelope, message_type, from_code, from_org_id, from_name, document_id,
      document_code, document_year, urgency, size, blob, state, reason, accepted_at, log_index, receipt, received_at, forwarded)
    values (${row.id}, ${row.orgId}, ${row.envelope}, ${row.messageType}, ${row.fromCode}, ${row.fromOrgId},
      ${row.fromName}, ${row.documentId}, ${row.documentCode}, ${row.documentYear}, ${row.urgency}, ${row.size}, ${row.blob}, ${row.state}, ${reason},
      ${row.acceptedAt}, ${row.logIndex}, ${row.receipt}, ${row.now},
      ${row.forwarded === null ? null : JSON.stringify(row.forwarded)})
    on conflict (org_id, envelope) do update
      set blob = excluded.blob, state = excluded.state, reason = excluded.reason, document_id = excluded.document_id,
        document_code = excluded.document_code, document_year = excluded.document_year, from_org_id = excluded.from_org_id, from_name = excluded.from_name, received_at = excluded.received_at,
        acknowledged_at = null
      where exchange.inbox.state = 'damaged' and excluded.state <> 'damaged'
    returning id`.execute(tx);
  return written.rows[0]?.id ?? null;
}

export async function inboxByEnvelope(tx: Tx, envelope: string): Promise<InboxRow | undefined> {
  return await tables(tx)
    .selectFrom('exchange.inbox')
    .selectAll()
    .where('envelope', '=', envelope)
    .executeTakeFirst();
}

export async function inboxById(tx: Tx, id: string): Promise<InboxRow | undefined> {
  return await tables(tx).selectFrom('exchange.inbox').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A document that we received from this sender: by its exact id, or by number/notation and year. */
export async function receivedFrom(
  tx: Tx,
  fromOrgId: string,
  by: { readonly documentId: string } | { readonly code: string; readonly year: number },
): Promise<InboxRow | undefined> {
  const found = tables(tx)
    .selectFrom('exchange.inbox')
    .selectAll()
    .where('message_type', '=', 'edoc')
    .where('from_org_id', '=', fromOrgId)
    .where('state', '=', 'stored')
    .orderBy('received_at', 'desc');
  return await (
    'documentId' in by
      ? found.where('document_id', '=', by.documentId)
      : found.where('document_code', '=', by.code).where('document_year', '=', by.year)
  ).executeTakeFirst();
}

export async function setAcknowledged(tx: Tx, id: string, at: Date): Promise<void> {
  await tables(tx).updateTable('exchange.inbox').set({ acknowledged_at: at }).where('id', '=', id).execute();
}

/**
 * After a walk through all that waits at the axis: what was here before it and is not on that list was acknowledged,
 * though the process ended before it could note so.
 * @param listed envelopes that the axis still lists
 */
export async function settleAcknowledged(
  tx: Tx,
  org: OrgId,
  listed: readonly string[],
  walk: { readonly began: Date; readonly ended: Date },
): Promise<void> {
  await sql`update exchange.inbox set acknowledged_at = ${walk.ended}
    where org_id = ${org} and acknowledged_at is null and state <> 'damaged' and received_at < ${walk.began}
      and envelope <> all(${listed}::text[])`.execute(tx);
}

/** What arrived and cannot be worked with: unreadable or damaged packages, newest first. */
export async function listUnusable(tx: Tx): Promise<readonly InboxRow[]> {
  return await tables(tx)
    .selectFrom('exchange.inbox')
    .selectAll()
    .where('state', '<>', 'stored')
    .orderBy('received_at', 'desc')
    .limit(200)
    .execute();
}

export interface NewStatus {
  readonly id: string;
  readonly orgId: OrgId;
  readonly envelope: string;
  readonly direction: 'sent' | 'received';
  readonly outboxId: string | null;
  readonly inboxId: string | null;
  readonly peerId: string | null;
  readonly peerCode: string;
  readonly documentId: string;
  readonly code: StatusCode;
  readonly description: string;
  readonly staff: Staff;
  readonly saidAt: Date;
  readonly receivedAt: Date;
  readonly logIndex: number | null;
  readonly late: boolean;
}

export async function insertStatus(tx: Tx, row: NewStatus): Promise<void> {
  await sql`insert into exchange.status (id, org_id, envelope, direction, outbox_id, inbox_id, peer_id, peer_code,
      document_id, code, description, staff, said_at, received_at, log_index, late)
    values (${row.id}, ${row.orgId}, ${row.envelope}, ${row.direction}, ${row.outboxId}, ${row.inboxId}, ${row.peerId},
      ${row.peerCode}, ${row.documentId}, ${row.code}, ${row.description}, ${JSON.stringify(row.staff)}, ${row.saidAt},
      ${row.receivedAt}, ${row.logIndex}, ${row.late})
    on conflict do nothing`.execute(tx);
}

/**
 * Recalls (13) that overtook the document that they ask back: from its sender, under its exact id, and attached to
 * nothing so far. From here on they belong to the document.
 */
export async function adoptRecalls(
  tx: Tx,
  org: OrgId,
  document: { readonly inboxId: string; readonly fromOrgId: string; readonly documentId: string },
): Promise<readonly StatusRow[]> {
  const found = await sql<StatusRow>`update exchange.status set inbox_id = ${document.inboxId}
    where org_id = ${org} and direction = 'received' and code = '13' and inbox_id is null
      and peer_id = ${document.fromOrgId} and document_id = ${document.documentId}
    returning *`.execute(tx);
  return found.rows.toSorted((one, other) => one.seq - other.seq);
}

export async function statusesOfOutbox(tx: Tx, outboxId: string): Promise<readonly StatusRow[]> {
  return await tables(tx)
    .selectFrom('exchange.status')
    .selectAll()
    .where('outbox_id', '=', outboxId)
    .orderBy('seq')
    .execute();
}

export async function statusesOfInbox(tx: Tx, inboxId: string): Promise<readonly StatusRow[]> {
  return await tables(tx)
    .selectFrom('exchange.status')
    .selectAll()
    .where('inbox_id', '=', inboxId)
    .orderBy('seq')
    .execute();
}
