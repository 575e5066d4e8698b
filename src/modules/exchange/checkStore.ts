import { sql, type RawBuilder } from 'kysely';
import type { Context, OrgId, Tx } from '#kernel';

/** Pages of an organisation's rows in order of their id, each in a transaction of its own. */
async function* paged<Row extends { readonly id: string }>(
  ctx: Context,
  org: OrgId,
  statement: (after: string, limit: number) => RawBuilder<Row>,
): AsyncGenerator<Row> {
  const limit = 500;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const from = after;
    const { rows } = await ctx.db.transaction(org, (tx) => statement(from, limit).execute(tx));
    yield* rows;
    if (rows.length < limit) return;
    after = rows.at(-1)!.id;
  }
}

export interface CheckedOutbox {
  readonly id: string;
  readonly kind: 'edoc' | 'status';
  readonly documentCode: string;
  readonly fromCode: string;
  readonly envelope: string;
  readonly state: string;
  readonly receipt: string | null;
  readonly logIndex: number | null;
  readonly counter: number | null;
  readonly createdAt: Date;
  readonly acceptedAt: Date | null;
  /** Codes of the receivers, for a document. */
  readonly recipients: readonly string[];
  /** A status message has its line among the statuses. */
  readonly hasStatus: boolean;
}

export async function* allOutbox(ctx: Context, org: OrgId): AsyncGenerator<CheckedOutbox> {
  yield* paged(
    ctx,
    org,
    (after, limit) => sql<CheckedOutbox>`select o.id, o.kind, o.document_code as "documentCode",
        o.from_code as "fromCode", o.envelope, o.state, o.receipt, o.log_index as "logIndex", o.counter,
        o.created_at as "createdAt", o.accepted_at as "acceptedAt",
        (select coalesce(jsonb_agg(r.code order by r.position), '[]') from exchange.outbox_recipient r
          where r.org_id = o.org_id and r.outbox_id = o.id) as recipients,
        exists (select from exchange.status s where s.org_id = o.org_id and s.direction = 'sent'
          and s.envelope = o.envelope) as "hasStatus"
      from exchange.outbox o where o.org_id = ${org} and o.id > ${after} order by o.id limit ${limit}`,
  );
}

/** The blob of a package that was handed to the exchange. */
export async function outboxEnvelope(tx: Tx, id: string): Promise<string | null> {
  const found = await sql<{
    envelope: string;
  }>`select envelope from exchange.outbox where id = ${id}`.execute(tx);
  return found.rows[0]?.envelope ?? null;
}

export interface CheckedInbox {
  readonly id: string;
  readonly messageType: 'edoc' | 'status';
  readonly fromCode: string;
  readonly fromName: string | null;
  readonly documentId: string | null;
  readonly documentCode: string | null;
  readonly envelope: string;
  readonly blob: string | null;
  readonly state: 'stored' | 'unreadable' | 'damaged';
  readonly receipt: string;
  readonly logIndex: number | null;
  readonly acceptedAt: Date;
  /** A status message has its line among the statuses. */
  readonly hasStatus: boolean;
}

export async function* allInbox(ctx: Context, org: OrgId): AsyncGenerator<CheckedInbox> {
  yield* paged(
    ctx,
    org,
    (
      after,
      limit,
    ) => sql<CheckedInbox>`select i.id, i.message_type as "messageType", i.from_code as "fromCode",
        i.from_name as "fromName", i.document_id as "documentId", i.document_code as "documentCode", i.envelope,
        i.blob, i.state, i.receipt, i.log_index as "logIndex", i.accepted_at as "acceptedAt",
        exists (select from exchange.status s where s.org_id = i.org_id and s.direction = 'received'
          and s.envelope = i.envelope) as "hasStatus"
      from exchange.inbox i where i.org_id = ${org} and i.id > ${after} order by i.id limit ${limit}`,
  );
}

/** Events of the record whose row is gone: what arrived, and what the axis accepted. */
export async function eventsWithoutRow(
  tx: Tx,
  org: OrgId,
): Promise<
  readonly {
    readonly type: string;
    readonly documentId: string | null;
    readonly fromCode: string | null;
    readonly envelope: string | null;
    readonly at: Date;
  }[]
> {
  const found = await sql<{
    type: string;
    documentId: string | null;
    fromCode: string | null;
    envelope: string | null;
    at: Date;
  }>`select e.type, e.payload ->> 'documentId' as "documentId", e.payload ->> 'fromCode' as "fromCode",
      e.payload ->> 'envelope' as envelope, e.at
    from kernel.event e where e.org_id = ${org} and (
      (e.type in ('exchange.package-arrived', 'exchange.package-unreadable', 'exchange.package-damaged')
        and not exists (select from exchange.inbox i where i.id = (e.payload ->> 'inboxId')::uuid))
      or (e.type = 'exchange.accepted'
        and not exists (select from exchange.outbox o where o.id = (e.payload ->> 'outboxId')::uuid)))
    order by e.seq`.execute(tx);
  return found.rows;
}

/** Lines of statuses whose package, sent or received, is gone. */
export async function statusesWithoutPackage(
  tx: Tx,
  org: OrgId,
): Promise<
  readonly {
    readonly code: string;
    readonly documentId: string;
    readonly peerCode: string;
    readonly at: Date;
  }[]
> {
  const found = await sql<{ code: string; documentId: string; peerCode: string; at: Date }>`
    select s.code, s.document_id as "documentId", s.peer_code as "peerCode", s.received_at as at
    from exchange.status s where s.org_id = ${org} and not exists (
      select from exchange.inbox i where s.direction = 'received' and i.org_id = s.org_id and i.envelope = s.envelope
      union all
      select from exchange.outbox o where s.direction = 'sent' and o.org_id = s.org_id and o.envelope = s.envelope)
    order by s.received_at`.execute(tx);
  return found.rows;
}

export interface SentLine {
  readonly envelope: string;
  readonly kind: 'edoc' | 'status';
  readonly documentCode: string;
  readonly documentId: string;
  readonly logIndex: number | null;
  readonly acceptedAt: Date;
}

/** The organisation's own list of what the axis accepted from it in a span of time (S1.8). */
export async function sentBetween(tx: Tx, org: OrgId, from: Date, to: Date): Promise<readonly SentLine[]> {
  const found = await sql<SentLine>`select envelope, kind, document_code as "documentCode",
      document_id as "documentId", log_index as "logIndex", accepted_at as "acceptedAt"
    from exchange.outbox where org_id = ${org} and accepted_at >= ${from} and accepted_at < ${to}
    order by accepted_at, id`.execute(tx);
  return found.rows;
}

export interface ReceivedLine {
  readonly envelope: string;
  readonly kind: 'edoc' | 'status';
  readonly documentCode: string | null;
  readonly documentId: string | null;
  readonly fromCode: string;
  readonly logIndex: number | null;
  readonly acceptedAt: Date;
}

/** The organisation's own list of what it received, by the day on which the axis accepted it (S1.8). */
export async function receivedBetween(
  tx: Tx,
  org: OrgId,
  from: Date,
  to: Date,
): Promise<readonly ReceivedLine[]> {
  const found =
    await sql<ReceivedLine>`select envelope, message_type as kind, document_code as "documentCode",
      document_id as "documentId", from_code as "fromCode", log_index as "logIndex", accepted_at as "acceptedAt"
    from exchange.inbox where org_id = ${org} and accepted_at >= ${from} and accepted_at < ${to}
    order by accepted_at, id`.execute(tx);
  return found.rows;
}
