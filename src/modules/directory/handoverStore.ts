import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';

/** One open matter and its new holder. */
export interface Handover {
  readonly from: OrgId;
  readonly to: OrgId;
  readonly kind: string;
  readonly ref: string;
  readonly label: string;
  readonly field: string | null;
}

/** Writes the matters down, each body's in its own name; again for the same decision changes nothing. */
export async function insertHandovers(
  tx: Tx,
  decisionId: string,
  rows: readonly Handover[],
  at: Date,
): Promise<void> {
  const before = await sql<{ org: string | null }>`select current_setting('app.org', true) as org`.execute(
    tx,
  );
  for (const [from, own] of Map.groupBy(rows, (row) => row.from)) {
    await sql`select set_config('app.org', ${from}, true)`.execute(tx);
    await sql`insert into directory.handover (id, decision_id, from_org, to_org, kind, ref, label, field, at)
      select gen_random_uuid(), ${decisionId}::uuid, ${from}::uuid, r."to", r.kind, r.ref, r.label, r.field, ${at}
      from jsonb_to_recordset(${JSON.stringify(own)}::jsonb) as r("to" uuid, kind text, ref text, label text, field text)
      on conflict (decision_id, kind, ref) do nothing`.execute(tx);
  }
  await sql`select set_config('app.org', ${before.rows[0]?.org ?? ''}, true)`.execute(tx);
}

/** What the organisation of the transaction handed over or took over with a body, the latest first. */
export async function handoversOf(
  tx: Tx,
  org: OrgId,
  limit: number,
): Promise<{ readonly items: readonly Handover[]; readonly total: number }> {
  const found = await sql<Handover & { total: number }>`
    select from_org as "from", to_org as "to", kind, ref, label, field, count(*) over ()::int as total
    from directory.handover where from_org = ${org} or to_org = ${org} order by at desc, label limit ${limit}`.execute(
    tx,
  );
  return { items: found.rows, total: found.rows[0]?.total ?? 0 };
}
