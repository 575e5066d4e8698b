import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditModule } from '#audit';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { createPerson, identityModule } from '#identity';
import { systemActor, unitOfWork, type OrgId } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { softwareAuthenticator } from './device.test.ts';

let system: TestSystem;
let org: OrgId;
const password = 'mật khẩu thử nghiệm';

before(async () => {
  system = await testSystem([directoryModule, auditModule, identityModule], {
    config: { publicUrl: 'http://localhost:8080' },
  });
  const { ctx } = system;
  const entries = [
    { code102: '000.00.00.G22', code: 'G22', name: 'Văn phòng Chính phủ', parentCode102: null },
    { code102: '000.00.00.G14', code: 'G14', name: 'Bộ Thông tin và Truyền thông', parentCode102: null },
  ];
  await ctx.db.transaction(null, (tx) => addOrganisations(tx, entries, '2020-01-01', ctx.clock.now()));
  const add = async (code: string, username: string): Promise<OrgId> => {
    const organisation = await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now()));
    await unitOfWork(ctx, { org: organisation!.id, actor: systemActor(organisation!.id) }, (unit) =>
      createPerson(unit, { username, fullName: 'Nguyễn Thị Hoa', password, roles: ['clerk'] }),
    );
    return organisation!.id;
  };
  org = await add('G22', 'hoa');
  await add('G14', 'mai');
});
after(() => system.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly cookie: string | undefined;
}
async function send(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
  options: { cookie?: string | undefined; headers?: Record<string, string>; address?: string } = {},
): Promise<Answer> {
  const response = await system.app.inject({
    method,
    url,
    headers: { 'x-phigiay': '1', 'idempotency-key': randomBytes(8).toString('hex'), ...options.headers },
    ...(options.cookie === undefined ? {} : { cookies: { phigiay: options.cookie } }),
    ...(options.address === undefined ? {} : { remoteAddress: options.address }),
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: response.statusCode,
    body: response.body === '' ? {} : (JSON.parse(response.body) as Record<string, unknown>),
    cookie: response.cookies.find((cookie) => cookie.name === 'phigiay')?.value,
  };
}
const signIn = (username: string, word: string, address = '10.0.0.1'): Promise<Answer> =>
  send('POST', '/api/session', { username, password: word }, { address });

test('a person signs in and is told who they are; the password may be typed composed or decomposed', async () => {
  const entered = await signIn('hoa', password.normalize('NFD'));
  assert.equal(entered.status, 200);
  const me = await send('GET', '/api/session', undefined, { cookie: entered.cookie });
  assert.equal((me.body['organisation'] as { name: string }).name, 'Văn phòng Chính phủ');
  assert.equal((await send('GET', '/api/session')).status, 401);
  assert.equal((await send('GET', '/api/session', undefined, { cookie: 'giả mạo' })).status, 401);
});

test('the cookie cannot be read by scripts nor sent by other sites', async () => {
  const response = await system.app.inject({
    method: 'POST',
    url: '/api/session',
    headers: { 'x-phigiay': '1' },
    payload: { username: 'hoa', password },
  });
  const cookie = String(response.headers['set-cookie']);
  assert.match(cookie, /HttpOnly/i);
  assert.match(cookie, /SameSite=Strict/i);
});

test('an unknown user and a wrong password get the same answer', async () => {
  const [unknown, wrong] = [await signIn('không-có', 'x', '10.0.0.2'), await signIn('mai', 'x', '10.0.0.3')];
  assert.equal(unknown.status, 401);
  assert.deepEqual(unknown.body, wrong.body);
});

test('after five wrong tries an account waits, others do not, and time heals it', async () => {
  for (let round = 0; round < 5; round += 1)
    assert.equal((await signIn('chậm', 'x', `10.1.0.${round}`)).status, 401);
  const stopped = await signIn('chậm', 'x', '10.1.0.9');
  assert.equal(stopped.status, 429);
  assert.match(String(stopped.body['next']), /Chờ \d+ giây/);
  assert.equal((await signIn('hoa', password, '10.1.0.9')).status, 200);
  system.ctx.clock.advance(31_000);
  assert.equal((await signIn('chậm', 'x', '10.1.0.9')).status, 401);
});

test('a session ends an hour after its last use and twelve hours after its beginning', async () => {
  const idle = await signIn('hoa', password);
  system.ctx.clock.advance(61 * 60_000);
  assert.equal((await send('GET', '/api/session', undefined, { cookie: idle.cookie })).status, 401);
  const busy = await signIn('hoa', password);
  for (let half = 0; half < 23; half += 1) {
    system.ctx.clock.advance(30 * 60_000);
    assert.equal((await send('GET', '/api/session', undefined, { cookie: busy.cookie })).status, 200);
  }
  system.ctx.clock.advance(31 * 60_000);
  assert.equal((await send('GET', '/api/session', undefined, { cookie: busy.cookie })).status, 401);
});

test('signing out ends the session on the server', async () => {
  const entered = await signIn('hoa', password);
  assert.equal((await send('DELETE', '/api/session', undefined, { cookie: entered.cookie })).status, 204);
  assert.equal((await send('GET', '/api/session', undefined, { cookie: entered.cookie })).status, 401);
});

test('a request that other sites could make is refused', async () => {
  const forged = await system.app.inject({
    method: 'POST',
    url: '/api/session',
    payload: { username: 'hoa', password },
  });
  assert.equal(forged.statusCode, 403);
  const foreign = await send(
    'POST',
    '/api/session',
    { username: 'hoa', password },
    { headers: { origin: 'https://evil.example' } },
  );
  assert.equal(foreign.status, 403);
  const cross = await send(
    'POST',
    '/api/session',
    { username: 'hoa', password },
    { headers: { 'sec-fetch-site': 'cross-site' } },
  );
  assert.equal(cross.status, 403);
});

test('nobody sees the people of another organisation', async () => {
  const entered = await signIn('mai', password, '10.9.9.9');
  const listed = await send('GET', '/api/people', undefined, { cookie: entered.cookie });
  assert.deepEqual(
    (listed.body['items'] as { username: string }[]).map((person) => person.username),
    ['mai'],
  );
});

test('the database keeps no token and no password in clear', async () => {
  const entered = await signIn('hoa', password);
  const rows = await system.ctx.db.pool.query(
    'select s.token_hash, a.password_hash from identity.session s join identity.account a using (person_id)',
  );
  for (const row of rows.rows as { token_hash: Buffer; password_hash: string }[]) {
    assert.match(row.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(row.token_hash.toString(), entered.cookie);
  }
});

test('a passkey signs in without a password, once for each challenge, from our own origin only', async () => {
  const entered = await signIn('hoa', password);
  const device = softwareAuthenticator('localhost');
  const origin = 'http://localhost:8080';
  const options = await send('POST', '/api/passkeys/options', {}, { cookie: entered.cookie });
  const added = await send(
    'POST',
    '/api/passkeys',
    { response: device.register(String(options.body['challenge']), origin) },
    { cookie: entered.cookie },
  );
  assert.equal(added.status, 200, JSON.stringify(added.body));
  const challenge = async (): Promise<string> =>
    String((await send('POST', '/api/session/passkey/options', {})).body['challenge']);
  const first = await challenge();
  const response = device.authenticate(first, origin, 1);
  const byPasskey = await send('POST', '/api/session/passkey', { response });
  assert.equal(byPasskey.status, 200, JSON.stringify(byPasskey.body));
  assert.equal((byPasskey.body['person'] as { username: string }).username, 'hoa');
  assert.equal(
    (await send('POST', '/api/session/passkey', { response })).status,
    401,
    'a challenge is good once',
  );
  assert.equal(
    (
      await send('POST', '/api/session/passkey', {
        response: device.authenticate(await challenge(), 'https://evil.example', 2),
      })
    ).status,
    401,
  );
  assert.equal(
    (
      await send('POST', '/api/session/passkey', {
        response: softwareAuthenticator('localhost').authenticate(await challenge(), origin, 1),
      })
    ).status,
    401,
  );
  assert.equal(
    (
      await send('POST', '/api/session/passkey', {
        response: { id: 'x', response: { clientDataJSON: '!!' } },
      })
    ).status,
    401,
  );
  assert.ok(org);
});
