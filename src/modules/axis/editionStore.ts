import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';

export interface EditionRow {
  readonly n: number;
  readonly hash: string;
  readonly root: string;
  readonly revision: number;
  readonly bodies: number;
  readonly publishedAt: Date;
  readonly logIndex: number;
  readonly salt: Buffer;
}

const columns = sql`n, hash, root, revision, bodies, published_at as "publishedAt", log_index as "logIndex", salt`;

/** One writer of editions at a time: their numbers have no gaps. */
export async function lockEditions(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(7021)`.execute(tx);
}

export async function latestEdition(tx: Tx): Promise<EditionRow | null> {
  const found = await sql<EditionRow>`select ${columns} from axis.edition order by n desc limit 1`.execute(
    tx,
  );
  return found.rows[0] ?? null;
}

export async function editionsAfter(tx: Tx, after: number, limit: number): Promise<readonly EditionRow[]> {
  const found =
    await sql<EditionRow>`select ${columns} from axis.edition where n > ${after} order by n limit ${limit}`.execute(
      tx,
    );
  return found.rows;
}

export async function editionText(
  tx: Tx,
  n: number,
): Promise<(EditionRow & { readonly text: string }) | null> {
  const found = await sql<
    EditionRow & { text: string }
  >`select ${columns}, text from axis.edition where n = ${n}`.execute(tx);
  return found.rows[0] ?? null;
}

/** Digests of all bodies, and the edition in which each last changed. */
export async function editionDigests(
  tx: Tx,
): Promise<ReadonlyMap<string, { readonly digest: string; readonly edition: number }>> {
  const found = await sql<{ id: string; digest: string; edition: number }>`
    select organisation_id as id, digest, edition from axis.edition_body`.execute(tx);
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** The log's next index; its lock is held until the end of the transaction. */
export async function nextLogIndex(tx: Tx): Promise<number> {
  const found = await sql<{ n: number }>`select axis.edition_index() as n`.execute(tx);
  return found.rows[0]!.n;
}

export async function insertEdition(
  tx: Tx,
  row: EditionRow & { readonly text: string },
  entry: Uint8Array,
  digests: ReadonlyMap<string, string>,
): Promise<void> {
  await sql`select axis.edition_entry(${row.logIndex}, ${Buffer.from(entry)})`.execute(tx);
  await sql`insert into axis.edition (n, text, hash, root, revision, bodies, published_at, log_index, salt)
    values (${row.n}, ${row.text}, ${row.hash}, ${row.root}, ${row.revision}, ${row.bodies}, ${row.publishedAt},
      ${row.logIndex}, ${row.salt})`.execute(tx);
  await sql`insert into axis.edition_body (organisation_id, digest, edition)
    select r.*, ${row.n}::bigint from unnest(${[...digests.keys()]}::uuid[], ${[...digests.values()]}::text[]) as r
    on conflict (organisation_id) do update set digest = excluded.digest, edition = excluded.edition`.execute(
    tx,
  );
}

/** Somebody asked: what they were given is the latest edition. */
export async function noteAsked(
  tx: Tx,
  use: { readonly subscriber: string; readonly org: OrgId; readonly edition: number; readonly at: Date },
): Promise<void> {
  await sql`insert into axis.edition_use (subscriber, org_id, asked, asked_at)
    values (${use.subscriber}, ${use.org}, ${use.edition}, ${use.at})
    on conflict (subscriber) do update set asked = greatest(edition_use.asked, excluded.asked), asked_at = excluded.asked_at`.execute(
    tx,
  );
}

/** Somebody said which edition they run, and what they made of it. */
export async function noteApplied(
  tx: Tx,
  use: {
    readonly subscriber: string;
    readonly org: OrgId;
    readonly edition: number;
    readonly diverged: boolean;
    readonly at: Date;
  },
): Promise<void> {
  await sql`insert into axis.edition_use (subscriber, org_id, applied, applied_at, diverged)
    values (${use.subscriber}, ${use.org}, ${use.edition}, ${use.at}, ${use.diverged})
    on conflict (subscriber) do update set applied = excluded.applied, applied_at = excluded.applied_at, diverged = excluded.diverged`.execute(
    tx,
  );
}

export interface UseRow {
  readonly subscriber: string;
  readonly orgId: OrgId;
  readonly asked: number;
  readonly askedAt: Date | null;
  readonly applied: number;
  readonly appliedAt: Date | null;
  readonly diverged: boolean;
}

/** Everybody connected to the axis and how far they are, those who never asked included. */
export async function editionUse(tx: Tx): Promise<readonly UseRow[]> {
  const found = await sql<UseRow>`
    select s.subscriber, s.org_id as "orgId", coalesce(u.asked, 0) as asked, u.asked_at as "askedAt",
      coalesce(u.applied, 0) as applied, u.applied_at as "appliedAt", coalesce(u.diverged, false) as diverged
    from (select 'axis-1:' || key_id as subscriber, org_id from axis.member where retired_at is null
      union all select distinct on (system_id) 'vxp:' || system_id, org_id from axis.system_org) s
    left join axis.edition_use u on u.subscriber = s.subscriber
    order by u.applied nulls first, u.asked nulls first, s.subscriber`.execute(tx);
  return found.rows;
}
