import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { IncomingDetail, OutgoingDetail } from '../documents/contract.ts';
import { rebuild as rebuildDocuments } from '../documents/replay.ts';
import { delivered, startWorld, type Answer, type Who, type World } from '../documents/world.test.ts';
import type { custodyAnswer, mineAnswer, workOfDocument } from './contract.ts';
import { rebuild } from './replay.ts';
import { custodyOfRef } from './store.ts';

type Work = z.infer<typeof workOfDocument>;
type Mine = z.infer<typeof mineAnswer>;
type CustodyPage = z.infer<typeof custodyAnswer>;

let world: World;
before(async () => {
  world = await startWorld({ now: '2019-04-26T15:20:00+07:00' });
});
after(() => world.close());

const unitParty = (name: string): object => ({ kind: 'unit', id: world.unit[name] });

/** A document from the province's finance department, in the book and before the leader. */
async function registered(): Promise<{ id: string; sentId: string }> {
  const { arrived, sent } = await delivered(world, 'finance');
  await world.do('hoa', `/api/documents/incoming/${arrived.id}/register`, {});
  return { id: arrived.id, sentId: sent.id };
}

const direct = (id: string, body: object): Promise<Answer<Work>> =>
  world.post<Work>('chief', `/api/work/incoming/${id}/direct`, { text: 'Xử lý theo quy định.', ...body });
const act = (who: Who, id: string, action: string, body: object = {}): Promise<Work> =>
  world.do<Work>(who, `/api/work/assignments/${id}/${action}`, body);
const mine = (who: Who, list: string): Promise<Mine> => world.read<Mine>(who, `/api/work/mine?list=${list}`);
const stateOf = async (id: string): Promise<string> =>
  (await world.read<IncomingDetail>('hoa', `/api/documents/incoming/${id}`)).state;
const senderStatus = async (sentId: string): Promise<string | null | undefined> => {
  await world.exchange();
  const doc = await world.read<OutgoingDetail>('lan', `/api/documents/outgoing/${sentId}`);
  return doc.dispatches[0]?.recipients[0]?.status;
};

test('S2.5 three working days by the calendar of 2019, through the route', async () => {
  const { id } = await registered();
  world.system.ctx.clock.set('2019-04-26T15:30:00+07:00');
  const answer = await direct(id, { lead: unitParty('Vụ Kinh tế tổng hợp'), dueWorkingDays: 3 });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const due = answer.body.directions[0]!.assignments[0]!.due!;
  assert.equal(new Date(due).getTime(), Date.parse('2019-05-04T17:00:00+07:00'));
});

test('S2.2 one lead, two coordinators, due 05/11/2019 17:00; coordinators without a lead are asked about', async () => {
  world.system.ctx.clock.set('2019-10-28T08:00:00+07:00');
  const { id, sentId } = await registered();
  const coordinators = [unitParty('Vụ Pháp luật'), unitParty('Vụ Nông nghiệp')];
  const asked = await direct(id, { lead: null, coordinators, due: '2019-11-05' });
  assert.equal(asked.code, 'work.lead-missing');
  const open = await direct(id, { lead: unitParty('Vụ Kinh tế tổng hợp'), coordinators, due: null });
  assert.equal(open.code, 'work.no-deadline');
  const given = await direct(id, {
    text: 'Vụ Kinh tế tổng hợp chủ trì, Vụ Pháp luật, Vụ Nông nghiệp phối hợp, trình trước 05/11',
    lead: unitParty('Vụ Kinh tế tổng hợp'),
    coordinators,
    due: '2019-11-05',
  });
  assert.deepEqual(
    given.body.directions[0]!.assignments.map(({ role, assignee, due }) => [
      role,
      assignee.label,
      new Date(due!).getTime() === Date.parse('2019-11-05T17:00:00+07:00'),
    ]),
    [
      ['lead', 'Vụ Kinh tế tổng hợp', true],
      ['coordinate', 'Vụ Pháp luật', true],
      ['coordinate', 'Vụ Nông nghiệp', true],
    ],
  );
  assert.equal(await stateOf(id), 'assigned');
  assert.equal(await senderStatus(sentId), '04');
});

test('lead, coordinators and a specialist bring a document to its end; the sender is told 04, 05, 06', async () => {
  const { id, sentId } = await registered();
  const { body } = await direct(id, {
    lead: unitParty('Vụ Kinh tế tổng hợp'),
    coordinators: [unitParty('Vụ Pháp luật')],
    inform: [unitParty('Vụ Nông nghiệp')],
    due: '2019-11-05',
  });
  const [lead, coordinate, inform] = body.directions[0]!.assignments;
  assert.equal((await mine('head', 'pending')).items.at(-1)?.assignment?.id, lead!.id);
  assert.equal((await mine('farm', 'to-know')).items[0]?.assignment?.id, inform!.id);
  await act('farm', inform!.id, 'seen');
  assert.equal((await mine('farm', 'to-know')).counts['to-know'], 0);
  const delegated = await act('head', lead!.id, 'delegate', {
    to: { kind: 'person', id: world.person.minh },
    text: 'Minh dự thảo báo cáo.',
  });
  const child = delegated.directions[0]!.assignments.at(-1)!;
  assert.equal(child.assignee.label, 'Phạm Quang Minh');
  await act('minh', child.id, 'accept');
  assert.equal(await stateOf(id), 'in-work');
  assert.equal(await senderStatus(sentId), '05');
  assert.equal((await mine('minh', 'in-work')).items.at(-1)?.assignment?.id, child.id);
  const early = await world.post('minh', `/api/work/assignments/${child.id}/finish`, { text: 'Đã xong' });
  assert.equal(early.code, 'work.coordinators-open');
  await act('law', coordinate!.id, 'accept');
  await act('law', coordinate!.id, 'finish', { text: 'Không có ý kiến khác.' });
  await act('minh', child.id, 'finish', { text: 'Đã trình báo cáo.' });
  assert.equal(await stateOf(id), 'closed');
  assert.equal(await senderStatus(sentId), '06');
  assert.ok((await mine('minh', 'done')).items.some((item) => item.document.id === id));
  const work = await world.read<Work>('chief', `/api/work/incoming/${id}`);
  assert.ok(work.custody.every((branch) => branch.intervals.every((one) => one.until !== null)));
  const main = work.custody.find((branch) => branch.branch === 'main')!;
  assert.deepEqual(
    main.intervals.map((one) => one.holder.label),
    ['Văn thư', 'Lãnh đạo', 'Vụ Kinh tế tổng hợp', 'Phạm Quang Minh'],
  );
});

test('a returned lead is with whoever assigned it, who gives it to somebody else', async () => {
  const { id } = await registered();
  const { body } = await direct(id, { lead: unitParty('Vụ Pháp luật'), due: '2019-11-05' });
  const lead = body.directions[0]!.assignments[0]!;
  assert.equal(
    (await world.post('law', `/api/work/assignments/${lead.id}/return`, { reason: 'không' })).status,
    422,
  );
  assert.equal((await world.post('farm', `/api/work/assignments/${lead.id}/accept`, {})).status, 404);
  const returned = await act('law', lead.id, 'return', { reason: 'Việc thuộc Vụ Nông nghiệp.' });
  assert.equal(await stateOf(id), 'awaiting-direction');
  const open = returned.custody.find((branch) => branch.branch === 'main')!.intervals.at(-1)!;
  assert.deepEqual([open.holder.label, open.until], ['Trần Văn Chánh', null]);
  const again = await direct(id, { lead: unitParty('Vụ Nông nghiệp'), due: '2019-11-06' });
  assert.equal(again.status, 200);
  assert.equal(await stateOf(id), 'assigned');
  assert.deepEqual(
    again.body.directions.map((one) => one.assignments[0]!.state),
    ['revoked', 'offered'],
  );
});

test('an asked-for confirmation, rework and revocation', async () => {
  const { id } = await registered();
  const { body } = await direct(id, {
    lead: unitParty('Vụ Pháp luật'),
    due: '2019-11-05',
    needsConfirmation: true,
  });
  const lead = body.directions[0]!.assignments[0]!;
  await act('law', lead.id, 'accept');
  await act('law', lead.id, 'report', { text: 'Đã xong một nửa', percent: 50 });
  await act('law', lead.id, 'finish', { text: 'Trình kết quả' });
  assert.equal(await stateOf(id), 'in-work');
  const waiting = await mine('chief', 'pending');
  assert.ok(waiting.items.some((item) => item.assignment?.id === lead.id));
  await act('chief', lead.id, 'rework', { reason: 'Bổ sung số liệu tháng chín.' });
  await act('law', lead.id, 'finish', { text: 'Đã bổ sung' });
  await act('chief', lead.id, 'confirm');
  assert.equal(await stateOf(id), 'closed');

  const second = await registered();
  const given = await direct(second.id, { lead: unitParty('Vụ Pháp luật'), due: '2019-11-05' });
  await act('chief', given.body.directions[0]!.assignments[0]!.id, 'revoke', { reason: 'Giao nhầm đơn vị.' });
  assert.equal(await stateOf(second.id), 'awaiting-direction');
});

test('a recall stops the work, and ends it when the clerk agrees', async () => {
  const { id, sentId } = await registered();
  const { body } = await direct(id, {
    lead: unitParty('Vụ Pháp luật'),
    coordinators: [unitParty('Vụ Nông nghiệp')],
    due: '2019-11-05',
  });
  const lead = body.directions[0]!.assignments[0]!;
  await world.do('lan', `/api/documents/outgoing/${sentId}/recall`, { reason: 'Gửi nhầm bản dự thảo.' });
  await world.exchange();
  assert.equal(await stateOf(id), 'recall-requested');
  const stopped = await world.post('law', `/api/work/assignments/${lead.id}/accept`, {});
  assert.equal(stopped.code, 'work.wrong-step');
  await world.do('hoa', `/api/documents/incoming/${id}/answer-recall`, { agree: true });
  const work = await world.read<Work>('chief', `/api/work/incoming/${id}`);
  assert.ok(work.custody.every((branch) => branch.intervals.every((one) => one.until !== null)));
  assert.ok(work.directions[0]!.assignments.every((one) => one.actions.length === 0));
});

test('S2.12 a document of 14 months ago, still open, is the first line of its holder and of the leader', async () => {
  world.system.ctx.clock.set('2020-01-06T08:00:00+07:00');
  const old = await registered();
  await direct(old.id, { lead: unitParty('Vụ Nông nghiệp'), due: '2020-02-03' });
  world.system.ctx.clock.set('2021-03-08T08:00:00+07:00');
  for (let count = 0; count < 3; count += 1) {
    const { id } = await registered();
    await direct(id, { lead: unitParty('Vụ Nông nghiệp'), due: '2021-04-05' });
  }
  const farm = await mine('farm', 'pending');
  const olderOfFarm = farm.items.filter((item) => item.document.at < '2020-01-06');
  const first = farm.items[olderOfFarm.length]!;
  assert.equal(first.document.id, old.id);
  assert.match(first.time!.phrase, /^Quá \d+ ngày/);
  const all = await world.read<CustodyPage>('chief', '/api/work/custody?scope=organisation&late=1');
  const order = all.items.map((item) => item.document.at);
  assert.deepEqual(order, [...order].sort());
  assert.ok(all.items.some((item) => item.document.id === old.id && item.time.late));
  const unit = await world.read<CustodyPage>('farm', '/api/work/custody?scope=unit');
  assert.ok(
    unit.items.every((item) => item.holder.label === 'Vụ Nông nghiệp' || item.holder.kind === 'person'),
  );
  assert.equal((await world.get('minh', '/api/work/custody?scope=organisation')).status, 403);
  // Page by page, nothing is lost and nothing comes twice.
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await world.read<Mine>('farm', `/api/work/mine?list=pending&limit=2${cursor}`);
    seen.push(...page.items.map((item) => item.document.id));
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  assert.deepEqual(
    seen,
    farm.items.map((item) => item.document.id),
  );
});

test('S2.3 random commands through the routes leave one holder for each open branch', async () => {
  let seed = 11;
  const random = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(seed / 65_536) % most;
  };
  const people: readonly Who[] = ['head', 'law', 'farm', 'chief', 'minh', 'hoa'];
  const bodies: Readonly<Record<string, object>> = {
    finish: { text: 'Xong' },
    report: { text: 'Đang làm' },
    return: { reason: 'Không đúng việc.' },
    rework: { reason: 'Làm lại phần hai.' },
    delegate: { to: { kind: 'person', id: world.person.minh }, text: 'Làm giúp' },
    revoke: { reason: 'Thôi không cần.' },
    reassign: { to: unitParty('Vụ Pháp luật'), text: 'Giao lại' },
  };
  for (let round = 0; round < 8; round += 1) {
    const { id } = await registered();
    let worked = 0;
    for (let step = 0; step < 30; step += 1) {
      world.system.ctx.clock.advance(1_000);
      const who = people[random(people.length)]!;
      const seen = await world.get<Work>(who, `/api/work/incoming/${id}`);
      const offered = (seen.status === 200 ? seen.body.directions : [])
        .flatMap((one) => one.assignments)
        .flatMap((one) => one.actions.map((action) => ({ id: one.id, action })));
      const wish = offered[random(Math.max(1, offered.length))];
      if (wish && random(6) > 0) {
        const answer = await world.post(
          who,
          `/api/work/assignments/${wish.id}/${wish.action}`,
          bodies[wish.action] ?? {},
        );
        // What the screen offers is what the server does, but for what the others still owe.
        const refused = ['work.coordinators-open', 'work.outside-unit'];
        assert.ok(
          answer.status === 200 || refused.includes(answer.code!),
          JSON.stringify([wish, answer.body]),
        );
        if (answer.status === 200) worked += 1;
      } else {
        const lead = unitParty(['Vụ Kinh tế tổng hợp', 'Vụ Pháp luật'][random(2)]!);
        const coordinators = random(2) === 0 ? [unitParty('Vụ Nông nghiệp')] : [];
        await direct(id, { lead: random(4) === 0 ? null : lead, coordinators, due: '2022-01-05' });
      }
    }
    assert.ok(worked > 0);
    const rows = await world.as('government', (unit) => custodyOfRef(unit, `incoming:${id}`));
    for (const [branch, intervals] of Map.groupBy(rows, (row) => row.branch)) {
      // Each begins where the one before ended, or after a time in which the branch was closed; none overlap.
      for (const [index, interval] of intervals.entries()) {
        const next = intervals[index + 1];
        if (next) assert.ok(interval.until !== null && interval.until <= next.since, branch);
      }
    }
    const ended = ['closed', 'refused'].includes(await stateOf(id));
    const open = rows.filter((row) => row.until === null).map((row) => row.branch);
    assert.equal(open.includes('main'), !ended);
    assert.equal(new Set(open).size, open.length);
  }
});

test('the record replayed gives the tables, of documents and of work', async () => {
  assert.deepEqual(await world.as('government', rebuild), []);
  assert.deepEqual(await world.as('government', rebuildDocuments), []);
});
