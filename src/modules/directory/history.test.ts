import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Client } from 'pg';
import {
  addOrganisations,
  addPost,
  addUnit,
  appoint,
  appointmentAt,
  changeOrganisation,
  directoryModule,
  endOrganisation,
  findByCode,
  organisationAsKnown,
  organisationById,
  postsOf,
  searchOrganisations,
  unitsOf,
} from '#directory';
import { systemActor, unitOfWork, type OrgId, type PersonId, type Tx, type Unit, type UnitId } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';

let system: TestSystem;
const inDirectory = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => system.ctx.db.transaction(null, work);
const inOrg = <T>(org: OrgId, work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor: systemActor(org) }, work);
const noon = (day: string): Date => new Date(`${day}T12:00:00+07:00`);

let made = 0;
/** A body of its own for one test. */
async function newBody(parent: string | null = null, name = 'Cơ quan'): Promise<{ id: OrgId; code: string }> {
  made += 1;
  const code = `T${String(made).padStart(3, '0')}`;
  const entry = { code, code102: `000.00.00.${code}`, name: `${name} ${made}`, parentCode102: parent };
  await inDirectory((tx) => addOrganisations(tx, [entry], '2020-01-01', noon('2020-01-01')));
  const found = await inDirectory((tx) => findByCode(tx, code, noon('2020-01-02')));
  return { id: found!.id, code };
}

before(async () => {
  system = await testSystem([directoryModule], { now: '2026-11-24T08:00:00+07:00' });
});
after(() => system.close());

test('S9.8 in small: whatever order decisions become known in, each day has the youngest decision known then', async () => {
  const days = ['2021-01-01', '2022-01-01', '2023-01-01', '2024-01-01', '2025-01-01'];
  const decision = fc.record({ day: fc.constantFrom(...days), matter: fc.constantFrom('name', 'code102') });
  await fc.assert(
    fc.asyncProperty(fc.array(decision, { minLength: 1, maxLength: 7 }), async (decisions) => {
      const { id, code } = await newBody();
      const start = await inDirectory((tx) => organisationById(tx, id, noon('2020-01-02')));
      const history = decisions.map(({ day, matter }, index) => ({
        day,
        matter: matter as 'name' | 'code102',
        value: matter === 'name' ? `Tên ${code} ${index}` : `00${index + 1}.00.00.${code}`,
        recordedAt: new Date(Date.UTC(2026, 0, index + 1)),
      }));
      for (const { day, matter, value, recordedAt } of history)
        await inDirectory((tx) => changeOrganisation(tx, { id, from: day, recordedAt, [matter]: value }));
      for (let known = 0; known <= history.length; known += 1) {
        const knownAt = new Date(Date.UTC(2026, 0, known, 12));
        for (const day of ['2020-06-01', ...days]) {
          const seen = await inDirectory((tx) => organisationAsKnown(tx, id, noon(day), knownAt));
          for (const matter of ['name', 'code102'] as const) {
            const inForce = history
              .slice(0, known)
              .filter((entry) => entry.matter === matter && entry.day <= day)
              .reduce<(typeof history)[number] | null>(
                (best, entry) => (best === null || entry.day >= best.day ? entry : best),
                null,
              );
            assert.equal(
              seen?.[matter],
              inForce?.value ?? start?.[matter],
              `${matter} on ${day} of ${known}`,
            );
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('versions of one body that overlap are refused by the database itself', async () => {
  const { id, code } = await newBody();
  const owner = new Client({ connectionString: system.ownerUrl });
  await owner.connect();
  try {
    await assert.rejects(
      owner.query(
        `insert into directory.org_version (id, organisation_id, name, name_folded, code, code102, level, valid_from, recorded_from)
         values (gen_random_uuid(), $1, 'x', 'x', $2, $2, 'other', '2021-01-01', now())`,
        [id, code],
      ),
      /org_version_no_overlap/,
    );
  } finally {
    await owner.end();
  }
});

test('S9.6 a code given to three bodies at once has one owner', async () => {
  const results = await Promise.allSettled(
    [1, 2, 3].map((n) => {
      const entry = {
        code: 'TRANH',
        code102: `000.00.0${n}.TRANH`,
        name: `Cơ quan ${n}`,
        parentCode102: null,
      };
      return inDirectory((tx) => addOrganisations(tx, [entry], '2020-01-01', noon('2020-01-01')));
    }),
  );
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected', 'rejected']);
  for (const result of results)
    if (result.status === 'rejected') assert.equal(result.reason.code, 'directory.code-taken');
});

test('S9.6 a dissolved body keeps its codes, and is not dissolved while others stand under it', async () => {
  const superior = await newBody(null, 'Tổng cục');
  const below = await newBody(`000.00.00.${superior.code}`, 'Chi cục');
  const end = (id: OrgId): Promise<void> =>
    inDirectory((tx) => endOrganisation(tx, { id, on: '2025-03-01', recordedAt: noon('2025-02-20') }));
  await assert.rejects(end(superior.id), { code: 'directory.has-subordinates' });
  await end(below.id);
  await end(superior.id);
  const on = (day: string): Promise<unknown> => inDirectory((tx) => findByCode(tx, superior.code, noon(day)));
  assert.ok(await on('2025-02-28'));
  assert.equal(await on('2025-03-01'), null);
  await assert.rejects(
    inDirectory((tx) =>
      addOrganisations(
        tx,
        [
          {
            code: superior.code,
            code102: `000.00.00.${superior.code}`,
            name: 'Cơ quan khác',
            parentCode102: null,
          },
        ],
        '2026-01-01',
        noon('2026-01-01'),
      ),
    ),
    { code: 'directory.code-reused' },
  );
});

test('a list of an earlier day is loaded again after a rename and a new code without harm', async () => {
  const entry = { code: 'CU1', code102: '000.00.00.CU1', name: 'Cục Tin học hóa', parentCode102: null };
  const load = (): Promise<number> =>
    inDirectory((tx) => addOrganisations(tx, [entry], '2020-01-01', noon('2026-01-01')));
  assert.equal(await load(), 1);
  const body = await inDirectory((tx) => findByCode(tx, 'CU1', noon('2021-01-01')));
  const change = { id: body!.id, recordedAt: noon('2026-01-02') };
  await inDirectory((tx) =>
    changeOrganisation(tx, { ...change, from: '2022-09-01', name: 'Cục Chuyển đổi số quốc gia' }),
  );
  assert.equal(await load(), 0);
  await inDirectory((tx) =>
    changeOrganisation(tx, { ...change, from: '2023-01-01', code: 'CU2', code102: '000.00.00.CU2' }),
  );
  assert.equal(await load(), 0);
  assert.equal((await inDirectory((tx) => findByCode(tx, 'CU2', noon('2024-01-01'))))?.id, body!.id);
  assert.equal(await inDirectory((tx) => findByCode(tx, 'CU1', noon('2024-01-01'))), null);
});

test('no body stands under itself, on a list or by a change', async () => {
  const circle = [
    { code: 'V1', code102: '000.00.00.V1', name: 'Một', parentCode102: '000.00.00.V2' },
    { code: 'V2', code102: '000.00.00.V2', name: 'Hai', parentCode102: '000.00.00.V1' },
  ];
  await assert.rejects(
    inDirectory((tx) => addOrganisations(tx, circle, '2020-01-01', noon('2020-01-01'))),
    { code: 'directory.circle' },
  );
  const top = await newBody();
  const middle = await newBody(`000.00.00.${top.code}`);
  await assert.rejects(
    inDirectory((tx) =>
      changeOrganisation(tx, {
        id: top.id,
        from: '2022-01-01',
        recordedAt: noon('2022-01-01'),
        parentId: middle.id,
      }),
    ),
    { code: 'directory.circle' },
  );
});

test('the parent is named as it was called at the instant asked about', async () => {
  const top = await newBody(null, 'Bộ');
  const below = await newBody(`000.00.00.${top.code}`, 'Vụ');
  await inDirectory((tx) =>
    changeOrganisation(tx, {
      id: top.id,
      from: '2025-03-01',
      recordedAt: noon('2025-02-18'),
      name: 'Bộ mới',
    }),
  );
  const parentOn = async (day: string): Promise<string | null | undefined> =>
    (await inDirectory((tx) => organisationById(tx, below.id, noon(day))))?.parentName;
  assert.match((await parentOn('2025-02-28')) ?? '', /^Bộ \d+$/);
  assert.equal(await parentOn('2025-03-01'), 'Bộ mới');
});

test('search takes pieces of names and of codes together; what has the marks as typed comes first', async () => {
  const entries = [
    { code: 'M1', code102: '000.00.00.M1', name: 'Sở Nội vụ', parentCode102: null },
    { code: 'M2', code102: '000.00.00.M2', name: 'Ban Nơi vũ trường', parentCode102: null },
    { code: 'M1.07', code102: '000.00.07.M1', name: 'Phòng Nội vụ', parentCode102: '000.00.00.M1' },
  ];
  await inDirectory((tx) => addOrganisations(tx, entries, '2020-01-01', noon('2020-01-01')));
  const search = async (text: string): Promise<string[]> =>
    (await inDirectory((tx) => searchOrganisations(tx, { text, limit: 10, at: noon('2021-01-01') }))).map(
      (found) => found.name,
    );
  assert.deepEqual(await search('nội vụ'), ['Sở Nội vụ', 'Phòng Nội vụ', 'Ban Nơi vũ trường']);
  assert.deepEqual(await search('nơi vũ'), ['Ban Nơi vũ trường', 'Sở Nội vụ', 'Phòng Nội vụ']);
  assert.deepEqual(await search('noi vu m1.07'), ['Phòng Nội vụ']);
  assert.deepEqual(await search('07.m1'), ['Phòng Nội vụ']);
});

test('a post has its holder of the day asked about', async () => {
  const { id } = await newBody();
  const [first, second] = [1, 2].map(() => system.ctx.ids.uuid() as PersonId) as [PersonId, PersonId];
  const holders = await inOrg(id, async (unit) => {
    const unitId = await addUnit(unit, { name: 'Vụ Pháp luật', abbreviation: 'PL' });
    const postId = await addPost(unit, { unitId, title: 'Vụ trưởng', isHead: true });
    const basis = 'Quyết định số 12/QĐ-TCCB';
    await appoint(unit, { personId: first, postId, from: '2020-01-01', to: '2025-06-01', basis });
    await appoint(unit, { personId: second, postId, from: '2025-06-01', basis });
    return {
      before: await appointmentAt(unit, first, noon('2025-05-31')),
      after: await appointmentAt(unit, first, noon('2025-06-01')),
      head: (await unitsOf(unit))[0]?.headPersonId,
    };
  });
  assert.equal(holders.before?.title, 'Vụ trưởng');
  assert.equal(holders.after, null);
  assert.equal(holders.head, second);
});

test('units, posts and appointments of one organisation never reach another, nor can they be tied to it', async () => {
  const bodies = await Promise.all([newBody(), newBody(), newBody()]);
  const own = new Map<OrgId, { unitId: UnitId; person: PersonId }>();
  for (const { id } of bodies) {
    const person = system.ctx.ids.uuid() as PersonId;
    const unitId = await inOrg(id, async (unit) => {
      const unitOfOrg = await addUnit(unit, { name: 'Phòng Văn thư', abbreviation: 'VT' });
      const postId = await addPost(unit, { unitId: unitOfOrg, title: 'Văn thư' });
      await appoint(unit, { personId: person, postId, from: '2020-01-01', basis: 'QĐ' });
      return unitOfOrg;
    });
    own.set(id, { unitId, person });
  }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bodies), fc.constantFrom(...bodies), async (mine, theirs) => {
      const foreign = own.get(theirs.id)!;
      const same = mine.id === theirs.id;
      await inOrg(mine.id, async (unit) => {
        assert.equal(
          (await unitsOf(unit)).some((entry) => entry.id === foreign.unitId),
          same,
        );
        assert.equal(
          (await postsOf(unit)).some((entry) => entry.unitId === foreign.unitId),
          same,
        );
        assert.equal((await appointmentAt(unit, foreign.person, unit.now)) !== null, same);
      });
      if (!same)
        await assert.rejects(
          inOrg(mine.id, (unit) => addPost(unit, { unitId: foreign.unitId, title: 'Kẻ lạ' })),
          /post_unit_of_org/,
        );
    }),
    { numRuns: 20 },
  );
});
