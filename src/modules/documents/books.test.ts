import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IncomingDetail, OutgoingDetail } from './contract.ts';
import { delivered, startWorld, type World } from './world.test.ts';

const incoming = '/api/documents/incoming';
let world: World;
before(async () => {
  world = await startWorld({ now: '2020-10-30T08:00:00+07:00' });
});
after(() => world.close());

const paper = (notation: string, abstract: string, more: object = {}): Promise<IncomingDetail> =>
  world.do<IncomingDetail>('hoa', incoming, {
    issuerName: 'Sở Nội vụ tỉnh Tây Ninh',
    notation,
    promulgationDate: '2020-10-28',
    typeName: 'Công văn',
    abstract,
    ...more,
  });
const found = async (text: string): Promise<string[]> =>
  (
    await world.read<{ items: IncomingDetail[] }>('hoa', `${incoming}?text=${encodeURIComponent(text)}`)
  ).items.map((item) => item.abstract);

test('S1.3 the same notation next year: a late 06 for 2020 attaches to 2020 only', async () => {
  const old = await delivered(world, 'finance');
  await world.do('hoa', `${incoming}/${old.arrived.id}/register`, { forward: false });
  world.system.ctx.clock.set('2021-10-29T08:00:00+07:00');
  const fresh = await delivered(world, 'finance', { abstract: 'Báo cáo năm 2021' });
  assert.equal(fresh.sent.notation, old.sent.notation);
  assert.equal(fresh.sent.number, 1);
  const arrivedNow = await world.read<{ items: IncomingDetail[] }>('hoa', `${incoming}?state=arrived`);
  const second = arrivedNow.items.find((item) => item.abstract === 'Báo cáo năm 2021')!;
  assert.equal(second.duplicate, false);
  await world.do('hoa', `${incoming}/${old.arrived.id}/close`, { how: 'noted', note: 'Đã đối chiếu xong' });
  await world.exchange();
  const status = async (id: string): Promise<string | null | undefined> =>
    (await world.read<OutgoingDetail>('lan', `/api/documents/outgoing/${id}`)).dispatches[0]!.recipients[0]!
      .status;
  assert.equal(await status(old.sent.id), '06');
  assert.notEqual(await status(fresh.sent.id), '06');
  world.system.ctx.clock.set('2021-10-30T08:00:00+07:00');
});

test('a search knows words with and without marks, and ranks what was typed first', async () => {
  await paper('77/SNV-CCHC', 'Hướng dẫn Nghị định 30/2020/NĐ-CP về công tác văn thư');
  await paper('78/SNV-CCHC', 'Bố trí tại trụ sở chính các phòng họp');
  await paper('79/SNV-CCHC', 'Bộ Tài chính trả lời về kinh phí');
  await paper('80/QĐ-UBND', 'Quyết định hòa giải ở cơ sở');
  assert.deepEqual(await found('nghi dinh 30'), ['Hướng dẫn Nghị định 30/2020/NĐ-CP về công tác văn thư']);
  assert.deepEqual(await found('nghị định'), ['Hướng dẫn Nghị định 30/2020/NĐ-CP về công tác văn thư']);
  assert.deepEqual((await found('bộ tài chính'))[0], 'Bộ Tài chính trả lời về kinh phí');
  assert.deepEqual(await found('hoà giải'), ['Quyết định hòa giải ở cơ sở']);
  assert.deepEqual(await found('Nghị định'.normalize('NFD')), [
    'Hướng dẫn Nghị định 30/2020/NĐ-CP về công tác văn thư',
  ]);
});

test('a search finds notations in pieces, with blanks, with Đ or D', async () => {
  for (const text of ['80/QĐ', '80/QD-UBND', '80 / QĐ - UBND', 'QD-UBND', '80/qđ-ubnd'])
    assert.deepEqual(await found(text), ['Quyết định hòa giải ở cơ sở'], text);
  assert.equal((await found('SNV-CCHC')).length, 3);
  assert.deepEqual(await found('79'), ['Bộ Tài chính trả lời về kinh phí']);
});

test('paper and electronic documents share one sequence, a look-alike is stopped with the earlier number', async () => {
  const first = await paper('101/SNV-TH', 'Báo cáo tuần');
  const second = await paper('102/SNV-TH', 'Báo cáo tháng');
  assert.equal(second.arrivalNumber, first.arrivalNumber! + 1);
  const again = await world.post<{ detail: string }>('hoa', incoming, {
    issuerName: 'Sở Nội vụ tỉnh Tây Ninh',
    notation: '101/SNV - TH',
    promulgationDate: '2020-10-28',
    typeName: 'Công văn',
    abstract: 'Báo cáo tuần',
  });
  assert.equal(again.code, 'documents.possible-duplicate');
  assert.match(again.body.detail, new RegExp(`số đến ${first.arrivalNumber} `));
  const third = await paper('101/SNV-TH', 'Báo cáo tuần, bản khác', { duplicateConfirmed: true });
  assert.equal(third.arrivalNumber, second.arrivalNumber! + 1);
  assert.equal(third.duplicates[0]?.id, first.id);
  const register = await world.read<{ items: { number: number; notation: string }[] }>(
    'hoa',
    '/api/documents/registers?kind=incoming&year=2021&limit=500',
  );
  assert.deepEqual(
    register.items.map((row) => row.number),
    register.items.map((_, index) => index + 1),
  );
});

test('legal deadlines: receipt on the same day, register by the next working day, urgent at once', async () => {
  // A Friday morning.
  world.system.ctx.clock.set('2021-11-05T09:00:00+07:00');
  const plain = await delivered(world, 'finance', { abstract: 'Thường' });
  const urgent = await delivered(world, 'finance', { abstract: 'Khẩn', urgency: 1 });
  const due = (doc: IncomingDetail, kind: string): string | undefined =>
    doc.timers.find((timer) => timer.kind === kind)?.due;
  const after = (from: string): number => Date.parse(from) - Date.parse('2021-11-05T09:00:00+07:00');
  assert.equal(due(plain.arrived, 'register'), new Date('2021-11-08T17:00:00+07:00').toISOString());
  assert.ok(after(due(urgent.arrived, 'register')!) <= 40 * 60_000);
  assert.equal(due(plain.arrived, 'receipt')?.slice(0, 10), '2021-11-05');
  world.system.ctx.clock.set('2021-11-09T09:00:00+07:00');
  const late = await world.read<IncomingDetail>('hoa', `${incoming}/${plain.arrived.id}`);
  const timer = late.timers.find((one) => one.kind === 'register')!;
  assert.equal(timer.late, true);
  assert.match(timer.phrase, /^Quá /);
});
