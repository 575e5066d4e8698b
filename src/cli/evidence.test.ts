import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { certificateToPem } from '#formats/x509';
import { createTestAuthority, readEvidenceRecord, type HttpFetch } from '#signing';
import { evidenceCommand } from './evidence.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-evidence-'));
after(() => rmSync(folder, { recursive: true }));
const authority = createTestAuthority({ now: () => new Date(), organisation: 'Kho lưu trữ' });
let asked = 0;
const fetch: HttpFetch = async (_url, init) => {
  asked += 1;
  return new Response(new Uint8Array(await authority.timestamp(init.body as Uint8Array)));
};
const files = Array.from({ length: 20 }, (_, index) => join(folder, `van-ban-${index}.pdf`));
for (const file of files) writeFileSync(file, file);
const trust = join(folder, 'goc.pem');
writeFileSync(trust, certificateToPem(authority.root));
const run = (...args: string[]): Promise<number> => evidenceCommand([...args, ...files], fetch);
const tsa = ['--tsa', 'http://tsa.test/'];

test('files get evidence with one timestamp, are renewed twice, and are verified; a changed file is found', async () => {
  assert.equal(await run('make', ...tsa), 0);
  assert.equal(await run('renew', ...tsa), 0);
  assert.equal(await run('rehash', ...tsa, '--digest', 'sha512'), 0);
  assert.equal(asked, 3);
  assert.equal(readEvidenceRecord(readFileSync(`${files[3]}.ers`)).chains.length, 2);
  assert.equal(await run('verify', '--trust', trust), 0);
  assert.equal(await run('verify', '--trust', trust, '--at', '2090-01-01'), 2);
  appendFileSync(files[7]!, 'x');
  assert.equal(await run('verify', '--trust', trust), 1);
});

test('what cannot be done is one line and changes nothing', async () => {
  const before = readFileSync(`${files[0]}.ers`);
  assert.equal(
    await evidenceCommand(['renew', ...tsa, ...files], () => Promise.reject(new Error('mất mạng'))),
    3,
  );
  assert.deepEqual(readFileSync(`${files[0]}.ers`), before);
  writeFileSync(`${files[1]}.ers`, 'hỏng');
  assert.equal(await run('renew', ...tsa), 3);
  assert.deepEqual(readFileSync(`${files[0]}.ers`), before);
  assert.equal(await evidenceCommand(['make', ...tsa, join(folder, 'không có')], fetch), 3);
  assert.equal(await evidenceCommand(['rehash', ...tsa, files[0]!], fetch), 3);
});
