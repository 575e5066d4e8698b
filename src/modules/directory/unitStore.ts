import { sql } from 'kysely';
import { vietnamDate, type PersonId, type Unit, type UnitId } from '#kernel';
import type { Appointment, DirectoryUnit, Post, PostId } from './types.ts';

/** The units of the organisation of the unit of work, in their order, each with its head today. */
export async function unitsOf(unit: Unit): Promise<DirectoryUnit[]> {
  const found = await sql<DirectoryUnit>`
    select u.id, u.name, u.abbreviation, u.parent_id as "parentId",
      (select a.person_id from directory.post p join directory.appointment a on a.post_id = p.id
        where p.unit_id = u.id and p.is_head and a.valid_from <= ${vietnamDate(unit.now)}::date
          and (a.valid_to is null or a.valid_to > ${vietnamDate(unit.now)}::date)
        order by a.valid_from desc limit 1) as "headPersonId"
    from directory.unit u where u.org_id = ${unit.org} order by u.position, u.name`.execute(unit.tx);
  return found.rows;
}

/** Adds a unit; one of the same name is left as it is. */
export async function addUnit(
  unit: Unit,
  entry: {
    readonly name: string;
    readonly abbreviation: string;
    readonly parentId?: UnitId | null;
    readonly position?: number;
  },
): Promise<UnitId> {
  const id = unit.ctx.ids.uuid() as UnitId;
  const made = await sql<{ id: UnitId }>`
    insert into directory.unit (id, org_id, name, abbreviation, parent_id, position)
    values (${id}, ${unit.org}, ${entry.name.normalize('NFC')}, ${entry.abbreviation}, ${entry.parentId ?? null}, ${entry.position ?? 0})
    on conflict (org_id, name) do update set abbreviation = excluded.abbreviation returning id`.execute(
    unit.tx,
  );
  return made.rows[0]!.id;
}

/** Adds a post to a unit; one of the same title is left as it is. */
export async function addPost(
  unit: Unit,
  entry: { readonly unitId: UnitId; readonly title: string; readonly isHead?: boolean },
): Promise<PostId> {
  const made = await sql<{ id: PostId }>`
    insert into directory.post (id, org_id, unit_id, title, is_head)
    values (${unit.ctx.ids.uuid()}, ${unit.org}, ${entry.unitId}, ${entry.title.normalize('NFC')}, ${entry.isHead ?? false})
    on conflict (org_id, unit_id, title) do update set is_head = excluded.is_head returning id`.execute(
    unit.tx,
  );
  return made.rows[0]!.id;
}

/** Appoints a person to a post from a date on, by a decision. */
export async function appoint(
  unit: Unit,
  entry: {
    readonly personId: PersonId;
    readonly postId: PostId;
    readonly from: string;
    readonly to?: string | null;
    readonly basis: string;
  },
): Promise<void> {
  await sql`insert into directory.appointment (id, org_id, person_id, post_id, valid_from, valid_to, basis, recorded_at)
    values (${unit.ctx.ids.uuid()}, ${unit.org}, ${entry.personId}, ${entry.postId}, ${entry.from}::date, ${entry.to ?? null}::date, ${entry.basis}, ${unit.now})`.execute(
    unit.tx,
  );
}

export async function postsOf(unit: Unit): Promise<Post[]> {
  const found = await sql<Post>`select id, unit_id as "unitId", title, is_head as "isHead" from directory.post
    where org_id = ${unit.org} order by title`.execute(unit.tx);
  return found.rows;
}

const appointmentColumns = sql`a.person_id as "personId", p.id as "postId", u.id as "unitId", u.name as "unitName", p.title,
  to_char(a.valid_from, 'YYYY-MM-DD') as "from", to_char(a.valid_to, 'YYYY-MM-DD') as "to", a.basis`;

/** The post that a person held at an instant: the newest appointment where there are several. */
export async function appointmentAt(unit: Unit, personId: PersonId, at: Date): Promise<Appointment | null> {
  return (await appointmentsAt(unit, at, [personId])).get(personId) ?? null;
}

/** Everybody's post at an instant, or that of the persons named. */
export async function appointmentsAt(
  unit: Unit,
  at: Date,
  persons?: readonly PersonId[],
): Promise<ReadonlyMap<PersonId, Appointment>> {
  const day = vietnamDate(at);
  const named = persons ? [...persons] : null;
  const found = await sql<Appointment>`select distinct on (a.person_id) ${appointmentColumns}
    from directory.appointment a join directory.post p on p.id = a.post_id join directory.unit u on u.id = p.unit_id
    where a.org_id = ${unit.org} and (${named}::uuid[] is null or a.person_id = any(${named}::uuid[]))
      and a.valid_from <= ${day}::date and (a.valid_to is null or a.valid_to > ${day}::date)
    order by a.person_id, a.valid_from desc`.execute(unit.tx);
  return new Map(found.rows.map((row) => [row.personId, row]));
}
