import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OrgId } from '#kernel';
import type { OrganisationEvent } from './contractDecision.ts';
import { breachesOn, turningDays } from './laws.ts';
import { planDecision, type Plan, type Succession } from './plan.ts';
import { versionOn, type Timeline } from './timeline.ts';

/** A directory in memory: what the store does with a plan, without the database. */
interface World {
  readonly timelines: Map<OrgId, Timeline>;
  readonly owners: Map<string, OrgId>;
  successions: (Succession & { readonly effective: string })[];
  ids: number;
}

const newWorld = (): World => ({ timelines: new Map(), owners: new Map(), successions: [], ids: 0 });

function plan(world: World, effective: string, events: readonly OrganisationEvent[]): Plan {
  let ids = world.ids;
  return planDecision(
    {
      timelines: world.timelines,
      owners: world.owners,
      successions: world.successions,
      effective,
      newId: () => `org-${++ids}` as OrgId,
    },
    events,
  );
}

/** Carries the plan out if nothing stands against it. */
function decide(world: World, effective: string, events: readonly OrganisationEvent[]): Plan {
  const planned = plan(world, effective, events);
  if (planned.findings.some(({ severity }) => severity === 'error')) return planned;
  world.ids += planned.created.length;
  const gone = new Set(planned.gone.map((version) => version.id));
  const touched = new Set([...planned.gone, ...planned.written].map((version) => version.organisationId));
  for (const id of touched) {
    const kept = (world.timelines.get(id) ?? []).filter((version) => !gone.has(version.id));
    const written = planned.written
      .filter((version) => version.organisationId === id)
      .map((version, at) => ({
        ...version,
        id: `${id}/${version.from}/${at}/${world.ids}/${Math.random()}`,
      }));
    world.timelines.set(
      id,
      [...kept, ...written].sort((a, b) => (a.from < b.from ? -1 : 1)),
    );
  }
  for (const { code, owner } of planned.claims) {
    assert.equal(world.owners.get(code) ?? owner, owner, `code ${code} has two owners`);
    world.owners.set(code, owner);
  }
  const restored = new Set(planned.restored);
  world.successions = world.successions.filter(
    (one) => !(restored.has(one.from) && one.effective === effective),
  );
  world.successions.push(...planned.successions.map((one) => ({ ...one, effective })));
  return planned;
}

const errors = (planned: Plan): string[] =>
  planned.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
const create = (code: string, parent: string | null = null, name = `Cơ quan ${code}`): OrganisationEvent => ({
  kind: 'create',
  code,
  code102: `000.00.00.${code}`,
  name,
  parent,
});
const start = '2020-01-01';
const living = (world: World, day: string): string[] =>
  [...world.timelines.values()].flatMap((timeline) => versionOn(timeline, day)?.code ?? []).sort();

test('S9.1 a merge: one goes on, the other ends with one heir, and its subordinates follow', () => {
  const world = newWorld();
  decide(world, start, [create('A'), create('B'), create('A1', 'A'), create('A2', 'A')]);
  const planned = decide(world, '2025-07-01', [{ kind: 'merge', from: ['A', 'B'], into: 'B', name: 'Sở C' }]);
  assert.deepEqual(errors(planned), []);
  assert.deepEqual(living(world, '2025-06-30'), ['A', 'A1', 'A2', 'B']);
  assert.deepEqual(living(world, '2025-07-01'), ['A1', 'A2', 'B']);
  const heir = world.owners.get('B');
  assert.deepEqual(
    planned.successions.map(({ from, to, kind, letters }) => ({ from, to, kind, letters })),
    [{ from: world.owners.get('A'), to: heir, kind: 'merge', letters: true }],
  );
  assert.equal(versionOn(world.timelines.get(world.owners.get('A1')!)!, '2025-07-01')?.parentId, heir);
  assert.equal(versionOn(world.timelines.get(heir!)!, '2025-06-30')?.name, 'Cơ quan B');
  assert.equal(versionOn(world.timelines.get(heir!)!, '2025-07-01')?.name, 'Sở C');
});

test('S9.2 a split has at least two heirs, each with its fields, and one that answers letters', () => {
  const world = newWorld();
  decide(world, start, [create('M')]);
  const heirs = [
    { body: 'M1', fields: ['Đất đai'] },
    { body: 'M2', fields: ['Môi trường'] },
  ];
  const events: OrganisationEvent[] = [create('M1'), create('M2')];
  const wrong = plan(world, '2025-03-01', [
    ...events,
    { kind: 'split', from: 'M', into: heirs, letters: 'M9' },
  ]);
  assert.deepEqual(errors(wrong), ['unknown-body']);
  const planned = decide(world, '2025-03-01', [
    ...events,
    { kind: 'split', from: 'M', into: heirs, letters: 'M2' },
  ]);
  assert.deepEqual(errors(planned), []);
  assert.deepEqual(
    planned.successions.map(({ fields, letters }) => [fields[0], letters]),
    [
      ['Đất đai', false],
      ['Môi trường', true],
    ],
  );
});

test('S9.3 a rename ends nobody and keeps the id', () => {
  const world = newWorld();
  decide(world, start, [create('A')]);
  const planned = decide(world, '2025-03-01', [{ kind: 'rename', body: '000.00.00.A', name: 'Tên mới' }]);
  assert.deepEqual([planned.ended, planned.successions, planned.created], [[], [], []]);
  assert.equal(world.timelines.size, 1);
});

test('S9.6 the code of a body that ended is not given out again, and the reason names its owner', () => {
  const world = newWorld();
  decide(world, start, [create('A'), create('B')]);
  decide(world, '2024-01-01', [{ kind: 'dissolve', body: 'A', successor: 'B' }]);
  const planned = plan(world, '2026-01-01', [create('A', null, 'Cơ quan khác')]);
  assert.deepEqual(errors(planned), ['code-reused']);
  assert.match(planned.findings[0]!.vi, /Cơ quan A.*không được cấp lại/);
  assert.deepEqual(errors(plan(world, '2026-01-01', [create('B')])), ['code-taken']);
});

test('a decision that is not closed says what is missing', () => {
  const world = newWorld();
  decide(world, start, [create('A'), create('B'), create('A1', 'A')]);
  const codes = (...events: OrganisationEvent[]): string[] => errors(plan(world, '2025-01-01', events));
  assert.deepEqual(codes({ kind: 'dissolve', body: 'B' }), ['no-heir']);
  assert.deepEqual(codes({ kind: 'dissolve', body: 'A', keeper: 'B' }), ['orphans']);
  assert.deepEqual(codes({ kind: 'move', body: 'A', parent: 'A1' }), ['circle']);
  assert.deepEqual(codes({ kind: 'rename', body: 'A', name: 'Cơ quan A' }), ['nothing-changes']);
  assert.deepEqual(
    codes({ kind: 'dissolve', body: 'A', successor: 'B' }, { kind: 'dissolve', body: 'B', successor: 'A' }),
    ['already-ended', 'orphans', 'no-heir', 'heir-ended'],
  );
  assert.deepEqual(codes({ kind: 'merge', from: ['A'], into: 'A1' }), []);
  assert.deepEqual(codes({ kind: 'recode', body: 'A', code: '?', code102: 'A9' }), ['code-malformed']);
});

test('a body dissolved by mistake is restored by a later decision', () => {
  const world = newWorld();
  decide(world, start, [create('A'), create('B')]);
  decide(world, '2025-01-01', [{ kind: 'dissolve', body: 'A', successor: 'B' }]);
  assert.deepEqual(errors(plan(world, '2025-02-01', [{ kind: 'restore', body: 'A' }])), [
    'nothing-to-restore',
  ]);
  assert.deepEqual(errors(decide(world, '2025-01-01', [{ kind: 'restore', body: 'A' }])), []);
  assert.deepEqual(living(world, '2025-01-01'), ['A', 'B']);
});

const days = ['2021-01-01', '2022-01-01', '2023-01-01', '2024-01-01', '2025-01-01'];
const pick = fc.nat({ max: 30 });
/** One event, its bodies as positions among all codes ever given out: many name bodies that have ended. */
const rawEvent = fc.record({
  kind: fc.constantFrom(
    'create',
    'rename',
    'move',
    'recode',
    'merge',
    'split',
    'dissolve',
    'keep',
    'restore',
  ),
  picks: fc.tuple(pick, pick, pick),
  reuse: fc.nat({ max: 9 }),
});

/** Additive statistics: each body counts one, and leaves its count to its heir. */
function inherited(world: World, day: string): number {
  const heirs = new Map(
    world.successions
      .filter((one) => one.letters && one.effective <= day)
      .map(({ from, to }) => [from, to] as const),
  );
  const alive = (id: OrgId): boolean => versionOn(world.timelines.get(id) ?? [], day) !== undefined;
  let sum = 0;
  for (const id of world.timelines.keys()) {
    const began = (world.timelines.get(id)?.[0]?.from ?? '9999') <= day;
    if (!began) continue;
    let at: OrgId | undefined = id;
    for (let steps = 0; at !== undefined && !alive(at) && steps <= heirs.size; steps += 1) at = heirs.get(at);
    if (at !== undefined && alive(at)) sum += 1;
  }
  return sum;
}

function checkHistory(world: World): void {
  for (const day of turningDays(world.timelines, start)) {
    assert.deepEqual(breachesOn(world.timelines, day), []);
    const began = [...world.timelines.values()].filter((timeline) => (timeline[0]?.from ?? '9999') <= day);
    assert.equal(inherited(world, day), began.length, `every body is answered for on ${day}`);
  }
  for (const [id, timeline] of world.timelines) {
    for (let at = 1; at < timeline.length; at += 1)
      assert.ok(timeline[at - 1]!.to! <= timeline[at]!.from, `versions of ${id} overlap`);
    for (const { code, code102 } of timeline)
      assert.deepEqual([world.owners.get(code), world.owners.get(code102)], [id, id]);
  }
  for (const [, heirs] of Map.groupBy(world.successions, (one) => `${one.from}@${one.effective}`)) {
    const letters = heirs.filter((one) => one.letters);
    const ended = versionOn(world.timelines.get(heirs[0]!.from) ?? [], heirs[0]!.effective) === undefined;
    if (ended) assert.equal(letters.length, 1, 'one heir answers letters');
    const merges = heirs.filter((one) => one.kind === 'merge');
    assert.ok(merges.length <= 1, 'a merged body has one successor');
    if (ended && heirs.some((one) => one.kind === 'split')) assert.ok(heirs.length >= 2);
  }
}

test('S9.8 random histories of decisions, known early and late, keep all laws at every instant', (t) => {
  const numRuns = Number(process.env['PHIGIAY_HISTORIES'] ?? 300);
  let [carried, refused] = [0, 0];
  const decision = fc.record({ day: fc.constantFrom(...days), events: fc.array(rawEvent, { maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(decision, { minLength: 1, maxLength: 12 }), (decisions) => {
      const world = newWorld();
      const codes = Array.from({ length: 6 }, (_, at) => `K${at}`);
      decide(world, start, [
        ...codes.slice(0, 4).map((code) => create(code)),
        create('K4', 'K0'),
        create('K5', 'K4'),
      ]);
      for (const { day, events } of decisions) {
        const planned = decide(
          world,
          day,
          events.flatMap((raw) => eventOf(raw, codes)),
        );
        if (errors(planned).length > 0) refused += 1;
        else carried += 1;
        checkHistory(world);
      }
    }),
    { numRuns },
  );
  assert.ok(carried > numRuns && refused > numRuns, `${carried} carried out, ${refused} refused`);
  t.diagnostic(`${numRuns} histories: ${carried} decisions carried out, ${refused} refused`);
});

function eventOf(
  raw: { readonly kind: string; readonly picks: readonly [number, number, number]; readonly reuse: number },
  codes: string[],
): OrganisationEvent[] {
  const at = (index: 0 | 1 | 2): string => codes[raw.picks[index] % codes.length] as string;
  /** Mostly a code of its own; now and then one that is taken. */
  const fresh = (): string => {
    if (raw.reuse === 0) return at(2);
    const code = `K${codes.length}`;
    codes.push(code);
    return code;
  };
  switch (raw.kind) {
    case 'create':
      return [create(fresh(), raw.reuse > 5 ? at(0) : null)];
    case 'rename':
      return [{ kind: 'rename', body: at(0), name: `Tên ${raw.picks.join('.')}` }];
    case 'move':
      return [{ kind: 'move', body: at(0), parent: raw.reuse > 7 ? null : at(1) }];
    case 'recode': {
      const code = fresh();
      return [{ kind: 'recode', body: at(0), code, code102: `000.00.00.${code}` }];
    }
    case 'merge':
      return [{ kind: 'merge', from: [at(0), at(2)], into: at(1) }];
    case 'split': {
      const [from, one] = [at(0), fresh()];
      const into = [
        { body: one, fields: ['x'] },
        { body: at(1), fields: ['y'] },
      ];
      return [create(one), { kind: 'split', from, into, letters: raw.reuse > 5 ? one : at(1) }];
    }
    case 'dissolve':
      return [{ kind: 'dissolve', body: at(0), successor: at(1) }];
    case 'keep':
      return [{ kind: 'dissolve', body: at(0), keeper: at(1) }];
    default:
      return [{ kind: 'restore', body: at(0) }];
  }
}
