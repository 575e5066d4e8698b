import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import {
  foldText,
  violatedConstraint,
  type Database,
  type OrgId,
  type PersonId,
  type Tx,
  type Unit,
} from '#kernel';
import type { Role } from './contract.ts';
import { refuse } from './refusals.ts';

export interface PersonRow {
  readonly id: PersonId;
  readonly orgId: OrgId;
  readonly fullName: string;
  readonly username: string;
  readonly roles: Role[];
  readonly capacity: '' | 'TM.' | 'KT.' | 'TL.' | 'TUQ.' | 'Q.';
  readonly absentUntil: Date | null;
}

const personColumns = sql`id, org_id as "orgId", full_name as "fullName", username, roles, capacity, absent_until as "absentUntil"`;

export async function insertPerson(
  unit: Unit,
  row: Omit<PersonRow, 'orgId' | 'absentUntil'> & { readonly passwordHash: string },
): Promise<void> {
  try {
    await sql`insert into identity.account (person_id, org_id, username, password_hash)
      values (${row.id}, ${unit.org}, ${row.username}, ${row.passwordHash})`.execute(unit.tx);
  } catch (error) {
    if (violatedConstraint(error) !== undefined) throw refuse('username-taken', { username: row.username });
    throw error;
  }
  await sql`insert into identity.person (id, org_id, full_name, full_name_folded, username, roles, capacity, created_at)
    values (${row.id}, ${unit.org}, ${row.fullName.normalize('NFC')}, ${foldText(row.fullName)}, ${row.username}, ${[...row.roles]}::text[], ${row.capacity}, ${unit.now})`.execute(
    unit.tx,
  );
}

/** People of the organisation of the unit of work; all of them, or those named. */
export async function selectPeople(
  unit: Pick<Unit, 'tx' | 'org'>,
  ids?: readonly PersonId[],
): Promise<PersonRow[]> {
  const found = await sql<PersonRow>`select ${personColumns} from identity.person where org_id = ${unit.org}
    and (${ids ? [...ids] : null}::uuid[] is null or id = any(${ids ? [...ids] : null}::uuid[])) order by created_at, id`.execute(
    unit.tx,
  );
  return found.rows;
}

// ---------------------------------------------------------------- accounts

export interface Account {
  readonly personId: PersonId;
  readonly orgId: OrgId;
  readonly passwordHash: string;
}

export async function accountByUsername(tx: Tx, username: string): Promise<Account | null> {
  const found =
    await sql<Account>`select person_id as "personId", org_id as "orgId", password_hash as "passwordHash"
    from identity.account where username = ${username} and not disabled`.execute(tx);
  return found.rows[0] ?? null;
}

export async function accountOfPerson(tx: Tx, personId: PersonId): Promise<Account | null> {
  const found =
    await sql<Account>`select person_id as "personId", org_id as "orgId", password_hash as "passwordHash"
    from identity.account where person_id = ${personId} and not disabled`.execute(tx);
  return found.rows[0] ?? null;
}

// ---------------------------------------------------------------- sessions

const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

export async function insertSession(
  tx: Tx,
  session: { readonly token: string; readonly account: Account; readonly now: Date; readonly method: string },
): Promise<void> {
  await sql`insert into identity.session (token_hash, person_id, org_id, created_at, seen_at, method)
    values (${tokenHash(session.token)}, ${session.account.personId}, ${session.account.orgId}, ${session.now}, ${session.now}, ${session.method})`.execute(
    tx,
  );
}

/**
 * The session of a token, if it is still good: at most `idleMs` since it was last used and `absoluteMs` since it
 * began. Use is noted at most once a minute, so that reading pages writes little.
 */
export async function liveSession(
  db: Database,
  token: string,
  now: Date,
  limits: { readonly idleMs: number; readonly absoluteMs: number },
): Promise<{ personId: PersonId; orgId: OrgId } | null> {
  return await db.transaction(null, async (tx) => {
    const found = await sql<{ personId: PersonId; orgId: OrgId; seen: Date }>`
      select s.person_id as "personId", s.org_id as "orgId", s.seen_at as seen from identity.session s
      join identity.account a on a.person_id = s.person_id and not a.disabled
      where s.token_hash = ${tokenHash(token)} and s.seen_at > ${new Date(now.getTime() - limits.idleMs)}
        and s.created_at > ${new Date(now.getTime() - limits.absoluteMs)}`.execute(tx);
    const row = found.rows[0];
    if (!row) return null;
    if (now.getTime() - row.seen.getTime() > 60_000) {
      await sql`update identity.session set seen_at = ${now} where token_hash = ${tokenHash(token)}`.execute(
        tx,
      );
    }
    return { personId: row.personId, orgId: row.orgId };
  });
}

export async function deleteSession(tx: Tx, token: string): Promise<void> {
  await sql`delete from identity.session where token_hash = ${tokenHash(token)}`.execute(tx);
}

export async function deleteSessionsOf(tx: Tx, personId: PersonId): Promise<void> {
  await sql`delete from identity.session where person_id = ${personId}`.execute(tx);
}

// ---------------------------------------------------------------- failed attempts

export async function readFailures(
  tx: Tx,
  keys: readonly string[],
): Promise<readonly { key: string; failures: number; lastAt: Date }[]> {
  const found = await sql<{ key: string; failures: number; lastAt: Date }>`
    select key, failures, last_at as "lastAt" from identity.attempt where key = any(${[...keys]}::text[])`.execute(
    tx,
  );
  return found.rows;
}

export async function noteFailure(
  tx: Tx,
  keys: readonly string[],
  now: Date,
  forgetAfterMs: number,
): Promise<void> {
  await sql`insert into identity.attempt (key, failures, last_at)
    select k, 1, ${now} from unnest(${keys.toSorted()}::text[]) as k
    on conflict (key) do update set last_at = excluded.last_at, failures =
      case when identity.attempt.last_at < ${new Date(now.getTime() - forgetAfterMs)} then 1 else identity.attempt.failures + 1 end`.execute(
    tx,
  );
}

export async function clearFailures(tx: Tx, key: string): Promise<void> {
  await sql`delete from identity.attempt where key = ${key}`.execute(tx);
}

// ---------------------------------------------------------------- what is over

export async function sweep(
  tx: Tx,
  now: Date,
  limits: { readonly idleMs: number; readonly absoluteMs: number; readonly forgetAfterMs: number },
): Promise<void> {
  const before = (ms: number): Date => new Date(now.getTime() - ms);
  await sql`delete from identity.session
    where seen_at < ${before(limits.idleMs)} or created_at < ${before(limits.absoluteMs)}`.execute(tx);
  await sql`delete from identity.attempt where last_at < ${before(limits.forgetAfterMs)}`.execute(tx);
}

/** Accounts of the transaction's organisation that can sign in. */
export async function openAccounts(
  tx: Tx,
  limit: number,
): Promise<
  readonly { readonly ref: string; readonly label: string; readonly field: null; readonly at: null }[]
> {
  const found = await sql<{ ref: string; label: string; field: null; at: null }>`
    select 'account:' || person_id as ref, username as label, null as field, null as at from identity.account
    where org_id = kernel.current_org() and not disabled order by username limit ${limit}`.execute(tx);
  return found.rows;
}
