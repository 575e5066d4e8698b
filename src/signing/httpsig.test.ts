import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  alwaysCovered,
  checkContentDigest,
  contentDigest,
  signRequest,
  verifyRequest,
  type MessageHeaders,
} from './httpsig.ts';

const now = new Date('2026-11-24T01:00:00Z');
const created = now.getTime() / 1000;
const body = Buffer.from('<edXML/>');
const pairs = {
  'ecdsa-p256-sha256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'rsa-v1_5-sha256': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: generateKeyPairSync('ed25519'),
};

const unsigned = {
  method: 'POST',
  url: 'https://axis.example:8443/axis/v1/packages?trace=1',
  headers: {
    'Content-Digest': contentDigest(body),
    'content-type': 'application/edxml+xml',
    'phigiay-from': 'H99',
  } as MessageHeaders,
};

function signed(key: KeyObject, changes: { created?: number; nonce?: string; covered?: string[] } = {}) {
  const headers = signRequest({ ...unsigned, privateKey: key, keyId: 'k1', created, ...changes });
  return { ...unsigned, headers: { ...unsigned.headers, ...headers } as Record<string, string> };
}

const check = (
  request: { method: string; url: string; headers: MessageHeaders },
  key: KeyObject,
  at: Date = now,
) =>
  verifyRequest({
    ...request,
    now: at,
    findKey: (keyId) => (keyId === 'k1' ? key : null),
    required: [...alwaysCovered, 'content-digest'],
    maxAgeSeconds: 300,
  });

for (const [name, pair] of Object.entries(pairs)) {
  test(`${name}: what was signed verifies, and any change to a covered component does not`, async () => {
    const request = signed(pair.privateKey);
    assert.match(request.headers['signature-input']!, new RegExp(`alg="${name}"`));
    const verified = await check(request, pair.publicKey);
    assert.equal(verified.ok, true);
    assert.ok(verified.ok && verified.covered.includes('phigiay-from'));
    const wrong = { ok: false, reason: 'wrong-signature' };
    assert.deepEqual(await check({ ...request, method: 'PUT' }, pair.publicKey), wrong);
    for (const url of [
      'https://axis.example:8443/axis/v1/packages',
      'https://axis.example:8443/axis/v1/package?trace=1',
      'https://other.example:8443/axis/v1/packages?trace=1',
    ]) {
      assert.deepEqual(await check({ ...request, url }, pair.publicKey), wrong);
    }
    assert.deepEqual(
      await check({ ...request, headers: { ...request.headers, 'phigiay-from': 'H98' } }, pair.publicKey),
      wrong,
    );
  });
}

test('RFC 9421 B.2.6: the ed25519 example of the standard verifies', async () => {
  const key = createPublicKey(
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----',
  );
  const verified = await verifyRequest({
    method: 'POST',
    url: 'https://example.com/foo?param=Value&Pet=dog',
    headers: {
      date: 'Tue, 20 Apr 2021 02:07:55 GMT',
      'content-type': 'application/json',
      'content-length': '18',
      'signature-input':
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      signature:
        'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    },
    now: new Date(1618884473_000),
    findKey: () => key,
    required: ['@method'],
    maxAgeSeconds: 300,
    nonceRequired: false,
  });
  assert.equal(verified.ok, true);
});

test('a signature is refused outside its time, without nonce, coverage or a known key', async () => {
  const { privateKey, publicKey } = pairs['ecdsa-p256-sha256'];
  const reason = async (
    request: { method: string; url: string; headers: MessageHeaders },
    key = publicKey,
    at = now,
  ) => {
    const verified = await check(request, key, at);
    return verified.ok ? 'ok' : verified.reason;
  };
  const request = signed(privateKey);
  assert.equal(await reason(request, publicKey, new Date(now.getTime() + 300_000)), 'ok');
  assert.equal(await reason(request, publicKey, new Date(now.getTime() + 301_000)), 'too-old');
  assert.equal(await reason(request, publicKey, new Date(now.getTime() - 61_000)), 'from-the-future');
  assert.equal(await reason(signed(privateKey, { nonce: 'short' })), 'nonce-missing');
  assert.equal(await reason(signed(privateKey, { covered: ['@method', '@path'] })), 'not-covered');
  assert.equal(await reason({ ...request, headers: unsigned.headers }), 'missing');
  assert.equal(await reason({ ...request, headers: { ...request.headers, signature: 'x' } }), 'malformed');
  assert.equal(await reason(request, pairs['ecdsa-p256-sha256'].publicKey), 'ok');
  assert.equal(await reason(request, pairs.ed25519.publicKey), 'wrong-algorithm');
  assert.equal(
    await reason(request, generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
    'unsupported-key',
  );
  const input = request.headers['signature-input']!;
  const withInput = (changed: string) => ({
    ...request,
    headers: { ...request.headers, 'signature-input': changed },
  });
  assert.equal(await reason(withInput(input.replace('k1', 'k2'))), 'unknown-key');
  assert.equal(
    await reason(withInput(input.replace('"@method"', '"@method" "x-absent"'))),
    'component-missing',
  );
  assert.equal(
    await reason(withInput(input.replace('"@method"', '"@method" "@method"'))),
    'unsupported-component',
  );
  assert.equal(await reason(withInput(input.replace('"@method"', '"@method";req'))), 'unsupported-component');
});

test('no header text makes the verifier throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), async (input, signature) => {
      const verified = await check(
        { ...unsigned, headers: { 'signature-input': input, signature } },
        pairs.ed25519.publicKey,
      );
      assert.equal(verified.ok, false);
    }),
    { numRuns: 300 },
  );
});

test('RFC 9530: a Content-Digest holds for its body only', () => {
  assert.equal(
    contentDigest(Buffer.from('{"hello": "world"}')),
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
  );
  assert.equal(checkContentDigest(contentDigest(body), body), true);
  assert.equal(checkContentDigest(contentDigest(body), Buffer.from('<edXML />')), false);
  assert.equal(checkContentDigest(`${contentDigest(body)}, md5=:AAAA:`, body), true);
  assert.equal(checkContentDigest('md5=:AAAA:', body), false);
  assert.equal(checkContentDigest(`${contentDigest(body)}, sha-512=:AAAA:`, body), false);
  assert.equal(checkContentDigest(undefined, body), false);
  assert.equal(checkContentDigest('sha-256=abc', body), false);
});
