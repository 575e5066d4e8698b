import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { contentDigest, verifyRequest } from '#signing';
import { AxisRefused, AxisUncertain, axisClient, PackageDamaged, type AxisClient } from './axisClient.ts';

// A real server on loopback that answers as each test asks it to.
type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void | Promise<void>;
let answer: Answer;
let server: Server;
let client: AxisClient;
let base: string;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer = { privateKey, keyId: 'key-1' };

before(async () => {
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => void answer(request, Buffer.concat(pieces), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = axisClient(base, 1_000, () => new Date());
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const says =
  (status: number, type: string, text: string, headers: Record<string, string> = {}): Answer =>
  (_request, _body, response) => {
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(text);
  };
const send = (): Promise<unknown> =>
  client.send(signer, {
    bytes: Buffer.from('<edXML/>'),
    messageType: 'edoc',
    fromCode: 'H53.11',
    idempotencyKey: 'outbox-0001',
  });
const uncertain = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AxisUncertain, String(error));
  assert.equal(error.fault.code, code);
  return true;
};

test('a package is sent with digest, idempotency key and a signature over both', async () => {
  const accepted = {
    receipt: 'x',
    envelope: 'a'.repeat(64),
    logIndex: 0,
    counter: 1,
    acceptedAt: '2026-11-24T01:00:00.000Z',
    recipients: [],
  };
  let verdict: unknown;
  answer = async (request, body, response) => {
    assert.equal(request.headers['content-digest'], contentDigest(body));
    assert.equal(request.headers['idempotency-key'], 'outbox-0001');
    verdict = await verifyRequest({
      method: 'POST',
      url: `${base}${request.url}`,
      headers: request.headers,
      now: new Date(),
      findKey: () => publicKey,
      required: [
        '@method',
        '@path',
        'content-digest',
        'idempotency-key',
        'phigiay-message-type',
        'phigiay-from',
      ],
      maxAgeSeconds: 60,
    });
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify(accepted));
  };
  assert.deepEqual(await send(), accepted);
  assert.equal((verdict as { ok: boolean }).ok, true);
});

test('success that is not the axis speaking is not success', async () => {
  answer = says(200, 'text/html', '<html>Đăng nhập mạng</html>');
  await assert.rejects(send(), uncertain('answer-unreadable'));
  answer = says(201, 'application/json', '{"receipt":""}');
  await assert.rejects(send(), uncertain('answer-unreadable'));
});

test('a redirect is not followed', async () => {
  answer = says(302, 'text/plain', '', { location: 'http://127.0.0.1:1/' });
  await assert.rejects(send(), uncertain('redirected'));
});

test('a failure of the other side is uncertain, with or without a problem text', async () => {
  answer = says(502, 'text/html', 'Bad Gateway');
  await assert.rejects(send(), uncertain('no-axis-answer'));
  answer = says(500, 'application/problem+json', '{"code":"kernel.internal","title":"Hệ thống gặp lỗi."}');
  await assert.rejects(send(), uncertain('kernel.internal'));
  answer = says(404, 'text/html', 'Not found');
  await assert.rejects(send(), uncertain('no-axis-answer'));
  answer = says(429, 'application/problem+json', '{"code":"kernel.too-many-requests","title":"Quá nhanh."}');
  await assert.rejects(send(), uncertain('kernel.too-many-requests'));
});

test('a coded refusal keeps the reason and the next step of the axis', async () => {
  answer = says(
    422,
    'application/problem+json',
    '{"code":"axis.unknown-recipient","title":"Không có nơi nhận H99.","next":"Kiểm tra mã định danh."}',
  );
  await assert.rejects(send(), (error: unknown) => {
    assert.ok(error instanceof AxisRefused);
    assert.deepEqual(error.fault, {
      code: 'axis.unknown-recipient',
      message: 'Không có nơi nhận H99.',
      next: 'Kiểm tra mã định danh.',
    });
    return true;
  });
});

test('an answer without end is cut off at the limit', async () => {
  answer = (_request, _body, response) => {
    response.writeHead(200, { 'content-digest': contentDigest(Buffer.alloc(0)) });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(4_096))) {
        // Until the pipe is full.
      }
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  await assert.rejects(client.download(signer, 'x'), uncertain('answer-too-large'));
});

test('S1.7 downloaded bytes that do not match their digest are damaged, and so are bytes without one', async () => {
  answer = says(200, 'application/edxml+xml', 'flipped', {
    'content-digest': contentDigest(Buffer.from('original')),
  });
  await assert.rejects(client.download(signer, 'x'), PackageDamaged);
  answer = says(200, 'application/edxml+xml', 'original');
  await assert.rejects(client.download(signer, 'x'), PackageDamaged);
  answer = says(200, 'application/edxml+xml', 'original', {
    'content-digest': contentDigest(Buffer.from('original')),
  });
  assert.equal((await client.download(signer, 'x')).toString(), 'original');
});

test('nobody listening is uncertain, in plain words', async () => {
  const nowhere = axisClient('http://127.0.0.1:1', 1_000, () => new Date());
  await assert.rejects(nowhere.key(), uncertain('axis-unreachable'));
});
