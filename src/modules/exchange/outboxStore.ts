import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';
import type { OutboxState } from './states.ts';
import { tables, type Fault, type OutboxRow, type RecipientRow } from './tables.ts';

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

/** A delivery of ours that is not at an end. */
export interface OpenDeliveryRow {
  readonly ref: string | null;
  readonly documentCode: string;
  readonly urgency: number;
  readonly outboxState: OutboxState;
  readonly recipientCode: string;
  readonly recipientName: string;
  readonly transport: RecipientRow['transport'];
  readonly recall: RecipientRow['recall'];
  readonly since: Date;
}

/** What left or should leave and was neither taken in nor refused nor taken back; most urgent, then oldest first. */
export async function openDeliveriesOf(
  tx: Tx,
  org: OrgId,
  limit: number,
): Promise<readonly OpenDeliveryRow[]> {
  const found = await sql<OpenDeliveryRow>`
    select o.ref, o.document_code as "documentCode", o.urgency, o.state as "outboxState", r.code as "recipientCode",
      r.name as "recipientName", r.transport, r.recall, o.not_before as since
    from exchange.outbox o join exchange.outbox_recipient r on r.outbox_id = o.id
    where o.org_id = ${org} and o.kind = 'edoc' and o.state <> 'undone'
      and (r.delivery in ('sent', 'delivered') or r.recall = 'requested')
    order by o.urgency desc, o.not_before, o.seq, r.position limit ${limit}`.execute(tx);
  return found.rows;
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

/** Somebody else answers for the recipient: kept beside how far the letter is. */
export async function setForwarded(
  tx: Tx,
  outboxId: string,
  recipientId: string,
  note: NonNullable<RecipientRow['forwarded']>,
): Promise<void> {
  await tables(tx)
    .updateTable('exchange.outbox_recipient')
    .set({ forwarded: JSON.stringify(note) })
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
