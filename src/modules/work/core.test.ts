import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { desksOf, noWork, type NewAssignment, type PersonRef, type Work } from './core.ts';
import { decideWork, evolveAll, type WorkCommand } from './decide.ts';
import { dueAfterWorkingDays, dueInstant, timeOf } from './due.ts';
import { isOpenAssignment } from './states.ts';

const chief: PersonRef = { id: 'chief', name: 'Chánh Văn phòng' };
const piece = (
  id: string,
  role: NewAssignment['role'],
  more: Partial<NewAssignment> = {},
): NewAssignment => ({
  id,
  directionId: 'd1',
  parentId: null,
  role,
  branch: role === 'lead' ? 'main' : `${role}:${id}`,
  assignee: { kind: 'unit', id: `unit-${id}`, label: `Vụ ${id}` },
  assigner: chief,
  text: 'Xử lý',
  due: '2026-12-01T10:00:00.000Z',
  noDeadlineReason: null,
  needsConfirmation: false,
  ...more,
});
const at = '2026-11-24T02:00:00.000Z';

function run(work: Work, ...commands: readonly WorkCommand[]): Work {
  return commands.reduce((state, command) => {
    const decision = decideWork(state, command);
    assert.ok(decision.ok, `${command.type}: ${decision.ok ? '' : decision.code}`);
    return evolveAll(state, decision.events, at);
  }, work);
}

const direct = (...assignments: readonly NewAssignment[]): WorkCommand => ({
  type: 'direct',
  directionId: 'd1',
  by: chief,
  text: 'Xử lý',
  assignments: [...assignments],
});

test('S2.2 coordinators without a lead are asked about, with a lead they stand beside it', () => {
  const without = decideWork(noWork, direct(piece('a', 'coordinate'), piece('b', 'coordinate')));
  assert.deepEqual(without, { ok: false, code: 'lead-missing', about: [] });
  const work = run(noWork, direct(piece('l', 'lead'), piece('a', 'coordinate'), piece('b', 'coordinate')));
  assert.deepEqual(
    desksOf(work).map((desk) => [desk.branch, desk.holder.id]),
    [
      ['main', 'unit-l'],
      ['coordinate:a', 'unit-a'],
      ['coordinate:b', 'unit-b'],
    ],
  );
});

test('a document has one lead at a time', () => {
  const work = run(noWork, direct(piece('l', 'lead')));
  const second = decideWork(work, direct(piece('m', 'lead')));
  assert.ok(!second.ok && second.code === 'lead-open');
});

test('no assignment stands without a deadline or the reason why there is none', () => {
  const open = decideWork(noWork, direct(piece('l', 'lead', { due: null })));
  assert.ok(!open.ok && open.code === 'no-deadline');
  run(noWork, direct(piece('l', 'lead', { due: null, noDeadlineReason: 'Việc thường xuyên' })));
});

test('a lead ends only after every coordinator reported or was released', () => {
  const start = run(
    noWork,
    direct(
      piece('l', 'lead'),
      piece('a', 'coordinate', { needsConfirmation: true }),
      piece('b', 'coordinate'),
    ),
    { type: 'accept', assignmentId: 'l', by: { id: 'p1', name: 'Lan' } },
    { type: 'accept', assignmentId: 'a', by: { id: 'p2', name: 'Mai' } },
  );
  const early = decideWork(start, { type: 'finish', assignmentId: 'l', text: 'Xong' });
  assert.ok(!early.ok && early.code === 'coordinators-open');
  assert.deepEqual(
    early.about.map((one) => one.id),
    ['a', 'b'],
  );
  const done = run(
    start,
    { type: 'finish', assignmentId: 'a', text: 'Đã góp ý' },
    { type: 'revoke', assignmentId: 'b', reason: 'Không cần nữa' },
    { type: 'finish', assignmentId: 'l', text: 'Xong' },
  );
  assert.equal(done.assignments[0]!.state, 'confirmed');
});

test('what was handed on comes back to whoever handed it on, and ends with it', () => {
  const head: PersonRef = { id: 'head', name: 'Vụ trưởng' };
  const child = piece('c', 'lead', {
    parentId: 'l',
    branch: 'main',
    assigner: head,
    assignee: { kind: 'person', id: 'minh', label: 'Minh' },
  });
  const start = run(noWork, direct(piece('l', 'lead')), {
    type: 'delegate',
    assignmentId: 'l',
    by: head,
    child,
  });
  assert.deepEqual(
    desksOf(start).map((desk) => desk.holder.id),
    ['minh'],
  );
  const returned = run(start, { type: 'return', assignmentId: 'c', reason: 'Không đúng việc' });
  assert.deepEqual(
    desksOf(returned).map((desk) => desk.holder.id),
    ['head'],
  );
  const taken = run(returned, { type: 'revoke', assignmentId: 'c', reason: 'Tự làm' });
  assert.deepEqual(
    desksOf(taken).map((desk) => [desk.holder.id, desk.working]),
    [['head', true]],
  );
  const finished = run(
    start,
    { type: 'accept', assignmentId: 'c', by: { id: 'minh', name: 'Minh' } },
    { type: 'finish', assignmentId: 'c', text: 'Xong' },
  );
  assert.deepEqual(
    finished.assignments.map((one) => one.state),
    ['confirmed', 'confirmed'],
  );
  assert.deepEqual(desksOf(finished), []);
});

test('every open branch has exactly one desk after any commands (lesson L2)', () => {
  const ids = ['l', 'a', 'b'];
  const anyCommand = fc.record({
    type: fc.constantFrom(
      'accept',
      'return',
      'finish',
      'confirm',
      'rework',
      'revoke',
      'delegate',
      'reassign',
      'settle',
    ),
    target: fc.nat(),
  });
  fc.assert(
    fc.property(fc.boolean(), fc.array(anyCommand, { maxLength: 30 }), (needsConfirmation, wishes) => {
      let count = 0;
      let work = run(
        noWork,
        direct(...ids.map((id) => piece(id, id === 'l' ? 'lead' : 'coordinate', { needsConfirmation }))),
      );
      for (const wish of wishes) {
        const target = work.assignments[wish.target % work.assignments.length]!;
        const by = { id: `person-${wish.target % 5}`, name: 'Người' };
        count += 1;
        const next = piece(`n${count}`, target.role, {
          branch: target.branch,
          parentId: wish.type === 'delegate' ? target.id : target.parentId,
          needsConfirmation,
          assigner: by,
        });
        const command = {
          type: wish.type,
          assignmentId: target.id,
          by,
          text: 'x',
          reason: 'x y',
          percent: null,
          child: next,
          replacement: next,
        } as WorkCommand;
        const decision = decideWork(work, command);
        if (decision.ok) work = evolveAll(work, decision.events, at);
        const open = new Set(
          work.assignments.filter((one) => isOpenAssignment(one.state)).map((one) => one.branch),
        );
        const held = desksOf(work).map((desk) => desk.branch);
        assert.deepEqual([...held].sort(), [...open].sort());
      }
    }),
    { numRuns: 3_000 },
  );
});

test('S2.2 a date means 17:00 of that day', () => {
  assert.equal(dueInstant('2019-11-05'), '2019-11-05T10:00:00.000Z');
});

test('S2.5 three working days over a holiday, a swapped day and a made-up Saturday', () => {
  assert.equal(
    dueAfterWorkingDays(new Date('2019-04-26T15:30:00+07:00'), 3),
    new Date('2019-05-04T17:00:00+07:00').toISOString(),
  );
});

test('time is said as clerks say it', () => {
  const due = new Date('2026-11-26T17:00:00+07:00');
  assert.match(timeOf(due, new Date('2026-11-24T14:00:00+07:00'), due).phrase, /^Còn 2 ngày 3 giờ làm việc$/);
  assert.match(timeOf(due, new Date('2026-11-27T17:00:00+07:00'), due).phrase, /^Quá 1 ngày$/);
  assert.equal(timeOf(due, due, null).phrase, 'Không thời hạn');
});
