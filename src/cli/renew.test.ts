import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { layoutLetter } from '#formats/letter';
import { certificateToPem } from '#formats/x509';
import { createTestAuthority, officerSignature, signPdf, verifyPdf, type TestAuthority } from '#signing';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-renew-'));
after(() => rmSync(folder, { recursive: true }));

let authority: TestAuthority | undefined;
const server = createServer((request, response) => {
  const held = authority as TestAuthority;
  const answers: Readonly<Record<string, (body: Buffer) => Uint8Array | Promise<Uint8Array>>> = {
    '/ocsp': (body) => held.answerOcsp(body),
    '/tsa': (body) => held.timestamp(body),
    '/root.crl': () => held.currentRootCrl().der,
  };
  void buffer(request).then(async (body) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined) return response.writeHead(404).end();
    return response.end(await answer(body));
  });
});
await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
after(() => server.close());

const run = (...args: string[]): Promise<{ code: number; out: string }> =>
  new Promise((done) =>
    execFile(process.execPath, ['src/main.ts', 'renew', ...args], (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr }),
    ),
  );

test('renew brings a file to B-LTA beside the old one, and again later; what is not valid is not renewed', async () => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const now = new Date();
  authority = createTestAuthority({
    now: () => new Date(),
    organisation: 'Sở Thử',
    urls: { ocsp: `${base}/ocsp`, rootCrl: `${base}/root.crl` },
  });
  const letter = layoutLetter({
    organisation: 'Sở Thử',
    notation: '/ST-VP',
    place: 'Hà Nội',
    year: 2026,
    type: 'Thông báo',
    abstract: 'thử',
    body: [],
    signatory: { lines: ['GIÁM ĐỐC'], name: 'Trần Thử' },
    copies: [],
  }).pdf;
  const { signer } = authority.issueOfficer({ commonName: 'Trần Thử', organisation: 'Sở Thử' });
  const signed = await signPdf(letter, {
    ...officerSignature(letter, { signingTime: now, signerName: 'Trần Thử' }),
    signer,
    timestamp: authority.timestamps,
  });
  const path = join(folder, 'thu.pdf');
  writeFileSync(path, signed);
  const root = join(folder, 'root.pem');
  writeFileSync(root, certificateToPem(authority.root));
  const options = ['--trust', root, '--tsa', `${base}/down`, '--tsa', `${base}/tsa`, '--allow', '127.0.0.1'];

  const first = await run(path, ...options);
  assert.equal(first.code, 0, first.out);
  assert.match(first.out, /thu\.lta\.pdf: mức B-LTA; mười năm nữa vẫn kiểm tra được/);
  const target = join(folder, 'thu.lta.pdf');
  const renewed = readFileSync(target);
  assert.ok(renewed.subarray(0, signed.length).equals(Buffer.from(signed)));
  assert.ok(readFileSync(path).equals(Buffer.from(signed)), 'the old file stays');
  const second = await run(target, ...options);
  assert.equal(second.code, 0, second.out);
  const again = readFileSync(target);
  execFileSync('qpdf', ['--check', target]);
  const report = await verifyPdf(again, { anchors: [{ certificate: authority.root }], now: new Date() });
  assert.equal(report.indication, 'TOTAL-PASSED');
  assert.deepEqual(
    report.signatures.map(({ role }) => role),
    ['officer', 'timestamp', 'timestamp'],
  );

  const blocked = await run(path, '--trust', root, '--tsa', `${base}/tsa`);
  assert.equal(blocked.code, 2, 'nobody on this network is asked unless it is named');
  assert.match(blocked.out, /chưa lấy được đủ bằng chứng[\s\S]*not a public address/);
  const hurt = Buffer.from(signed);
  hurt[1000] = (hurt[1000] as number) ^ 1;
  writeFileSync(path, hurt);
  const refused = await run(path, ...options);
  assert.ok(refused.code === 1 || refused.code === 3, refused.out);
  const plain = join(folder, 'plain.pdf');
  writeFileSync(plain, letter);
  assert.equal((await run(plain, ...options)).code, 3);
  assert.match((await run(plain)).out, /Cách dùng/);
});
