import { sql } from 'kysely';
import { foldText, systemIds, type OrgId, type Tx } from '#kernel';
import { normaliseCode } from './codes.ts';
import type { Version } from './timeline.ts';

const versionColumns = sql`id, organisation_id as "organisationId", name, code, code102, parent_id as "parentId", level,
  to_char(valid_from, 'YYYY-MM-DD') as "from", to_char(valid_to, 'YYYY-MM-DD') as "to"`;

/** A version that stands in the database. */
export type StoredVersion = Version & { readonly id: string };

/**
 * Changes of the directory queue up until the end of the transaction: what is checked stays true until it is written,
 * and whoever follows the directory sees that it has changed.
 */
export async function lockDirectory(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(7020)`.execute(tx);
  await sql`update directory.revision set n = n + 1`.execute(tx);
}

/** Grows with every change of the directory. */
export async function directoryRevision(tx: Tx): Promise<number> {
  const found = await sql<{ n: number }>`select n from directory.revision`.execute(tx);
  return found.rows[0]?.n ?? 0;
}

/** Writes versions; `decisionId` is the decision by which they hold. */
export async function insertVersions(
  tx: Tx,
  versions: readonly Omit<Version, 'id'>[],
  recordedAt: Date,
  decisionId: string | null = null,
): Promise<void> {
  const ids = systemIds(() => recordedAt.getTime());
  const column = <T>(pick: (version: Omit<Version, 'id'>) => T): T[] => versions.map(pick);
  await sql`insert into directory.org_version
      (id, organisation_id, name, name_folded, code, code102, parent_id, level, valid_from, valid_to, recorded_from, decision_id)
    select r.*, ${recordedAt}, ${decisionId}::uuid from unnest(
      ${column(() => ids.uuid())}::uuid[], ${column((v) => v.organisationId)}::uuid[], ${column((v) => v.name.normalize('NFC'))}::text[],
      ${column((v) => foldText(v.name))}::text[], ${column((v) => normaliseCode(v.code))}::text[],
      ${column((v) => normaliseCode(v.code102))}::text[], ${column((v) => v.parentId)}::uuid[], ${column((v) => v.level)}::text[],
      ${column((v) => v.from)}::date[], ${column((v) => v.to)}::date[]) as r`.execute(tx);
}

/** What we thought until now stays readable as what was known; it is no longer what we know. */
export async function supersede(
  tx: Tx,
  versions: readonly Version[],
  recordedAt: Date,
  decisionId: string | null = null,
): Promise<void> {
  await sql`update directory.org_version set recorded_to = ${recordedAt}, superseded_by = ${decisionId}::uuid
    where id = any(${versions.map((version) => version.id)}::uuid[])`.execute(tx);
}

/** Which body has, or once had, each of these codes. */
export async function ownersOf(tx: Tx, codes: readonly string[]): Promise<Map<string, OrgId>> {
  const found = await sql<{ code: string; owner: OrgId }>`
    select code, organisation_id as owner from directory.code where code = any(${[...codes]}::text[])`.execute(
    tx,
  );
  return new Map(found.rows.map((row) => [row.code, row.owner]));
}

export async function claimCodes(tx: Tx, claims: readonly { code: string; owner: OrgId }[]): Promise<void> {
  await sql`insert into directory.code (code, organisation_id)
    select * from unnest(${claims.map((claim) => claim.code)}::text[], ${claims.map((claim) => claim.owner)}::uuid[])
    on conflict do nothing`.execute(tx);
}

export async function insertOrganisations(tx: Tx, ids: readonly OrgId[], at: Date): Promise<void> {
  await sql`insert into directory.organisation (id, created_at)
    select id, ${at} from unnest(${[...ids]}::uuid[]) as id`.execute(tx);
}

export async function versionsOf(tx: Tx, ids: readonly OrgId[]): Promise<readonly StoredVersion[]> {
  const found = await sql<StoredVersion>`select ${versionColumns} from directory.org_version
    where organisation_id = any(${[...ids]}::uuid[]) and recorded_to is null order by organisation_id, valid_from`.execute(
    tx,
  );
  return found.rows;
}

/** Everything we know today of every body, by body, in the order of its days. */
export async function allTimelines(tx: Tx): Promise<Map<OrgId, StoredVersion[]>> {
  const found = await sql<StoredVersion>`select ${versionColumns} from directory.org_version
    where recorded_to is null order by organisation_id, valid_from`.execute(tx);
  return Map.groupBy(found.rows, (version) => version.organisationId);
}

/** Codes that were in force on no day may be given out again. @returns how many were let go */
export async function releaseCodes(tx: Tx, codes: readonly string[]): Promise<number> {
  const found = await sql<{ n: number }>`select directory.release_codes(${[...codes]}::text[]) as n`.execute(
    tx,
  );
  return found.rows[0]?.n ?? 0;
}
