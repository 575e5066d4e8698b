import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { evolveIncoming, stateAfter, type Incoming, type IncomingEvent } from '../documents/incoming.ts';
import { desksOf, noWork, type Holder, type NewAssignment, type Work } from './core.ts';
import { decideWork, evolveAll, type WorkCommand } from './decide.ts';
import { documentMoves, type DocumentMove } from './moves.ts';
import { isOpenAssignment } from './states.ts';

/** The log of a house: a document and its work, each change with its instant; custody as intervals out of it. */
interface Interval {
  readonly branch: string;
  readonly holder: string;
  readonly since: number;
  until: number | null;
}

interface House {
  doc: Incoming;
  work: Work;
  readonly intervals: Interval[];
  /** What was open after each instant, told by the states alone. */
  readonly openAt: { readonly at: number; readonly branches: readonly string[] }[];
}

const facts = { duplicates: [], files: [], responseFor: [], updates: null, source: 'axis' };
const iso = (at: number): string => new Date(at * 60_000).toISOString();

function hold(house: House, branch: string, holder: Holder | null, at: number): void {
  const open = house.intervals.find((one) => one.branch === branch && one.until === null);
  const name = holder && `${holder.kind}:${holder.id}`;
  if (open?.holder === name) return;
  if (open) open.until = at;
  if (name !== null) house.intervals.push({ branch, holder: name, since: at, until: null });
}

function happen(house: House, event: IncomingEvent, at: number): boolean {
  if (stateAfter(house.doc, event) === undefined) return false;
  house.doc = evolveIncoming(house.doc, event, { id: 'doc', at: iso(at) });
  hold(house, 'main', house.doc.holder, at);
  if (event.type === 'closed' || (event.type === 'recall-answered' && event.agree)) {
    const decision = decideWork(house.work, { type: 'settle', reason: 'xong' });
    if (decision.ok) change(house, evolveAll(house.work, decision.events, iso(at)), at);
  }
  return true;
}

function change(house: House, after: Work, at: number): void {
  const branches = (work: Work): string[] => desksOf(work).map((desk) => desk.branch);
  for (const gone of branches(house.work).filter((one) => one !== 'main' && !branches(after).includes(one)))
    hold(house, gone, null, at);
  for (const desk of desksOf(after)) if (desk.branch !== 'main') hold(house, desk.branch, desk.holder, at);
  house.work = after;
}

const eventOf = (move: DocumentMove): IncomingEvent => {
  switch (move.type) {
    case 'direct':
      return { type: 'directed', holder: move.holder };
    case 'close':
      return { type: 'closed', how: 'noted', byOutgoingId: null, note: move.note };
    case 'hand-back':
      return { type: 'handed-back', holder: move.to, reason: move.reason };
    case 'start-work':
      return { type: 'work-started' };
    case 'hold':
      return { type: 'held-by', holder: move.holder };
  }
};

function command(house: House, asked: WorkCommand, at: number): void {
  const free =
    asked.type === 'direct'
      ? ['registered', 'awaiting-direction', 'assigned', 'in-work']
      : ['awaiting-direction', 'assigned', 'in-work'];
  if (!free.includes(house.doc.state)) return;
  const decision = decideWork(house.work, asked);
  if (!decision.ok) return;
  const before = house.work;
  const after = evolveAll(before, decision.events, iso(at));
  change(house, after, at);
  for (const move of documentMoves(before, after, decision.events))
    assert.ok(happen(house, eventOf(move), at), `${asked.type} → ${move.type} in ${house.doc.state}`);
}

function openBranches(house: House): string[] {
  const ended = ['closed', 'refused', 'recalled-by-sender'].includes(house.doc.state);
  const coordinators = house.work.assignments
    .filter((one) => one.role === 'coordinate' && isOpenAssignment(one.state))
    .map((one) => one.branch);
  return [...(ended ? [] : ['main']), ...new Set(coordinators)];
}

const by = { id: 'chief', name: 'Chánh Văn phòng' };
const wish = fc.record({
  what: fc.constantFrom(
    'register',
    'refuse',
    'forward',
    'direct',
    'direct',
    'accept',
    'accept',
    'return',
    'report',
    'finish',
    'confirm',
    'rework',
    'revoke',
    'delegate',
    'reassign',
    'recall',
    'agree',
    'decline',
    'reply',
    'close',
  ),
  which: fc.nat(20),
  minutes: fc.nat(3),
});

/** What ends a history is rarer than what goes on in it. */
const ends = new Set(['refuse', 'recall', 'agree', 'reply', 'close']);

function act(house: House, { what, which }: { what: string; which: number }, at: number): void {
  if (ends.has(what) && which > 4) return;
  const person = { id: `p${which % 4}`, name: 'Người' };
  const holder: Holder = { kind: 'role', id: 'leader', label: 'Lãnh đạo' };
  const fresh = (id: string, role: NewAssignment['role']): NewAssignment => ({
    id,
    directionId: `d${at}`,
    parentId: null,
    role,
    branch: role === 'lead' ? 'main' : `${role}:${id}`,
    assignee: { kind: 'unit', id: `${role}-${which}-${id}`, label: 'Vụ' },
    assigner: by,
    text: '',
    due: iso(at + 10_000),
    noDeadlineReason: null,
    needsConfirmation: which % 2 === 0,
  });
  const count = house.work.assignments.length;
  switch (what) {
    case 'register':
      happen(
        house,
        {
          type: 'registered',
          register: 'VBDEN',
          year: 2026,
          value: 1,
          typeName: '',
          abstract: '',
          dueDate: null,
          paperReceived: false,
        },
        at,
      );
      return;
    case 'refuse':
      happen(house, { type: 'refused', reason: 'other', text: '', by }, at);
      return;
    case 'forward':
      happen(house, { type: 'forwarded', to: holder, note: '' }, at);
      return;
    case 'recall':
      if (!happen(house, { type: 'taken-back', reason: '' }, at))
        happen(house, { type: 'recall-requested', reason: '' }, at);
      return;
    case 'agree':
    case 'decline':
      happen(house, { type: 'recall-answered', agree: what === 'agree', text: '' }, at);
      return;
    case 'reply':
      happen(house, { type: 'closed', how: 'replied', byOutgoingId: 'out', note: '' }, at);
      return;
    case 'close':
      if (house.doc.state === 'registered' || house.doc.state === 'awaiting-direction')
        happen(house, { type: 'closed', how: 'filed', byOutgoingId: null, note: '' }, at);
      return;
    case 'direct': {
      const coordinators = Array.from({ length: which % 3 }, (_, index) =>
        fresh(`${count}c${index}`, 'coordinate'),
      );
      const lead = which % 5 === 4 ? [] : [fresh(`${count}l`, 'lead')];
      const assignments = [
        ...lead,
        ...coordinators,
        ...(which % 7 === 0 ? [fresh(`${count}i`, 'inform')] : []),
      ];
      command(house, { type: 'direct', directionId: `d${at}`, by, text: '', assignments }, at);
      return;
    }
    default: {
      // The latest pieces are the live ones more often than not.
      const target = house.work.assignments.at(-1 - (which % Math.min(4, Math.max(1, count))));
      if (!target || target.role === 'inform') return;
      const next: NewAssignment = {
        ...fresh(`${count}n`, target.role),
        branch: target.branch,
        parentId: what === 'delegate' ? target.id : target.parentId,
        assigner: what === 'delegate' ? person : target.assigner,
        needsConfirmation: target.needsConfirmation,
      };
      command(
        house,
        {
          type: what,
          assignmentId: target.id,
          by: person,
          text: 'x',
          reason: 'x',
          percent: null,
          child: next,
          replacement: next,
        } as WorkCommand,
        at,
      );
    }
  }
}

test('S2.3 at any instant of 10,000 random histories every open branch has exactly one holder', () => {
  let reached = 0;
  fc.assert(
    fc.property(fc.array(wish, { minLength: 10, maxLength: 50, size: 'max' }), (wishes) => {
      let at = 1;
      const house: House = {
        doc: evolveIncoming(null, { type: 'arrived', facts } as unknown as IncomingEvent, {
          id: 'doc',
          at: iso(at),
        }),
        work: noWork,
        intervals: [],
        openAt: [],
      };
      hold(house, 'main', house.doc.holder, at);
      house.openAt.push({ at, branches: openBranches(house) });
      const opening = [
        { what: 'register', which: 0, minutes: 1 },
        { what: 'forward', which: 0, minutes: 1 },
      ];
      for (const one of wishes[0]!.which % 4 === 0 ? wishes : [...opening, ...wishes]) {
        at += one.minutes;
        act(house, one, at);
        house.openAt.push({ at, branches: openBranches(house) });
        // Where the lead works, the document is on that desk and on no other.
        const lead = desksOf(house.work).find((desk) => desk.branch === 'main');
        if (lead && (house.doc.state === 'assigned' || house.doc.state === 'in-work'))
          assert.deepEqual(house.doc.holder, lead.holder);
      }
      reached += house.intervals.length;
      // Several things may happen at one instant: what holds is the state after the last of them.
      const lastOf = new Map(house.openAt.map((one) => [one.at, one.branches]));
      for (const [instant, branches] of lastOf) {
        const held = house.intervals.filter(
          (one) => one.since <= instant && (one.until === null || one.until > instant),
        );
        assert.deepEqual(held.map((one) => one.branch).sort(), [...branches].sort());
      }
    }),
    { numRuns: 10_000 },
  );
  assert.ok(reached > 40_000, `the histories hardly change hands (${reached})`);
});
