import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { findByCode, hostedOrganisations, unitsOf } from '#directory';
import { people } from '#identity';
import { systemActor, unitOfWork, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../test/support/system.ts';
import { roles } from '../roles.ts';
import { loadSample, samplePassword } from './index.ts';
import organisations from './organisations.json' with { type: 'json' };
import { offices, type SampleOffice } from './people.ts';

let system: TestSystem;
before(async () => {
  system = await testSystem(await roles.all(), { config: { sampleData: true } });
  await loadSample(system.ctx, 'all');
});
after(() => system.close());

const inOffice = async <T>(office: SampleOffice, work: (unit: Unit) => Promise<T>): Promise<T> => {
  const { ctx } = system;
  const found = await ctx.db.transaction(null, (tx) => findByCode(tx, office.code102, ctx.clock.now()));
  return await unitOfWork(ctx, { org: found!.id, actor: systemActor(found!.id) }, work);
};

test('the sample is there, and a second start changes nothing', async () => {
  const count = async (): Promise<unknown> =>
    (
      await system.ctx.db.pool.query(`select (select count(*) from directory.organisation) as organisations,
        (select count(*) from directory.org_version) as versions, (select count(*) from identity.account) as accounts`)
    ).rows[0];
  const first = await count();
  await loadSample(system.ctx, 'all');
  assert.deepEqual(await count(), first);
  assert.equal((first as { organisations: number }).organisations, organisations.length);
  const hosted = await system.ctx.db.transaction(null, (tx) => hostedOrganisations(tx));
  assert.equal(hosted.length, offices.length);
});

test('each office has every role, and whoever drafts in a unit has a head there', async () => {
  for (const office of offices) {
    const [staff, units] = await inOffice(office, async (unit) => [await people(unit), await unitsOf(unit)]);
    assert.deepEqual(
      [...new Set(staff.flatMap((person) => person.roles))].sort(),
      ['admin', 'clerk', 'head', 'leader', 'specialist'],
      office.suffix,
    );
    for (const unit of units) assert.ok(unit.headPersonId, `${unit.name} of ${office.suffix} has no head`);
    for (const person of staff.filter(
      (one) => one.roles.includes('specialist') || one.roles.includes('clerk'),
    ))
      assert.ok(
        staff.some((one) => one.roles.includes('head') && one.unitId === person.unitId),
        `${person.username} has no reviewer`,
      );
  }
});

test('every sample account signs in with the sample password', async () => {
  const accounts = offices.flatMap((office) => office.people.map((one) => `${one.account}.${office.suffix}`));
  const answers = await Promise.all(
    accounts.map((username) =>
      system.app.inject({
        method: 'POST',
        url: '/api/session',
        headers: { 'x-phigiay': '1' },
        payload: { username, password: samplePassword },
      }),
    ),
  );
  assert.deepEqual([...new Set(answers.map((answer) => answer.statusCode))], [200]);
});

test('names are written in letters of Vietnamese, composed', () => {
  for (const { name } of [...organisations, ...offices.flatMap((office) => office.people)]) {
    assert.equal(name, name.normalize('NFC'));
    // Eth (U+00D0) looks like Đ (U+0110) and is found by no search.
    assert.doesNotMatch(name, /[Ðð]| {2}|^ | $/, name);
  }
});
