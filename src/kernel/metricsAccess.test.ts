import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, type Module } from '#kernel';
import { testSystem } from '../../test/support/system.ts';

test('/metrics answers this machine only, and through a proxy or from elsewhere only who shows the token', async () => {
  const closed = await testSystem([]);
  const open = await testSystem([], { config: { metricsToken: 'a-token-of-the-operator' } });
  try {
    const ask = async (system: typeof open, headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
      (await system.app.inject({ url: '/metrics', headers, remoteAddress })).statusCode;
    assert.equal(await ask(closed, {}), 200);
    assert.equal(await ask(closed, {}, '::ffff:127.0.0.1'), 200);
    assert.equal(await ask(closed, {}, '203.0.113.7'), 403);
    assert.equal(await ask(closed, { 'x-forwarded-for': '127.0.0.1' }), 403);
    assert.equal(await ask(closed, { forwarded: 'for=203.0.113.7' }), 403);
    assert.equal(await ask(open, {}), 403);
    assert.equal(await ask(open, { authorization: 'Bearer another-token-of-theirs' }), 403);
    assert.equal(await ask(open, { authorization: 'Bearer a-token-of-the-operator' }, '203.0.113.7'), 200);
  } finally {
    await closed.close();
    await open.close();
  }
});

test('the address of a caller is that of the connection unless its proxy is trusted', async () => {
  const addressSeen = async (trustProxy: string): Promise<string> => {
    let seen = '';
    const asking: Module = {
      name: 'asking',
      routes(app) {
        app.get('/address', { config: { access: 'public' } }, (request) => {
          seen = request.ip;
          return {};
        });
      },
    };
    const system = await testSystem([asking], { config: { trustProxy } });
    try {
      await system.app.inject({ url: '/address', headers: { 'x-forwarded-for': '203.0.113.7' } });
      return seen;
    } finally {
      await system.close();
    }
  };
  assert.equal(await addressSeen(''), '127.0.0.1');
  assert.equal(await addressSeen('loopback'), '203.0.113.7');
  assert.equal(await addressSeen('10.0.0.0/8'), '127.0.0.1');
  assert.equal(readConfig({ PHIGIAY_TRUST_PROXY: 'loopback, 10.0.0.0/8' }).ok, true);
  assert.equal(readConfig({ PHIGIAY_TRUST_PROXY: 'everybody' }).ok, false);
  const refused = readConfig({ PHIGIAY_METRICS_TOKEN: 'short' });
  assert.ok(!refused.ok && refused.problems[0]?.given === '…', 'a token is never repeated');
});
