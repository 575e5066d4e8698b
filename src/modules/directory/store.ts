import { sql } from 'kysely';
import { foldText, systemIds, vietnamDate, type OrgId, type Tx, type Unit, type UnitId } from '#kernel';
import { isCode, levelOf, normaliseCode } from './codes.ts';
import { refuse } from './refusals.ts';
import type { NewOrganisation, Organisation } from './types.ts';

const columns = sql`v.organisation_id as id, v.name, v.code, v.code102, v.parent_id as "parentId", v.level,
  (select p.name from directory.org_version p where p.organisation_id = v.parent_id and p.recorded_to is null
     and p.valid_from <= v_at.day and (p.valid_to is null or p.valid_to > v_at.day) limit 1) as "parentName"`;

const source = (day: string) => sql`directory.org_version v cross join (select ${day}::date as day) v_at`;
const current = sql`v.recorded_to is null and v.valid_from <= v_at.day and (v.valid_to is null or v.valid_to > v_at.day)`;

/** The organisation that has this code at this instant; either form, any letter case. */
export async function findByCode(tx: Tx, code: string, at: Date): Promise<Organisation | null> {
  const wanted = normaliseCode(code);
  if (!isCode(wanted)) return null;
  const found = await sql<Organisation>`select ${columns} from ${source(vietnamDate(at))}
    where ${current} and (upper(v.code) = ${wanted} or upper(v.code102) = ${wanted}) limit 1`.execute(tx);
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
  const found = await sql<Organisation>`select ${columns} from ${source(vietnamDate(at))}
    where ${current} and v.organisation_id = any(${[...ids]}::uuid[])`.execute(tx);
  return new Map(found.rows.map((row) => [row.id, row]));
}

export async function allOrganisations(tx: Tx, at: Date): Promise<Organisation[]> {
  const found = await sql<Organisation>`select ${columns} from ${source(vietnamDate(at))}
    where ${current} order by v.code102`.execute(tx);
  return found.rows;
}

/** What the directory said at `knownAt` about the instant `at` (bitemporal; S9.4). */
export async function organisationAsKnown(
  tx: Tx,
  id: OrgId,
  at: Date,
  knownAt: Date,
): Promise<Organisation | null> {
  const found = await sql<Organisation>`select ${columns} from ${source(vietnamDate(at))}
    where v.organisation_id = ${id} and v.valid_from <= v_at.day and (v.valid_to is null or v.valid_to > v_at.day)
      and v.recorded_from <= ${knownAt} and (v.recorded_to is null or v.recorded_to > ${knownAt})`.execute(
    tx,
  );
  return found.rows[0] ?? null;
}

/** Search by name, with or without marks, or by pieces of a code; a query typed with marks ranks exact matches first. */
export async function searchOrganisations(
  tx: Tx,
  query: { readonly text: string; readonly limit: number; readonly at: Date },
): Promise<Organisation[]> {
  const text = query.text.normalize('NFC').trim();
  const words = foldText(text).split(' ').filter(Boolean).slice(0, 12);
  const code = `%${normaliseCode(text).replace(/[%_\\]/g, '\\$&')}%`;
  const patterns = words.map((word) => `%${word.replace(/[%_\\]/g, '\\$&')}%`);
  const found = await sql<Organisation>`select ${columns} from ${source(vietnamDate(query.at))}
    where ${current} and (v.name_folded like all(${patterns}::text[]) or upper(v.code) like ${code} or upper(v.code102) like ${code})
    order by (upper(v.code) = ${normaliseCode(text)} or upper(v.code102) = ${normaliseCode(text)}) desc,
      (lower(v.name) like ${`%${text.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`}) desc,
      position(${words[0] ?? ''} in v.name_folded), length(v.code102), v.code102
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
  const rows = await sql<Organisation>`select ${columns} from ${source(vietnamDate(at))}
    where ${current} and (upper(v.code) = any(${keys}::text[]) or upper(v.code102) = any(${keys}::text[]))`.execute(
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

/** Refuses a code that another body has or had: old documents still point to it (S9.6). */
async function guardCode(tx: Tx, code: string, owner: OrgId | null): Promise<void> {
  if (!isCode(code)) throw refuse('code-malformed', { code });
  const others = await sql<{ id: OrgId; name: string; ended: boolean }>`
    select v.organisation_id as id, v.name, (v.valid_to is not null) as ended from directory.org_version v
    where v.recorded_to is null and (upper(v.code) = ${normaliseCode(code)} or upper(v.code102) = ${normaliseCode(code)})`.execute(
    tx,
  );
  const taken = others.rows.find((row) => row.id !== owner);
  if (taken) throw refuse(taken.ended ? 'code-reused' : 'code-taken', { code, name: taken.name });
}

/**
 * Puts bodies into the directory, parents before children in any order given; a body that is there under the same
 * code is left as it is, so that the same list can be loaded again.
 * @returns how many were new
 */
export async function addOrganisations(
  tx: Tx,
  entries: readonly NewOrganisation[],
  validFrom: string,
  recordedAt: Date,
): Promise<number> {
  const ids = systemIds(() => recordedAt.getTime());
  // Codes are unique at each instant: additions queue up.
  await sql`select pg_advisory_xact_lock(7020)`.execute(tx);
  const known = await sql<{ id: OrgId; code102: string; code: string; name: string; ended: boolean }>`
    select v.organisation_id as id, upper(v.code102) as code102, upper(v.code) as code, v.name, (v.valid_to is not null) as ended
    from directory.org_version v where v.recorded_to is null`.execute(tx);
  const byCode = new Map<string, { id: OrgId; name: string; ended: boolean }>();
  for (const row of known.rows) {
    byCode.set(row.code102, row);
    byCode.set(row.code, row);
  }
  const fresh: (NewOrganisation & { id: OrgId })[] = [];
  for (const entry of entries) {
    const old = byCode.get(normaliseCode(entry.code102));
    const oldByCode = byCode.get(normaliseCode(entry.code));
    if (old && !old.ended && (!oldByCode || oldByCode.id === old.id)) continue;
    const taken = old ?? oldByCode;
    if (taken)
      throw refuse(taken.ended ? 'code-reused' : 'code-taken', { code: entry.code102, name: taken.name });
    for (const code of [entry.code, entry.code102])
      if (!isCode(code)) throw refuse('code-malformed', { code });
    const id = ids.uuid() as OrgId;
    fresh.push({ ...entry, id });
    byCode.set(normaliseCode(entry.code102), { id, name: entry.name, ended: false });
    byCode.set(normaliseCode(entry.code), { id, name: entry.name, ended: false });
  }
  if (fresh.length === 0) return 0;
  const rows = fresh.map((entry) => {
    const parent = entry.parentCode102 === null ? null : byCode.get(normaliseCode(entry.parentCode102));
    if (parent === undefined) throw refuse('unknown-parent', { code: entry.parentCode102 });
    return { ...entry, version: ids.uuid(), parent: parent?.id ?? null };
  });
  await sql`insert into directory.organisation (id, created_at)
    select id, ${recordedAt} from unnest(${rows.map((row) => row.id)}::uuid[]) as id`.execute(tx);
  await sql`insert into directory.org_version
      (id, organisation_id, name, name_folded, code, code102, parent_id, level, valid_from, recorded_from)
    select r.*, ${validFrom}::date, ${recordedAt} from unnest(
      ${rows.map((row) => row.version)}::uuid[], ${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.name.normalize('NFC'))}::text[],
      ${rows.map((row) => foldText(row.name))}::text[], ${rows.map((row) => normaliseCode(row.code))}::text[],
      ${rows.map((row) => normaliseCode(row.code102))}::text[], ${rows.map((row) => row.parent)}::uuid[],
      ${rows.map((row) => row.level ?? levelOf(row.code102))}::text[]) as r`.execute(tx);
  return rows.length;
}

/**
 * Writes a new version of a body from a date on (rename, recode, move): what was recorded before stays readable as it
 * was known then.
 */
export async function changeOrganisation(
  tx: Tx,
  change: {
    readonly id: OrgId;
    readonly from: string;
    readonly recordedAt: Date;
    readonly name?: string;
    readonly code?: string;
    readonly code102?: string;
  },
): Promise<void> {
  const ids = systemIds(() => change.recordedAt.getTime());
  await sql`select pg_advisory_xact_lock(7020)`.execute(tx);
  const found = await sql<{
    id: string;
    name: string;
    code: string;
    code102: string;
    parent_id: OrgId | null;
    level: string;
    valid_from: string;
  }>`
    select id, name, code, code102, parent_id, level, to_char(valid_from, 'YYYY-MM-DD') as valid_from from directory.org_version
    where organisation_id = ${change.id} and recorded_to is null and valid_from < ${change.from}::date
      and (valid_to is null or valid_to > ${change.from}::date)`.execute(tx);
  const before = found.rows[0];
  if (!before) throw refuse('unknown-organisation');
  for (const code of [change.code, change.code102])
    if (code !== undefined) await guardCode(tx, code, change.id);
  const name = (change.name ?? before.name).normalize('NFC');
  const insert = (row: { name: string; code: string; code102: string; from: string; to: string | null }) =>
    sql`insert into directory.org_version
        (id, organisation_id, name, name_folded, code, code102, parent_id, level, valid_from, valid_to, recorded_from)
      values (${ids.uuid()}, ${change.id}, ${row.name}, ${foldText(row.name)}, ${row.code}, ${row.code102},
        ${before.parent_id}, ${before.level}, ${row.from}::date, ${row.to}::date, ${change.recordedAt})`.execute(
      tx,
    );
  await sql`update directory.org_version set recorded_to = ${change.recordedAt} where id = ${before.id}`.execute(
    tx,
  );
  await insert({
    name: before.name,
    code: before.code,
    code102: before.code102,
    from: before.valid_from,
    to: change.from,
  });
  await insert({
    name,
    code: normaliseCode(change.code ?? before.code),
    code102: normaliseCode(change.code102 ?? before.code102),
    from: change.from,
    to: null,
  });
}

/** Names of units by id, within the organisation of the unit of work. */
export async function unitNames(unit: Unit, ids: readonly UnitId[]): Promise<ReadonlyMap<UnitId, string>> {
  const found = await sql<{
    id: UnitId;
    name: string;
  }>`select id, name from directory.unit where id = any(${[...ids]}::uuid[])`.execute(unit.tx);
  return new Map(found.rows.map((row) => [row.id, row.name]));
}
