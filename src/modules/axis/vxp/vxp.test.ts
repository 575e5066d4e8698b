import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { auditModule } from '#audit';
import { addOrganisations, directoryModule } from '#directory';
import { sha256Hex } from '#kernel';
import { testDocument, testStatus } from '../../../../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../../../../test/support/system.ts';
import { addSystem, axisModule } from '../index.ts';
import { putSystem, systemById } from '../store.ts';
import { signVxpHeaders, unpaddedHex } from './request.ts';

let system: TestSystem;
const secrets: Record<string, string> = { one: 'secret-of-one-1', two: 'secret-of-two-2' };

before(async () => {
  system = await testSystem([directoryModule, auditModule, axisModule], {
    config: { maxPackageBytes: 200_000 },
  });
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
  await addSystem(ctx, { id: 'one', secret: secrets['one']!, orgCodes: ['000.00.00.H99'] });
  await addSystem(ctx, { id: 'two', secret: secrets['two']!, orgCodes: ['H98', 'H97'] });
});
after(() => system.close());

async function call(
  id: string,
  op: string,
  parameters: Record<string, string> = {},
  options: { method?: 'GET' | 'POST'; body?: Buffer; secret?: string; headers?: Record<string, string> } = {},
) {
  const type = op === 'sendEdoc' ? 'application/octet-stream' : 'application/json';
  const signed = signVxpHeaders(
    [
      ['systemid', id],
      ['timestamp', '23112026T230746+0287'],
      ...Object.entries(parameters),
      ['Content-Type', type],
    ],
    options.secret ?? secrets[id] ?? 'none',
  );
  const answer = await system.app.inject({
    method: options.method ?? 'POST',
    url: `/vxp/${op}`,
    headers: { 'content-type': type, ...signed, ...options.headers },
    payload: options.body ?? Buffer.alloc(0),
  });
  if (!(op === 'downloadEdoc' && answer.statusCode === 200)) {
    assert.match(answer.body, /^[\x20-\x7e]+$/, 'ASCII only');
    const json = answer.json();
    for (const key of ['status', 'ErrorCode', 'ErrorDesc']) assert.equal(typeof json[key], 'string', key);
    assert.ok(!/:null/.test(answer.body));
    if (/sendEdoc/i.test(op)) assert.equal(typeof json.DocId, 'string');
    assert.match(String(answer.headers['content-type']), /^application\/json/);
  }
  return answer;
}

const crlf = Buffer.from('\r\n');
const send = (id: string, from: string, bytes: Buffer, extra: Record<string, string> = {}) =>
  call(
    id,
    'sendEdoc',
    {
      servicetype: 'eDoc',
      messagetype: 'edoc',
      'hash-file': unpaddedHex(createHash('sha256').update(bytes).digest()),
      from,
      ...extra,
    },
    { body: Buffer.concat([bytes, crlf]) },
  );

interface Item {
  readonly docId: string;
  readonly from: string;
  readonly to: string;
  readonly status: string;
}
const list = async (id: string, messagetype = 'edoc'): Promise<Item[]> =>
  (await call(id, 'getReceivedEdocList', { servicetype: 'eDoc', messagetype })).json().data;
const update = async (id: string, docId: string, status: string) =>
  (await call(id, 'updateStatus', { docId, status }, { body: Buffer.from('{}') })).json();

test('a document is sent, listed, fetched in both ways, acknowledged once and twice', async () => {
  const bytes = testDocument({ from: '000.00.00.H99', to: ['H98', 'H97', '000.00.00.H97'], number: '1/VP' });
  const sent = (await send('one', '000.00.00.H99', bytes)).json();
  assert.equal(sent.status, 'OK', JSON.stringify(sent));
  // Both deliveries have one place in the order.
  const items = (await list('two')).sort((a, b) => (a.to > b.to ? -1 : 1));
  assert.deepEqual(
    items.map((one) => [one.from, one.to, one.status]),
    [
      ['000.00.00.H99', 'H98', 'initial'],
      ['000.00.00.H99', 'H97', 'initial'],
    ],
  );
  const docId = items[0]!.docId;
  const got = (await call('two', 'getEdoc', { docId, filePath: '/x' }, { body: Buffer.from('{}') })).json();
  const fetched = Buffer.from(got.data, 'base64');
  const downloaded = await call('two', 'downloadEdoc', { docid: docId }, { method: 'GET' });
  assert.deepEqual(downloaded.rawPayload, fetched);
  const trace = fetched.toString('utf8').replace(/<([\w:]*)TraceHeader><[^]*?<\/\1TraceHeader>/g, '');
  assert.equal(
    trace.replace(/\s+/g, ''),
    bytes
      .toString('utf8')
      .replace(/<([\w:]*)TraceHeader><[^]*?<\/\1TraceHeader>/g, '')
      .replace(/\s+/g, ''),
    'all but the trace headers is as it was sent',
  );
  assert.equal((fetched.toString().match(/<[\w:]*TraceHeader>/g) ?? []).length, 2, 'one trace header more');
  assert.equal((await list('two')).find((one) => one.docId === docId)!.status, 'processing');
  assert.equal((await update('two', docId, 'done')).status, 'OK');
  assert.equal((await update('two', docId, 'done')).status, 'OK');
  assert.deepEqual(
    (await list('two')).map((one) => one.to),
    ['H97'],
  );
  assert.equal((await update('two', items[1]!.docId, 'fail')).status, 'OK');
  assert.deepEqual(await list('two'), []);
  const history = (await call('one', 'getSentEdocList', { messagetype: 'edoc', docId: sent.DocId })).json()
    .data;
  assert.deepEqual(
    history.map((one: { toCode: string; receiveStatus: string }) => [one.toCode, one.receiveStatus]).sort(),
    [
      ['H97', 'fail'],
      ['H98', 'done'],
    ],
  );
});

test('S1.2 the same package five times has one DocId and one delivery; it stays until acknowledged', async () => {
  const bytes = testDocument({ from: '000.00.00.H99', to: ['H98'], number: '2/VP' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => send('one', '000.00.00.H99', bytes)));
  assert.equal(new Set(answers.map((one) => one.body)).size, 1);
  for (let poll = 0; poll < 3; poll += 1) assert.equal((await list('two')).length, 1);
  assert.equal((await call('two', 'countReceiveEdoc')).json().count, 1);
  await update('two', (await list('two'))[0]!.docId, 'done');
  assert.equal((await send('one', '000.00.00.H99', bytes)).body, answers[0]!.body);
  assert.deepEqual(await list('two'), []);
});

test('`to` narrows; an unknown recipient stores nothing', async () => {
  const bytes = testDocument({ from: '000.00.00.H99', to: ['H98', 'H97'], number: '3/VP' });
  await send('one', '000.00.00.H99', bytes, { to: '["H97"]' });
  const items = await list('two');
  assert.deepEqual(
    items.map((one) => one.to),
    ['H97'],
  );
  await update('two', items[0]!.docId, 'done');
  const unknown = testDocument({ from: '000.00.00.H99', to: ['H98', 'Z77'], number: '4/VP' });
  assert.equal((await send('one', '000.00.00.H99', unknown)).json().ErrorCode, '18');
  assert.deepEqual(await list('two'), []);
});

test('a status package goes to the sender of the document it answers', async () => {
  const status = testStatus({
    from: 'H98',
    to: '000.00.00.H99',
    documentId: '000.00.00.H99,2026/11/24,1/VP',
    status: '03',
  });
  assert.equal((await send('two', 'H98', status, { messagetype: 'status' })).json().status, 'OK');
  const [item, ...others] = await list('one', 'status');
  assert.deepEqual(others, []);
  assert.deepEqual(await list('one', 'edoc'), []);
  assert.equal((await call('one', 'countReceiveStatus')).json().count, 1);
  const got = (await call('one', 'getEdoc', { docId: item!.docId })).json();
  assert.deepEqual(Buffer.from(got.data, 'base64'), status, 'no trace list, nothing inserted');
  await update('one', item!.docId, 'done');
});

test('an unknown system and a wrong secret get the same answer', async () => {
  const wrong = await call('one', 'getReceivedEdocList', {}, { secret: 'wrong' });
  const nobody = await call('nobody', 'getReceivedEdocList', {}, { secret: secrets['one']! });
  assert.equal(wrong.statusCode, 401);
  assert.equal(wrong.json().ErrorCode, '15');
  assert.equal(wrong.body, nobody.body);
  const bytes = testDocument({ from: '000.00.00.H99', to: ['H98'], number: '5/VP' });
  const forged = await call('one', 'sendEdoc', { messagetype: 'edoc' }, { body: bytes, secret: 'wrong' });
  assert.deepEqual([forged.statusCode, forged.json().ErrorCode], [401, '15']);
});

test('a forged sender code, a wrong hash, a wrong type and hostile XML are refused by number', async () => {
  const code = async (answer: ReturnType<typeof send>) => (await answer).json().ErrorCode;
  const foreign = testDocument({ from: 'H98', to: ['H97'], number: '6/VP' });
  assert.equal(await code(send('one', 'H98', foreign)), '19');
  assert.equal(await code(send('one', '000.00.00.H99', foreign)), '19');
  const own = testDocument({ from: '000.00.00.H99', to: ['H97'], number: '7/VP' });
  assert.equal(await code(send('one', '000.00.00.H99', own, { 'hash-file': 'ab12' })), '10');
  assert.equal(await code(send('one', '000.00.00.H99', own, { messagetype: 'status' })), '22');
  assert.equal(await code(send('one', '000.00.00.H99', own, { to: '[1]' })), '22');
  for (const hostile of [
    '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;&b;">]><edXML>&d;</edXML>',
    '<edXML',
    '\u0000',
    `<edXML>${'<a>'.repeat(50_000)}`,
  ]) {
    assert.equal(await code(send('one', '000.00.00.H99', Buffer.from(hostile))), '22', hostile.slice(0, 20));
  }
  const changed = testDocument({ from: '000.00.00.H99', to: ['H98'], number: '1/VP', subject: 'khác' });
  const conflict = (await send('one', '000.00.00.H99', changed)).json();
  assert.equal(conflict.ErrorCode, '10');
  assert.match(conflict.ErrorDesc, new RegExp(sha256Hex(changed)));
  assert.deepEqual(await list('two'), []);
});

test('no system reads or acknowledges what belongs to another', async () => {
  await send('one', '000.00.00.H99', testDocument({ from: '000.00.00.H99', to: ['H98'], number: '8/VP' }));
  const [item] = await list('two');
  assert.equal((await call('one', 'getEdoc', { docId: item!.docId })).json().ErrorCode, '10');
  assert.equal(
    (await call('one', 'downloadEdoc', { docId: item!.docId }, { method: 'GET' })).json().status,
    'FAIL',
  );
  assert.equal((await update('one', item!.docId, 'done')).ErrorCode, '10');
  assert.equal((await list('two')).length, 1);
  await update('two', item!.docId, 'done');
});

test('every failure is JSON: unknown operation, wrong case, oversized, strange content type', async () => {
  assert.equal((await call('one', 'nothing')).statusCode, 404);
  assert.equal((await call('one', 'sendedoc')).statusCode, 404);
  assert.equal((await call('one', 'sendEdoc', {}, { method: 'GET' })).statusCode, 404);
  const large = await call('one', 'sendEdoc', { messagetype: 'edoc' }, { body: Buffer.alloc(300_000) });
  assert.equal(large.statusCode, 413);
  const strange = await call('one', 'countReceiveEdoc', {}, { headers: { 'content-type': 'a/b; c' } });
  assert.equal(strange.json().status, 'OK');
});

test('agencies are listed in three shapes, with both codes', async () => {
  const of = async (op: string) =>
    (await call('one', op)).json().data.find((one: { code: string }) => one.code === 'H98');
  assert.equal((await of('getAgenciesList')).oldCode, '000.00.00.H98');
  assert.equal((await of('getAgenciesListQD20')).code102, '000.00.00.H98');
  assert.equal((await of('getSynchronizeUnit')).isAgency, true);
});

test('a system registers agencies below its own only, and may then send for them', async () => {
  const register = async (id: string, pcode: string, code: string) =>
    (
      await call(
        id,
        'registerAgency',
        {},
        { body: Buffer.from(JSON.stringify({ id: '', pcode, code, name: 'Sở Thử nghiệm', mail: '' })) },
      )
    ).json();
  assert.equal((await register('one', '000.00.00.H99', '000.01.00.H99')).status, 'OK');
  assert.equal((await register('one', '000.00.00.H99', '000.01.00.H99')).status, 'OK', 'again');
  assert.equal((await register('one', '000.00.00.H98', '000.01.00.H98')).ErrorCode, '19');
  assert.equal((await register('one', '000.00.00.H99', '000.02.00.H98')).ErrorCode, '19');
  assert.equal((await register('two', '000.00.00.H99', '000.01.00.H99')).ErrorCode, '19');
  assert.equal((await register('one', '', '')).ErrorCode, '22');
  const bytes = testDocument({ from: '000.01.00.H99', to: ['H98'], number: '1/STN' });
  assert.equal((await send('one', '000.01.00.H99', bytes)).json().status, 'OK');
  await update('two', (await list('two'))[0]!.docId, 'done');
  const remove = async (AgencyCode: string) => (await call('one', 'deleteAgency', { AgencyCode })).json();
  assert.equal((await remove('000.00.00.H99')).ErrorCode, '19', 'granted by the operator');
  assert.equal((await remove('000.01.00.H99')).status, 'OK');
  const after = testDocument({ from: '000.01.00.H99', to: ['H98'], number: '2/STN' });
  assert.equal((await send('one', '000.01.00.H99', after)).json().ErrorCode, '19');
});

test('over a socket: 100 Continue is sent, and half an upload leaves nothing', async () => {
  const address = await system.app.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(address).port);
  const bytes = testDocument({ from: '000.00.00.H99', to: ['H98'], number: '60/VP' });
  const head = (length: number, expect: boolean) => {
    const headers = signVxpHeaders(
      [
        ['systemid', 'one'],
        ['messagetype', 'edoc'],
        ['hash-file', sha256Hex(bytes)],
        ['from', '000.00.00.H99'],
      ],
      secrets['one']!,
    );
    return `POST /vxp/sendEdoc HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n${expect ? 'Expect: 100-continue\r\n' : ''}${Object.entries(
      headers,
    )
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;
  };
  await new Promise<void>((resolve) => {
    const half = connect(port, '127.0.0.1', () => {
      half.write(head(bytes.length + 2, false));
      half.write(bytes.subarray(0, 1_000), () => setTimeout(() => half.destroy(), 50));
    });
    half.on('close', () => resolve());
  });
  assert.deepEqual(await list('two'), []);
  const reply = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(head(bytes.length + 2, true)));
    socket.on('error', reject);
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(Buffer.concat([bytes, crlf]));
      if (text.includes('"DocId"')) {
        socket.destroy();
        resolve(text);
      }
    });
  });
  assert.match(reply, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
  await update('two', (await list('two'))[0]!.docId, 'done');
});

test('a copy of the database alone shows no secret, and secrets of an earlier version are sealed at the next start', async () => {
  const { ctx } = system;
  const kept = async (): Promise<string> =>
    (await ctx.db.transaction(null, (tx) => systemById(tx, 'one')))!.secret;
  const first = await kept();
  assert.match(first, /^a256gcm:/);
  assert.ok(!first.includes(secrets['one']!));
  await ctx.db.transaction(null, (tx) =>
    putSystem(tx, { id: 'one', secret: secrets['one']! }, ctx.clock.now()),
  );
  assert.equal((await call('one', 'getReceivedEdocList')).statusCode, 200);
  await axisModule.prepare!(ctx);
  assert.match(await kept(), /^a256gcm:/);
  assert.equal((await call('one', 'getReceivedEdocList')).statusCode, 200);
  // Moved to another system it opens nothing.
  await ctx.db.transaction(null, (tx) => putSystem(tx, { id: 'two', secret: first }, ctx.clock.now()));
  const swapped = await call('two', 'getReceivedEdocList', {}, { secret: secrets['one']! });
  assert.notEqual(swapped.statusCode, 200);
});
