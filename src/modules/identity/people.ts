import { appointmentsAt } from '#directory';
import { refuse as refuseKernel, type Actor, type PersonId, type Unit, type UnitId } from '#kernel';
import type { Role } from './contract.ts';
import { hashPassword } from './password.ts';
import { insertPerson, selectPeople, type PersonRow } from './store.ts';

/** A person with the post that they hold today. */
export interface Person {
  readonly id: PersonId;
  readonly fullName: string;
  readonly username: string;
  readonly unitId: UnitId | null;
  readonly unitName: string | null;
  readonly post: string;
  readonly roles: Role[];
  readonly capacity: PersonRow['capacity'];
  readonly absentUntil: string | null;
}

/**
 * Makes an account in the organisation of the unit of work; its post is given by an appointment in the directory.
 * @throws Refusal `identity.username-taken`
 */
export async function createPerson(
  unit: Unit,
  entry: {
    readonly username: string;
    readonly fullName: string;
    readonly password: string;
    readonly roles: readonly Role[];
    readonly capacity?: PersonRow['capacity'];
  },
): Promise<PersonId> {
  const id = unit.ctx.ids.uuid() as PersonId;
  await insertPerson(unit, {
    id,
    username: entry.username.normalize('NFC').trim().toLowerCase(),
    fullName: entry.fullName,
    passwordHash: await hashPassword(entry.password),
    roles: [...entry.roles],
    capacity: entry.capacity ?? '',
  });
  return id;
}

async function withPosts(
  unit: Unit,
  rows: readonly PersonRow[],
  named?: readonly PersonId[],
): Promise<Person[]> {
  const appointments = await appointmentsAt(unit, unit.now, named);
  return rows.map((row) => {
    const appointment = appointments.get(row.id);
    return {
      id: row.id,
      fullName: row.fullName,
      username: row.username,
      unitId: appointment?.unitId ?? null,
      unitName: appointment?.unitName ?? null,
      post: appointment?.title ?? '',
      roles: row.roles,
      capacity: row.capacity,
      absentUntil: row.absentUntil && row.absentUntil > unit.now ? row.absentUntil.toISOString() : null,
    };
  });
}

/** A person of the organisation of the unit of work, or null. */
export async function personById(unit: Unit, id: PersonId): Promise<Person | null> {
  return (await withPosts(unit, await selectPeople(unit, [id]), [id]))[0] ?? null;
}

/** People by given name, then middle, then family name, as Vietnamese lists are sorted. */
export async function people(
  unit: Unit,
  filter: { readonly unitId?: UnitId | undefined; readonly role?: Role | undefined } = {},
): Promise<Person[]> {
  const all = await withPosts(unit, await selectPeople(unit));
  const collator = new Intl.Collator('vi');
  const key = (name: string): string => name.split(/\s+/).toReversed().join(' ');
  return all
    .filter((person) => filter.unitId === undefined || person.unitId === filter.unitId)
    .filter((person) => filter.role === undefined || person.roles.includes(filter.role))
    .sort((a, b) => collator.compare(key(a.fullName), key(b.fullName)));
}

/** The actor that a person is when they are signed in. */
export function actorOf(person: Person, orgId: NonNullable<Actor['orgId']>): Actor {
  return {
    kind: 'person',
    id: person.id,
    name: person.fullName,
    orgId,
    personId: person.id,
    ...(person.unitId === null ? {} : { unitId: person.unitId }),
    roles: person.roles,
    ...(person.post === '' ? {} : { post: person.post }),
  };
}

/** @throws Refusal `kernel.forbidden` unless the actor has one of the roles */
export function requireRole(actor: Actor, ...wanted: readonly Role[]): void {
  if (!wanted.some((role) => actor.roles.includes(role))) throw refuseKernel('forbidden');
}
