import { sql } from 'kysely';
import type { OrgId, Tx } from '#kernel';
import type { DecisionState, OrganisationEvent } from './contractDecision.ts';
import type { Succession } from './plan.ts';

export interface Signatory {
  readonly id: string;
  readonly name: string;
  readonly post?: string;
}

export interface DecisionRow {
  readonly id: string;
  readonly orgId: OrgId;
  readonly number: string;
  readonly title: string;
  readonly effective: string;
  readonly events: readonly OrganisationEvent[];
  readonly state: DecisionState;
  readonly corrects: string | null;
  readonly planHash: string | null;
  readonly createdBy: Signatory;
  readonly createdAt: Date;
  readonly checkedAt: Date | null;
  readonly signedBy: Signatory | null;
  readonly signedAt: Date | null;
  readonly cancelledBy: Signatory | null;
  readonly cancelledAt: Date | null;
  readonly cancelReason: string | null;
  readonly effectiveAt: Date | null;
}

const columns = sql`id, org_id as "orgId", number, title, to_char(effective, 'YYYY-MM-DD') as effective, events, state, corrects,
  plan_hash as "planHash", created_by as "createdBy", created_at as "createdAt", checked_at as "checkedAt",
  signed_by as "signedBy", signed_at as "signedAt", cancelled_by as "cancelledBy", cancelled_at as "cancelledAt",
  cancel_reason as "cancelReason", effective_at as "effectiveAt"`;

/** A decision in any state that whoever asks may see. */
export async function decisionById(tx: Tx, id: string, lock = false): Promise<DecisionRow | null> {
  const found = await sql<DecisionRow>`select ${columns} from directory.decision where id = ${id}
    ${lock ? sql`for update` : sql``}`.execute(tx);
  return found.rows[0] ?? null;
}

/** Newest day first, without their events. */
export async function decisionList(
  tx: Tx,
): Promise<readonly (Omit<DecisionRow, 'events'> & { readonly eventCount: number })[]> {
  const found = await sql<Omit<DecisionRow, 'events'> & { eventCount: number }>`
    select d.*, eventcount as "eventCount" from (select ${columns}, jsonb_array_length(events)::int as eventcount
      from directory.decision order by directory.decision.effective desc, created_at desc limit 500) d`.execute(
    tx,
  );
  return found.rows;
}

type Content = Pick<DecisionRow, 'number' | 'title' | 'effective' | 'events' | 'corrects'>;

export async function insertDecision(
  tx: Tx,
  row: Content & Pick<DecisionRow, 'id' | 'orgId' | 'createdBy' | 'createdAt'>,
): Promise<void> {
  await sql`insert into directory.decision (id, org_id, number, title, effective, events, state, corrects, created_by, created_at)
    values (${row.id}, ${row.orgId}, ${row.number}, ${row.title}, ${row.effective}::date, ${JSON.stringify(row.events)},
      'draft', ${row.corrects}, ${JSON.stringify(row.createdBy)}, ${row.createdAt})`.execute(tx);
}

/** New content of a draft; what was checked before is no longer. */
export async function reviseContent(
  tx: Tx,
  id: string,
  row: Content,
  by: Signatory,
  at: Date,
): Promise<void> {
  await sql`update directory.decision set number = ${row.number}, title = ${row.title}, effective = ${row.effective}::date,
      events = ${JSON.stringify(row.events)}, corrects = ${row.corrects}, state = 'draft', plan_hash = null,
      created_by = ${JSON.stringify(by)}, created_at = ${at}
    where id = ${id}`.execute(tx);
}

export async function setChecked(
  tx: Tx,
  id: string,
  check: { readonly planHash: string; readonly by: Signatory; readonly at: Date },
): Promise<void> {
  await sql`update directory.decision set state = 'checked', plan_hash = ${check.planHash},
      checked_by = ${JSON.stringify(check.by)}, checked_at = ${check.at} where id = ${id}`.execute(tx);
}

export async function setSigned(tx: Tx, id: string, by: Signatory, at: Date): Promise<void> {
  await sql`update directory.decision set state = 'signed', signed_by = ${JSON.stringify(by)}, signed_at = ${at}
    where id = ${id}`.execute(tx);
}

export async function setCancelled(
  tx: Tx,
  id: string,
  cancel: { readonly by: Signatory; readonly at: Date; readonly reason: string },
): Promise<void> {
  await sql`update directory.decision set state = 'cancelled', cancelled_by = ${JSON.stringify(cancel.by)},
      cancelled_at = ${cancel.at}, cancel_reason = ${cancel.reason} where id = ${id}`.execute(tx);
}

/** Signed decisions whose day has come, in the order of their days. */
export async function dueDecisions(
  tx: Tx,
  day: string,
): Promise<readonly { readonly id: string; readonly orgId: OrgId }[]> {
  const found = await sql<{ id: string; orgId: OrgId }>`select id, org_id as "orgId" from directory.decision
    where state = 'signed' and effective <= ${day}::date order by effective, signed_at`.execute(tx);
  return found.rows;
}

export async function setEffective(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update directory.decision set state = 'effective', effective_at = ${at} where id = ${id}`.execute(
    tx,
  );
}

export async function insertSuccessions(
  tx: Tx,
  rows: readonly Succession[],
  decision: { readonly id: string; readonly effective: string; readonly recordedAt: Date },
): Promise<void> {
  await sql`insert into directory.succession
      (id, from_org, to_org, kind, fields, letters, effective, decision_id, recorded_from)
    select gen_random_uuid(), r."from", r."to", r.kind, array(select jsonb_array_elements_text(r.fields)), r.letters,
      ${decision.effective}::date, ${decision.id}::uuid, ${decision.recordedAt}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r("from" uuid, "to" uuid, kind text, fields jsonb, letters boolean)`.execute(tx);
}

/** Bodies that live on after all: nobody answers for them from that day. */
export async function endSuccessions(
  tx: Tx,
  from: readonly OrgId[],
  decision: { readonly id: string; readonly effective: string; readonly recordedAt: Date },
): Promise<void> {
  await sql`update directory.succession set recorded_to = ${decision.recordedAt}, superseded_by = ${decision.id}
    where from_org = any(${[...from]}::uuid[]) and effective = ${decision.effective}::date and recorded_to is null`.execute(
    tx,
  );
}

export interface StoredSuccession extends Succession {
  readonly decisionId: string;
  readonly effective: string;
  readonly basis: string;
}

const successionColumns = sql`s.from_org as "from", s.to_org as "to", s.kind, s.fields, s.letters,
  to_char(s.effective, 'YYYY-MM-DD') as effective, s.decision_id as "decisionId", d.number as basis`;

export async function successionsOfDecision(tx: Tx, id: string): Promise<readonly StoredSuccession[]> {
  const found = await sql<StoredSuccession>`select ${successionColumns} from directory.succession s
    join directory.decision d on d.id = s.decision_id where s.decision_id = ${id} and s.recorded_to is null`.execute(
    tx,
  );
  return found.rows;
}

/** Who answers for these bodies, or for whom they answer, as far as known by a day. */
export async function successionsAround(
  tx: Tx,
  ids: readonly OrgId[],
  side: 'from' | 'to',
  day: string,
): Promise<readonly StoredSuccession[]> {
  const key = side === 'from' ? sql`s.from_org` : sql`s.to_org`;
  const found = await sql<StoredSuccession>`select ${successionColumns} from directory.succession s
    join directory.decision d on d.id = s.decision_id
    where ${key} = any(${[...ids]}::uuid[]) and s.recorded_to is null and s.effective <= ${day}::date
    order by s.effective, s.letters desc`.execute(tx);
  return found.rows;
}

/** All successions that are in force or will be. */
export async function allSuccessions(tx: Tx): Promise<readonly StoredSuccession[]> {
  const found = await sql<StoredSuccession>`select ${successionColumns} from directory.succession s
    join directory.decision d on d.id = s.decision_id where s.recorded_to is null
    order by s.from_org, s.effective, s.to_org`.execute(tx);
  return found.rows;
}

/**
 * Takes back what a decision recorded, before its day: its versions and successions were never in force, and what
 * they had replaced holds again. Nothing is deleted: both stay as what was known between the two instants (S9.7).
 * @returns false when a later decision builds on it
 */
export async function undoRecorded(tx: Tx, id: string, at: Date): Promise<boolean> {
  const built = await sql<{ n: number }>`select count(*)::int as n from directory.org_version
    where decision_id = ${id} and recorded_to is not null`.execute(tx);
  if ((built.rows[0]?.n ?? 0) > 0) return false;
  await sql`update directory.org_version set recorded_to = ${at}, superseded_by = ${id}
    where decision_id = ${id} and recorded_to is null`.execute(tx);
  await sql`insert into directory.org_version (id, organisation_id, name, name_folded, code, code102, parent_id, level,
      valid_from, valid_to, recorded_from, decision_id)
    select gen_random_uuid(), organisation_id, name, name_folded, code, code102, parent_id, level, valid_from, valid_to,
      ${at}, decision_id
    from directory.org_version where superseded_by = ${id} and decision_id is distinct from ${id}`.execute(
    tx,
  );
  await sql`update directory.succession set recorded_to = ${at}
    where decision_id = ${id} and recorded_to is null`.execute(tx);
  await sql`insert into directory.succession
      (id, from_org, to_org, kind, fields, letters, effective, decision_id, recorded_from)
    select gen_random_uuid(), from_org, to_org, kind, fields, letters, effective, decision_id, ${at}
    from directory.succession where superseded_by = ${id}`.execute(tx);
  return true;
}

/** The codes that versions of a decision gave. */
export async function codesOfDecision(tx: Tx, id: string): Promise<readonly string[]> {
  const found = await sql<{
    code: string;
  }>`select distinct upper(form.code) as code from directory.org_version v
    cross join lateral (values (v.code), (v.code102)) as form (code) where v.decision_id = ${id}`.execute(tx);
  return found.rows.map((row) => row.code);
}
