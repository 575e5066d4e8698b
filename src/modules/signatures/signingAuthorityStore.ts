import { sql } from 'kysely';
import type { PersonId, Unit } from '#kernel';
import type { GrantedCapacity } from './contract.ts';

type Bound = Pick<Unit, 'tx' | 'org'>;

export interface AuthorityRow {
  readonly id: string;
  readonly personId: PersonId;
  readonly personName: string;
  readonly post: string;
  readonly capacity: GrantedCapacity;
  readonly types: readonly string[];
  readonly units: readonly string[];
  readonly basis: string;
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly grantedByName: string;
  readonly grantedAt: Date;
  readonly revokedFrom: string | null;
  readonly revokedAt: Date | null;
  readonly revokedByName: string | null;
  readonly revokedReason: string | null;
}

const columns = sql`id, person_id as "personId", person_name as "personName", post, capacity, types, units, basis,
  to_char(valid_from, 'YYYY-MM-DD') as "validFrom", to_char(valid_to, 'YYYY-MM-DD') as "validTo",
  granted_by_name as "grantedByName", granted_at as "grantedAt",
  to_char(revoked_from, 'YYYY-MM-DD') as "revokedFrom", revoked_at as "revokedAt",
  revoked_by_name as "revokedByName", revoked_reason as "revokedReason"`;

/** The whole register, newest decision first: what has ended stays as history. */
export async function allAuthorities({ tx, org }: Bound): Promise<AuthorityRow[]> {
  const found = await sql<AuthorityRow>`select ${columns} from signatures.signing_authority
    where org_id = ${org} order by valid_from desc, granted_at desc, id`.execute(tx);
  return found.rows;
}

/** Those that count on a day, by what is known now. */
export async function authoritiesOn(
  { tx, org }: Bound,
  day: string,
  personId: PersonId | null,
): Promise<AuthorityRow[]> {
  const found = await sql<AuthorityRow>`select ${columns} from signatures.signing_authority
    where org_id = ${org} and (${personId}::uuid is null or person_id = ${personId})
      and valid_from <= ${day}::date and (valid_to is null or valid_to >= ${day}::date)
      and (revoked_from is null or revoked_from > ${day}::date)
    order by valid_from desc, id`.execute(tx);
  return found.rows;
}

export async function insertAuthority(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  row: Omit<AuthorityRow, 'grantedAt' | 'revokedFrom' | 'revokedAt' | 'revokedByName' | 'revokedReason'> & {
    readonly grantedById: string;
  },
): Promise<void> {
  await sql`insert into signatures.signing_authority (id, org_id, person_id, person_name, post, capacity, types,
      units, basis, valid_from, valid_to, granted_by_id, granted_by_name, granted_at)
    values (${row.id}, ${org}, ${row.personId}, ${row.personName}, ${row.post}, ${row.capacity},
      ${[...row.types]}::text[], ${[...row.units]}::uuid[], ${row.basis}, ${row.validFrom}::date,
      ${row.validTo}::date, ${row.grantedById}, ${row.grantedByName}, ${now})`.execute(tx);
}

/** @returns false when there is none that is not revoked yet */
export async function markRevoked(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  id: string,
  revocation: { readonly from: string; readonly by: string; readonly reason: string },
): Promise<boolean> {
  const changed = await sql`update signatures.signing_authority
    set revoked_from = ${revocation.from}::date, revoked_at = ${now}, revoked_by_name = ${revocation.by},
      revoked_reason = ${revocation.reason}
    where org_id = ${org} and id = ${id} and revoked_at is null`.execute(tx);
  return changed.numAffectedRows === 1n;
}
