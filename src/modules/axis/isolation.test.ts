import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { sql } from 'kysely';
import { auditModule } from '#audit';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import type { OrgId } from '#kernel';
import { testAgency, testDocument, type TestAgency } from '../../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { axisModule, integrateLog, registerMember } from './index.ts';

interface Member extends TestAgency {
  readonly org: OrgId;
  readonly keyId: string;
}

const codes = ['H95', 'H96', 'H97', 'H98', 'H99'];

async function joined(system: TestSystem): Promise<Member[]> {
  const { ctx } = system;
  await ctx.db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      codes.map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Cơ quan ${code}`,
        parentCode102: null,
      })),
      '2020-01-01',
      ctx.clock.now(),
    ),
  );
  return await Promise.all(
    codes.map(async (code) => {
      const agency = testAgency(code);
      const org = (await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now())))!.id;
      const keyId = await registerMember(ctx, { orgId: org, certificatePem: agency.certificatePem });
      return { ...agency, org, keyId };
    }),
  );
}

async function call(system: TestSystem, member: Member, method: 'GET' | 'POST', path: string, body?: Buffer) {
  const isPackage = path.endsWith('/packages');
  const headers: Record<string, string> = isPackage
    ? {
        'content-type': 'application/edxml+xml',
        'idempotency-key': `key-${Math.random()}`,
        'phigiay-message-type': 'edoc',
        'phigiay-from': member.code,
      }
    : body
      ? { 'content-type': 'application/json' }
      : {};
  return await system.app.inject({
    method,
    url: path,
    headers: {
      host: 'localhost',
      ...member.sign({
        method,
        url: `http://localhost${path}`,
        now: system.ctx.clock.now(),
        keyId: member.keyId,
        headers,
        body,
      }),
    },
    ...(body ? { payload: body } : {}),
  });
}

interface Sent {
  readonly from: Member;
  readonly to: readonly Member[];
  readonly envelope: string;
  readonly deliveries: ReadonlyMap<OrgId, string>;
}

let system: TestSystem;
let members: Member[];
const sent: Sent[] = [];

before(async () => {
  system = await testSystem([directoryModule, auditModule, axisModule]);
  members = await joined(system);
  for (const [n, from] of [...members, ...members].entries()) {
    const to = members.filter((member, at) => member !== from && (at + n) % 2 === 0);
    const body = testDocument({ from: from.code, to: to.map(({ code }) => code), number: `${n + 1}/VP` });
    const answer = (await call(system, from, 'POST', '/axis/v1/packages', body)).json();
    const deliveries = new Map<OrgId, string>();
    for (const receiver of to) {
      const { items } = (await call(system, receiver, 'GET', '/axis/v1/inbox?limit=500')).json();
      const item = items.find((one: { envelope: string }) => one.envelope === answer.envelope);
      deliveries.set(receiver.org, item.id);
    }
    sent.push({ from, to, envelope: answer.envelope, deliveries });
  }
  await integrateLog(system.ctx);
});
after(() => system.close());

test('any two members, any route of axis-1, any id: nobody reads or moves what is between others', async () => {
  const member = fc.integer({ min: 0, max: codes.length - 1 }).map((at) => members[at]!);
  const message = fc.integer({ min: 0, max: 2 * codes.length - 1 }).map((at) => sent[at]!);
  await fc.assert(
    fc.asyncProperty(member, message, fc.nat(), async (reader, { from, to, envelope, deliveries }, pick) => {
      const party = reader === from || to.includes(reader);
      const owner = to[pick % to.length]!;
      const id = deliveries.get(owner.org)!;
      const proof = await call(system, reader, 'GET', `/axis/v1/receipts/${envelope}/proof`);
      assert.equal(proof.statusCode, party ? 200 : 404);
      const bytes = await call(system, reader, 'GET', `/axis/v1/inbox/${id}/package`);
      assert.equal(bytes.statusCode, reader === owner ? 200 : 404);
      if (reader !== owner) {
        const ack = await call(
          system,
          reader,
          'POST',
          `/axis/v1/inbox/${id}/ack`,
          Buffer.from('{"result":"stored"}'),
        );
        assert.equal(ack.statusCode, 404);
      }
      const inbox = (await call(system, reader, 'GET', '/axis/v1/inbox?limit=500')).json();
      assert.equal(
        inbox.items.some((one: { envelope: string }) => one.envelope === envelope),
        to.includes(reader),
      );
      const changes = (await call(system, reader, 'GET', '/axis/v1/deliveries?limit=500')).json();
      assert.equal(
        changes.items.some((one: { envelope: string }) => one.envelope === envelope),
        reader === from,
      );
    }),
    { numRuns: 60 },
  );
});

test('every axis-1 route but the published ones refuses a request without signature', async () => {
  const routes = system.app.allRoutes.filter(({ url }) => url.startsWith('/axis/v1/'));
  const open = routes.filter(({ access }) => access === 'public').map(({ url }) => url);
  assert.deepEqual(open.sort(), ['/axis/v1/key', '/axis/v1/openapi.json']);
  for (const { method, url, access } of routes) {
    if (access === 'public') continue;
    const answer = await system.app.inject({ method: method as 'GET', url: url.replace(/:\w+/, 'x') });
    assert.equal(answer.statusCode, 401, url);
    assert.equal(answer.json().code, 'axis.signature-refused');
  }
});

test('row-level security holds whatever the query says, and nothing is written past the two functions', async () => {
  const outsider = members.find((one) => one !== sent[0]!.from && !sent[0]!.to.includes(one));
  for (const table of ['envelope', 'delivery', 'identity', 'request', 'acknowledgement']) {
    const rows = await system.ctx.db.transaction(null, (tx) =>
      sql`select * from axis.${sql.table(table)}`.execute(tx),
    );
    assert.equal(rows.rows.length, 0, table);
  }
  if (outsider) {
    const rows = await system.ctx.db.transaction(outsider.org, (tx) =>
      sql`select * from axis.envelope where envelope = ${sent[0]!.envelope}`.execute(tx),
    );
    assert.equal(rows.rows.length, 0);
  }
  for (const statement of [
    sql`delete from axis.envelope`,
    sql`update axis.delivery set state = 'stored'`,
    sql`update axis.head set next_index = 0`,
    sql`delete from axis.log_entry`,
  ]) {
    await assert.rejects(
      system.ctx.db.transaction(sent[0]!.from.org, (tx) => statement.execute(tx)),
      /permission denied/,
    );
  }
});

test('the log holds salted commitments and nothing that names anybody', async () => {
  const rows = await system.ctx.db.transaction(null, (tx) =>
    sql<{ entry: Buffer }>`select entry from axis.log_entry`.execute(tx),
  );
  assert.ok(rows.rows.length >= sent.length);
  for (const { entry } of rows.rows) {
    assert.match(
      entry.toString(),
      /^phigiay-log\/1\nkind (accept|delivery)\ntime [\d:T+-]+\ncommitment \S{44}\n$/,
    );
  }
});

test('disk full: 507, nothing half stored, and all is well when there is room again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-full-'));
  try {
    if (process.getuid?.() !== 0) return t.skip('a small tmpfs needs root');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    await rm(folder, { recursive: true, force: true });
    return t.skip('this machine lets nobody mount a tmpfs');
  }
  const full = await testSystem([directoryModule, auditModule, axisModule], { config: { dataDir: folder } });
  try {
    const [sender, receiver] = (await joined(full)) as [Member, Member];
    const body = (n: number) =>
      testDocument({
        from: sender.code,
        to: [receiver.code],
        number: `${n}/VP`,
        attachment: Buffer.alloc(1_000_000, n),
      });
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(1_600_000));
    const answers: number[] = [];
    for (let n = 1; n <= 15; n += 1) {
      answers.push((await call(full, sender, 'POST', '/axis/v1/packages', body(n))).statusCode);
    }
    assert.deepEqual(new Set(answers), new Set([201, 507]));
    const accepted = answers.filter((status) => status === 201).length;
    const inbox = async () =>
      (await call(full, receiver, 'GET', '/axis/v1/inbox?limit=500')).json().items as { id: string }[];
    assert.equal((await inbox()).length, accepted);
    await unlink(ballast);
    const first = answers.indexOf(507) + 1;
    assert.equal((await call(full, sender, 'POST', '/axis/v1/packages', body(first))).statusCode, 201);
    const items = await inbox();
    assert.equal(items.length, accepted + 1);
    for (const { id } of items) {
      assert.equal((await call(full, receiver, 'GET', `/axis/v1/inbox/${id}/package`)).statusCode, 200);
    }
  } finally {
    await full.close();
    execFileSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  }
  return undefined;
});
