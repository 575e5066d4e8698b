import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { Client } from 'pg';
import { delivered, issuedDocument, startWorld, type World } from '../modules/documents/world.test.ts';
import { reconcileCommand, reconcileDay } from './reconcile.ts';

const day = '2026-11-24';
let world: World;
let owner: Client;
before(async () => {
  world = await startWorld({ now: `${day}T08:00:00+07:00` });
  owner = new Client({ connectionString: world.system.ownerUrl });
  await owner.connect();
});
after(async () => {
  await owner?.end();
  await world?.close();
});

/** Takes rows away, looks, and puts them back. */
async function without<T>(table: string, where: string, look: () => Promise<T>): Promise<T> {
  await owner.query('set session_replication_role = replica');
  const gone = await owner.query<{ row: object }>(
    `delete from ${table} where ${where} returning to_jsonb(${table}.*) as row`,
  );
  assert.ok(gone.rows.length > 0);
  try {
    return await look();
  } finally {
    const kept = JSON.stringify(gone.rows.map(({ row }) => row));
    await owner.query(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1)`,
      [kept],
    );
  }
}

test('S1.8 the three lists of a day agree; one delivery deleted at the receiver is exactly one difference', async () => {
  const { sent } = await delivered(world, 'finance');
  await delivered(world, 'government', { abstract: 'Giấy mời họp' });
  const whole = await reconcileDay(world.system.ctx, day);
  assert.deepEqual(whole.differences, []);
  assert.deepEqual(whole.waiting, []);
  // Two documents and for each a status 01.
  assert.deepEqual([whole.sent, whole.accepted, whole.deliveries, whole.received], [4, 4, 4, 4]);

  const [envelope] = (
    await owner.query<{ envelope: string }>(`select envelope from exchange.inbox where document_code = $1`, [
      sent.notation,
    ])
  ).rows.map((row) => row.envelope);
  const only = `envelope = '${envelope}'`;
  const { differences } = await without('exchange.inbox', only, () => reconcileDay(world.system.ctx, day));
  assert.equal(differences.length, 1);
  const [difference] = differences;
  assert.equal(difference!.document, sent.notation);
  assert.equal(difference!.missingAt, 'receiver');
  assert.match(difference!.sender, /Sở Tài chính tỉnh Tây Ninh/);
  assert.match(difference!.receiver, /Văn phòng Chính phủ/);

  // The other two lists in turn.
  const atSender = await without('exchange.outbox', only, () => reconcileDay(world.system.ctx, day));
  assert.deepEqual(
    atSender.differences.map((one) => one.missingAt),
    ['sender'],
  );
  const onAxis = await without(
    'axis.delivery',
    `envelope_id = (select id from axis.envelope where ${only})`,
    () => reconcileDay(world.system.ctx, day),
  );
  assert.deepEqual(new Set(onAxis.differences.map((one) => one.missingAt)), new Set(['axis']));
  assert.ok(onAxis.differences.every((one) => one.document === sent.notation));
});

test('what the receiver has not fetched yet is explained; other days are their own; a wrong call is explained', async () => {
  world.system.ctx.clock.set('2026-11-25T23:59:59+07:00');
  const issued = await issuedDocument(world, 'finance', { abstract: 'Cuối ngày' });
  await world.do('lan', `/api/documents/outgoing/${issued.id}/send-now`, {});
  const { outboxRound } = await import('#exchange');
  await outboxRound(world.system.ctx, world.org.finance);
  const next = await reconcileDay(world.system.ctx, '2026-11-25');
  assert.deepEqual(next.differences, []);
  assert.deepEqual(
    next.waiting.map((one) => one.document),
    [issued.notation],
  );
  assert.equal((await reconcileDay(world.system.ctx, '2026-11-26')).accepted, 0);
  assert.equal((await reconcileDay(world.system.ctx, day)).accepted, 4);

  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const out = mock.method(console, 'log', print);
  const err = mock.method(console, 'error', print);
  const open = (): Promise<{ ctx: typeof world.system.ctx; close(): Promise<void> }> =>
    Promise.resolve({ ctx: world.system.ctx, close: () => Promise.resolve() });
  try {
    assert.equal(await reconcileCommand(['--day', '2026-11-25'], open), 0);
    const gone = `document_code = '${issued.notation}' and org_id = '${world.org.finance}'`;
    const code = await without('exchange.outbox', gone, () =>
      reconcileCommand(['--day', '2026-11-25', '--json'], open),
    );
    assert.equal(code, 1);
    for (const wrong of [[], ['--day'], ['--day', '2026-02-30'], ['--day', 'hôm qua'], ['2026-11-25']])
      assert.equal(await reconcileCommand(wrong, open), 2);
  } finally {
    out.mock.restore();
    err.mock.restore();
  }
  assert.match(lines.join('\n'), /CHỜ   Văn bản [^\n]*bên nhận chưa lấy về[^]*KẾT LUẬN: KHỚP/);
});
