import { sql, type Generated, type JSONColumnType, type Selectable, type Transaction } from 'kysely';
import type { OrgId, Tx } from '#kernel';
import type { Delivery, OutboxState, Recall, StatusCode, Transport } from './states.ts';

/** Why an attempt or a package failed, in the axis's plain words. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
  /** ISO instant. */
  readonly at?: string;
  /** The same bytes would be refused again. */
  readonly permanent?: boolean;
}

/** Who speaks in a status (edXML §11 StaffInfo). */
export interface Staff {
  readonly department: string;
  readonly name: string;
  readonly email?: string;
}

export interface OutboxTable {
  id: string;
  seq: Generated<number>;
  org_id: string;
  kind: 'edoc' | 'status';
  ref: string | null;
  document_id: string;
  document_code: string;
  document_year: number | null;
  from_code: string;
  envelope: string;
  size: number;
  urgency: number;
  state: OutboxState;
  not_before: Date;
  next_attempt_at: Date;
  attempts: Generated<number>;
  last_error: JSONColumnType<Fault> | null;
  created_at: Date;
  receipt: string | null;
  log_index: number | null;
  counter: number | null;
  accepted_at: Date | null;
}
interface RecipientTable {
  org_id: string;
  outbox_id: string;
  recipient_id: string;
  position: number;
  code: string;
  code102: string;
  name: string;
  transport: Generated<Transport>;
  transport_at: Date | null;
  delivery: Generated<Delivery>;
  recall: Generated<Recall>;
  status: StatusCode | null;
}
interface InboxTable {
  id: string;
  org_id: string;
  envelope: string;
  message_type: 'edoc' | 'status';
  from_code: string;
  from_org_id: string | null;
  from_name: string | null;
  document_id: string | null;
  document_code: string | null;
  document_year: number | null;
  urgency: number;
  size: number;
  blob: string | null;
  state: 'stored' | 'unreadable' | 'damaged';
  reason: JSONColumnType<Fault> | null;
  accepted_at: Date;
  log_index: number | null;
  receipt: string;
  received_at: Date;
  acknowledged_at: Date | null;
}
interface StatusTable {
  id: string;
  seq: Generated<number>;
  org_id: string;
  envelope: string;
  direction: 'sent' | 'received';
  outbox_id: string | null;
  inbox_id: string | null;
  peer_id: string | null;
  peer_code: string;
  document_id: string;
  code: StatusCode;
  description: string;
  staff: JSONColumnType<Staff>;
  said_at: Date;
  received_at: Date;
  log_index: number | null;
  late: boolean;
}
interface LineTable {
  org_id: string;
  sender: string | null;
  sender_until: Date | null;
  delivery_cursor: Generated<string>;
}
interface AlarmTable {
  id: string;
  org_id: string;
  code: string;
  about: string;
  detail: JSONColumnType<Record<string, unknown>>;
  raised_at: Date;
}
type ExchangeTables = {
  'exchange.outbox': OutboxTable;
  'exchange.outbox_recipient': RecipientTable;
  'exchange.inbox': InboxTable;
  'exchange.status': StatusTable;
  'exchange.line': LineTable;
  'exchange.alarm': AlarmTable;
};
export type OutboxRow = Selectable<OutboxTable>;
export type RecipientRow = Selectable<RecipientTable>;
export type InboxRow = Selectable<InboxTable>;
export type StatusRow = Selectable<StatusTable>;
export type AlarmRow = Selectable<AlarmTable>;

const tables = (tx: Tx): Transaction<ExchangeTables> => tx.withTables<ExchangeTables>();

export interface NewOutbox {
  readonly id: string;
  readonly orgId: OrgId;
  readonly kind: 'edoc' | 'status';
  readonly ref: string | null;
  readonly documentId: string;
  readonly documentCode: string;
  readonly documentYear: number | null;
  readonly fromCode: string;
  readonly envelope: string;
  readonly size: number;
  readonly urgency: number;
  readonly notBefore: Date;
  readonly now: Date;
}

export async function insertOutbox(tx: Tx, row: NewOutbox): Promise<void> {
  await tables(tx)
    .insertInto('exchange.outbox')
    .values({
      id: row.id,
      org_id: row.orgId,
      kind: row.kind,
      ref: row.ref,
      document_id: row.documentId,
      document_code: row.documentCode,
      document_year: row.documentYear,
      from_code: row.fromCode,
      envelope: row.envelope,
      size: row.size,
      urgency: row.urgency,
      state: 'waiting',
      not_before: row.notBefore,
      next_attempt_at: row.notBefore,
      created_at: row.now,
      last_error: null,
      receipt: null,
      log_index: null,
      counter: null,
      accepted_at: null,
    })
    .execute();
}

export interface NewRecipient {
  readonly recipientId: OrgId;
  readonly code: string;
  readonly code102: string;
  readonly name: string;
}

export async function insertRecipients(
  tx: Tx,
  orgId: OrgId,
  outboxId: string,
  recipients: readonly NewRecipient[],
): Promise<void> {
  // In pieces: PostgreSQL takes at most 65,535 parameters, and a circular goes to ten thousand.
  for (let from = 0; from < recipients.length; from += 2_000) {
    const piece = recipients.slice(from, from + 2_000);
    await sql`
      insert into exchange.outbox_recipient (org_id, outbox_id, recipient_id, position, code, code102, name)
      select ${orgId}, ${outboxId}, t.recipient_id, t.position, t.code, t.code102, t.name
      from unnest(${piece.map((one) => one.recipientId)}::uuid[], ${piece.map((_, index) => from + index)}::int[],
                  ${piece.map((one) => one.code)}::text[], ${piece.map((one) => one.code102)}::text[],
                  ${piece.map((one) => one.name)}::text[]) as t (recipient_id, position, code, code102, name)`.execute(
      tx,
    );
  }
}

/** The row, locked until the end of the transaction. */
export async function lockOutbox(tx: Tx, id: string): Promise<OutboxRow | undefined> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function setOutboxState(
  tx: Tx,
  id: string,
  change: { readonly state: OutboxState; readonly nextAttemptAt?: Date; readonly notBefore?: Date },
): Promise<void> {
  await tables(tx)
    .updateTable('exchange.outbox')
    .set({
      state: change.state,
      ...(change.nextAttemptAt ? { next_attempt_at: change.nextAttemptAt } : {}),
      ...(change.notBefore ? { not_before: change.notBefore } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/**
 * Takes what is due, most urgent first, and marks it as leaving: from here on it cannot be undone, whatever
 * becomes of the request. The lease keeps other rounds away until `leaseUntil`.
 */
export async function claimDue(
  tx: Tx,
  now: Date,
  leaseUntil: Date,
  limit: number,
): Promise<readonly OutboxRow[]> {
  const claimed = await sql<OutboxRow>`
    update exchange.outbox set state = 'sending', attempts = attempts + 1, next_attempt_at = ${leaseUntil}
    where id in (
      select id from exchange.outbox
      where org_id = kernel.current_org() and state in ('waiting', 'sending') and next_attempt_at <= ${now}
      order by urgency desc, seq limit ${limit} for update skip locked)
    returning *`.execute(tx);
  return claimed.rows.sort((one, other) => other.urgency - one.urgency || one.seq - other.seq);
}

export async function recordAcceptance(
  tx: Tx,
  id: string,
  accepted: {
    readonly receipt: string;
    readonly logIndex: number;
    readonly counter: number;
    readonly at: Date;
  },
): Promise<void> {
  await tables(tx)
    .updateTable('exchange.outbox')
    .set({
      state: 'accepted',
      receipt: accepted.receipt,
      log_index: accepted.logIndex,
      counter: accepted.counter,
      accepted_at: accepted.at,
      last_error: null,
    })
    .where('id', '=', id)
    .execute();
  await sql`update exchange.outbox_recipient set transport = 'queued', transport_at = ${accepted.at}
    where outbox_id = ${id} and transport = 'waiting'`.execute(tx);
  await sql`update exchange.status set log_index = ${accepted.logIndex}
    where direction = 'sent' and log_index is null
      and envelope = (select envelope from exchange.outbox where id = ${id})`.execute(tx);
}

export async function recordFault(
  tx: Tx,
  id: string,
  change: { readonly state: OutboxState; readonly fault: Fault; readonly nextAttemptAt: Date },
): Promise<void> {
  await sql`update exchange.outbox set state = ${change.state}, last_error = ${JSON.stringify(change.fault)},
    next_attempt_at = ${change.nextAttemptAt} where id = ${id} and state = 'sending'`.execute(tx);
}

/** Gives back what was claimed and not tried: it can still be undone. */
export async function unclaim(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  await sql`update exchange.outbox set attempts = attempts - 1, next_attempt_at = ${at},
      state = case when attempts = 1 then 'waiting' else state end
    where id = any(${ids}::uuid[]) and state = 'sending'`.execute(tx);
}

/**
 * What is known of the counters of this organisation, to find gaps and reuse (R4).
 * @param untried packages that were claimed together with this one and not sent yet: they can explain no gap
 */
export async function counterState(
  tx: Tx,
  counter: number,
  outboxId: string,
  untried: readonly string[],
): Promise<{
  readonly reused: boolean;
  readonly highest: number;
  readonly known: number;
  readonly uncertain: number;
}> {
  const found = await sql<{ reused: boolean; highest: number | null; known: number; uncertain: number }>`
    select exists (select from exchange.outbox o where o.counter = ${counter} and o.envelope <> mine.envelope) as reused,
      (select max(o.counter) from exchange.outbox o where o.id <> mine.id) as highest,
      (select count(distinct o.counter) from exchange.outbox o where o.counter < ${counter}) as known,
      (select count(*) from exchange.outbox o
        where o.id <> mine.id and o.counter is null and o.state = 'sending'
          and o.id <> all(${untried}::uuid[])) as uncertain
    from exchange.outbox mine where mine.id = ${outboxId}`.execute(tx);
  const row = found.rows[0]!;
  return { ...row, highest: row.highest ?? 0 };
}

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

export async function latestOutboxOf(tx: Tx, ref: string): Promise<OutboxRow | undefined> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('ref', '=', ref)
    .where('kind', '=', 'edoc')
    .orderBy('seq', 'desc')
    .executeTakeFirst();
}

export async function outboxByEnvelope(tx: Tx, envelope: string): Promise<OutboxRow | undefined> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('envelope', '=', envelope)
    .where('state', '<>', 'undone')
    .orderBy('seq', 'desc')
    .executeTakeFirst();
}

export async function recipientsOf(tx: Tx, outboxId: string): Promise<readonly RecipientRow[]> {
  return await tables(tx)
    .selectFrom('exchange.outbox_recipient')
    .selectAll()
    .where('outbox_id', '=', outboxId)
    .orderBy('position')
    .execute();
}

/** One recipient of a package, locked, so that two statuses at once are applied one after the other. */
export async function lockRecipient(
  tx: Tx,
  outboxId: string,
  recipientId: string,
): Promise<RecipientRow | undefined> {
  return await tables(tx)
    .selectFrom('exchange.outbox_recipient')
    .selectAll()
    .where('outbox_id', '=', outboxId)
    .where('recipient_id', '=', recipientId)
    .forUpdate()
    .executeTakeFirst();
}

export async function setRecipient(
  tx: Tx,
  outboxId: string,
  recipientId: string,
  change: Partial<Pick<RecipientRow, 'transport' | 'transport_at' | 'delivery' | 'recall' | 'status'>>,
): Promise<void> {
  await tables(tx)
    .updateTable('exchange.outbox_recipient')
    .set(change)
    .where('outbox_id', '=', outboxId)
    .where('recipient_id', '=', recipientId)
    .execute();
}

/** Documents of ours that left, by their exact id; newest first. */
export async function sentByDocumentId(tx: Tx, documentId: string): Promise<readonly OutboxRow[]> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('kind', '=', 'edoc')
    .where('document_id', '=', documentId)
    .where('state', 'in', ['sending', 'accepted'])
    .orderBy('seq', 'desc')
    .limit(50)
    .execute();
}

/** Documents of ours that left, by number/notation and year of promulgation; newest first. */
export async function sentByCodeAndYear(tx: Tx, code: string, year: number): Promise<readonly OutboxRow[]> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('kind', '=', 'edoc')
    .where('document_code', '=', code)
    .where('document_year', '=', year)
    .where('state', 'in', ['sending', 'accepted'])
    .orderBy('seq', 'desc')
    .limit(50)
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
      document_code, document_year, urgency, size, blob, state, reason, accepted_at, log_index, receipt, received_at)
    values (${row.id}, ${row.orgId}, ${row.envelope}, ${row.messageType}, ${row.fromCode}, ${row.fromOrgId},
      ${row.fromName}, ${row.documentId}, ${row.documentCode}, ${row.documentYear}, ${row.urgency}, ${row.size}, ${row.blob}, ${row.state}, ${reason},
      ${row.acceptedAt}, ${row.logIndex}, ${row.receipt}, ${row.now})
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

/** What the axis refused for good: work for the clerk, newest first. */
export async function listFailed(tx: Tx): Promise<readonly OutboxRow[]> {
  return await tables(tx)
    .selectFrom('exchange.outbox')
    .selectAll()
    .where('state', '=', 'failed')
    .orderBy('seq', 'desc')
    .limit(200)
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
