import { sql } from 'kysely';
import type { Context, OrgId, Tx } from '#kernel';

/**
 * What an integrity check reads: every party's rows. The check is the operator's, who owns the tables; requests never
 * run like this. Nothing can be written in such a transaction.
 */
async function asOwner<T>(ctx: Context, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await ctx.db.transaction(null, async (tx) => {
    await sql`set local role none`.execute(tx);
    await sql`set transaction read only`.execute(tx);
    return await work(tx);
  });
}

/** Pages of a table, each read in a transaction of its own, so that a long check holds nothing back. */
async function* paged<Row>(
  ctx: Context,
  pageSize: number,
  after: number,
  page: (tx: Tx, after: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => number,
): AsyncGenerator<Row> {
  for (let from = after; ;) {
    const start = from;
    const rows = await asOwner(ctx, (tx) => page(tx, start));
    yield* rows;
    if (rows.length < pageSize) return;
    from = keyOf(rows.at(-1)!);
  }
}

export interface HeadRow {
  /** Index of the next log entry: what is below was accepted when the check began. */
  readonly nextIndex: number;
  readonly counters: readonly { readonly org: OrgId; readonly next: number }[];
}

/** The next numbers, all of one instant; null when the row is gone. */
export async function headOf(ctx: Context): Promise<HeadRow | null> {
  return await asOwner(ctx, async (tx) => {
    const found = await sql<HeadRow>`select next_index as "nextIndex",
      (select coalesce(jsonb_agg(jsonb_build_object('org', org_id, 'next', next)), '[]') from axis.counter) as counters
      from axis.head`.execute(tx);
    return found.rows[0] ?? null;
  });
}

/** The leaves of the log in order of their index. */
export async function* allEntries(
  ctx: Context,
  below: number,
): AsyncGenerator<{ readonly index: number; readonly entry: Buffer }> {
  const size = 4_096;
  yield* paged(
    ctx,
    size,
    -1,
    async (tx, after) =>
      (
        await sql<{ index: number; entry: Buffer }>`select index, entry from axis.log_entry
          where index > ${after} and index < ${below} order by index limit ${size}`.execute(tx)
      ).rows,
    (row) => row.index,
  );
}

export interface CheckedEnvelope {
  readonly id: string;
  readonly senderOrg: OrgId;
  readonly senderCode: string;
  readonly kind: 'edoc' | 'status';
  readonly contentHash: string;
  readonly size: number;
  readonly pack: number;
  readonly packOffset: number;
  readonly documentId: string;
  readonly notation: string;
  readonly logIndex: number;
  readonly counter: number;
  readonly acceptedAt: Date;
  readonly salt: Buffer;
  readonly recipients: string;
  readonly receipt: string;
  readonly entry: Buffer | null;
  readonly deliveries: readonly {
    readonly code: string;
    readonly name: string;
    readonly sender: string;
    readonly state: string;
    readonly logIndex: number;
    readonly ackIndex: number | null;
  }[];
}

/** Every envelope accepted before the index, with its log entry and its deliveries, in order. */
export async function* allEnvelopes(ctx: Context, below: number): AsyncGenerator<CheckedEnvelope> {
  const size = 200;
  yield* paged(
    ctx,
    size,
    -1,
    async (tx, after) =>
      (
        await sql<CheckedEnvelope>`select e.id, e.sender_org as "senderOrg", e.sender_code as "senderCode", e.kind,
            e.content_hash as "contentHash", e.size, e.pack, e.pack_offset as "packOffset",
            e.document_id as "documentId", e.notation, e.log_index as "logIndex", e.counter,
            e.accepted_at as "acceptedAt", e.salt, e.recipients, e.receipt, l.entry,
            (select coalesce(jsonb_agg(jsonb_build_object('code', d.recipient_code, 'name', d.recipient_name,
                'sender', d.sender_org, 'state', d.state, 'logIndex', d.log_index, 'ackIndex', d.ack_index)
                order by d.recipient_code), '[]')
              from axis.delivery d where d.envelope_id = e.id) as deliveries
          from axis.envelope e left join axis.log_entry l on l.index = e.log_index
          where e.log_index > ${after} and e.log_index < ${below} order by e.log_index limit ${size}`.execute(
          tx,
        )
      ).rows,
    (row) => row.logIndex,
  );
}

export interface CheckedAcknowledgement {
  readonly index: number;
  readonly payload: string;
  readonly salt: Buffer;
  readonly entry: Buffer | null;
  readonly deliveryState: string | null;
  readonly deliveryAckIndex: number | null;
  readonly recipientCode: string | null;
  readonly contentHash: string | null;
}

/** Every acknowledgement before the index, with its log entry and the delivery it speaks of, in order. */
export async function* allAcknowledgements(
  ctx: Context,
  below: number,
): AsyncGenerator<CheckedAcknowledgement> {
  const size = 1_000;
  yield* paged(
    ctx,
    size,
    -1,
    async (tx, after) =>
      (
        await sql<CheckedAcknowledgement>`select a.log_index as index, a.payload, a.salt, l.entry,
            d.state as "deliveryState", d.ack_index as "deliveryAckIndex", d.recipient_code as "recipientCode",
            e.content_hash as "contentHash"
          from axis.acknowledgement a left join axis.log_entry l on l.index = a.log_index
          left join axis.delivery d on d.id = a.delivery_id left join axis.envelope e on e.id = d.envelope_id
          where a.log_index > ${after} and a.log_index < ${below} order by a.log_index limit ${size}`.execute(
          tx,
        )
      ).rows,
    (row) => row.index,
  );
}

export interface LedgerLine {
  readonly envelope: string;
  readonly kind: 'edoc' | 'status';
  readonly notation: string;
  readonly documentId: string;
  readonly senderOrg: OrgId;
  readonly senderCode: string;
  readonly recipientOrg: OrgId;
  readonly recipientCode: string;
  readonly recipientName: string;
  readonly state: 'queued' | 'fetched' | 'refused' | 'stored';
  readonly logIndex: number;
  readonly acceptedAt: Date;
}

/** Everything that was accepted in a span of time, one line for each recipient, in order (S1.8). */
export async function acceptedBetween(ctx: Context, from: Date, to: Date): Promise<readonly LedgerLine[]> {
  return await asOwner(ctx, async (tx) => {
    const found = await sql<LedgerLine>`select e.envelope, e.kind, e.notation, e.document_id as "documentId",
        e.sender_org as "senderOrg", e.sender_code as "senderCode", d.recipient_org as "recipientOrg",
        d.recipient_code as "recipientCode", d.recipient_name as "recipientName", d.state,
        e.log_index as "logIndex", e.accepted_at as "acceptedAt"
      from axis.envelope e join axis.delivery d on d.envelope_id = e.id
      where e.accepted_at >= ${from} and e.accepted_at < ${to} order by e.log_index, d.recipient_code`.execute(
      tx,
    );
    return found.rows;
  });
}
