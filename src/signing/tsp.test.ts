import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { buildTimestampRequest, readTimestampToken, verifyTimestampToken, digestOfBytes } from '#formats/cms';
import { createTestAuthority } from './authority.ts';
import { SigningError, type SigningErrorCode } from './errors.ts';
import { httpTimestamps, type TimestampSource } from './tsp.ts';

const authority = createTestAuthority({ now: () => new Date(), organisation: 'Sở Thử nghiệm' });
const data = Buffer.from('chữ ký');
const digest = createHash('sha256').update(data).digest();

async function withServer(listener: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const refuses = (source: TimestampSource, code: SigningErrorCode): Promise<void> =>
  assert.rejects(
    source.timestamp(digest, 'sha256'),
    (error) => error instanceof SigningError && error.code === code,
  );

test('a TSA over HTTP stamps a digest; the next is asked when the first is silent, refuses or lies', async () => {
  const other = buildTimestampRequest('sha256', createHash('sha256').update('khác').digest());
  const listener: RequestListener = async (request, response) => {
    const body = await buffer(request);
    if (request.url === '/good') response.end(await authority.timestamp(body));
    else if (request.url === '/replay') response.end(await authority.timestamp(other.der));
    else if (request.url === '/refuse') response.end(await authority.timestamp(Buffer.of(0)));
    else if (request.url === '/large') response.end(Buffer.alloc(1_000_000));
    else if (request.url === '/redirect') response.writeHead(302, { location: '/good' }).end();
    else if (request.url !== '/silent') response.writeHead(500).end();
  };
  await withServer(listener, async (url) => {
    const at = (...places: readonly string[]): TimestampSource =>
      httpTimestamps({ urls: places.map((place) => url + place), fetch, timeout: 300 });
    const der = await at(
      '/silent',
      '/broken',
      '/large',
      '/replay',
      '/refuse',
      '/redirect',
      '/good',
    ).timestamp(digest, 'sha256');
    const verdict = verifyTimestampToken(readTimestampToken(der), digestOfBytes(data));
    assert.deepEqual([verdict.valid, verdict.certificate?.der], [true, authority.tsa.der]);
    await refuses(at('/replay'), 'timestamp-wrong');
    await refuses(at('/refuse'), 'timestamp-refused');
    await refuses(at('/silent'), 'timestamp-unreachable');
    await refuses(at('/large'), 'timestamp-unreachable');
    await refuses(httpTimestamps({ urls: ['file:///etc/passwd'], fetch }), 'timestamp-unreachable');
    await refuses(httpTimestamps({ urls: [`${url}/good`], fetch, accept: () => false }), 'timestamp-wrong');
  });
});

test('a token is good for its data only, and only from a key for time stamping', async () => {
  const token = readTimestampToken(await authority.timestamps.timestamp(digest, 'sha256'));
  assert.deepEqual(verifyTimestampToken(token, digestOfBytes(Buffer.from('khác'))).problems, [
    'imprint-mismatch',
  ]);
  const twin = { ...token, data: { ...token.data, signers: [...token.data.signers, ...token.data.signers] } };
  assert.deepEqual(verifyTimestampToken(twin, digestOfBytes(data)).problems, ['malformed']);
});
