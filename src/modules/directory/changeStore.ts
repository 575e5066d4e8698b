import { sql } from 'kysely';
import { foldText, systemIds, type OrgId, type Tx } from '#kernel';
import { isCode, levelOf, normaliseCode } from './codes.ts';
import { refuse } from './refusals.ts';
import type { Level, NewOrganisation } from './types.ts';

/** One body's name, codes and place over a stretch of valid time, as we know it today. */
interface Version {
  readonly id: string;
  readonly organisationId: OrgId;
  readonly name: string;
  readonly code: string;
  readonly code102: string;
  readonly parentId: OrgId | null;
  readonly level: Level;
  /** Days, `to` is the first day on which it holds no more. */
  readonly from: string;
  readonly to: string | null;
}

const versionColumns = sql`id, organisation_id as "organisationId", name, code, code102, parent_id as "parentId", level,
  to_char(valid_from, 'YYYY-MM-DD') as "from", to_char(valid_to, 'YYYY-MM-DD') as "to"`;

/** Changes of the directory queue up until the end of the transaction: what is checked stays true until it is written. */
async function lockDirectory(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(7020)`.execute(tx);
}

async function insertVersions(
  tx: Tx,
  versions: readonly Omit<Version, 'id'>[],
  recordedAt: Date,
): Promise<void> {
  const ids = systemIds(() => recordedAt.getTime());
  const column = <T>(pick: (version: Omit<Version, 'id'>) => T): T[] => versions.map(pick);
  await sql`insert into directory.org_version
      (id, organisation_id, name, name_folded, code, code102, parent_id, level, valid_from, valid_to, recorded_from)
    select r.*, ${recordedAt} from unnest(
      ${column(() => ids.uuid())}::uuid[], ${column((v) => v.organisationId)}::uuid[], ${column((v) => v.name.normalize('NFC'))}::text[],
      ${column((v) => foldText(v.name))}::text[], ${column((v) => normaliseCode(v.code))}::text[],
      ${column((v) => normaliseCode(v.code102))}::text[], ${column((v) => v.parentId)}::uuid[], ${column((v) => v.level)}::text[],
      ${column((v) => v.from)}::date[], ${column((v) => v.to)}::date[]) as r`.execute(tx);
}

/** What we thought until now stays readable as what was known; it is no longer what we know. */
async function supersede(tx: Tx, versions: readonly Version[], recordedAt: Date): Promise<void> {
  await sql`update directory.org_version set recorded_to = ${recordedAt}
    where id = any(${versions.map((version) => version.id)}::uuid[])`.execute(tx);
}

/** Which body has, or once had, each of these codes. */
async function ownersOf(tx: Tx, codes: readonly string[]): Promise<Map<string, OrgId>> {
  const found = await sql<{ code: string; owner: OrgId }>`
    select code, organisation_id as owner from directory.code where code = any(${[...codes]}::text[])`.execute(
    tx,
  );
  return new Map(found.rows.map((row) => [row.code, row.owner]));
}

async function claimCodes(tx: Tx, claims: readonly { code: string; owner: OrgId }[]): Promise<void> {
  await sql`insert into directory.code (code, organisation_id)
    select * from unnest(${claims.map((claim) => claim.code)}::text[], ${claims.map((claim) => claim.owner)}::uuid[])
    on conflict do nothing`.execute(tx);
}

async function versionsOf(tx: Tx, ids: readonly OrgId[]): Promise<readonly Version[]> {
  const found = await sql<Version>`select ${versionColumns} from directory.org_version
    where organisation_id = any(${[...ids]}::uuid[]) and recorded_to is null order by organisation_id, valid_from`.execute(
    tx,
  );
  return found.rows;
}

const hasCode = (version: Version, code: string): boolean =>
  version.code === code || version.code102 === code;

/** The refusal of a code that is another body's, or was: old documents still point to it (S9.6). */
async function codeRefusal(tx: Tx, code: string, owner: OrgId): Promise<Error> {
  const versions = await versionsOf(tx, [owner]);
  const stillItsOwn = versions.some((version) => version.to === null && hasCode(version, code));
  const name = (versions.findLast((version) => hasCode(version, code)) ?? versions.at(-1))?.name ?? '';
  return refuse(stillItsOwn ? 'code-taken' : 'code-reused', { code, name });
}

/**
 * Puts bodies into the directory, parents and children in any order. A body that is there already, or was on the
 * list of an earlier day under the same name, is left as it is, so that the same list can be loaded again.
 * @param validFrom the day from which they exist, yyyy-MM-dd
 * @returns how many were new
 * @throws Refusal `directory.code-taken`, `code-reused` (S9.6), `code-malformed`, `unknown-parent`, `circle`
 */
export async function addOrganisations(
  tx: Tx,
  entries: readonly NewOrganisation[],
  validFrom: string,
  recordedAt: Date,
): Promise<number> {
  await lockDirectory(tx);
  const wanted = entries.flatMap((entry) => [entry.code, entry.code102, entry.parentCode102 ?? entry.code]);
  const owners = await ownersOf(tx, [...new Set(wanted.map(normaliseCode))]);
  const versions = Map.groupBy(
    await versionsOf(tx, [...new Set(owners.values())]),
    (version) => version.organisationId,
  );
  const ids = systemIds(() => recordedAt.getTime());
  const fresh: (NewOrganisation & { id: OrgId })[] = [];
  for (const entry of entries) {
    const [code, code102] = [normaliseCode(entry.code), normaliseCode(entry.code102)];
    for (const form of [code, code102]) if (!isCode(form)) throw refuse('code-malformed', { code: form });
    const [owner, ownerByCode] = [owners.get(code102), owners.get(code)];
    const sameBody =
      owner !== undefined &&
      (ownerByCode ?? owner) === owner &&
      // No versions yet: it stands further up in this list.
      (versions.get(owner)?.some((version) => isThisBody(version, entry)) ?? true);
    if (sameBody) continue;
    for (const form of [code102, code]) {
      const other = owners.get(form);
      if (other !== undefined) throw await codeRefusal(tx, form, other);
    }
    const id = ids.uuid() as OrgId;
    fresh.push({ ...entry, code, code102, id });
    owners.set(code102, id).set(code, id);
  }
  if (fresh.length === 0) return 0;
  const rows = fresh.map((entry) => {
    const parentId = entry.parentCode102 === null ? null : owners.get(normaliseCode(entry.parentCode102));
    if (parentId === undefined) throw refuse('unknown-parent', { code: entry.parentCode102 });
    return {
      organisationId: entry.id,
      name: entry.name,
      code: entry.code,
      code102: entry.code102,
      parentId,
      level: entry.level ?? levelOf(entry.code102),
      from: validFrom,
      to: null,
    };
  });
  refuseCircles(rows);
  await sql`insert into directory.organisation (id, created_at)
    select id, ${recordedAt} from unnest(${rows.map((row) => row.organisationId)}::uuid[]) as id`.execute(tx);
  await claimCodes(
    tx,
    [...owners].map(([code, owner]) => ({ code, owner })),
  );
  await insertVersions(tx, rows, recordedAt);
  return rows.length;
}

/** The entry names the body of this version: it has the code now, or had it under this very name. */
function isThisBody(version: Version, entry: NewOrganisation): boolean {
  if (!hasCode(version, normaliseCode(entry.code102))) return false;
  return version.to === null || foldText(version.name) === foldText(entry.name);
}

/** New bodies stand under each other without a circle; bodies that are there already cannot stand under new ones. */
function refuseCircles(
  rows: readonly { organisationId: OrgId; parentId: OrgId | null; name: string }[],
): void {
  const parents = new Map(rows.map((row) => [row.organisationId, row.parentId]));
  for (const row of rows) {
    let above = row.parentId;
    for (let steps = 0; above !== null; steps += 1) {
      if (steps > rows.length) throw refuse('circle', { name: row.name });
      above = parents.get(above) ?? null;
    }
  }
}

interface Change {
  readonly id: OrgId;
  /** The day from which it holds, yyyy-MM-dd. */
  readonly from: string;
  readonly recordedAt: Date;
  readonly name?: string;
  readonly code?: string;
  readonly code102?: string;
  readonly parentId?: OrgId | null;
  readonly level?: Level;
}
const fields = ['name', 'code', 'code102', 'parentId', 'level'] as const;

/** @throws Refusal `directory.unknown-organisation` unless the body exists on that day */
async function versionsFrom(tx: Tx, id: OrgId, day: string): Promise<readonly Version[]> {
  const affected = (await versionsOf(tx, [id])).filter((version) => version.to === null || version.to > day);
  if (affected[0] === undefined || affected[0].from > day) throw refuse('unknown-organisation');
  return affected;
}

/**
 * Renames, recodes or moves a body from a day on, past or future. What was recorded before stays readable as it was
 * known then (S9.4). A change that becomes known late carries on through later versions up to the next decision on
 * the same matter: an older rename does not undo a younger one.
 * @throws Refusal `directory.unknown-organisation`, `code-taken`, `code-reused`, `code-malformed`, `circle`
 */
export async function changeOrganisation(tx: Tx, change: Change): Promise<void> {
  await lockDirectory(tx);
  const affected = await versionsFrom(tx, change.id, change.from);
  const before = affected[0] as Version;
  const wish: Partial<Version> = {
    ...(change.name === undefined ? {} : { name: change.name.normalize('NFC') }),
    ...(change.code === undefined ? {} : { code: normaliseCode(change.code) }),
    ...(change.code102 === undefined ? {} : { code102: normaliseCode(change.code102) }),
    ...(change.parentId === undefined ? {} : { parentId: change.parentId }),
    ...(change.level === undefined ? {} : { level: change.level }),
  };
  const codes = [wish.code, wish.code102].filter((code) => code !== undefined);
  for (const code of codes) if (!isCode(code)) throw refuse('code-malformed', { code });
  await claimCodes(
    tx,
    codes.map((code) => ({ code, owner: change.id })),
  );
  for (const [code, owner] of await ownersOf(tx, codes))
    if (owner !== change.id) throw await codeRefusal(tx, code, owner);
  if (wish.parentId) await refuseCircleAbove(tx, before, wish.parentId, change.from);

  const open = new Set(fields.filter((field) => field in wish));
  const superseded: Version[] = [];
  const written: Version[] = [];
  for (const version of affected) {
    for (const field of open) if (version[field] !== before[field]) open.delete(field);
    if (open.size === 0) break;
    superseded.push(version);
    if (version.from < change.from) written.push({ ...version, to: change.from });
    const from = version.from < change.from ? change.from : version.from;
    const carried = Object.fromEntries([...open].map((field) => [field, wish[field]]));
    written.push({ ...version, ...carried, from });
  }
  await supersede(tx, superseded, change.recordedAt);
  await insertVersions(tx, written, change.recordedAt);
}

/** @throws Refusal `directory.circle` when the body would stand under itself on that day */
async function refuseCircleAbove(tx: Tx, body: Version, parentId: OrgId, day: string): Promise<void> {
  const found = await sql<{ id: OrgId }>`
    with recursive above (id) as (
      select ${parentId}::uuid
      union
      select v.parent_id from above join directory.org_version v on v.organisation_id = above.id
      where v.recorded_to is null and v.valid_from <= ${day}::date
        and (v.valid_to is null or v.valid_to > ${day}::date) and v.parent_id is not null
    ) select id from above where id = ${body.organisationId}`.execute(tx);
  if (found.rows.length > 0) throw refuse('circle', { name: body.name });
}

/**
 * Ends a body on a day: it no longer exists from then on; its history and its codes stay its own.
 * @throws Refusal `directory.unknown-organisation`; `has-subordinates` while bodies stand under it that day
 */
export async function endOrganisation(
  tx: Tx,
  end: { readonly id: OrgId; readonly on: string; readonly recordedAt: Date },
): Promise<void> {
  await lockDirectory(tx);
  const affected = await versionsFrom(tx, end.id, end.on);
  const below = await sql<{
    count: number;
  }>`select count(distinct organisation_id) as count from directory.org_version
    where parent_id = ${end.id} and recorded_to is null and (valid_to is null or valid_to > ${end.on}::date)`.execute(
    tx,
  );
  const count = below.rows[0]?.count ?? 0;
  if (count > 0) throw refuse('has-subordinates', { count });
  await supersede(tx, affected, end.recordedAt);
  const kept = affected.filter((version) => version.from < end.on);
  if (kept.length > 0)
    await insertVersions(
      tx,
      kept.map((version) => ({ ...version, to: end.on })),
      end.recordedAt,
    );
}
