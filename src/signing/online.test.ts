import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { certificateToPem } from '#formats/x509';
import { createTestAuthority, type TestAuthority } from './authority.ts';
import { guardedFetch } from './guardedFetch.ts';
import { onlineEvidence } from './online.ts';
import { officerSignature, signPdf, verifyPdf, type PdfPolicy } from './pades/index.ts';
import { unsignedLetter } from './pades/attacks/index.ts';
import { reportText } from './report/index.ts';
import { httpRevocation } from './revocation/index.ts';
import { httpTimestamps } from './tsp.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-online-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const now = new Date();
const asked: string[] = [];
let authority: TestAuthority;
let base: string;
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const answer = async (): Promise<Uint8Array | undefined> => {
    switch (request.url) {
      case '/ocsp':
        return authority.answerOcsp(await buffer(request));
      case '/tsa':
        return await authority.timestamp(await buffer(request));
      case '/ca.crl':
        return authority.currentCrl().der;
      case '/root.crl':
        return authority.currentRootCrl().der;
      case '/ca.crt':
        return authority.issuing.der;
      default:
        return undefined;
    }
  };
  if (request.url === '/ocsp') response.setHeader('content-type', 'application/ocsp-response');
  answer().then(
    (bytes) => (bytes === undefined ? response.writeHead(503).end() : response.end(bytes)),
    () => response.destroy(),
  );
});
before(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  authority = createTestAuthority({
    now,
    organisation: 'Nơi khác',
    urls: {
      ocsp: `${base}/ocsp`,
      crl: `${base}/ca.crl`,
      rootCrl: `${base}/root.crl`,
      issuer: `${base}/ca.crt`,
    },
  });
});
after(() => server.close());

/** A letter of strangers, whose signature carries the signer's certificate and nothing above it. */
async function foreignLetter(): Promise<Uint8Array> {
  const { signer } = authority.issueOfficer({ commonName: 'Người Lạ', organisation: 'Nơi khác' });
  const letter = unsignedLetter();
  return await signPdf(letter, {
    ...officerSignature(letter, { signingTime: now, signerName: 'Người Lạ' }),
    signer: { ...signer, certificateChain: signer.certificateChain.slice(0, 1) },
  });
}

test('missing issuers and states of a foreign certificate are fetched where the guard lets it, and only there', async () => {
  const pdf = await foreignLetter();
  const policy: PdfPolicy = { anchors: [{ certificate: authority.root }], now, revocation: 'require' };
  const alone = await verifyPdf(pdf, policy);
  assert.equal(alone.subIndication, 'NO_CERTIFICATE_CHAIN_FOUND', 'nobody is asked unless it is wanted');
  assert.deepEqual(asked, []);
  const failures: string[] = [];
  const online = (allow: readonly string[], requests = 40): Promise<Awaited<ReturnType<typeof verifyPdf>>> =>
    verifyPdf(pdf, {
      ...policy,
      fetchEvidence: onlineEvidence({
        ...policy,
        requests,
        fetch: httpRevocation({ fetch: guardedFetch({ allow }) }),
        onFailure: (detail) => failures.push(detail),
      }),
    });
  const refused = await online([]);
  assert.equal(refused.subIndication, 'NO_CERTIFICATE_CHAIN_FOUND');
  assert.deepEqual(asked, []);
  assert.match(failures.join(), /127\.0\.0\.1 is not a public address/);
  const report = await online(['127.0.0.1']);
  assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
  assert.equal(report.signatures[0]?.certificate?.state?.source, 'ocsp');
  assert.deepEqual(asked, ['/ca.crt', '/ocsp', '/root.crl']);
  assert.equal(
    (await online(['127.0.0.1'], 2)).subIndication,
    'TRY_LATER',
    'the budget of one file is spent',
  );
});

test('openssl ocsp asks our responder with a nonce and believes its answers', async () => {
  const { certificate } = authority.issueOfficer({ commonName: 'Người Lạ', organisation: 'Nơi khác' });
  const ca = put('ca.pem', certificateToPem(authority.issuing));
  const chain = put('chain.pem', certificateToPem(authority.issuing) + certificateToPem(authority.root));
  const cert = put('cert.pem', certificateToPem(certificate));
  const options = ['-url', `${base}/ocsp`, '-nonce', '-issuer', ca, '-cert', cert, '-CAfile', chain];
  const ask = async (): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)('openssl', ['ocsp', ...options]);
    assert.match(stderr, /Response verify OK/);
    return stdout;
  };
  assert.match(await ask(), /cert\.pem: good/);
  authority.revoke(certificate, 'keyCompromise', now);
  assert.match(await ask(), /cert\.pem: revoked[\s\S]*keyCompromise/);
});

test('a timestamp is taken from the next authority when one is down, refuses or lies', async () => {
  const digest = Buffer.alloc(32, 7);
  const fetch = guardedFetch({ allow: ['127.0.0.1'] });
  asked.length = 0;
  const source = httpTimestamps({ urls: [`${base}/down`, `${base}/ca.crt`, `${base}/tsa`], fetch });
  const token = put('token.tst', await source.timestamp(digest, 'sha256'));
  assert.deepEqual(asked, ['/down', '/ca.crt', '/tsa']);
  const root = put('root.pem', certificateToPem(authority.root));
  const ca = put('ca.pem', certificateToPem(authority.issuing));
  const said = execFileSync(
    'openssl',
    [
      'ts',
      '-verify',
      '-token_in',
      '-in',
      token,
      '-digest',
      digest.toString('hex'),
      '-CAfile',
      root,
      '-untrusted',
      ca,
    ],
    { encoding: 'utf8', stdio: 'pipe' },
  );
  assert.match(said, /Verification: OK/);
});
