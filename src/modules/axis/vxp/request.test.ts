import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { narrowedCodes, packageOfBody, unpaddedHex, verifyVxpHeaders } from './request.ts';
import { asciiJson, failReply, okReply, vxpTime } from './reply.ts';

/** As the official SDK 2.0.1 sent it (recorded request 07). */
const recorded: Record<string, string> = {
  'content-type': 'application/octet-stream',
  'xroadvnpt-systemid': 'vxp.test.01',
  'xroadvnpt-servicetype': 'eDoc',
  'xroadvnpt-messagetype': 'edoc',
  'xroadvnpt-hash-file': '4637cf2c3fc29f0e6fd25a218855480532ab3fee8f4e8a4eb14d766f25c8a7',
  'xroadvnpt-from': '000.00.00.H99',
  'xroadvnpt-to': '["H98","000.00.15.H98"]',
  'xroadvnpt-timestamp': '23112026T230746+0287',
  'xroadvnpt-content-type': 'application/octet-stream',
  'xroadvnpt-sign-header-key': 'systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type',
  'xroadvnpt-sign-header':
    '{"XroadVnpt-systemid":"vxp.test.01","XroadVnpt-servicetype":"eDoc","XroadVnpt-messagetype":"edoc","XroadVnpt-hash-file":"4637cf2c3fc29f0e6fd25a218855480532ab3fee8f4e8a4eb14d766f25c8a7","XroadVnpt-from":"000.00.00.H99","XroadVnpt-to":"[\\"H98\\",\\"000.00.15.H98\\"]","XroadVnpt-timestamp":"23112026T230746+0287","XroadVnpt-Content-Type":"application/octet-stream"}',
  'xroadvnpt-hash-header': '7140eaa0b8f6029f6f0e8aa4ae6d685d1b0a6b82c207ad2fa8d43484752c7441',
  'user-agent': 'JAVASDKAgent/1.0.0 XRoad/VPCP',
  'xroadvnpt-version': '3.0.201608',
};

const secretOf = (id: string): Promise<string | null> =>
  Promise.resolve(id === 'vxp.test.01' ? 'not-a-real-secret' : null);

test("the SDK's own signed headers verify", async () => {
  const parameters = await verifyVxpHeaders(recorded, secretOf);
  assert.equal(parameters?.get('from'), '000.00.00.H99');
  assert.deepEqual(narrowedCodes(parameters?.get('to')), ['H98', '000.00.15.H98']);
});

test('a header that was changed, added or taken away, and a wrong secret, are refused', async () => {
  const refused = async (changes: Record<string, string | undefined>) => {
    const headers = { ...recorded, ...changes };
    for (const [name, value] of Object.entries(changes)) if (value === undefined) delete headers[name];
    assert.equal(await verifyVxpHeaders(headers, secretOf), null, JSON.stringify(changes));
  };
  await refused({ 'xroadvnpt-from': '000.00.00.H98' });
  await refused({ 'xroadvnpt-to': undefined });
  await refused({ 'xroadvnpt-status': 'done' });
  await refused({ 'xroadvnpt-systemid': 'vxp.test.02' });
  await refused({ 'xroadvnpt-hash-header': undefined });
  await refused({ 'xroadvnpt-hash-header': '0'.repeat(64) });
  await refused({ 'xroadvnpt-sign-header': recorded['xroadvnpt-sign-header']!.replace('H99', 'H98') });
  await refused({ 'xroadvnpt-sign-header': undefined });
  assert.equal(await verifyVxpHeaders(recorded, () => Promise.resolve('another-secret')), null);
});

test('the hash of a body holds without its CRLF, padded or not', () => {
  // SHA-256 of this text has bytes below 0x10.
  const bytes = Buffer.from('gói tin 4');
  const digest = createHash('sha256').update(bytes).digest();
  const body = Buffer.concat([bytes, Buffer.from('\r\n')]);
  for (const hash of [digest.toString('hex'), unpaddedHex(digest), digest.toString('hex').toUpperCase()]) {
    assert.deepEqual(packageOfBody(body, hash), bytes);
    assert.deepEqual(packageOfBody(bytes, hash), bytes);
  }
  assert.ok(unpaddedHex(Buffer.from([0, 5, 16])) === '0510');
  assert.equal(packageOfBody(body, 'ab'), null);
  assert.equal(packageOfBody(body, ''), null);
});

test('replies are ASCII, without null, with all keys', () => {
  const reply = failReply('sendEdoc', 'unknown-recipient', 'Không có nơi nhận này');
  assert.match(reply, /^[\x20-\x7e]+$/);
  assert.deepEqual(JSON.parse(reply), {
    status: 'FAIL',
    ErrorCode: '18',
    ErrorDesc: 'Không có nơi nhận này',
    DocId: '',
  });
  assert.equal(okReply({ data: [] }), '{"status":"OK","ErrorCode":"0","ErrorDesc":"Thanh cong","data":[]}');
  assert.equal(asciiJson({ a: null, b: '🙂' }), '{"b":"\\ud83d\\ude42"}');
  assert.equal(vxpTime(new Date('2026-11-23T16:07:46Z')), '23/11/2026 23:07:46');
});

test('the list of recipients is read as JSON, or as a list with commas', () => {
  assert.deepEqual(narrowedCodes(undefined), []);
  assert.deepEqual(narrowedCodes('H98'), ['H98']);
  assert.deepEqual(narrowedCodes('H98; H97'), ['H98', 'H97']);
  assert.equal(narrowedCodes('[1]'), null);
  assert.equal(narrowedCodes('["H98"'), null);
});
