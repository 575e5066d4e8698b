import { sql, type Selectable, type Transaction } from 'kysely';
import type { OrgId, PersonId, Tx } from '#kernel';

interface RequestTable {
  id: string;
  org_id: string;
  person_id: string;
  code_hash: Buffer;
  position: number;
  act: string;
  ref: string;
  title: string;
  tbs: Buffer;
  key_id: string | null;
  original_hash: string | null;
  tail: Buffer | null;
  contents_start: number | null;
  contents_end: number | null;
  digest: Buffer | null;
  created_at: Date;
  expires_at: Date;
  signed_at: Date | null;
}
export type RequestRow = Selectable<RequestTable>;

const tables = (tx: Tx): Transaction<{ 'signatures.signing_request': RequestTable }> =>
  tx.withTables<{ 'signatures.signing_request': RequestTable }>();

/** Keeps what waits for a device; what waited for the same act of the same person on the same thing is dropped. */
export async function keepRequests(
  tx: Tx,
  org: OrgId,
  person: PersonId,
  rows: readonly Omit<RequestRow, 'org_id' | 'person_id' | 'signed_at'>[],
): Promise<void> {
  for (const row of rows) {
    await sql`delete from signatures.signing_request
      where person_id = ${person} and act = ${row.act} and ref = ${row.ref} and signed_at is null`.execute(
      tx,
    );
    await tables(tx)
      .insertInto('signatures.signing_request')
      .values({ ...row, org_id: org, person_id: person, signed_at: null })
      .execute();
  }
  // What nobody signed in time keeps no bytes of a document.
  await sql`update signatures.signing_request set tail = null
    where tail is not null and expires_at < ${rows[0]?.created_at ?? null}`.execute(tx);
}

/** The requests behind a code, in their order. */
export async function requestsOfCode(tx: Tx, codeHash: Buffer): Promise<RequestRow[]> {
  return await tables(tx)
    .selectFrom('signatures.signing_request')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .orderBy('position')
    .execute();
}

/** One of them, locked. */
export async function lockRequest(tx: Tx, id: string, codeHash: Buffer): Promise<RequestRow | undefined> {
  return await tables(tx)
    .selectFrom('signatures.signing_request')
    .selectAll()
    .where('id', '=', id)
    .where('code_hash', '=', codeHash)
    .forUpdate()
    .executeTakeFirst();
}

export async function markSigned(tx: Tx, id: string, now: Date): Promise<void> {
  await sql`update signatures.signing_request set signed_at = ${now}, tail = null where id = ${id}`.execute(
    tx,
  );
}
