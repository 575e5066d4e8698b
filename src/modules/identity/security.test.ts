import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { auditModule, entries } from '#audit';
import { addOrganisations, directoryModule, findByCode } from '#directory';
import { createPerson, identityModule, people, personById } from '#identity';
import { systemActor, unitOfWork, type OrgId, type PersonId, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { softwareAuthenticator } from './device.test.ts';
import { sweepSignIn } from './signIn.ts';

let system: TestSystem;
const password = 'mật khẩu thử nghiệm';
const origin = 'http://localhost:8080';
const orgs = new Map<string, OrgId>();
const ids = new Map<string, PersonId>();
const inOrg = <T>(org: OrgId, work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor: systemActor(org) }, work);

before(async () => {
  system = await testSystem([directoryModule, auditModule, identityModule], {
    config: { publicUrl: origin },
  });
  const { ctx } = system;
  const bodies = ['G14', 'G22', 'H53'].map((code) => ({
    code,
    code102: `000.00.00.${code}`,
    name: `Cơ quan ${code}`,
    parentCode102: null,
  }));
  await ctx.db.transaction(null, (tx) => addOrganisations(tx, bodies, '2020-01-01', ctx.clock.now()));
  for (const { code } of bodies) {
    const body = await ctx.db.transaction(null, (tx) => findByCode(tx, code, ctx.clock.now()));
    orgs.set(code, body!.id);
    for (const role of ['clerk', 'leader'] as const) {
      const username = `${role}.${code.toLowerCase()}`;
      const fullName = 'Nguyễn Thị Hoa';
      ids.set(
        username,
        await inOrg(body!.id, (unit) => createPerson(unit, { username, fullName, password, roles: [role] })),
      );
    }
  }
});
after(() => system.close());
beforeEach(() => system.ctx.db.pool.query('delete from identity.attempt'));

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly cookie: string | undefined;
}
async function send(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
  cookie?: string,
): Promise<Answer> {
  const response = await system.app.inject({
    method,
    url,
    headers: { 'x-phigiay': '1', 'idempotency-key': randomBytes(8).toString('hex') },
    ...(cookie === undefined ? {} : { cookies: { phigiay: cookie } }),
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: response.statusCode,
    body: response.body === '' ? {} : (JSON.parse(response.body) as Record<string, unknown>),
    text: response.body,
    cookie: response.cookies.find((entry) => entry.name === 'phigiay')?.value,
  };
}
const signIn = (username: string, word = password, cookie?: string): Promise<Answer> =>
  send('POST', '/api/session', { username, password: word }, cookie);
const isIn = async (cookie: string | undefined): Promise<boolean> =>
  (await send('GET', '/api/session', undefined, cookie)).status === 200;

test('forty guesses at once are not more than five tries, for a user and for nobody', async () => {
  for (const username of ['clerk.g22', 'không-ai-cả']) {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => signIn(username, `đoán lần ${n}`)),
    );
    const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
    assert.deepEqual([count(401), count(429)], [5, 35], username);
  }
  assert.match((await signIn('clerk.g22')).text, /Bạn đã nhập sai nhiều lần/);
});

test('sixty sign-ins at once from one address all pass, ten of each account', async () => {
  const answers = await Promise.all(
    [...ids.keys()].flatMap((username) => Array.from({ length: 10 }, () => signIn(username))),
  );
  assert.deepEqual(
    answers.map((answer) => answer.status),
    answers.map(() => 200),
  );
});

test('time does not tell whether a user exists', async () => {
  const once = async (username: string): Promise<number> => {
    await system.ctx.db.pool.query('delete from identity.attempt');
    const from = performance.now();
    assert.equal((await signIn(username, 'sai')).status, 401);
    return performance.now() - from;
  };
  await signIn('làm nóng', 'sai');
  // In turns, and the least of each: what a busy machine adds hits both alike.
  let [known, unknown] = [Infinity, Infinity];
  for (let round = 0; round < 12; round += 1) {
    known = Math.min(known, await once('leader.g14'));
    unknown = Math.min(unknown, await once('không-có-ai'));
  }
  assert.ok(known / unknown < 2 && unknown / known < 2, `${known.toFixed(1)} and ${unknown.toFixed(1)} ms`);
});

test('a refused sign-in is in the audit of the organisation, without the password', async () => {
  await signIn('leader.h53', 'bí-mật-gõ-nhầm');
  const org = orgs.get('H53')!;
  const object = `person:${ids.get('leader.h53')}`;
  for (let round = 0; ; round += 1) {
    const found = await inOrg(org, (unit) => entries(unit, { object, limit: 20 }));
    if (found.some((entry) => entry.action === 'identity.sign-in-refused')) {
      assert.doesNotMatch(JSON.stringify(found), /bí-mật/);
      return;
    }
    assert.ok(round < 100, 'no entry within a second');
    await pause(10);
  }
});

test('signing in again makes a new session and ends the one before', async () => {
  const first = await signIn('clerk.g22');
  const second = await signIn('clerk.g22', password, first.cookie);
  assert.notEqual(first.cookie, second.cookie);
  assert.deepEqual([await isIn(first.cookie), await isIn(second.cookie)], [false, true]);
});

test('signing out everywhere ends the sessions of all my devices, and nobody else’s', async () => {
  const [desk, phone, other] = [
    await signIn('clerk.g22'),
    await signIn('clerk.g22'),
    await signIn('leader.g22'),
  ];
  assert.equal((await send('DELETE', '/api/session?everywhere=1', undefined, desk.cookie)).status, 204);
  assert.deepEqual(
    [await isIn(desk.cookie), await isIn(phone.cookie), await isIn(other.cookie)],
    [false, false, true],
  );
});

test('an account that is switched off is out at once', async () => {
  const entered = await signIn('clerk.h53');
  const switchTo = (disabled: boolean): Promise<unknown> =>
    system.ctx.db.pool.query('update identity.account set disabled = $1 where username = $2', [
      disabled,
      'clerk.h53',
    ]);
  await switchTo(true);
  assert.equal(await isIn(entered.cookie), false);
  assert.equal((await signIn('clerk.h53')).status, 401);
  await switchTo(false);
});

test('sessions that have ended and failures that are forgotten are swept away', async () => {
  await signIn('clerk.g22');
  await signIn('clerk.g22', 'sai');
  system.ctx.clock.advance(13 * 60 * 60_000);
  await sweepSignIn(system.ctx);
  const left = await system.ctx.db.pool.query(
    'select (select count(*) from identity.session) + (select count(*) from identity.attempt) as n',
  );
  assert.equal((left.rows[0] as { n: number }).n, 0);
});

test('every route of sign-in that changes something refuses what another site could send', async () => {
  const { cookie } = await signIn('clerk.g22');
  const routes = system.app.allRoutes.filter(
    ({ method, url }) => method !== 'GET' && /^\/api\/(session|passkeys)/.test(url),
  );
  assert.ok(routes.length >= 7, String(routes.length));
  for (const { method, url } of routes) {
    const foreign: readonly Record<string, string>[] = [
      {},
      { 'x-phigiay': '1', 'sec-fetch-site': 'cross-site' },
      { 'x-phigiay': '1', 'sec-fetch-site': 'same-site' },
      { 'x-phigiay': '1', origin: 'https://phigiay.example' },
    ];
    for (const headers of foreign) {
      const response = await system.app.inject({
        method: method as 'POST' | 'DELETE',
        url: url.replace(':id', 'x'),
        headers: { 'idempotency-key': randomBytes(8).toString('hex'), ...headers },
        cookies: { phigiay: cookie! },
        ...(method === 'POST'
          ? {
              payload: { username: 'clerk.g22', password, response: { id: 'x' } },
            }
          : {}),
      });
      assert.equal(response.statusCode, 403, `${method} ${url} ${JSON.stringify(headers)}`);
    }
  }
  assert.equal(await isIn(cookie), true);
});

test('over https the cookie is bound to the host', async () => {
  const secure = await testSystem([directoryModule, auditModule, identityModule], {
    config: { publicUrl: 'https://phigiay.example' },
  });
  try {
    const { ctx } = secure;
    const body = { code: 'G22', code102: '000.00.00.G22', name: 'Văn phòng Chính phủ', parentCode102: null };
    await ctx.db.transaction(null, (tx) => addOrganisations(tx, [body], '2020-01-01', ctx.clock.now()));
    const org = (await ctx.db.transaction(null, (tx) => findByCode(tx, 'G22', ctx.clock.now())))!.id;
    await unitOfWork(ctx, { org, actor: systemActor(org) }, (unit) =>
      createPerson(unit, { username: 'hoa', fullName: 'Nguyễn Thị Hoa', password, roles: ['clerk'] }),
    );
    const response = await secure.app.inject({
      method: 'POST',
      url: '/api/session',
      headers: { 'x-phigiay': '1' },
      payload: { username: 'hoa', password },
    });
    assert.match(
      String(response.headers['set-cookie']),
      /^__Host-phigiay=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  } finally {
    await secure.close();
  }
});

test('people of one organisation never reach another, by list or by id', async () => {
  const all = [...ids];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...orgs),
      fc.constantFrom(...all),
      async ([code, org], [username, id]) => {
        const own = username.endsWith(code.toLowerCase());
        await inOrg(org, async (unit) => {
          assert.equal((await personById(unit, id)) !== null, own);
          assert.equal(
            (await people(unit)).some((person) => person.id === id),
            own,
          );
        });
      },
    ),
    { numRuns: 30 },
  );
});

test('a user name is taken once for the whole installation, however it is typed', async () => {
  const again = inOrg(orgs.get('G14')!, (unit) =>
    createPerson(unit, { username: ' CLERK.G22 ', fullName: 'Kẻ Khác', password, roles: ['clerk'] }),
  );
  await assert.rejects(again, { code: 'identity.username-taken' });
});

async function addPasskey(
  device: ReturnType<typeof softwareAuthenticator>,
  cookie: string | undefined,
): Promise<number> {
  const options = await send('POST', '/api/passkeys/options', {}, cookie);
  const response = device.register(String(options.body['challenge']), origin);
  return (await send('POST', '/api/passkeys', { response }, cookie)).status;
}
const challenge = async (): Promise<string> =>
  String((await send('POST', '/api/session/passkey/options', {})).body['challenge']);
const byPasskey = async (response: object): Promise<number> =>
  (await send('POST', '/api/session/passkey', { response })).status;

test('a passkey answer is refused without the person’s presence proved, copied, late, or from a cloned device', async () => {
  const entered = await signIn('leader.g22');
  const device = softwareAuthenticator('localhost');
  assert.equal(await addPasskey(device, entered.cookie), 200);
  assert.equal(await byPasskey(device.authenticate(await challenge(), origin, 5)), 200);
  assert.equal(
    await byPasskey(device.authenticate(await challenge(), origin, 6, 0x01)),
    401,
    'touched, but neither PIN nor finger',
  );
  assert.equal(await byPasskey(device.authenticate(await challenge(), origin, 3)), 401, 'counter went back');
  const used = await challenge();
  assert.equal(await byPasskey(device.authenticate(used, 'https://evil.example', 7)), 401);
  assert.equal(
    await byPasskey(device.authenticate(used, origin, 7)),
    401,
    'a wrong answer uses up the challenge',
  );
  const old = await challenge();
  system.ctx.clock.advance(301_000);
  assert.equal(await byPasskey(device.authenticate(old, origin, 8)), 401, 'five minutes are over');
  assert.equal(await byPasskey(device.authenticate('bịa-đặt', origin, 8)), 401);
});

test('a passkey is mine alone: others can neither take it over, see it nor remove it', async () => {
  const [mine, theirs] = [await signIn('clerk.g22'), await signIn('clerk.g14')];
  const device = softwareAuthenticator('localhost');
  assert.equal(await addPasskey(device, mine.cookie), 200);
  assert.equal(await addPasskey(device, theirs.cookie), 401);
  const listed = await send('GET', '/api/passkeys', undefined, theirs.cookie);
  assert.doesNotMatch(listed.text, new RegExp(device.credentialId));
  const remove = async (cookie: string | undefined): Promise<number> =>
    (await send('DELETE', `/api/passkeys/${device.credentialId}`, undefined, cookie)).status;
  assert.equal(await remove(theirs.cookie), 404);
  assert.equal(await byPasskey(device.authenticate(await challenge(), origin, 1)), 200);
  assert.equal(await remove(mine.cookie), 204);
  assert.equal(await byPasskey(device.authenticate(await challenge(), origin, 2)), 401);
});
