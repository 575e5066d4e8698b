import { sql, type RawBuilder } from 'kysely';
import { foldText, vietnamDate, type OrgId, type Tx, type Unit, type UnitId } from '#kernel';
import { isCode, normaliseCode } from './codes.ts';
import type { Organisation } from './types.ts';

/** The instant asked about; with `known`, as the directory knew it then instead of as it knows it today. */
interface Instant {
  readonly at: Date;
  readonly known?: Date;
}

const knownThen = (version: 'v' | 'p', { known }: Instant): RawBuilder<unknown> => {
  const from = sql.ref(`${version}.recorded_from`);
  const to = sql.ref(`${version}.recorded_to`);
  return known === undefined
    ? sql`${to} is null`
    : sql`${from} <= ${known} and (${to} is null or ${to} > ${known})`;
};

const validThen = (version: 'v' | 'p', { at }: Instant): RawBuilder<unknown> => {
  const day = vietnamDate(at);
  const from = sql.ref(`${version}.valid_from`);
  const to = sql.ref(`${version}.valid_to`);
  return sql`${from} <= ${day}::date and (${to} is null or ${to} > ${day}::date)`;
};

const organisationsAt = (instant: Instant): RawBuilder<Organisation> => sql<Organisation>`
  select v.organisation_id as id, v.name, v.code, v.code102, v.parent_id as "parentId", v.level, p.name as "parentName"
  from directory.org_version v
  left join directory.org_version p on p.organisation_id = v.parent_id and ${knownThen('p', instant)} and ${validThen('p', instant)}
  where ${knownThen('v', instant)} and ${validThen('v', instant)}`;

/** The organisation that has this code at this instant; either form, any letter case. */
export async function findByCode(tx: Tx, code: string, at: Date): Promise<Organisation | null> {
  const wanted = normaliseCode(code);
  if (!isCode(wanted)) return null;
  const found =
    await sql<Organisation>`${organisationsAt({ at })} and (upper(v.code) = ${wanted} or upper(v.code102) = ${wanted}) limit 1`.execute(
      tx,
    );
  return found.rows[0] ?? null;
}

export async function organisationById(tx: Tx, id: OrgId, at: Date): Promise<Organisation | null> {
  return (await organisationsById(tx, [id], at)).get(id) ?? null;
}

/** Organisations as they were called at this instant; those that no longer existed then are missing. */
export async function organisationsById(
  tx: Tx,
  ids: readonly OrgId[],
  at: Date,
): Promise<ReadonlyMap<OrgId, Organisation>> {
  if (ids.length === 0) return new Map();
  const found =
    await sql<Organisation>`${organisationsAt({ at })} and v.organisation_id = any(${[...ids]}::uuid[])`.execute(
      tx,
    );
  return new Map(found.rows.map((row) => [row.id, row]));
}

export async function allOrganisations(tx: Tx, at: Date): Promise<Organisation[]> {
  const found = await sql<Organisation>`${organisationsAt({ at })} order by v.code102`.execute(tx);
  return found.rows;
}

/** What the directory said at `knownAt` about the instant `at` (bitemporal; S9.4). */
export async function organisationAsKnown(
  tx: Tx,
  id: OrgId,
  at: Date,
  knownAt: Date,
): Promise<Organisation | null> {
  const found = await sql<Organisation>`${organisationsAt({ at, known: knownAt })}
    and v.organisation_id = ${id} limit 1`.execute(tx);
  return found.rows[0] ?? null;
}

/**
 * Search by words, each a piece of the name (marks optional) or of a code: `tai chinh h53` finds H53.11 Sở Tài chính.
 * A whole code comes first, then names that hold the text with its marks, then names that begin with it.
 */
export async function searchOrganisations(
  tx: Tx,
  query: { readonly text: string; readonly limit: number; readonly at: Date },
): Promise<Organisation[]> {
  const text = query.text.normalize('NFC').trim();
  const folded = foldText(text);
  const literal = (part: string): string => part.replace(/[%_\\]/g, '\\$&');
  const patterns = folded
    .split(' ')
    .filter(Boolean)
    .slice(0, 12)
    .map((word) => `%${literal(word)}%`);
  const found = await sql<Organisation>`${organisationsAt({ at: query.at })}
    and (v.name_folded || ' ' || lower(v.code) || ' ' || lower(v.code102)) like all(${patterns}::text[])
    order by (${normaliseCode(text)} in (upper(v.code), upper(v.code102))) desc,
      (lower(v.name) like ${`%${literal(text.toLowerCase())}%`}) desc,
      (v.name_folded like ${`${literal(folded)}%`}) desc, length(v.code102), v.code102
    limit ${query.limit}`.execute(tx);
  return found.rows;
}

/**
 * Resolves the codes of a package's receivers; both codes of one body count once.
 * @returns one entry for each body with all codes that named it, and the codes that nobody has
 */
export async function resolveRecipients(
  tx: Tx,
  codes: readonly string[],
  at: Date,
): Promise<{ found: { org: Organisation; codes: string[] }[]; unknown: string[] }> {
  const wanted = new Map(codes.map((code) => [code, normaliseCode(code)]));
  const keys = [...new Set(wanted.values())].filter(isCode);
  const rows =
    await sql<Organisation>`${organisationsAt({ at })} and (upper(v.code) = any(${keys}::text[]) or upper(v.code102) = any(${keys}::text[]))`.execute(
      tx,
    );
  const byCode = new Map<string, Organisation>();
  for (const row of rows.rows) {
    byCode.set(row.code.toUpperCase(), row);
    byCode.set(row.code102.toUpperCase(), row);
  }
  const found = new Map<OrgId, { org: Organisation; codes: string[] }>();
  const unknown: string[] = [];
  for (const [code, key] of wanted) {
    const org = byCode.get(key);
    if (!org) unknown.push(code);
    else if (found.has(org.id)) found.get(org.id)?.codes.push(code);
    else found.set(org.id, { org, codes: [code] });
  }
  return { found: [...found.values()], unknown };
}

export async function hostedOrganisations(tx: Tx): Promise<OrgId[]> {
  const found = await sql<{
    id: OrgId;
  }>`select organisation_id as id from directory.hosted order by 1`.execute(tx);
  return found.rows.map((row) => row.id);
}

export async function setHosted(tx: Tx, ids: readonly OrgId[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`insert into directory.hosted (organisation_id) select unnest(${[...ids]}::uuid[]) on conflict do nothing`.execute(
    tx,
  );
}

/** Names of units by id, within the organisation of the unit of work. */
export async function unitNames(unit: Unit, ids: readonly UnitId[]): Promise<ReadonlyMap<UnitId, string>> {
  const found = await sql<{
    id: UnitId;
    name: string;
  }>`select id, name from directory.unit where id = any(${[...ids]}::uuid[])`.execute(unit.tx);
  return new Map(found.rows.map((row) => [row.id, row.name]));
}

/**
 * Runs work on the rows of each of these organisations whose office runs here, then looks at those of `back` again.
 * For the directory's own needs only: no answer to a person holds more than counts and names of files.
 */
export async function forEachHostedOf<T>(
  tx: Tx,
  orgs: readonly OrgId[],
  work: (org: OrgId) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const wanted = new Set(orgs);
  const hosted = (await hostedOrganisations(tx)).filter((org) => wanted.has(org));
  const before = await sql<{ org: string | null }>`select current_setting('app.org', true) as org`.execute(
    tx,
  );
  const results: T[] = [];
  try {
    for (const org of hosted) {
      await sql`select set_config('app.org', ${org}, true)`.execute(tx);
      results.push(...(await work(org)));
    }
  } finally {
    await sql`select set_config('app.org', ${before.rows[0]?.org ?? ''}, true)`.execute(tx);
  }
  return results;
}

/** The last name and codes of bodies that have ended. */
export async function lastKnown(
  tx: Tx,
  ids: readonly OrgId[],
): Promise<ReadonlyMap<OrgId, { readonly name: string; readonly code: string }>> {
  const found = await sql<{ id: OrgId; name: string; code: string }>`
    select distinct on (organisation_id) organisation_id as id, name, code from directory.org_version
    where organisation_id = any(${[...ids]}::uuid[]) and recorded_to is null
    order by organisation_id, valid_from desc`.execute(tx);
  return new Map(found.rows.map((row) => [row.id, row]));
}
