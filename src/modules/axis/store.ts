import { randomBytes } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { Database, OrgId, Tx } from '#kernel';
import type { DeliveryState, ForwardNote, Opened } from './batch.ts';
import type { Job, Rows } from './plan.ts';

const rowsOf = async <Row>(tx: Tx, statement: RawBuilder<Row>): Promise<readonly Row[]> =>
  (await statement.execute(tx)).rows;
const firstOf = async <Row>(tx: Tx, statement: RawBuilder<Row>): Promise<Row | null> =>
  (await statement.execute(tx)).rows[0] ?? null;

/** A JSON value as a dollar-quoted literal, whose 128 random bits no text inside can hold. */
function jsonLiteral(value: unknown): string {
  const quote = `$q${randomBytes(16).toString('hex')}$`;
  return `${quote}${JSON.stringify(value)}${quote}`;
}

/**
 * One transaction of the axis: takes its lock, reads what the batch must know, lets `decide` decide, writes and
 * commits. Two messages to the database in all, because every request waits for them: the texts go as literals,
 * which the simple protocol needs to take several statements at once.
 */
export async function batchTransaction<T>(
  db: Database,
  jobs: readonly Job[],
  decide: (opened: Opened) => Promise<{ readonly rows: Rows; readonly value: T }>,
): Promise<T> {
  const accepts = jobs.flatMap((job) =>
    job.type === 'accept'
      ? [{ sender: job.senderOrg, envelope: job.envelope, documentId: job.documentId, key: job.key }]
      : [],
  );
  const moves = jobs.flatMap((job) =>
    job.type === 'move' ? [{ delivery: job.deliveryId, recipient: job.recipientOrg }] : [],
  );
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    const asked = jsonLiteral({ accepts, moves });
    const answers = (await client.query(
      `begin; select axis.open_batch(${asked}::jsonb) as opened`,
    )) as unknown as readonly { readonly rows: readonly { readonly opened: Opened }[] }[];
    const { rows, value } = await decide(answers[1]!.rows[0]!.opened);
    const nothing =
      rows.envelopes.length + rows.moves.length + rows.requests.length + rows.identities.length === 0;
    const notes =
      rows.forwards.length === 0 ? '' : `select axis.note_forwarded(${jsonLiteral(rows.forwards)}::jsonb); `;
    await client.query(
      nothing ? 'commit' : `select axis.close_batch(${jsonLiteral(rows)}::jsonb); ${notes}commit`,
    );
    return value;
  } catch (error) {
    // A connection that cannot even roll back is thrown away.
    await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A delivery as its recipient sees it. */
export interface InboxRow {
  readonly id: string;
  readonly envelope: string;
  readonly contentHash: string;
  readonly kind: 'edoc' | 'status';
  readonly senderOrg: OrgId;
  readonly senderCode: string;
  readonly recipientCode: string;
  readonly documentId: string;
  readonly urgency: number;
  readonly size: number;
  readonly pack: number;
  readonly packOffset: number;
  readonly acceptedAt: Date;
  readonly changedAt: Date;
  readonly logIndex: number;
  readonly receipt: string;
  readonly state: DeliveryState;
  readonly forwarded: ForwardNote | null;
}

const inboxColumns = sql`d.id, e.envelope, e.content_hash as "contentHash", d.kind, e.sender_org as "senderOrg",
  e.sender_code as "senderCode", d.recipient_code as "recipientCode", e.document_id as "documentId", d.urgency,
  e.size, e.pack, e.pack_offset as "packOffset", e.accepted_at as "acceptedAt", d.changed_at as "changedAt", e.log_index as "logIndex", e.receipt, d.state, d.forwarded`;

/** Place in the inbox: most urgent first, then the order of acceptance. */
export interface InboxCursor {
  readonly urgency: number;
  readonly logIndex: number;
}

/** Deliveries of one organisation that are not acknowledged yet. */
export async function unacknowledged(
  tx: Tx,
  org: OrgId,
  options: { readonly after?: InboxCursor | null; readonly limit: number; readonly kind?: 'edoc' | 'status' },
): Promise<readonly InboxRow[]> {
  const { after, kind } = options;
  return await rowsOf(
    tx,
    sql<InboxRow>`select ${inboxColumns} from axis.delivery d join axis.envelope e on e.id = d.envelope_id
      where d.recipient_org = ${org} and d.state in ('queued', 'fetched')
        ${kind === undefined ? sql`` : sql`and d.kind = ${kind}`}
        ${after ? sql`and (d.urgency < ${after.urgency} or (d.urgency = ${after.urgency} and d.log_index > ${after.logIndex}))` : sql``}
      order by d.urgency desc, d.log_index limit ${options.limit}`,
  );
}

export async function countUnacknowledged(tx: Tx, org: OrgId, kind: 'edoc' | 'status'): Promise<number> {
  const found = await firstOf(
    tx,
    sql<{ count: number }>`select count(*)::int as count from axis.delivery
      where recipient_org = ${org} and kind = ${kind} and state in ('queued', 'fetched')`,
  );
  return found?.count ?? 0;
}

/** One delivery of the recipient, in any state; null when it is not theirs. */
export async function deliveryOf(tx: Tx, org: OrgId, id: string): Promise<InboxRow | null> {
  return await firstOf(
    tx,
    sql<InboxRow>`select ${inboxColumns} from axis.delivery d join axis.envelope e on e.id = d.envelope_id
      where d.id = ${id} and d.recipient_org = ${org}`,
  );
}

export interface ChangeRow {
  readonly envelope: string;
  readonly recipientCode: string;
  readonly recipientName: string;
  readonly state: DeliveryState;
  readonly changedAt: Date;
  readonly reason: string | null;
  readonly logIndex: number | null;
  readonly change: number;
  readonly forwarded: ForwardNote | null;
}

/** Deliveries of what the organisation sent, by their latest change. */
export async function changesOf(
  tx: Tx,
  org: OrgId,
  options: { readonly after: number; readonly limit: number },
): Promise<readonly ChangeRow[]> {
  return await rowsOf(
    tx,
    sql<ChangeRow>`select e.envelope, d.recipient_code as "recipientCode", d.recipient_name as "recipientName",
        d.state, d.changed_at as "changedAt", d.reason, d.ack_index as "logIndex", d.change, d.forwarded
      from axis.delivery d join axis.envelope e on e.id = d.envelope_id
      where d.sender_org = ${org} and d.change > ${options.after} order by d.change limit ${options.limit}`,
  );
}

export interface EnvelopeRow {
  readonly id: string;
  readonly senderOrg: OrgId;
  readonly senderCode: string;
  readonly kind: 'edoc' | 'status';
  readonly envelope: string;
  readonly contentHash: string;
  readonly logIndex: number;
  readonly counter: number;
  readonly acceptedAt: Date;
  readonly salt: Buffer;
  readonly recipients: string;
  readonly receipt: string;
}

/** The envelope of one identity, if the organisation of the transaction is one of its parties. */
export async function envelopeOf(tx: Tx, envelope: string): Promise<EnvelopeRow | null> {
  return await firstOf(
    tx,
    sql<EnvelopeRow>`select id, sender_org as "senderOrg", sender_code as "senderCode", kind, envelope,
        content_hash as "contentHash", log_index as "logIndex", counter, accepted_at as "acceptedAt", salt,
        recipients, receipt
      from axis.envelope where envelope = ${envelope} order by log_index limit 1`,
  );
}

export interface SentRow {
  readonly envelopeId: string;
  readonly deliveryId: string;
  readonly kind: 'edoc' | 'status';
  readonly senderCode: string;
  readonly recipientCode: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly title: string;
  readonly notation: string;
  readonly acceptedAt: Date;
  readonly changedAt: Date;
}

/** What the organisation sent, newest first, one row for each recipient. */
export async function sentBy(
  tx: Tx,
  org: OrgId,
  options: { readonly kind?: 'edoc' | 'status'; readonly envelopeId?: string; readonly limit: number },
): Promise<readonly SentRow[]> {
  return await rowsOf(
    tx,
    sql<SentRow>`select e.id as "envelopeId", d.id as "deliveryId", e.kind, e.sender_code as "senderCode",
        d.recipient_code as "recipientCode", d.state, d.reason, e.title, e.notation, e.accepted_at as "acceptedAt",
        d.changed_at as "changedAt"
      from axis.envelope e join axis.delivery d on d.envelope_id = e.id
      where e.sender_org = ${org}
        ${options.kind === undefined ? sql`` : sql`and e.kind = ${options.kind}`}
        ${options.envelopeId === undefined ? sql`` : sql`and e.id = ${options.envelopeId}`}
      order by e.log_index desc, d.change limit ${options.limit}`,
  );
}

/** Takes the turn of writing the log until the transaction ends. @returns false when another process has it */
export async function takeLogTurn(tx: Tx): Promise<boolean> {
  const turn = await firstOf(
    tx,
    sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('axis.log', 0)) as taken`,
  );
  return turn?.taken === true;
}

/** Leaves of the log from an index on, in order. */
export async function entriesFrom(
  tx: Tx,
  index: number,
  limit: number,
): Promise<readonly { readonly index: number; readonly entry: Buffer }[]> {
  return await rowsOf(
    tx,
    sql<{
      index: number;
      entry: Buffer;
    }>`select index, entry from axis.log_entry where index >= ${index} order by index limit ${limit}`,
  );
}

export interface MemberRow {
  readonly keyId: string;
  readonly orgId: OrgId;
  readonly certificatePem: string;
}

export async function memberByKey(tx: Tx, keyId: string): Promise<MemberRow | null> {
  return await firstOf(
    tx,
    sql<MemberRow>`select key_id as "keyId", org_id as "orgId", certificate_pem as "certificatePem"
      from axis.member where key_id = ${keyId} and retired_at is null`,
  );
}

/** @returns false when the key was known already */
export async function addMemberRow(tx: Tx, row: MemberRow, at: Date): Promise<boolean> {
  const added = await rowsOf(
    tx,
    sql<{ key_id: string }>`insert into axis.member (key_id, org_id, certificate_pem, added_at)
      values (${row.keyId}, ${row.orgId}, ${row.certificatePem}, ${at}) on conflict do nothing returning key_id`,
  );
  return added.length > 0;
}

export async function allMembers(tx: Tx): Promise<readonly MemberRow[]> {
  return await rowsOf(
    tx,
    sql<MemberRow>`select key_id as "keyId", org_id as "orgId", certificate_pem as "certificatePem"
      from axis.member where retired_at is null order by added_at`,
  );
}

export interface SystemRow {
  readonly id: string;
  readonly secret: string;
  readonly orgs: readonly OrgId[];
}

export async function systemById(tx: Tx, id: string): Promise<SystemRow | null> {
  return await firstOf(
    tx,
    sql<SystemRow>`select s.id, s.secret, coalesce((select array_agg(o.org_id order by o.org_id)
        from axis.system_org o where o.system_id = s.id), '{}') as orgs
      from axis.system s where s.id = ${id}`,
  );
}

/** What is kept of every system's secret. */
export async function allSystemSecrets(tx: Tx): Promise<readonly Pick<SystemRow, 'id' | 'secret'>[]> {
  return await rowsOf(
    tx,
    sql<Pick<SystemRow, 'id' | 'secret'>>`select id, secret from axis.system order by id`,
  );
}

export async function allSystems(tx: Tx): Promise<readonly Omit<SystemRow, 'secret'>[]> {
  return await rowsOf(
    tx,
    sql<Omit<SystemRow, 'secret'>>`select s.id, coalesce((select array_agg(o.org_id order by o.org_id)
        from axis.system_org o where o.system_id = s.id), '{}') as orgs
      from axis.system s order by s.id`,
  );
}

/** Adds a system or gives a known one a new secret. */
export async function putSystem(
  tx: Tx,
  row: { readonly id: string; readonly secret: string },
  at: Date,
): Promise<void> {
  await sql`insert into axis.system (id, secret, added_at) values (${row.id}, ${row.secret}, ${at})
    on conflict (id) do update set secret = excluded.secret`.execute(tx);
}

export async function bindSystem(
  tx: Tx,
  systemId: string,
  orgs: readonly OrgId[],
  registered: boolean,
): Promise<void> {
  for (const org of orgs) {
    await sql`insert into axis.system_org (system_id, org_id, registered) values (${systemId}, ${org}, ${registered})
      on conflict do nothing`.execute(tx);
  }
}

/** Takes back a binding that the system made itself. @returns false when there is none */
export async function unbindRegistered(tx: Tx, systemId: string, org: OrgId): Promise<boolean> {
  const gone = await rowsOf(
    tx,
    sql<{ org_id: string }>`delete from axis.system_org
      where system_id = ${systemId} and org_id = ${org} and registered returning org_id`,
  );
  return gone.length > 0;
}

/** How many deliveries of the transaction's organisation were refused by their recipient. */
export async function countRefused(tx: Tx, org: OrgId): Promise<number> {
  const found = await firstOf(
    tx,
    sql<{ count: number }>`select count(*)::int as count from axis.delivery
      where recipient_org = ${org} and state = 'refused'`,
  );
  return found?.count ?? 0;
}

/** From here on the transaction sees the rows of this organisation. */
export async function actFor(tx: Tx, org: OrgId): Promise<void> {
  await sql`select set_config('app.org', ${org}, true)`.execute(tx);
}
