import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { commandOnce, readStream, systemActor, unitOfWork, type OrgId } from '#kernel';
import { testSystem, type TestSystem } from '../../test/support/system.ts';

let system: TestSystem;
const org = randomUUID() as OrgId;
const other = randomUUID() as OrgId;
before(async () => {
  system = await testSystem([]);
});
after(() => system.close());

const who = { org, actor: systemActor(org) };

test('an event is written with its handlers, or not at all', async () => {
  system.ctx.events.on('test.broke', () => Promise.reject(new Error('handler failed')));
  await unitOfWork(system.ctx, who, (unit) =>
    unit.publish({ stream: 'a', type: 'test.happened', payload: { n: 1 } }),
  );
  await assert.rejects(
    unitOfWork(system.ctx, who, async (unit) => {
      await unit.publish({ stream: 'a', type: 'test.happened', payload: { n: 2 } });
      await unit.publish({ stream: 'a', type: 'test.broke', payload: {} });
    }),
    /handler failed/,
  );
  const events = await unitOfWork(system.ctx, who, (unit) => readStream(unit, 'a'));
  assert.deepEqual(
    events.map((event) => event.payload),
    [{ n: 1 }],
  );
});

test('no organisation sees the events of another, whatever the query says', async () => {
  await unitOfWork(system.ctx, who, (unit) =>
    unit.publish({ stream: 'b', type: 'test.happened', payload: {} }),
  );
  const seen = await system.ctx.db.transaction(other, (tx) => sql`select * from kernel.event`.execute(tx));
  assert.equal(seen.rows.length, 0);
  const seenByNobody = await system.ctx.db.transaction(null, (tx) =>
    sql`select * from kernel.event`.execute(tx),
  );
  assert.equal(seenByNobody.rows.length, 0);
  await assert.rejects(
    system.ctx.db.transaction(other, (tx) =>
      sql`insert into kernel.event (org_id, stream, type, payload, actor, at) values (${org}, 'x', 'x', '{}', '{}', now())`.execute(
        tx,
      ),
    ),
    /row-level security/,
  );
});

test('the record can be neither changed nor deleted by the application', async () => {
  await assert.rejects(
    system.ctx.db.transaction(org, (tx) => sql`delete from kernel.event`.execute(tx)),
    /permission denied/,
  );
  await assert.rejects(
    system.ctx.db.transaction(org, (tx) => sql`update kernel.event set type = 'x'`.execute(tx)),
    /permission denied/,
  );
});

test('S2.10 the same command ten times at once has one effect and one answer', async () => {
  let ran = 0;
  const once = (key: string, request: unknown): Promise<{ n: number }> =>
    commandOnce(system.ctx, who, { key, name: 'count', request }, async () => {
      await Promise.resolve();
      ran += 1;
      return { n: ran };
    });
  const answers = await Promise.all(Array.from({ length: 10 }, () => once('key-12345', { a: 1 })));
  assert.equal(ran, 1);
  assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set(['{"n":1}']));
  await assert.rejects(once('key-12345', { a: 2 }), { code: 'kernel.idempotency-key-reused' });
});

test('a command that fails leaves its key free for the next try', async () => {
  let fail = true;
  const attempt = (): Promise<string> =>
    commandOnce(system.ctx, who, { key: 'key-fails', name: 'fails', request: {} }, () =>
      fail ? Promise.reject(new Error('no')) : Promise.resolve('done'),
    );
  await assert.rejects(attempt());
  fail = false;
  assert.equal(await attempt(), 'done');
});
