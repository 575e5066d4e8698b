import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { guardedFetch, isPublicAddress } from './guardedFetch.ts';
import { exchange, HttpFault } from './http.ts';

const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.address() as AddressInfo).port;
}

const limits = { timeout: 2_000, bytes: 1_000 };
const refused = (reason: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HttpFault);
  assert.match(`${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`, reason);
  return true;
};

test('addresses that are not of the public Internet are known as such, in every notation', () => {
  for (const address of [
    '127.0.0.1',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '2001:db8::1',
    'not an address',
  ])
    assert.equal(isPublicAddress(address), false, address);
  for (const address of ['1.1.1.1', '203.162.4.191', '172.32.0.1', '2606:4700:4700::1111'])
    assert.equal(isPublicAddress(address), true, address);
});

test('a document cannot make the server call itself or its neighbours, by address, notation, name or scheme', async () => {
  let called = 0;
  const port = await listen((_request, response) => {
    called += 1;
    response.end('secret');
  });
  const fetch = guardedFetch();
  for (const url of [
    `http://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    `http://2130706433:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://0177.0.0.1:${port}/`,
    'http://169.254.169.254/latest/meta-data/',
    `http://user:pass@127.0.0.1:${port}/`,
  ])
    await assert.rejects(exchange(fetch, url, { method: 'GET' }, limits), refused(/public|credentials/), url);
  await assert.rejects(exchange(fetch, 'file:///etc/passwd', { method: 'GET' }, limits), refused(/scheme/));
  await assert.rejects(exchange(fetch, 'http://1.1.1.1:25/', { method: 'GET' }, limits), refused(/port/));
  await assert.rejects(fetch('gopher://1.1.1.1/', { method: 'GET' }), refused(/scheme/));
  assert.equal(called, 0);
});

test('hosts of the configuration may be called; their redirects are checked like any address', async () => {
  const hidden = await listen((_request, response) => response.end('secret'));
  const port = await listen((request, response) => {
    if (request.url === '/crl') return response.end('a list');
    const to = request.url === '/loop' ? '/loop' : `http://localhost:${hidden}/`;
    return response.writeHead(302, { location: request.url === '/here' ? '/crl' : to }).end();
  });
  const fetch = guardedFetch({ allow: [`127.0.0.1:${port}`] });
  const get = (path: string): Promise<Buffer> =>
    exchange(fetch, `http://127.0.0.1:${port}${path}`, { method: 'GET' }, limits);
  assert.equal((await get('/crl')).toString(), 'a list');
  assert.equal((await get('/here')).toString(), 'a list');
  await assert.rejects(get('/away'), refused(/not a public address/));
  await assert.rejects(get('/loop'), refused(/redirect/));
  await assert.rejects(
    exchange(fetch, `http://127.0.0.1:${port}/here`, { method: 'POST', body: Buffer.from('x') }, limits),
    refused(/redirect/),
    'a request with a body is not sent elsewhere',
  );
});

test('an answer that is too long or too slow is given up', async () => {
  const port = await listen((request, response) => {
    if (request.url === '/slow') response.write('x');
    else response.end(Buffer.alloc(10_000));
  });
  const fetch = guardedFetch({ allow: ['127.0.0.1'] });
  const get = (path: string): Promise<Buffer> =>
    exchange(fetch, `http://127.0.0.1:${port}${path}`, { method: 'GET' }, { timeout: 300, bytes: 1_000 });
  await assert.rejects(get('/long'), refused(/more than 1000 bytes/));
  await assert.rejects(get('/slow'), refused(/no answer/));
});
