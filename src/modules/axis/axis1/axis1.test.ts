import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditModule } from '#audit';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { sha256Hex, type OrgId } from '#kernel';
import { testAgency, testDocument, testStatus, type TestAgency } from '../../../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../../../test/support/system.ts';
import { axisModule, integrateLog, registerMember, watchBoard } from '../index.ts';

interface Member extends TestAgency {
  readonly org: OrgId;
  readonly keyId: string;
}

let system: TestSystem;
let sender: Member;
let receiver: Member;
let third: Member;

before(async () => {
  system = await testSystem([directoryModule, auditModule, axisModule]);
  const { ctx } = system;
  await ctx.db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      ['H97', 'H98', 'H99'].map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Cơ quan ${code}`,
        parentCode102: null,
      })),
      '2020-01-01',
      ctx.clock.now(),
    ),
  );
  const join = async (code: string): Promise<Member> => {
    const agency = testAgency(code);
    const org = (await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now())))!.id;
    const keyId = await registerMember(ctx, { orgId: org, certificatePem: agency.certificatePem });
    return { ...agency, org, keyId };
  };
  [sender, receiver, third] = [await join('H99'), await join('H98'), await join('H97')];
});
after(() => system.close());

type Headers = Record<string, string>;

async function call(
  member: Member,
  method: 'GET' | 'POST',
  path: string,
  options: { body?: Buffer; headers?: Headers; tamper?: (headers: Headers) => Headers; nonce?: string } = {},
) {
  const url = `http://localhost${path}`;
  const signed = member.sign({
    method,
    url,
    now: system.ctx.clock.now(),
    keyId: member.keyId,
    ...(options.headers ? { headers: options.headers } : {}),
    ...(options.body ? { body: options.body } : {}),
    ...(options.nonce ? { nonce: options.nonce } : {}),
  });
  return await system.app.inject({
    method,
    url: path,
    headers: { host: 'localhost', ...(options.tamper ? options.tamper(signed) : signed) },
    ...(options.body ? { payload: options.body } : {}),
  });
}

const sendHeaders = (from: string, extra: Headers = {}): Headers => ({
  'content-type': 'application/edxml+xml',
  'idempotency-key': randomUUID(),
  'phigiay-message-type': 'edoc',
  'phigiay-from': from,
  ...extra,
});

const send = (member: Member, body: Buffer, extra: Headers = {}) =>
  call(member, 'POST', '/axis/v1/packages', { body, headers: sendHeaders(member.code, extra) });

const acknowledge = (member: Member, id: string, result: object = { result: 'stored' }) =>
  call(member, 'POST', `/axis/v1/inbox/${id}/ack`, {
    body: Buffer.from(JSON.stringify(result)),
    headers: { 'content-type': 'application/json' },
  });

const inbox = async (member: Member) => (await call(member, 'GET', '/axis/v1/inbox?after=')).json().items;

async function emptyInbox(member: Member): Promise<void> {
  for (const item of await inbox(member)) await acknowledge(member, item.id);
}

test('a package is accepted, delivered with the same bytes, acknowledged and seen by its sender', async () => {
  const body = testDocument({ from: 'H99', to: ['H98', '000.00.00.H98'], number: '1/VP' });
  const accepted = await send(sender, body);
  assert.equal(accepted.statusCode, 201, accepted.body);
  const answer = accepted.json();
  assert.equal(answer.envelope, sha256Hex(body));
  assert.deepEqual(answer.recipients, [{ code: 'H98', orgName: 'Cơ quan H98' }]);
  assert.equal(answer.receipt.split('.').length, 3);

  const [item, ...others] = await inbox(receiver);
  assert.deepEqual(others, [], 'both codes of one body are one delivery');
  assert.equal(item.envelope, answer.envelope);
  assert.equal(item.receipt, answer.receipt);
  assert.equal(item.documentId, 'H99,2026/11/24,1/VP');
  const got = await call(receiver, 'GET', `/axis/v1/inbox/${item.id}/package`);
  assert.deepEqual(got.rawPayload, body);
  assert.match(String(got.headers['content-digest']), /^sha-256=:/);
  const states = async () =>
    (await call(sender, 'GET', '/axis/v1/deliveries'))
      .json()
      .items.map((one: { state: string }) => one.state);
  assert.deepEqual(await states(), ['fetched']);

  const done = await acknowledge(receiver, item.id);
  assert.equal(done.statusCode, 200, done.body);
  assert.deepEqual((await acknowledge(receiver, item.id)).json(), done.json(), 'a lost acknowledgement');
  assert.deepEqual(await states(), ['stored']);
  assert.deepEqual(await inbox(receiver), []);
});

test('S1.2 the same envelope five times, acknowledgements lost twice: one delivery, one receipt, byte for byte', async () => {
  const body = testDocument({ from: 'H99', to: ['H98'], number: '2/VP' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(sender, body)));
  assert.deepEqual(new Set(answers.map((one) => one.statusCode)), new Set([201]));
  assert.equal(new Set(answers.map((one) => one.body)).size, 1);
  assert.equal((await send(sender, body)).body, answers[0]!.body);
  const items = await inbox(receiver);
  assert.equal(items.length, 1);
  const acks = [
    await acknowledge(receiver, items[0].id),
    await acknowledge(receiver, items[0].id),
    await acknowledge(receiver, items[0].id),
  ];
  assert.equal(new Set(acks.map((one) => one.body)).size, 1);
  assert.deepEqual(await inbox(receiver), []);
});

test('counters and log indexes of concurrent packages have no gap', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send(sender, testDocument({ from: 'H99', to: ['H98'], number: `${100 + n}/VP` })),
    ),
  );
  const sorted = (name: 'counter' | 'logIndex') =>
    answers.map((one) => one.json()[name] as number).sort((a, b) => a - b);
  for (const name of ['counter', 'logIndex'] as const) {
    const values = sorted(name);
    assert.deepEqual(
      values,
      values.map((_, at) => values[0]! + at),
      name,
    );
  }
  await emptyInbox(receiver);
});

test('the same document identity with other bytes is a conflict with both hashes, an update is not', async () => {
  const first = testDocument({ from: 'H99', to: ['H98'], number: '3/VP' });
  const other = testDocument({ from: 'H99', to: ['H98'], number: '3/VP', subject: 'khác' });
  assert.equal((await send(sender, first)).statusCode, 201);
  const refused = await send(sender, other);
  assert.equal(refused.statusCode, 409);
  const problem = refused.json();
  assert.equal(problem.code, 'axis.identity-conflict');
  assert.equal(problem.details.acceptedHash, sha256Hex(first));
  assert.equal(problem.details.givenHash, sha256Hex(other));
  const update = testDocument({ from: 'H99', to: ['H98'], number: '3/VP', subject: 'khác', business: 2 });
  assert.equal((await send(sender, update)).statusCode, 201);
  await emptyInbox(receiver);
});

test('one idempotency key stands for one package', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const body = testDocument({ from: 'H99', to: ['H98'], number: '4/VP' });
  const first = await send(sender, body, key);
  assert.equal((await send(sender, body, key)).body, first.body);
  const other = await send(sender, testDocument({ from: 'H99', to: ['H98'], number: '5/VP' }), key);
  assert.equal(other.statusCode, 409);
  assert.equal(other.json().code, 'kernel.idempotency-key-reused');
  await emptyInbox(receiver);
});

test('phigiay-to narrows the recipients and makes an envelope of its own', async () => {
  const body = testDocument({ from: 'H99', to: ['H98', 'H97'], number: '6/VP' });
  const narrowed = (await send(sender, body, { 'phigiay-to': '000.00.00.h97' })).json();
  assert.deepEqual(
    narrowed.recipients.map((one: { code: string }) => one.code),
    ['H97'],
  );
  assert.notEqual(narrowed.envelope, sha256Hex(body));
  const { decodeReceipt, bindsRecipients } = await import('#ledger');
  const { claims } = decodeReceipt(narrowed.receipt);
  assert.equal(claims.envelopeHash, sha256Hex(body), 'the receipt binds the bytes, not the name');
  assert.equal(bindsRecipients(claims, ['H97']), true);
  assert.deepEqual(await inbox(receiver), []);
  const [item] = await inbox(third);
  assert.equal(item?.contentHash, claims.envelopeHash);
  assert.equal(item?.receipt, narrowed.receipt);
  const all = (await send(sender, body)).json();
  assert.equal(all.envelope, sha256Hex(body));
  const outside = await send(sender, body, { 'phigiay-to': 'H99' });
  assert.equal(outside.json().code, 'axis.unknown-recipient');
  await emptyInbox(receiver);
  await emptyInbox(third);
});

test('an unknown recipient, a forged sender and a wrong type are refused and store nothing', async () => {
  const stored = async () => {
    const { stat } = await import('node:fs/promises');
    return (await stat(`${system.ctx.config.dataDir}/axis/packs/00000001.pack`)).size;
  };
  const before = await stored();
  const refused = async (code: string, body: Buffer, extra: Headers = {}, member = sender) => {
    const answer = await send(member, body, extra);
    assert.equal(answer.json().code, code, answer.body);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  };
  await refused('axis.unknown-recipient', testDocument({ from: 'H99', to: ['H98', 'Z01'], number: '7/VP' }));
  const forged = testDocument({ from: 'H98', to: ['H97'], number: '8/VP' });
  await refused('axis.sender-not-yours', forged);
  await refused('axis.sender-not-yours', forged, { 'phigiay-from': 'H98' });
  await refused('axis.wrong-message-type', testDocument({ from: 'H99', to: ['H98'], number: '9/VP' }), {
    'phigiay-message-type': 'status',
  });
  await refused('axis.not-a-package', Buffer.from('không phải XML'));
  await refused(
    'axis.not-a-package',
    Buffer.from('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML>&x;</edXML>'),
  );
  await refused('axis.not-a-package', Buffer.from(`<edXML>${'<a>'.repeat(100_000)}`));
  assert.equal(await stored(), before);
  assert.deepEqual(await inbox(receiver), []);
});

test('a status goes to the sender of the document that it answers', async () => {
  const status = testStatus({
    from: '000.00.00.H98',
    to: 'H99',
    documentId: 'H99,2026/11/24,1/VP',
    status: '01',
  });
  const accepted = await send(receiver, status, { 'phigiay-message-type': 'status' });
  assert.equal(accepted.statusCode, 201, accepted.body);
  const [item] = await inbox(sender);
  assert.equal(item.messageType, 'status');
  await acknowledge(sender, item.id);
});

test('urgent packages stand first, and the cursor walks through all of them once', async () => {
  for (const [n, urgency] of [0, 3, 1, 3, 0].entries()) {
    await send(sender, testDocument({ from: 'H99', to: ['H98'], number: `${20 + n}/VP`, urgency }));
  }
  const seen: number[] = [];
  let after = '';
  for (;;) {
    const page = (await call(receiver, 'GET', `/axis/v1/inbox?after=${after}&limit=2`)).json();
    if (page.items.length === 0) break;
    seen.push(...page.items.map((one: { urgency: number }) => one.urgency));
    after = page.next;
  }
  assert.deepEqual(seen, [3, 3, 1, 0, 0]);
  await emptyInbox(receiver);
});

test('a request is refused without a good signature over all that steers it', async () => {
  const body = testDocument({ from: 'H99', to: ['H98'], number: '30/VP' });
  const attempt = async (tamper: (headers: Headers) => Headers, sent = body) => {
    const answer = await call(sender, 'POST', '/axis/v1/packages', {
      body: sent,
      headers: sendHeaders('H99'),
      tamper,
    });
    return answer.json();
  };
  const unsigned = await attempt((headers) => {
    const rest = { ...headers };
    delete rest['signature'];
    return rest;
  });
  assert.deepEqual([unsigned.code, unsigned.details.reason], ['axis.signature-refused', 'missing']);
  const redirected = await attempt((headers) => ({ ...headers, 'phigiay-to': 'H98' }));
  assert.equal(redirected.details.reason, 'not-covered');
  const retyped = await attempt((headers) => ({ ...headers, 'phigiay-message-type': 'status' }));
  assert.equal(retyped.details.reason, 'wrong-signature');
  const stranger = await attempt((headers) => ({
    ...headers,
    'signature-input': headers['signature-input']!.replace(sender.keyId, 'nobody'),
  }));
  assert.equal(stranger.details.reason, 'unknown-key');
  const other = Buffer.from(body);
  other[other.length - 20] = 0x41;
  const answer = await system.app.inject({
    method: 'POST',
    url: '/axis/v1/packages',
    headers: {
      host: 'localhost',
      ...sender.sign({
        method: 'POST',
        url: 'http://localhost/axis/v1/packages',
        now: system.ctx.clock.now(),
        keyId: sender.keyId,
        headers: sendHeaders('H99'),
        body,
      }),
    },
    payload: other,
  });
  assert.equal(answer.json().code, 'axis.digest-mismatch');
});

test('a captured request is refused the second time', async () => {
  const options = {
    body: testDocument({ from: 'H99', to: ['H98'], number: '31/VP' }),
    headers: sendHeaders('H99'),
    nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  };
  assert.equal((await call(sender, 'POST', '/axis/v1/packages', options)).statusCode, 201);
  const again = await call(sender, 'POST', '/axis/v1/packages', options);
  assert.equal(again.json().code, 'axis.replayed');
  await emptyInbox(receiver);
});

test('an expired certificate no longer speaks', async () => {
  const agency = testAgency('H97', { from: '2020-01-01', until: '2026-11-24T02:00:00Z' });
  const keyId = await registerMember(system.ctx, {
    orgId: third.org,
    certificatePem: agency.certificatePem,
  });
  const member = { ...agency, org: third.org, keyId };
  assert.equal((await call(member, 'GET', '/axis/v1/inbox')).statusCode, 200);
  await assert.rejects(
    registerMember(system.ctx, {
      orgId: third.org,
      certificatePem: testAgency('H97', { from: '2010-01-01', until: '2011-01-01' }).certificatePem,
    }),
    { code: 'axis.bad-certificate' },
  );
});

test('S1.7 a byte flipped in the store: not handed out, and the audit of both parties names the hop', async () => {
  const { readdir, readFile, writeFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { Client } = await import('pg');
  const body = testDocument({ from: 'H99', to: ['H98'], number: '40/VP' });
  await send(sender, body);
  const [item] = await inbox(receiver);
  const folder = join(system.ctx.config.dataDir, 'axis', 'packs');
  const file = join(folder, (await readdir(folder))[0]!);
  const pack = await readFile(file);
  assert.ok(pack.includes(body));
  const at = pack.indexOf(body) + 2_000;
  const set = async (value: number) => {
    pack[at] = value;
    await writeFile(file, pack);
  };
  await set(body[2_000]! ^ 1);
  const refused = await call(receiver, 'GET', `/axis/v1/inbox/${item.id}/package`);
  assert.equal(refused.statusCode, 500);
  assert.equal(refused.json().code, 'axis.package-damaged');
  assert.equal(refused.json().details.hop, 'axis');
  await set(body[2_000]!);
  const owner = new Client({ connectionString: system.ownerUrl });
  await owner.connect();
  const found = await owner.query(
    `select org_id from audit.entry where action = 'axis.package-damaged' and detail ->> 'hop' = 'axis'`,
  );
  await owner.end();
  assert.deepEqual(
    new Set(found.rows.map((row: { org_id: string }) => row.org_id)),
    new Set([sender.org, receiver.org]),
  );
  await emptyInbox(receiver);
});

test('the receipt is proved by the published log', async () => {
  const body = testDocument({ from: 'H99', to: ['H98'], number: '50/VP' });
  const { envelope, receipt } = (await send(sender, body)).json();
  const pending = await call(sender, 'GET', `/axis/v1/receipts/${envelope}/proof`);
  assert.equal(pending.json().code, 'axis.proof-pending');
  await integrateLog(system.ctx);
  const { verifyReceipt, parseReceiptProof, verifyReceiptProof } = await import('#ledger');
  const { createPublicKey } = await import('node:crypto');
  const key = (await system.app.inject('/axis/v1/key')).json();
  const receiptKey = createPublicKey({ key: key.jwk, format: 'jwk' });
  const { claims } = verifyReceipt(receipt, receiptKey);
  assert.equal(claims.envelopeHash, sha256Hex(body));
  assert.equal(claims.kind, 'new');
  for (const member of [sender, receiver]) {
    const proof = await call(member, 'GET', `/axis/v1/receipts/${envelope}/proof`);
    assert.equal(proof.statusCode, 200, proof.body);
    assert.equal(parseReceiptProof(proof.body).receipt, receipt);
    const verdict = verifyReceiptProof(proof.body, { receiptKeys: [key.jwk], logKeys: [key.logKey] });
    assert.equal(verdict.verdict, 'valid', JSON.stringify(verdict.findings));
  }
  assert.equal((await call(third, 'GET', `/axis/v1/receipts/${envelope}/proof`)).statusCode, 404);
  const checkpoint = await system.app.inject('/log/checkpoint');
  assert.match(checkpoint.body, new RegExp(`^${key.origin}\n\\d+\n`));
  assert.equal(checkpoint.headers['cache-control'], 'no-cache');
  const size = Number(checkpoint.body.split('\n')[1]);
  const tile = await system.app.inject(`/log/tile/0/000.p/${size}`);
  assert.equal(tile.statusCode, 200);
  assert.match(String(tile.headers['cache-control']), /immutable/);
  for (const path of ['/log/tile/../../axis/log-key.pem', '/log/tile/0/1', '/log/tile/%2e%2e/x']) {
    assert.equal((await system.app.inject(path)).statusCode, 404, path);
  }
  await emptyInbox(receiver);
});

test('the directory comes with an edition, and only when it has changed', async () => {
  const { edition, organisations } = (await call(sender, 'GET', '/axis/v1/directory')).json();
  assert.ok(organisations.some((one: { code: string }) => one.code === 'H98'));
  const again = (await call(sender, 'GET', `/axis/v1/directory?edition=${edition}`)).json();
  assert.deepEqual([again.unchanged, again.organisations], [true, []]);
});

test('OpenAPI 3.1 describes every axis-1 route', async () => {
  const document = (await system.app.inject('/axis/v1/openapi.json')).json();
  assert.match(document.openapi, /^3\.1/);
  const described = Object.keys(document.paths).sort();
  const routes = system.app.allRoutes
    .filter(({ url }) => url.startsWith('/axis/v1/') && !url.endsWith('openapi.json'))
    .map(({ url }) => url.replace(/:(\w+)/g, '{$1}'));
  assert.deepEqual(described, [...new Set(routes)].sort());
});

test('S1.6 the watch board: express after 20 minutes for the duty officer, after 30 on the board, until it is fetched', async () => {
  await emptyInbox(receiver);
  system.ctx.clock.set('2026-11-25T08:00:00+07:00');
  const about = { from: 'H99', to: ['H98'], date: '2026/11/25' };
  const express = (await send(sender, testDocument({ ...about, number: '90/VP', urgency: 3 }))).json();
  const ordinary = (await send(sender, testDocument({ ...about, number: '91/VP' }))).json();
  const stages = async (): Promise<(string | undefined)[]> => {
    const board = await watchBoard(system.ctx);
    return [express, ordinary].map(
      ({ logIndex }) => board.find((one) => one.logIndex === logIndex)?.age.stage,
    );
  };
  assert.deepEqual(await stages(), [undefined, undefined]);
  system.ctx.clock.advance(20 * 60_000);
  assert.deepEqual(await stages(), ['duty', undefined]);
  system.ctx.clock.advance(10 * 60_000);
  assert.deepEqual(await stages(), ['watch', undefined]);
  system.ctx.clock.set('2026-11-26T08:00:00+07:00');
  assert.deepEqual(await stages(), ['watch', 'late']);
  await emptyInbox(receiver);
  assert.deepEqual(await stages(), [undefined, undefined]);
});
