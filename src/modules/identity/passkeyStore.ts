import { sql } from 'kysely';
import type { PersonId, Tx } from '#kernel';

export interface Passkey {
  readonly credentialId: string;
  readonly personId: PersonId;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string[];
  readonly name: string;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
}

const columns = sql`credential_id as "credentialId", person_id as "personId", public_key as "publicKey", counter, transports, name,
  created_at as "createdAt", used_at as "usedAt"`;

export async function passkeysOf(tx: Tx, personId: PersonId): Promise<Passkey[]> {
  return (
    await sql<Passkey>`select ${columns} from identity.passkey where person_id = ${personId} order by created_at`.execute(
      tx,
    )
  ).rows;
}

export async function passkeyById(tx: Tx, credentialId: string): Promise<Passkey | null> {
  return (
    (
      await sql<Passkey>`select ${columns} from identity.passkey where credential_id = ${credentialId}`.execute(
        tx,
      )
    ).rows[0] ?? null
  );
}

export async function insertPasskey(tx: Tx, passkey: Omit<Passkey, 'usedAt'>): Promise<void> {
  await sql`insert into identity.passkey (credential_id, person_id, public_key, counter, transports, name, created_at)
    values (${passkey.credentialId}, ${passkey.personId}, ${passkey.publicKey}, ${passkey.counter}, ${passkey.transports}::text[], ${passkey.name}, ${passkey.createdAt})`.execute(
    tx,
  );
}

export async function notePasskeyUse(
  tx: Tx,
  credentialId: string,
  counter: number,
  now: Date,
): Promise<void> {
  await sql`update identity.passkey set counter = ${counter}, used_at = ${now} where credential_id = ${credentialId}`.execute(
    tx,
  );
}

export async function deletePasskey(tx: Tx, credentialId: string, personId: PersonId): Promise<boolean> {
  const gone =
    await sql`delete from identity.passkey where credential_id = ${credentialId} and person_id = ${personId}`.execute(
      tx,
    );
  return (gone.numAffectedRows ?? 0n) > 0n;
}

export async function insertChallenge(
  tx: Tx,
  challenge: string,
  purpose: 'register' | 'sign-in',
  personId: PersonId | null,
  now: Date,
): Promise<void> {
  await sql`delete from identity.challenge where created_at < ${new Date(now.getTime() - 600_000)}`.execute(
    tx,
  );
  await sql`insert into identity.challenge (challenge, person_id, purpose, created_at) values (${challenge}, ${personId}, ${purpose}, ${now})`.execute(
    tx,
  );
}

/** Takes a challenge: each is good once, for five minutes. */
export async function takeChallenge(
  tx: Tx,
  challenge: string,
  purpose: 'register' | 'sign-in',
  personId: PersonId | null,
  now: Date,
): Promise<boolean> {
  const taken =
    await sql`delete from identity.challenge where challenge = ${challenge} and purpose = ${purpose}
    and person_id is not distinct from ${personId}::uuid and created_at > ${new Date(now.getTime() - 300_000)}`.execute(
      tx,
    );
  return (taken.numAffectedRows ?? 0n) > 0n;
}
