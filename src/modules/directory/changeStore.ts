import { sql } from 'kysely';
import { foldText, systemIds, type OrgId, type Tx } from '#kernel';
import { isCode, levelOf, normaliseCode } from './codes.ts';
import { refuse } from './refusals.ts';
import { carry, changesBetween, cut, versionOn, type Version } from './timeline.ts';
import type { Level, NewOrganisation } from './types.ts';
import {
  claimCodes,
  insertOrganisations,
  insertVersions,
  lockDirectory,
  ownersOf,
  supersede,
  versionsOf,
  type StoredVersion,
} from './versionStore.ts';

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
  await insertOrganisations(
    tx,
    rows.map((row) => row.organisationId),
    recordedAt,
  );
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

/** @throws Refusal `directory.unknown-organisation` unless the body exists on that day */
async function timelineOf(tx: Tx, id: OrgId, day: string): Promise<readonly StoredVersion[]> {
  const timeline = await versionsOf(tx, [id]);
  if (!versionOn(timeline, day)) throw refuse('unknown-organisation');
  return timeline;
}

/**
 * Renames, recodes or moves a body from a day on, past or future. What was recorded before stays readable as it was
 * known then (S9.4). A change that becomes known late carries on through later versions up to the next decision on
 * the same matter: an older rename does not undo a younger one.
 * @throws Refusal `directory.unknown-organisation`, `code-taken`, `code-reused`, `code-malformed`, `circle`
 */
export async function changeOrganisation(tx: Tx, change: Change): Promise<void> {
  await lockDirectory(tx);
  const timeline = await timelineOf(tx, change.id, change.from);
  const before = versionOn(timeline, change.from) as Version;
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

  await write(tx, timeline, carry(timeline, change.from, wish), change.recordedAt);
}

async function write(
  tx: Tx,
  before: readonly Version[],
  after: readonly Version[],
  recordedAt: Date,
): Promise<void> {
  const { gone, written } = changesBetween(before, after);
  await supersede(tx, gone, recordedAt);
  await insertVersions(tx, written, recordedAt);
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
  const timeline = await timelineOf(tx, end.id, end.on);
  const below = await sql<{
    count: number;
  }>`select count(distinct organisation_id) as count from directory.org_version
    where parent_id = ${end.id} and recorded_to is null and (valid_to is null or valid_to > ${end.on}::date)`.execute(
    tx,
  );
  const count = below.rows[0]?.count ?? 0;
  if (count > 0) throw refuse('has-subordinates', { count });
  await write(tx, timeline, cut(timeline, end.on), end.recordedAt);
}
