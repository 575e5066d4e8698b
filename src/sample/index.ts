import {
  addOrganisations,
  addPost,
  addUnit,
  appoint,
  findByCode,
  setHosted,
  type NewOrganisation,
  type Organisation,
} from '#directory';
import { saveOfficeSetting } from '#documents';
import { createPerson, people } from '#identity';
import { systemActor, unitOfWork, vietnamDate, type Context, type Unit, type UnitId } from '#kernel';
import { grantAuthority, issueAgencyKey, issueOfficerKey, issueSealKey } from '#signatures';
import organisations from './organisations.json' with { type: 'json' };
import { offices, type SampleOffice } from './people.ts';
import { samplePassword, samplePin } from './secrets.ts';

export { playSample } from './play.ts';
export { samplePassword, samplePin } from './secrets.ts';

/** The directory of 2020: what the axis needs to know. */
async function loadDirectory(ctx: Context): Promise<void> {
  await ctx.db.transaction(null, (tx) =>
    addOrganisations(tx, organisations as NewOrganisation[], '2020-01-01', ctx.clock.now()),
  );
}

async function loadOffice(unit: Unit, organisation: Organisation, office: SampleOffice): Promise<void> {
  if ((await people(unit)).length > 0) return;
  await saveOfficeSetting(unit, { abbreviation: office.abbreviation, place: office.place });
  const units = new Map<string, UnitId>();
  for (const [position, [name, abbreviation]] of office.units.entries()) {
    units.set(name, await addUnit(unit, { name, abbreviation, position }));
  }
  for (const person of office.people) {
    const unitId = units.get(person.unit);
    if (unitId === undefined) throw new Error(`sample person ${person.name} belongs to no unit`);
    const personId = await createPerson(unit, {
      username: `${person.account}.${office.suffix}`,
      fullName: person.name,
      password: samplePassword,
      roles: [person.role],
      ...(person.capacity === undefined ? {} : { capacity: person.capacity }),
    });
    const postId = await addPost(unit, {
      unitId,
      title: person.post,
      ...(person.isHead ? { isHead: true } : {}),
    });
    await appoint(unit, {
      personId,
      postId,
      from: '2024-01-01',
      basis: 'Quyết định mẫu, dữ liệu thử nghiệm',
    });
    if (person.capacity === 'KT.' || person.capacity === 'TL.') {
      await grantAuthority(unit, {
        personId,
        capacity: person.capacity,
        types: [],
        units: [],
        basis: 'Quyết định giao ký mẫu, dữ liệu thử nghiệm',
        validFrom: '2024-01-01',
        validTo: null,
      });
    }
    if (person.role !== 'clerk' && person.role !== 'admin') {
      await issueOfficerKey(unit, {
        personId,
        name: person.name,
        title: person.post,
        organisation: organisation.name,
        pin: samplePin,
      });
    }
  }
  await issueSealKey(unit, { organisation: organisation.name, code: organisation.code102, pin: samplePin });
  await issueAgencyKey(unit, { organisation: organisation.name, code: organisation.code102 });
}

/**
 * Puts the sample organisations into the directory and, in an office, its people, posts and keys. A second start
 * finds them and changes nothing.
 */
export async function loadSample(ctx: Context, role: 'axis' | 'office' | 'all'): Promise<void> {
  await loadDirectory(ctx);
  if (role === 'axis') return;
  const now = ctx.clock.now();
  await Promise.all(
    offices.map(async (office) => {
      const organisation = await ctx.db.transaction(null, (tx) => findByCode(tx, office.code102, now));
      if (!organisation)
        throw new Error(`sample office ${office.code102} is not in the directory on ${vietnamDate(now)}`);
      await ctx.db.transaction(null, (tx) => setHosted(tx, [organisation.id]));
      await unitOfWork(ctx, { org: organisation.id, actor: systemActor(organisation.id) }, (unit) =>
        loadOffice(unit, organisation, office),
      );
    }),
  );
}

/** How to sign in, as lines of a table. */
export function describeSample(): readonly string[] {
  const lines = ['Tài khoản dùng thử (dữ liệu mẫu, người và khóa đều là giả):', ''];
  for (const office of offices.slice(0, 3)) {
    const name = organisations.find((entry) => entry.code102 === office.code102)?.name ?? office.code102;
    lines.push(`${name}`);
    for (const person of office.people.filter((one) =>
      /^(vanthu|chuyenvien|truongphong|lanhdao)$/.test(one.account),
    )) {
      lines.push(`  ${`${person.account}.${office.suffix}`.padEnd(22)} ${person.name}, ${person.post}`);
    }
  }
  lines.push('', `Mật khẩu: ${samplePassword}    Mã PIN ký số: ${samplePin}`);
  return lines;
}
