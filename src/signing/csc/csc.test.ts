import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { readSignedData, verifySigner } from '#formats/cms';
import { certificateToPem } from '#formats/x509';
import { signingOffice, unsignedLetter } from '../pades/attacks/index.ts';
import { officerSignature } from '../pades/acts.ts';
import { signPdf } from '../pades/sign.ts';
import { verifyPdf } from '../pades/verify.ts';
import { reportText } from '../report/index.ts';
import { signCms } from '../signer.ts';
import { RemoteError, remoteSigner, type RemoteOptions } from './index.ts';
import { startTestService, testAccount, type TestService } from './testService.ts';

const now = new Date();
const pin = 'PIN-tu-xa-88';
const office = signingOffice('p-256', now);
const officer = (keyType: 'rsa-2048' | 'p-256') =>
  office.authority.issueOfficer({ commonName: 'Ký Từ Xa', organisation: 'Vụ Thử', keyType });
const credentials = {
  rsa: {
    issued: officer('rsa-2048'),
    algo: ['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.10', '1.2.840.113549.1.1.13'],
    multisign: 3,
    pin,
  },
  ec: { issued: officer('p-256'), algo: ['1.2.840.10045.4.3.2'], multisign: 1 },
  revoked: { issued: officer('p-256'), algo: ['1.2.840.10045.4.3.2'], multisign: 1, status: 'revoked' },
};
let service: TestService;
before(async () => {
  service = await startTestService(credentials);
});
after(() => service.close());

const options = (more: Partial<RemoteOptions> = {}): RemoteOptions => ({
  baseUrl: service.baseUrl,
  account: { type: 'basic', userId: testAccount.userId, password: testAccount.password },
  credential: 'rsa',
  secrets: async (wanted) => Object.fromEntries(wanted.map(({ id }) => [id, pin])),
  timeout: 3_000,
  ...more,
});
const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof RemoteError, String(error));
  assert.equal(error.code, expected, error.message);
  return true;
};
const tbs = (text: string): Buffer => Buffer.from(text);
const sent = (method: string) => service.calls.filter((one) => one.method === method);

test('a letter is signed at a remote service with RSA, RSA-PSS and ECDSA; the key stays there', async () => {
  const letter = unsignedLetter();
  for (const [credential, algorithm] of [
    ['rsa', 'rsa-sha256'],
    ['rsa', 'rsa-sha512'],
    ['rsa', 'rsa-pss-sha256'],
    ['ec', 'ecdsa-sha256'],
  ] as const) {
    const signer = await remoteSigner(options({ credential, algorithm }));
    const pdf = await signPdf(letter, {
      ...officerSignature(letter, { signingTime: now, signerName: 'Ký Từ Xa' }),
      signer,
      timestamp: office.authority.timestamps,
    });
    const report = await verifyPdf(pdf, office.policy);
    assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
  }
  service.rawEcdsa = true;
  const digest = createHash('sha256').update('x').digest();
  const cms = readSignedData(await signCms(await remoteSigner(options({ credential: 'ec' })), { digest }));
  assert.ok(verifySigner(cms, cms.signers[0]!, { digest: () => digest }).valid, 'r‖s is understood');
  service.rawEcdsa = false;
});

test('a batch is authorised as one, as far as the service allows, and bound to its hashes', async () => {
  const signer = await remoteSigner(options());
  service.calls.length = 0;
  const signed = await signer.signMany!(['a', 'b', 'c', 'd', 'e'].map(tbs));
  assert.equal(signed.length, 5);
  assert.deepEqual(
    sent('credentials/authorize').map(({ body }) => (body['hashes'] as string[]).length),
    [3, 2],
  );
  assert.equal(sent('signatures/signHash').length, 2);
  const [authorised] = sent('credentials/authorize');
  assert.deepEqual(
    authorised?.body['hashes'],
    ['a', 'b', 'c'].map((one) => createHash('sha256').update(one).digest('base64')),
  );
});

test('a wrong PIN is told, never tried again, and stands in no error', async () => {
  service.calls.length = 0;
  const wrong = 'PIN-sai-12345';
  const signer = await remoteSigner(options({ secrets: async () => ({ PIN: wrong }) }));
  const errors: unknown[] = [];
  await signer.sign(tbs('x')).catch((error: unknown) => errors.push(error));
  assert.equal(sent('credentials/authorize').length, 1);
  assert.equal(sent('signatures/signHash').length, 0);
  code('wrong-pin')(errors[0]);
  await remoteSigner(options({ account: { type: 'basic', userId: 'x', password: 'mat-khau-sai' } })).catch(
    (error: unknown) => errors.push(error),
  );
  code('remote-login')(errors[1]);
  const shown = errors.map(
    (error) => `${inspect(error, { depth: 9, showHidden: true })}${(error as Error).stack}`,
  );
  for (const secret of [wrong, 'mat-khau-sai', testAccount.password])
    assert.ok(!(shown.join('') + inspect(signer, { depth: 9, showHidden: true })).includes(secret));
});

test('OAuth 2 client credentials; an access token that ran out is renewed; no other host gets the secret', async () => {
  const account = {
    type: 'oauth2client',
    clientId: 'van-phong',
    clientSecret: testAccount.clientSecret,
  } as const;
  const signer = await remoteSigner(options({ account }));
  service.expireTokens();
  assert.ok((await signer.sign(tbs('x'))).length > 100);
  await assert.rejects(
    remoteSigner(options({ account: { ...account, clientSecret: 'sai' } })),
    code('remote-login'),
  );
  service.oauth2 = 'https://ke-xau.example/csc/v2';
  await assert.rejects(remoteSigner(options({ account })), code('remote-address'));
  service.oauth2 = undefined;
});

test('reads are repeated when the service stumbles; an authorisation and a signature are not', async () => {
  const stumble = (method: string): void =>
    void service.mischief.set(method, (response) => void response.writeHead(503).end());
  stumble('credentials/info');
  const signer = await remoteSigner(options());
  service.calls.length = 0;
  stumble('credentials/authorize');
  await assert.rejects(signer.sign(tbs('x')), code('remote-unreachable'));
  assert.equal(sent('credentials/authorize').length, 0);
  service.mischief.set('signatures/signHash', (response) => response.destroy());
  await assert.rejects(signer.sign(tbs('x')), code('remote-answer-lost'));
  assert.equal(sent('signatures/signHash').length, 0, 'not sent a second time');
  // Silence ends with the time-out.
  const hasty = await remoteSigner(options({ timeout: 400 }));
  service.mischief.set('signatures/signHash', () => undefined);
  await assert.rejects(hasty.sign(tbs('x')), code('remote-answer-lost'));
});

test('answers that are not as the standard has them are refused', async () => {
  const signer = await remoteSigner(options());
  const say = (method: string, body: string, status = 200): void =>
    void service.mischief.set(method, (response) => void response.writeHead(status).end(body));
  const other = Buffer.alloc(256, 7).toString('base64');
  for (const [method, body, wanted] of [
    ['credentials/authorize', '{"expiresIn": 5}', 'remote-malformed'],
    ['credentials/authorize', '<html>', 'remote-malformed'],
    ['credentials/authorize', '[]', 'remote-malformed'],
    ['signatures/signHash', '{"signatures": []}', 'remote-malformed'],
    ['signatures/signHash', JSON.stringify({ signatures: [other] }), 'remote-malformed'],
    ['signatures/signHash', JSON.stringify({ signatures: [other, other] }), 'remote-malformed'],
    [
      'signatures/signHash',
      '{"error": "invalid_request", "error_description": "SAD\\u0000 hết\\nhạn"}',
      'remote-refused',
    ],
  ] as const) {
    say(method, body);
    await assert.rejects(signer.sign(tbs('x')), code(wanted));
  }
  say('info', '{"specs": "1.0.4.0", "name": "", "authType": [], "methods": []}');
  await assert.rejects(remoteSigner(options()), code('remote-unsupported'));
  // Nothing leads elsewhere.
  service.mischief.set(
    'credentials/authorize',
    (response) =>
      void response.writeHead(307, { location: `${service.baseUrl}/credentials/authorize` }).end(),
  );
  service.calls.length = 0;
  await assert.rejects(signer.sign(tbs('x')), code('remote-unreachable'));
  assert.equal(service.calls.length, 0);
});

test('keys are chosen by name, and only those that are valid', async () => {
  const { credential: _none, ...bare } = options();
  await assert.rejects(remoteSigner(bare), code('remote-key'));
  await assert.rejects(remoteSigner(options({ credential: 'revoked' })), code('remote-key'));
  await assert.rejects(remoteSigner(options({ credential: 'khong-co' })), code('remote-refused'));
  await assert.rejects(remoteSigner(options({ algorithm: 'rsa-sha384' })), code('remote-unsupported'));
  await assert.rejects(
    remoteSigner(options({ credential: 'ec', algorithm: 'rsa-sha256' })),
    code('remote-unsupported'),
  );
});

test('only https, or this machine; TLS is verified against the roots that are given', async () => {
  for (const baseUrl of [
    'http://dich-vu.example/csc/v2',
    'ftp://127.0.0.1/',
    'https://ai:matkhau@dich-vu.example/',
    'https://dich-vu.example/?x=1',
    'không phải địa chỉ',
  ])
    await assert.rejects(remoteSigner(options({ baseUrl })), code('remote-address'));
  const server = office.authority.issueServer({ commonName: 'localhost', dnsNames: ['localhost'] });
  const tls = {
    key: server.key.export({ format: 'pem', type: 'pkcs8' }) as string,
    cert: server.chain.map((one) => certificateToPem(one)).join(''),
  };
  const secure = await startTestService({ rsa: credentials.rsa }, tls);
  try {
    const { baseUrl } = secure;
    const ca = certificateToPem(office.authority.root);
    assert.ok((await (await remoteSigner(options({ baseUrl, ca }))).sign(tbs('x'))).length > 100);
    await assert.rejects(remoteSigner(options({ baseUrl })), code('remote-unreachable'));
    const stranger = certificateToPem(signingOffice('p-256', now).authority.root);
    await assert.rejects(remoteSigner(options({ baseUrl, ca: stranger })), code('remote-unreachable'));
    assert.equal(secure.calls.filter(({ method }) => method === 'auth/login').length, 1);
  } finally {
    await secure.close();
  }
});
