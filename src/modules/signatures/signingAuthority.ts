import { appointmentsAt, organisationById, postsOf, unitNames, type Appointment } from '#directory';
import { people, personById, type Person } from '#identity';
import { record } from '#audit';
import { vietnamDate, type Actor, type PersonId, type Unit, type UnitId } from '#kernel';
import type { z } from 'zod';
import { capacityRules, isCollectiveBody, isDeputyTitle, type Capacity } from './capacityRules.ts';
import type { authoritiesAnswer, grantBody, revokeBody, SigningAuthority } from './contract.ts';
import { refuse } from './refusals.ts';
import {
  allAuthorities,
  authoritiesOn,
  insertAuthority,
  markRevoked,
  type AuthorityRow,
} from './signingAuthorityStore.ts';

/** A reason in words, for either reader. */
export interface Worded {
  readonly vi: string;
  readonly en: string;
}

/** Whether somebody was empowered to sign on a day, by what is known now (S3.5). */
export type AuthorityVerdict =
  | { readonly ok: true; readonly basis: string }
  | { readonly ok: false; readonly reason: Worded; readonly whoMay: readonly string[] };

/** What is signed, as far as authority depends on it. */
export interface SigningScope {
  readonly capacity: Capacity;
  readonly typeCode: string;
  /** The unit that drafted it: the field of work. */
  readonly unitId: string | null;
}

interface Day {
  readonly organisation: string;
  readonly posts: ReadonlyMap<PersonId, Appointment>;
}

async function dayOf(unit: Unit, at: Date): Promise<Day> {
  const own = await organisationById(unit.tx, unit.org, at);
  return { organisation: own?.name ?? '', posts: await appointmentsAt(unit, at) };
}

/** Heads the organisation by their post of that day. */
const isHead = (person: Pick<Person, 'roles'>, post: Appointment | undefined, heads: HeadPosts): boolean =>
  post !== undefined &&
  person.roles.includes('leader') &&
  heads.has(post.postId) &&
  !isDeputyTitle(post.title);

type HeadPosts = ReadonlySet<string>;

const covers = (row: AuthorityRow, scope: SigningScope): boolean =>
  (row.types.length === 0 || row.types.includes(scope.typeCode)) &&
  (row.units.length === 0 || (scope.unitId !== null && row.units.includes(scope.unitId)));

const notNamed: Worded = {
  vi: 'không có quyết định giao ký còn hiệu lực vào ngày này cho loại văn bản hoặc lĩnh vực này',
  en: 'no decision in force on that day covers this type of document or field',
};

/** What the post of that day does not allow, whatever a decision says; null when it fits. */
function unfit(
  capacity: Capacity,
  person: Pick<Person, 'roles'>,
  post: Appointment | undefined,
  day: Day,
  heads: HeadPosts,
): Worded | null {
  const rule = capacityRules[capacity];
  if (post === undefined) return { vi: 'vào ngày này không giữ chức vụ nào', en: 'held no post on that day' };
  if (rule.collectiveOnly && !isCollectiveBody(day.organisation))
    return {
      vi: 'cơ quan làm việc theo chế độ thủ trưởng, không ký thay mặt tập thể',
      en: 'the organisation has one head and does not decide as a collective',
    };
  const deputy = isDeputyTitle(post.title);
  const leader = person.roles.includes('leader');
  switch (rule.holder) {
    case 'head-of-organisation':
      // An acting head is named by a decision, whatever their post was before.
      return capacity === 'Q.' || isHead(person, post, heads)
        ? null
        : { vi: 'không phải người đứng đầu cơ quan', en: 'is not the head of the organisation' };
    case 'deputy':
      return deputy
        ? null
        : {
            vi: 'chỉ cấp phó mới được ký thay cấp trưởng (KT.)',
            en: 'only a deputy may sign for the head (KT.)',
          };
    case 'head-of-unit':
      return heads.has(post.postId) && !deputy && !leader
        ? null
        : {
            vi: 'chỉ người đứng đầu đơn vị thuộc cơ quan mới được ký thừa ủy quyền (TUQ.)',
            en: 'only the head of a unit below may sign by delegation (TUQ.)',
          };
    case 'unit-leadership':
      return (heads.has(post.postId) || deputy) && !leader
        ? null
        : {
            vi: 'chỉ lãnh đạo đơn vị thuộc cơ quan mới được ký thừa lệnh (TL.)',
            en: 'only those who lead a unit below may sign by order (TL.)',
          };
  }
}

async function headPosts(unit: Unit): Promise<HeadPosts> {
  return new Set((await postsOf(unit)).filter((post) => post.isHead).map((post) => post.id));
}

/**
 * Judges whether a person was empowered to sign on a day (Decree 30/2020 Art. 13): by their post, or by a decision in
 * force that covers the type of document and the unit it comes from. What was revoked with effect from before that
 * day does not count, whenever the revocation was recorded.
 */
export async function signingAuthorityAt(
  unit: Unit,
  personId: PersonId,
  scope: SigningScope,
  at: Date,
): Promise<AuthorityVerdict> {
  const day = await dayOf(unit, at);
  const heads = await headPosts(unit);
  const person = await personById(unit, personId);
  const post = day.posts.get(personId);
  const rule = capacityRules[scope.capacity];
  const misfit = unfit(scope.capacity, person ?? { roles: [] }, post, day, heads);
  if (misfit === null && rule.source === 'post')
    return { ok: true, basis: `${post!.title}; ${post!.basis}; ${rule.clause}` };
  const named = (await authoritiesOn(unit, vietnamDate(at), personId)).find(
    (row) => row.capacity === scope.capacity && covers(row, scope),
  );
  if (misfit === null && named) return { ok: true, basis: `${named.basis}; ${rule.clause}` };
  return { ok: false, reason: misfit ?? notNamed, whoMay: await whoMay(unit, scope, at, day, heads) };
}

const mostNamed = 5;

/** Who could sign such a document on that day, with the capacity that they would sign in. */
async function whoMay(
  unit: Unit,
  scope: SigningScope,
  at: Date,
  day: Day,
  heads: HeadPosts,
): Promise<string[]> {
  const all = await people(unit);
  const found = all
    .filter((person) => isHead(person, day.posts.get(person.id), heads))
    .map((person) => `${person.fullName} (${day.posts.get(person.id)?.title ?? ''})`);
  for (const row of await authoritiesOn(unit, vietnamDate(at), null)) {
    const person = all.find((one) => one.id === row.personId);
    const post = day.posts.get(row.personId);
    if (!person || !covers(row, scope) || unfit(row.capacity, person, post, day, heads) !== null) continue;
    found.push(`${person.fullName} (${row.capacity} · ${post?.title ?? ''})`);
  }
  return [...new Set(found)].slice(0, mostNamed);
}

const mayChange = (actor: Actor): boolean =>
  actor.kind === 'system' || actor.roles.includes('leader') || actor.roles.includes('admin');

/**
 * Enters a decision that lets somebody sign.
 * @throws Refusal authority-not-yours, unknown-person, authority-needs-end, authority-needs-scope, authority-unfit
 */
export async function grantAuthority(unit: Unit, body: z.infer<typeof grantBody>): Promise<string> {
  const { actor } = unit;
  if (!mayChange(actor)) throw refuse('authority-not-yours');
  const person = await personById(unit, body.personId as PersonId);
  if (!person) throw refuse('unknown-person');
  const rule = capacityRules[body.capacity];
  if (rule.needsEnd && body.validTo === null)
    throw refuse('authority-needs-end', { capacity: body.capacity, clause: rule.clause });
  if (rule.needsScope && body.types.length === 0 && body.units.length === 0)
    throw refuse('authority-needs-scope', { capacity: body.capacity, clause: rule.clause });
  if (body.validTo !== null && body.validTo < body.validFrom) throw refuse('authority-dates');
  const at = new Date(`${body.validFrom}T12:00:00+07:00`);
  const day = await dayOf(unit, at);
  const post = day.posts.get(person.id);
  const misfit = unfit(body.capacity, person, post, day, await headPosts(unit));
  if (misfit !== null) throw refuse('authority-unfit', { person: person.fullName, reason: misfit });
  const id = unit.ctx.ids.uuid();
  await insertAuthority(unit, {
    id,
    personId: person.id,
    personName: person.fullName,
    post: post!.title,
    capacity: body.capacity,
    types: body.types,
    units: body.units,
    basis: body.basis.normalize('NFC'),
    validFrom: body.validFrom,
    validTo: body.validTo,
    grantedById: actor.id,
    grantedByName: actor.name,
  });
  await record(unit, {
    action: 'signatures.authority-granted',
    object: `authority:${id}`,
    detail: { ...body },
  });
  return id;
}

/** Ends a decision's effect from a day on; it stays in the register. @throws Refusal authority-not-yours, unknown-authority */
export async function revokeAuthority(
  unit: Unit,
  id: string,
  body: z.infer<typeof revokeBody>,
): Promise<void> {
  if (!mayChange(unit.actor)) throw refuse('authority-not-yours');
  const done = await markRevoked(unit, id, { from: body.from, by: unit.actor.name, reason: body.reason });
  if (!done) throw refuse('unknown-authority');
  await record(unit, {
    action: 'signatures.authority-revoked',
    object: `authority:${id}`,
    detail: { ...body },
  });
}

function stateOf(row: AuthorityRow, today: string): SigningAuthority['state'] {
  if (row.revokedFrom !== null && row.revokedFrom <= today) return 'revoked';
  if (row.validFrom > today) return 'future';
  return row.validTo !== null && row.validTo < today ? 'ended' : 'in-force';
}

/** The register: who signs by post, and every decision with its history. */
export async function authoritiesView(unit: Unit): Promise<z.infer<typeof authoritiesAnswer>> {
  const rows = await allAuthorities(unit);
  const day = await dayOf(unit, unit.now);
  const heads = await headPosts(unit);
  const names = await unitNames(unit, [...new Set(rows.flatMap((row) => row.units))] as UnitId[]);
  const today = vietnamDate(unit.now);
  return {
    heads: (await people(unit)).flatMap((person) => {
      const post = day.posts.get(person.id);
      return isHead(person, post, heads)
        ? [{ id: person.id, name: person.fullName, post: post!.title, basis: post!.basis }]
        : [];
    }),
    items: rows.map((row) => ({
      id: row.id,
      person: { id: row.personId, name: row.personName, post: row.post },
      capacity: row.capacity,
      types: [...row.types],
      units: row.units.map((id) => ({ id, name: names.get(id as UnitId) ?? '' })),
      basis: row.basis,
      validFrom: row.validFrom,
      validTo: row.validTo,
      grantedBy: row.grantedByName,
      grantedAt: row.grantedAt.toISOString(),
      revoked:
        row.revokedFrom === null
          ? null
          : {
              from: row.revokedFrom,
              at: row.revokedAt!.toISOString(),
              by: row.revokedByName ?? '',
              reason: row.revokedReason ?? '',
            },
      state: stateOf(row, today),
    })),
    mayChange: mayChange(unit.actor),
  };
}
