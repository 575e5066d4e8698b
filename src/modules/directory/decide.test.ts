import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import {
  addOrganisations,
  allOrganisations,
  answersFor,
  cancelDecision,
  checkDecision,
  directoryModule,
  effectRound,
  findByCode,
  organisationAsKnown,
  prepareDecision,
  resolveForDelivery,
  signDecision,
} from '#directory';
import { unitOfWork, type Actor, type OrgId, type Tx, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import type { OrganisationEvent } from './contract.ts';

let system: TestSystem;
let keeper: OrgId;
const noon = (day: string): Date => new Date(`${day}T12:00:00+07:00`);
const inDirectory = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => system.ctx.db.transaction(null, work);
const as = <T>(role: string, work: (unit: Unit) => Promise<T>, org = keeper): Promise<T> => {
  const actor: Actor = { kind: 'person', id: `${role}-1`, name: `Người ${role}`, orgId: org, roles: [role] };
  return unitOfWork(system.ctx, { org, actor }, work);
};

let made = 0;
const fresh = async (count: number, parent: string | null = null): Promise<string[]> => {
  const codes = Array.from({ length: count }, () => `T${++made}`);
  await inDirectory((tx) =>
    addOrganisations(
      tx,
      codes.map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Sở ${code}`,
        parentCode102: parent,
      })),
      '2020-01-01',
      noon('2020-01-01'),
    ),
  );
  return codes;
};
const draft = (
  effective: string,
  events: OrganisationEvent[],
  number = `${++made}/QĐ-TTg`,
): Promise<string> =>
  as('clerk', (unit) =>
    prepareDecision(unit, { number, title: 'Sắp xếp tổ chức', effective, events, corrects: null }),
  );
const check = (id: string): ReturnType<typeof checkDecision> =>
  as('clerk', (unit) => checkDecision(unit, id));
async function decide(effective: string, events: OrganisationEvent[]): Promise<string> {
  const id = await draft(effective, events);
  const { plan, findings } = await check(id);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  await as('leader', (unit) => signDecision(unit, id, plan.hash));
  return id;
}
const find = (code: string, day: string): ReturnType<typeof findByCode> =>
  inDirectory((tx) => findByCode(tx, code, noon(day)));

before(async () => {
  system = await testSystem([directoryModule], { now: '2026-06-20T08:00:00+07:00' });
  await inDirectory((tx) =>
    addOrganisations(
      tx,
      [{ code: 'G22', code102: '000.00.00.G22', name: 'Văn phòng Chính phủ', parentCode102: null }],
      '2020-01-01',
      noon('2020-01-01'),
    ),
  );
  keeper = (await find('G22', '2020-01-02'))!.id;
});
after(() => system.close());

test('S9.1 a merge is known before its day, holds from 00:00 of it, and letters to the old code reach the heir', async () => {
  const [a, b] = (await fresh(2)) as [string, string];
  await decide('2026-07-01', [{ kind: 'merge', from: [a, b], into: b, name: 'Sở C' }]);
  assert.equal((await find(a, '2026-06-30'))?.name, `Sở ${a}`);
  assert.equal(await find(a, '2026-07-01'), null);
  const at = (instant: string): ReturnType<typeof resolveForDelivery> =>
    inDirectory((tx) => resolveForDelivery(tx, [a], new Date(instant)));
  assert.equal((await at('2026-06-30T23:59:59+07:00')).found[0]?.forwarded, null);
  const { found, unknown } = await at('2026-07-01T00:00:00+07:00');
  assert.deepEqual(unknown, []);
  assert.equal(found[0]?.org.name, 'Sở C');
  assert.equal(found[0]?.forwarded?.name, `Sở ${a}`);
  assert.match(found[0]?.forwarded?.basis ?? '', /QĐ-TTg$/);
  assert.equal(found[0]?.forwarded?.on, '2026-07-01');
  const both = await inDirectory((tx) => resolveForDelivery(tx, [a, b], noon('2026-07-02')));
  assert.equal(both.found.length, 1, 'old and new code of one body are one recipient');
  assert.equal(both.found[0]?.forwarded, null);
});

test('a chain of reorganisations leads to whoever answers today, and a new code to the same body', async () => {
  const [a, b, c] = (await fresh(3)) as [string, string, string];
  await decide('2026-07-01', [{ kind: 'merge', from: [a], into: b }]);
  await decide('2026-08-01', [{ kind: 'merge', from: [b], into: c }]);
  await decide('2026-09-01', [{ kind: 'recode', body: c, code: `${c}M`, code102: `000.00.00.${c}M` }]);
  const answer = async (code: string, day: string): Promise<string | undefined> =>
    (await inDirectory((tx) => answersFor(tx, code, noon(day))))?.org.code;
  assert.equal(await answer(a, '2026-07-15'), b);
  assert.equal(await answer(a, '2026-08-15'), c);
  assert.equal(await answer(a, '2026-09-15'), `${c}M`);
  assert.equal(await answer(c, '2026-09-15'), `${c}M`);
  assert.equal(await answer('KHONGCO', '2026-09-15'), undefined);
});

test('S9.4 a decision that becomes known late changes what was true, not what was known', async () => {
  const [a, b] = (await fresh(2)) as [string, string];
  const body = (await find(a, '2026-06-01'))!;
  system.ctx.clock.set('2026-07-10T09:00:00+07:00');
  const id = await draft('2026-07-01', [{ kind: 'merge', from: [a], into: b }]);
  const { findings, plan } = await check(id);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['already-past'],
  );
  await as('leader', (unit) => signDecision(unit, id, plan.hash));
  const asked = (known: string): Promise<unknown> =>
    inDirectory((tx) => organisationAsKnown(tx, body.id, noon('2026-07-05'), noon(known)));
  assert.ok(await asked('2026-07-05'), 'on the 5th we thought it lived');
  assert.equal(await asked('2026-07-11'), null, 'on the 11th we know that it did not');
  system.ctx.clock.set('2026-06-20T08:00:00+07:00');
});

test('S9.6 a code of a body that has ended is refused, with the reason', async () => {
  const [a, b] = (await fresh(2)) as [string, string];
  await decide('2026-07-01', [{ kind: 'dissolve', body: a, successor: b }]);
  const id = await draft('2026-08-01', [
    { kind: 'create', code: a, code102: `000.00.00.${a}`, name: 'Cơ quan mới', parent: null },
  ]);
  const { findings, row } = await check(id);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['code-reused'],
  );
  assert.match(findings[0]!.vi, new RegExp(`Sở ${a}`));
  assert.equal(row.state, 'draft');
  await assert.rejects(
    as('leader', (unit) => signDecision(unit, id, '0'.repeat(64))),
    { code: 'directory.wrong-decision-state' },
  );
});

test('S9.7 a decision cancelled before its day leaves nothing but its record, and its codes are free again', async () => {
  const [a, b] = (await fresh(2)) as [string, string];
  const before = await inDirectory((tx) => allOrganisations(tx, noon('2026-08-01')));
  const events: OrganisationEvent[] = [
    { kind: 'create', code: `${a}N`, code102: `000.00.00.${a}N`, name: 'Sở mới', parent: null },
    { kind: 'merge', from: [a, b], into: `${a}N` },
  ];
  const id = await decide('2026-07-15', events);
  assert.equal(await find(a, '2026-08-01'), null);
  await as('leader', (unit) => cancelDecision(unit, id, 'Hoãn theo chỉ đạo'));
  assert.deepEqual(await inDirectory((tx) => allOrganisations(tx, noon('2026-08-01'))), before);
  assert.equal((await inDirectory((tx) => answersFor(tx, a, noon('2026-08-01'))))?.forwarded, null);
  const again = await decide('2026-07-20', events);
  assert.ok(await find(`${a}N`, '2026-07-20'));
  system.ctx.clock.set('2026-07-20T00:00:00+07:00');
  await assert.rejects(
    as('leader', (unit) => cancelDecision(unit, again, 'Muộn')),
    { code: 'directory.already-in-force' },
  );
  system.ctx.clock.set('2026-06-20T08:00:00+07:00');
});

test('a decision is signed by a second person, as it was checked, and never changed afterwards', async () => {
  const [a, b, c] = (await fresh(3)) as [string, string, string];
  const id = await draft('2026-07-01', [{ kind: 'merge', from: [a], into: b }]);
  const { plan } = await check(id);
  const both: Actor = {
    kind: 'person',
    id: 'clerk-1',
    name: 'Vừa soạn vừa ký',
    orgId: keeper,
    roles: ['leader'],
  };
  await assert.rejects(
    unitOfWork(system.ctx, { org: keeper, actor: both }, (unit) => signDecision(unit, id, plan.hash)),
    { code: 'directory.same-person' },
  );
  await decide('2026-06-25', [{ kind: 'rename', body: a, name: 'Tên đã đổi' }]);
  await assert.rejects(
    as('leader', (unit) => signDecision(unit, id, plan.hash)),
    { code: 'directory.changed-since-check' },
  );
  const foreign = (await find(c, '2026-06-01'))!.id;
  await assert.rejects(
    as(
      'leader',
      (unit) =>
        prepareDecision(unit, {
          number: '1',
          title: 'x',
          effective: '2026-07-01',
          events: [],
          corrects: null,
        }),
      foreign,
    ),
    { code: 'directory.not-yours-to-decide' },
  );
  const again = await check(id);
  await as('leader', (unit) => signDecision(unit, id, again.plan.hash));
  const owner = new Client({ connectionString: system.ownerUrl });
  await owner.connect();
  try {
    await assert.rejects(
      owner.query(`update directory.decision set events = '[]' where id = $1`, [id]),
      /never changed/,
    );
  } finally {
    await owner.end();
  }
});

test('the day of a decision comes once: it takes effect, and again changes nothing', async () => {
  const [a, b] = (await fresh(2)) as [string, string];
  await decide('2026-07-01', [{ kind: 'merge', from: [a], into: b }]);
  system.ctx.clock.set('2026-06-30T23:59:00+07:00');
  const early = await effectRound(system.ctx);
  system.ctx.clock.set('2026-07-01T00:00:00+07:00');
  const due = await effectRound(system.ctx);
  assert.ok(due > 0 && early >= 0);
  assert.equal(await effectRound(system.ctx), 0);
  system.ctx.clock.set('2026-06-20T08:00:00+07:00');
});
