import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditModule } from '#audit';
import {
  addOrganisations,
  applyEdition,
  checkDecision,
  directoryModule,
  directoryRoot,
  bodyDigest,
  effectRound,
  emptyCopy,
  findByCode,
  prepareDecision,
  readEdition,
  signDecision,
  signEdition,
  type Copy,
} from '#directory';
import { unitOfWork, type OrgId } from '#kernel';
import { decodeEntry, commit } from '#ledger';
import { testAgency, testDocument, type TestAgency } from '../../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { editionPayload } from './editions.ts';
import { axisModule, checkIntegrity, integrateLog, publishEdition, registerMember } from './index.ts';

interface Member extends TestAgency {
  readonly org: OrgId;
  readonly keyId: string;
}

let system: TestSystem;
let keeper: OrgId;
let [sender, a, b]: Member[] = [];

async function join(code: string): Promise<Member> {
  const { ctx } = system;
  const agency = testAgency(code);
  const org = (await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now())))!.id;
  const keyId = await registerMember(ctx, { orgId: org, certificatePem: agency.certificatePem });
  return { ...agency, org, keyId };
}

async function decide(effective: string, number: string, events: object[]): Promise<void> {
  const as = (id: string, role: string) => ({
    org: keeper,
    actor: { kind: 'person' as const, id, name: id, orgId: keeper, roles: [role] },
  });
  const { ctx } = system;
  const body = { number, title: 'Sáp nhập', effective, events: events as never, corrects: null };
  const id = await unitOfWork(ctx, as('soan', 'clerk'), (unit) => prepareDecision(unit, body));
  const { plan } = await unitOfWork(ctx, as('soan', 'clerk'), (unit) => checkDecision(unit, id));
  await unitOfWork(ctx, as('ky', 'leader'), (unit) => signDecision(unit, id, plan.hash));
}

before(async () => {
  system = await testSystem([directoryModule, auditModule, axisModule], {
    now: '2026-06-30T09:00:00+07:00',
  });
  await system.ctx.db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      ['G22', 'H97', 'H98', 'H99'].map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Cơ quan ${code}`,
        parentCode102: null,
      })),
      '2020-01-01',
      system.ctx.clock.now(),
    ),
  );
  keeper = (await system.ctx.db.transaction(null, (tx) => findByCode(tx, 'G22', system.ctx.clock.now())))!.id;
  [sender, a, b] = [await join('H99'), await join('H98'), await join('H97')];
});
after(() => system.close());

async function call(member: Member, method: 'GET' | 'POST', path: string, body?: Buffer, headers = {}) {
  const url = `http://localhost${path}`;
  const now = system.ctx.clock.now();
  const signed = member.sign({
    method,
    url,
    now,
    keyId: member.keyId,
    headers,
    ...(body ? { body } : {}),
  });
  return await system.app.inject({
    method,
    url: path,
    headers: { host: 'localhost', ...signed },
    ...(body ? { payload: body } : {}),
  });
}
const send = (member: Member, to: string[], number: string, from = member.code) =>
  call(member, 'POST', '/axis/v1/packages', testDocument({ from, to, number }), {
    'content-type': 'application/edxml+xml',
    'idempotency-key': randomUUID(),
    'phigiay-message-type': 'edoc',
    'phigiay-from': from,
  });
const inbox = async (member: Member) => (await call(member, 'GET', '/axis/v1/inbox?after=')).json().items;

test('S9.1 letters under way move to the heir at 00:00, letters to the old code reach it with a note, and the old body sends no more', async () => {
  for (const number of ['1/VP', '2/VP', '3/VP'])
    assert.equal((await send(sender!, ['H98'], number)).statusCode, 201);
  assert.equal((await send(sender!, ['H98', 'H97'], '4/VP')).statusCode, 201);
  await decide('2026-07-01', '12/QĐ-TTg', [
    { kind: 'merge', from: ['H98', 'H97'], into: 'H97', name: 'Cơ quan hợp nhất' },
  ]);
  assert.equal((await inbox(a!)).length, 4, 'until midnight they are still there');
  system.ctx.clock.set('2026-07-01T00:00:00+07:00');
  await effectRound(system.ctx);
  assert.equal((await inbox(a!)).length, 0);
  const moved = await inbox(b!);
  assert.equal(moved.length, 5, 'three of its own, and both copies of the fourth');
  const notes = moved.filter((item: { forwarded?: object }) => item.forwarded);
  assert.equal(notes.length, 4);
  assert.deepEqual(notes[0].forwarded, {
    code: 'H98',
    name: 'Cơ quan H98',
    basis: '12/QĐ-TTg',
    on: '2026-07-01',
    toCode: 'H97',
    toName: 'Cơ quan hợp nhất',
  });

  system.ctx.clock.set('2026-07-02T08:00:00+07:00');
  assert.equal((await send(sender!, ['000.00.00.H98'], '5/VP')).statusCode, 201);
  const late = (await inbox(b!)).find((item: { documentId: string }) => item.documentId.endsWith('5/VP'));
  assert.equal(late.to, '000.00.00.H98');
  assert.equal(late.forwarded.basis, '12/QĐ-TTg');
  const refused = await send(a!, ['H99'], '6/VP');
  assert.equal(refused.statusCode, 403);
  assert.equal(refused.json().code, 'axis.sender-ended');
  assert.match(refused.json().title, /nay là Cơ quan hợp nhất \(H97\)/);

  const changes = (await call(sender!, 'GET', '/axis/v1/deliveries?after=&limit=100')).json().items;
  assert.equal(changes.length, 6, 'every letter has its line, none is lost');
  assert.equal(changes.filter((item: { forwarded?: object }) => item.forwarded).length, 5);
  for (const item of await inbox(b!)) {
    const got = await call(b!, 'GET', `/axis/v1/inbox/${item.id}/package`);
    assert.equal(got.statusCode, 200, 'the heir opens what it took over');
    const body = Buffer.from(JSON.stringify({ result: 'stored' }));
    const done = await call(b!, 'POST', `/axis/v1/inbox/${item.id}/ack`, body, {
      'content-type': 'application/json',
    });
    assert.equal(done.json().state, 'stored');
  }
  await integrateLog(system.ctx);
  const findings = [];
  for await (const one of checkIntegrity(system.ctx)) if (one.kind !== 'note') findings.push(one);
  assert.deepEqual(findings, []);
});

async function feed(): Promise<{ texts: string[]; key: KeyObject }> {
  const list = (await system.app.inject('/directory/v1/editions?after=0')).json();
  const texts: string[] = [];
  for (const { edition } of list.items)
    texts.push((await system.app.inject(`/directory/v1/editions/${edition}`)).body);
  const { jwk } = (await system.app.inject('/axis/v1/key')).json();
  return { texts, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

test('S9.5 editions follow each other, out of order is refused and healed, and a forged one is refused by all', async () => {
  while ((await publishEdition(system.ctx)) !== null);
  await decide('2026-08-01', '13/QĐ-TTg', [{ kind: 'rename', body: 'H99', name: 'Tên mới' }]);
  assert.ok((await publishEdition(system.ctx)) !== null);
  assert.equal(await publishEdition(system.ctx), null, 'nothing new, no edition');
  await decide('2026-09-01', '14/QĐ-TTg', [{ kind: 'rename', body: 'H99', name: 'Tên mới nữa' }]);
  await publishEdition(system.ctx);
  const { texts, key } = await feed();
  assert.ok(texts.length >= 3);
  let copy: Copy = emptyCopy;
  assert.throws(() => applyEdition(copy, texts[1]!, key), { code: 'directory.edition-out-of-order' });
  copy = applyEdition(copy, texts[0]!, key);
  assert.throws(() => applyEdition(copy, texts[2]!, key), { code: 'directory.edition-out-of-order' });
  for (const text of texts.slice(1)) copy = applyEdition(copy, text, key);
  assert.equal(applyEdition(copy, texts.at(-1)!, key), copy, 'twice is once');
  assert.equal(copy.edition, texts.length);

  const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const last = readEdition(texts.at(-1)!, key);
  const forged = signEdition(
    { ...last, edition: last.edition + 1, previous: copy.hash },
    forger.privateKey,
    'x',
  );
  assert.throws(() => applyEdition(copy, forged, key), { code: 'directory.forged-edition' });
  const [head, payload, signature] = texts[0]!.split('.') as [string, string, string];
  const bent = Buffer.from(payload, 'base64url').toString().replace('Cơ quan', 'Cơ quàn');
  const changed = `${head}.${Buffer.from(bent).toString('base64url')}.${signature}`;
  assert.throws(() => applyEdition(emptyCopy, changed, key), { code: 'directory.forged-edition' });
});

test('S9.5 the board shows who runs which edition, and a copy that differs', async () => {
  const { texts, key } = await feed();
  let copy: Copy = emptyCopy;
  for (const text of texts) copy = applyEdition(copy, text, key);
  const root = directoryRoot(new Map([...copy.bodies].map(([id, body]) => [id, bodyDigest(body)])));
  const applied = (member: Member, edition: number, ownRoot: string) =>
    call(
      member,
      'POST',
      '/axis/v1/directory/applied',
      Buffer.from(JSON.stringify({ edition, root: ownRoot })),
      { 'content-type': 'application/json' },
    );
  assert.deepEqual((await applied(sender!, copy.edition, root)).json(), {
    edition: copy.edition,
    agrees: true,
  });
  assert.equal((await applied(b!, copy.edition, '0'.repeat(64))).json().agrees, false);
  assert.equal((await applied(b!, 999, root)).statusCode, 404);
  const { boardOfEditions } = await import('./editions.ts');
  const board = await system.ctx.db.transaction(null, (tx) => boardOfEditions(tx, system.ctx.clock.now()));
  const state = new Map(board.subscribers.map((one) => [one.subscriber, one.state]));
  assert.equal(state.get(`axis-1:${sender!.keyId}`), 'current');
  assert.equal(state.get(`axis-1:${b!.keyId}`), 'diverged');
  assert.equal(state.get(`axis-1:${a!.keyId}`), 'never');
  assert.deepEqual(board.counts, { current: 1, total: 3 });
});

test('an edition never changes, is cacheable, and its hash stands in the transparency log', async () => {
  const first = await system.app.inject('/directory/v1/editions/1');
  assert.match(String(first.headers['cache-control']), /immutable/);
  const again = await system.app.inject({
    url: '/directory/v1/editions/1',
    headers: { 'if-none-match': String(first.headers['etag']) },
  });
  assert.equal(again.statusCode, 304);
  assert.equal((await system.app.inject('/directory/v1/editions/12345')).statusCode, 404);
  await integrateLog(system.ctx);
  const [item] = (await system.app.inject('/directory/v1/editions?limit=1')).json().items;
  const index = Number(item.logIndex);
  const rows = await system.ctx.db.pool.query('select entry from axis.log_entry where index = $1', [index]);
  const entry = decodeEntry(rows.rows[0].entry);
  assert.equal(entry.kind, 'directory');
  const expected = commit(Buffer.from(item.salt, 'base64url'), editionPayload(1, item.hash));
  assert.ok(entry.commitment.equals(expected));
});
