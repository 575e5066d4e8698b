import { sql } from 'kysely';
import { foldText, type OrgId, type Tx } from '#kernel';
import type { Level, Organisation } from './types.ts';

export interface TreeNode extends Organisation {
  readonly children: number;
}

/** One level of the tree on a day: the bodies under one, or those at the top; each with how many stand under it. */
export async function treeLevel(tx: Tx, parent: OrgId | null, day: string): Promise<readonly TreeNode[]> {
  const found = await sql<TreeNode>`
    select v.organisation_id as id, v.name, v.code, v.code102, v.parent_id as "parentId", null as "parentName", v.level,
      (select count(*)::int from directory.org_version c where c.parent_id = v.organisation_id and c.recorded_to is null
        and c.valid_from <= ${day}::date and (c.valid_to is null or c.valid_to > ${day}::date)) as children
    from directory.org_version v
    where v.recorded_to is null and v.valid_from <= ${day}::date and (v.valid_to is null or v.valid_to > ${day}::date)
      and v.parent_id is not distinct from ${parent}::uuid
    order by v.code102 limit 2000`.execute(tx);
  return found.rows;
}

export async function countLiving(tx: Tx, day: string): Promise<number> {
  const found = await sql<{ n: number }>`select count(*)::int as n from directory.org_version
    where recorded_to is null and valid_from <= ${day}::date and (valid_to is null or valid_to > ${day}::date)`.execute(
    tx,
  );
  return found.rows[0]?.n ?? 0;
}

export interface FoundVersion {
  readonly id: OrgId;
  readonly name: string;
  readonly code: string;
  readonly code102: string;
  readonly from: string;
  readonly to: string | null;
}

/** Bodies by pieces of any name or code that they ever had; what they are called now comes before what they were. */
export async function searchAllTimes(tx: Tx, text: string, limit: number): Promise<readonly FoundVersion[]> {
  const patterns = foldText(text.normalize('NFC'))
    .split(' ')
    .filter(Boolean)
    .slice(0, 12)
    .map((word) => `%${word.replace(/[%_\\]/g, '\\$&')}%`);
  if (patterns.length === 0) return [];
  const found = await sql<FoundVersion>`
    select id, name, code, code102, "from", "to" from (
      select distinct on (organisation_id, name, code) organisation_id as id, name, code, code102, valid_to,
        to_char(valid_from, 'YYYY-MM-DD') as "from", to_char(valid_to, 'YYYY-MM-DD') as "to"
      from directory.org_version
      where recorded_to is null and (name_folded || ' ' || lower(code) || ' ' || lower(code102)) like all(${patterns}::text[])
      order by organisation_id, name, code, valid_from desc) v
    order by (upper(${text.trim()}) in (upper(code), upper(code102))) desc, (valid_to is null) desc, length(code102), code102
    limit ${limit}`.execute(tx);
  return found.rows;
}

export interface RecordedVersion extends FoundVersion {
  readonly parentId: OrgId | null;
  readonly parentName: string | null;
  readonly level: Level;
  readonly recordedAt: Date;
  readonly supersededAt: Date | null;
  readonly basis: string | null;
}

/** All that was ever recorded of one body: what we know now first, then what we once thought. */
export async function everRecorded(tx: Tx, id: OrgId): Promise<readonly RecordedVersion[]> {
  const found = await sql<RecordedVersion>`
    select v.organisation_id as id, v.name, v.code, v.code102, v.parent_id as "parentId", v.level,
      to_char(v.valid_from, 'YYYY-MM-DD') as "from", to_char(v.valid_to, 'YYYY-MM-DD') as "to",
      v.recorded_from as "recordedAt", v.recorded_to as "supersededAt", d.number as basis,
      (select p.name from directory.org_version p where p.organisation_id = v.parent_id and p.recorded_to is null
        and p.valid_from <= v.valid_from order by p.valid_from desc limit 1) as "parentName"
    from directory.org_version v left join directory.decision d on d.id = v.decision_id
    where v.organisation_id = ${id} order by (v.recorded_to is not null), v.valid_from, v.recorded_from limit 500`.execute(
    tx,
  );
  return found.rows;
}
