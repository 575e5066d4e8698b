import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditModule, entries, record } from '#audit';
import { unitOfWork, type Actor, type OrgId, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';

let system: TestSystem;
const orgs = [randomUUID(), randomUUID()] as [OrgId, OrgId];
const clerk = (orgId: OrgId, roles: readonly string[] = ['clerk']): Actor => ({
  kind: 'person',
  id: 'hoa',
  name: 'Nguyễn Thị Hoa',
  orgId,
  roles,
  post: 'Văn thư',
});
const inOrg = <T>(org: OrgId, work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor: clerk(org) }, work);

/** Who the next request comes from. */
let actor: Actor | null = null;
before(async () => {
  system = await testSystem([auditModule]);
  system.app.authenticators.set('member', () => Promise.resolve(actor));
});
after(() => system.close());

test('an entry says who, under which post, did what to what, and when', async () => {
  await inOrg(orgs[0], (unit) =>
    record(unit, { action: 'documents.read-file', object: 'incoming:1', detail: { file: 'a.pdf' } }),
  );
  const [entry] = await inOrg(orgs[0], (unit) => entries(unit, { object: 'incoming:1', limit: 10 }));
  assert.deepEqual(
    [entry?.actorName, entry?.actorPost, entry?.action, entry?.detail, entry?.at],
    ['Nguyễn Thị Hoa', 'Văn thư', 'documents.read-file', { file: 'a.pdf' }, system.ctx.clock.now()],
  );
});

test('no entry stays of an act that was undone', async () => {
  await assert.rejects(
    inOrg(orgs[0], async (unit) => {
      await record(unit, { action: 'documents.issued', object: 'outgoing:undone' });
      throw new Error('undone');
    }),
  );
  assert.deepEqual(
    await inOrg(orgs[0], (unit) => entries(unit, { object: 'outgoing:undone', limit: 10 })),
    [],
  );
});

test('the application can neither change nor delete what is in the audit', async () => {
  for (const statement of [
    'update audit.entry set action = $1',
    'delete from audit.entry',
    'truncate audit.entry',
  ])
    await assert.rejects(
      system.ctx.db.pool.query(statement, statement.includes('$1') ? ['x'] : []),
      /permission denied/,
    );
});

test('an organisation reads its own entries only, page by page, newest first', async () => {
  for (const org of orgs)
    for (let n = 0; n < 5; n += 1)
      await inOrg(org, (unit) => record(unit, { action: 'a', object: 'paged', detail: { org, n } }));
  const read = async (url: string): Promise<{ id: number; detail: { org: string; n: number } }[]> => {
    const response = await system.app.inject({ method: 'GET', url });
    assert.equal(response.statusCode, 200, response.body);
    return (response.json() as { items: { id: number; detail: { org: string; n: number } }[] }).items;
  };
  actor = clerk(orgs[1]);
  const first = await read('/api/audit?object=paged&limit=3');
  const rest = await read(`/api/audit?object=paged&limit=3&before=${first.at(-1)!.id}`);
  assert.deepEqual(
    [...first, ...rest].map((entry) => entry.detail),
    [4, 3, 2, 1, 0].map((n) => ({ org: orgs[1], n })),
  );
});

test('only clerks and administrators read the audit', async () => {
  const status = async (): Promise<number> =>
    (await system.app.inject({ method: 'GET', url: '/api/audit' })).statusCode;
  actor = null;
  assert.equal(await status(), 401);
  for (const [role, expected] of [
    ['specialist', 403],
    ['head', 403],
    ['leader', 403],
    ['clerk', 200],
    ['admin', 200],
  ] as const) {
    actor = clerk(orgs[0], [role]);
    assert.equal(await status(), expected, role);
  }
});
