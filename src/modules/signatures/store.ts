import { sql, type Generated, type Selectable, type Transaction } from 'kysely';
import type { OrgId, PersonId, Tx } from '#kernel';

export type KeyKind = 'officer' | 'seal' | 'agency';

interface KeyTable {
  id: string;
  org_id: string;
  kind: KeyKind;
  person_id: string | null;
  label: string;
  certificate_pem: string;
  key_id: string;
  /** Null: the key is with its holder; only its certificates are here. */
  pkcs12: Buffer | null;
  /** Of a key that is elsewhere: PEM, signing certificate first, and what it signs with. */
  chain_pem: string | null;
  algorithm: string | null;
  wrong_pins: Generated<number>;
  locked_at: Date | null;
  created_at: Date;
  retired_at: Date | null;
}
export type KeyRow = Selectable<KeyTable>;

const tables = (tx: Tx): Transaction<{ 'signatures.key': KeyTable }> =>
  tx.withTables<{ 'signatures.key': KeyTable }>();

/** The key in use of a kind, for a person when it is an officer's. */
export async function keyInUse(
  tx: Tx,
  kind: KeyKind,
  personId: PersonId | null,
): Promise<KeyRow | undefined> {
  let found = tables(tx)
    .selectFrom('signatures.key')
    .selectAll()
    .where('kind', '=', kind)
    .where('retired_at', 'is', null);
  found = personId === null ? found.where('person_id', 'is', null) : found.where('person_id', '=', personId);
  return await found.executeTakeFirst();
}

/** A key by its row, in use or retired. */
export async function keyById(tx: Tx, id: string): Promise<KeyRow | undefined> {
  return await tables(tx).selectFrom('signatures.key').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Puts a key into use; the one before it is retired, its certificate stays on record. */
export async function replaceKey(
  tx: Tx,
  key: {
    readonly id: string;
    readonly orgId: OrgId;
    readonly kind: KeyKind;
    readonly personId: PersonId | null;
    readonly label: string;
    readonly certificatePem: string;
    readonly keyId: string;
    readonly pkcs12?: Buffer;
    readonly outside?: { readonly chainPem: string; readonly algorithm: string };
    readonly now: Date;
  },
): Promise<void> {
  await sql`update signatures.key set retired_at = ${key.now}
    where org_id = ${key.orgId} and kind = ${key.kind} and person_id is not distinct from ${key.personId}
      and retired_at is null`.execute(tx);
  await tables(tx)
    .insertInto('signatures.key')
    .values({
      id: key.id,
      org_id: key.orgId,
      kind: key.kind,
      person_id: key.personId,
      label: key.label,
      certificate_pem: key.certificatePem,
      key_id: key.keyId,
      pkcs12: key.pkcs12 ?? null,
      chain_pem: key.outside?.chainPem ?? null,
      algorithm: key.outside?.algorithm ?? null,
      locked_at: null,
      created_at: key.now,
      retired_at: null,
    })
    .execute();
}

/** Keeps the highest number of wrong PINs in a row that was seen; at `limit` the key is locked. */
export async function recordWrongPins(
  tx: Tx,
  id: string,
  wrong: number,
  limit: number,
  now: Date,
): Promise<void> {
  await sql`update signatures.key set wrong_pins = greatest(wrong_pins, ${wrong}),
      locked_at = case when greatest(wrong_pins, ${wrong}) >= ${limit} then coalesce(locked_at, ${now}) else locked_at end
    where id = ${id}`.execute(tx);
}

export async function clearWrongPins(tx: Tx, id: string): Promise<void> {
  await sql`update signatures.key set wrong_pins = 0 where id = ${id} and wrong_pins > 0`.execute(tx);
}

/** Keys and seals of the transaction's organisation that are in use. */
export async function openKeys(
  tx: Tx,
  limit: number,
): Promise<
  readonly { readonly ref: string; readonly label: string; readonly field: null; readonly at: Date }[]
> {
  const found = await sql<{ ref: string; label: string; field: null; at: Date }>`
    select 'key:' || id as ref, kind || ' · ' || label as label, null as field, created_at as at from signatures.key
    where org_id = kernel.current_org() and retired_at is null order by created_at limit ${limit}`.execute(
    tx,
  );
  return found.rows;
}
