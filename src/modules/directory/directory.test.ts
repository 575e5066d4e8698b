import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { auditModule } from '#audit';
import {
  addOrganisations,
  addUnit,
  changeOrganisation,
  directoryModule,
  findByCode,
  organisationAsKnown,
  organisationById,
  resolveRecipients,
  searchOrganisations,
  unitsOf,
} from '#directory';
import { systemActor, unitOfWork } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';

let system: TestSystem;
const inDirectory = <T>(work: (tx: Parameters<typeof findByCode>[0]) => Promise<T>): Promise<T> =>
  system.ctx.db.transaction(null, work);
const entries = [
  { code102: '000.00.11.H53', code: 'H53.11', name: 'Sở Tài chính', parentCode102: '000.00.00.H53' },
  { code102: '000.00.00.H53', code: 'H53', name: 'UBND tỉnh Tây Ninh', parentCode102: null },
  { code102: '000.00.00.G22', code: 'G22', name: 'Văn phòng Chính phủ', parentCode102: null },
  { code102: '000.00.00.G12', code: 'G12', name: 'Bộ Tài chính', parentCode102: null },
];
const at = new Date('2020-10-30T08:00:00+07:00');

before(async () => {
  system = await testSystem([directoryModule, auditModule], { now: '2020-10-30T08:00:00+07:00' });
  await inDirectory((tx) => addOrganisations(tx, entries, '2020-01-01', new Date('2020-01-01T00:00:00Z')));
});
after(() => system.close());

test('a body is found by either form of its code, in any letter case', async () => {
  for (const code of ['000.00.11.H53', 'H53.11', 'h53.11', ' 000.00.11.h53 ']) {
    const found = await inDirectory((tx) => findByCode(tx, code, at));
    assert.equal(found?.name, 'Sở Tài chính');
    assert.equal(found?.parentName, 'UBND tỉnh Tây Ninh');
  }
  for (const code of ['', 'H53.99', "'; drop table x --", 'H'.repeat(60)])
    assert.equal(await inDirectory((tx) => findByCode(tx, code, at)), null);
});

test('both codes of one body are one recipient', async () => {
  const { found, unknown } = await inDirectory((tx) =>
    resolveRecipients(tx, ['G12', '000.00.00.G12', 'G22', 'X99'], at),
  );
  assert.deepEqual(
    found.map((entry) => [entry.org.name, entry.codes]),
    [
      ['Bộ Tài chính', ['G12', '000.00.00.G12']],
      ['Văn phòng Chính phủ', ['G22']],
    ],
  );
  assert.deepEqual(unknown, ['X99']);
});

test('loading the same list again changes nothing', async () => {
  assert.equal(await inDirectory((tx) => addOrganisations(tx, entries, '2020-01-01', at)), 0);
});

test('search finds names without marks and codes in pieces, exact marks first', async () => {
  const search = (text: string): Promise<string[]> =>
    inDirectory(async (tx) =>
      (await searchOrganisations(tx, { text, limit: 10, at })).map((org) => org.name),
    );
  assert.deepEqual(await search('bo tai chinh'), ['Bộ Tài chính']);
  assert.deepEqual((await search('tài chính')).sort(), ['Bộ Tài chính', 'Sở Tài chính']);
  assert.deepEqual(await search('H53.11'), ['Sở Tài chính']);
  assert.deepEqual(await search('tài chính'.normalize('NFD')), await search('tài chính'));
  assert.deepEqual(await search('%'), []);
});

test('S9.6 a code that belongs, or once belonged, to another body is refused with the reason', async () => {
  const add = (code: string, code102: string): Promise<number> =>
    inDirectory((tx) =>
      addOrganisations(tx, [{ code, code102, name: 'Cơ quan mới', parentCode102: null }], '2021-01-01', at),
    );
  await assert.rejects(add('G12', '000.00.00.G99'), { code: 'directory.code-taken' });
  const ministry = await inDirectory((tx) => findByCode(tx, 'G12', at));
  await inDirectory((tx) =>
    changeOrganisation(tx, {
      id: ministry!.id,
      from: '2022-01-01',
      recordedAt: new Date('2021-12-01T00:00:00Z'),
      code: 'G12A',
      code102: '000.00.00.G12A',
    }),
  );
  await assert.rejects(add('G12', '000.00.00.G12'), { code: 'directory.code-reused' });
});

test('S9.3 after a rename the June document still names the old office, and the id stays', async () => {
  const office = await inDirectory((tx) => findByCode(tx, 'G22', at));
  await inDirectory((tx) =>
    changeOrganisation(tx, {
      id: office!.id,
      from: '2025-07-01',
      recordedAt: new Date('2025-06-20T00:00:00Z'),
      name: 'Văn phòng Chính phủ mới',
    }),
  );
  const named = async (day: string): Promise<string | undefined> =>
    (await inDirectory((tx) => organisationById(tx, office!.id, new Date(`${day}T12:00:00+07:00`))))?.name;
  assert.equal(await named('2025-06-30'), 'Văn phòng Chính phủ');
  assert.equal(await named('2025-07-01'), 'Văn phòng Chính phủ mới');
});

test('S9.4 what we knew on a day is kept apart from what was true on it', async () => {
  const province = await inDirectory((tx) => findByCode(tx, 'H53', at));
  // Signed on 10/07, in force since 01/07.
  await inDirectory((tx) =>
    changeOrganisation(tx, {
      id: province!.id,
      from: '2025-07-01',
      recordedAt: new Date('2025-07-10T00:00:00Z'),
      name: 'UBND tỉnh Tây Ninh (mới)',
    }),
  );
  const fifth = new Date('2025-07-05T12:00:00+07:00');
  const knownOnFifth = await inDirectory((tx) => organisationAsKnown(tx, province!.id, fifth, fifth));
  const knownLater = await inDirectory((tx) =>
    organisationAsKnown(tx, province!.id, fifth, new Date('2025-08-01T00:00:00Z')),
  );
  assert.equal(knownOnFifth?.name, 'UBND tỉnh Tây Ninh');
  assert.equal(knownLater?.name, 'UBND tỉnh Tây Ninh (mới)');
});

test('an organisation does not see the units of another', async () => {
  const [a, b] = await Promise.all(
    ['H53', 'G22'].map(async (code) => (await inDirectory((tx) => findByCode(tx, code, at)))!.id),
  );
  await unitOfWork(system.ctx, { org: a!, actor: systemActor(a!) }, (unit) =>
    addUnit(unit, { name: 'Phòng Văn thư', abbreviation: 'VT' }),
  );
  const seen = await unitOfWork(system.ctx, { org: b!, actor: systemActor(b!) }, (unit) => unitsOf(unit));
  assert.deepEqual(seen, []);
});
