import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { derExplicit, derInteger, derNull, derOctets, derOid, derSequence } from '#formats/asn1';
import { certificateToPem } from '#formats/x509';
import { createTestAuthority } from '../authority.ts';
import { SigningError, type SigningErrorCode } from '../errors.ts';
import { readPkcs12, writePkcs12 } from './index.ts';
import { startCost } from '../../../test/support/cost.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-pkcs12-'));
after(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const refuses = (run: Promise<unknown>, code: SigningErrorCode): Promise<void> =>
  assert.rejects(run, (error) => error instanceof SigningError && error.code === code);

const authority = createTestAuthority({ now: new Date(), organisation: 'Sở Thử nghiệm' });
const officer = authority.issueOfficer({ commonName: 'Đỗ Thị Ước', organisation: 'Sở Thử nghiệm' });
const rsa = authority.issueSeal({ organisation: 'Sở Thử nghiệm', code: 'H99', keyType: 'rsa-2048' });
const password = 'mật khẩu Ả';

test('openssl opens what is written here, by the right password only', async () => {
  for (const { key, chain } of [officer, rsa]) {
    const file = await writePkcs12({ key, chain, password, friendlyName: 'Con dấu số', iterations: 2000 });
    writeFileSync(place('ours.p12'), file);
    const shown = openssl(
      'pkcs12',
      '-in',
      place('ours.p12'),
      '-passin',
      `pass:${password}`,
      '-nodes',
      '-info',
    );
    assert.equal(shown.match(/BEGIN CERTIFICATE/g)?.length, 3);
    assert.match(shown, /BEGIN PRIVATE KEY/);
    assert.throws(() => openssl('pkcs12', '-in', place('ours.p12'), '-passin', 'pass:sai', '-nodes'));
    const back = await readPkcs12(file, password);
    assert.ok(back.authenticated);
    assert.deepEqual(
      back.chain.map(({ der }) => der),
      chain.map(({ der }) => der),
    );
    assert.ok(back.key.equals(key));
    await refuses(readPkcs12(file, 'sai'), 'wrong-password');
  }
});

const kinds: readonly (readonly [string, readonly string[]])[] = [
  ['PBES2 with AES-256', []],
  ['PBES2 with AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
  ['triple DES of RFC 7292', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ['two-key triple DES', ['-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES']],
  ['certificates in the clear', ['-certpbe', 'NONE']],
  ['a MAC with SHA-512', ['-macalg', 'sha512']],
  ['no MAC', ['-nomac']],
];
for (const [kind, options] of kinds) {
  test(`a file of openssl opens: ${kind}`, async () => {
    writeFileSync(place('key.pem'), rsa.key.export({ format: 'pem', type: 'pkcs8' }));
    writeFileSync(place('chain.pem'), rsa.chain.map(certificateToPem).join(''));
    for (const secret of [password, '']) {
      openssl(
        'pkcs12',
        '-export',
        '-inkey',
        place('key.pem'),
        '-in',
        place('chain.pem'),
        '-passout',
        `pass:${secret}`,
        '-out',
        place('theirs.p12'),
        ...options,
      );
      const bytes = readFileSync(place('theirs.p12'));
      const back = await readPkcs12(bytes, secret);
      assert.ok(back.key.equals(rsa.key));
      assert.equal(back.chain.length, 3);
      assert.equal(back.authenticated, kind !== 'no MAC');
      await refuses(readPkcs12(bytes, `${secret}x`), 'wrong-password');
    }
  });
}

test('RC2 is refused by its name where OpenSSL has it no longer', async () => {
  openssl(
    'pkcs12',
    '-export',
    '-legacy',
    '-inkey',
    place('key.pem'),
    '-in',
    place('chain.pem'),
    '-passout',
    'pass:a',
    '-out',
    place('rc2.p12'),
  );
  await refuses(readPkcs12(readFileSync(place('rc2.p12')), 'a'), 'key-store-unsupported');
});

test('a file that asks for a thousand million iterations is refused at once', async () => {
  const mac = derSequence(
    derSequence(derSequence(derOid('2.16.840.1.101.3.4.2.1'), derNull), derOctets(Buffer.alloc(32))),
    derOctets(Buffer.alloc(8)),
    derInteger(1_000_000_000),
  );
  const info = derSequence(derOid('1.2.840.113549.1.7.1'), derExplicit(0, derOctets(derSequence())));
  const begun = startCost();
  await refuses(readPkcs12(derSequence(derInteger(3), info, mac), 'a'), 'key-store-too-costly');
  assert.ok(begun() < 300);
});

test('a damaged file is refused with a coded error, never read wrongly', async () => {
  const file = await writePkcs12({ key: officer.key, chain: officer.chain, password, iterations: 1 });
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] as number) ^ mask;
      try {
        const back = await readPkcs12(damaged, password);
        assert.ok(back.key.equals(officer.key));
        assert.ok(!back.authenticated || damaged.length === file.length);
      } catch (error) {
        assert.ok(error instanceof SigningError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
