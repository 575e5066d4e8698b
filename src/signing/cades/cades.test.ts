import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { cmsOids, readSignedData } from '#formats/cms';
import { certificateToPem } from '#formats/x509';
import { validationDataFor } from '../ades/validationData.ts';
import { createTestAuthority } from '../authority.ts';
import { CadesError, signCades, verifyCades } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-cades-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const now = new Date();
const base = 'http://thu.example.vn';
const authority = createTestAuthority({
  now,
  organisation: 'Văn phòng Thử nghiệm',
  urls: { ocsp: `${base}/ocsp`, crl: `${base}/ca.crl`, rootCrl: `${base}/root.crl` },
});
const root = put('root.pem', certificateToPem(authority.root));
const anchors = [{ certificate: authority.root }];
const policy = { anchors, now };
const content = Buffer.from('Quyết định thử nghiệm\n');
const file = put('content.bin', content);

for (const keyType of ['rsa-2048', 'p-256', 'p-384'] as const) {
  for (const form of ['attached', 'detached'] as const) {
    test(`CAdES ${form} with ${keyType}: B-B, B-T and B-LT are valid, and openssl cms -cades agrees`, async () => {
      const { signer } = authority.issueOfficer({ commonName: 'A', organisation: 'B', keyType });
      const evidence = validationDataFor(signer, { anchors, now: () => now, fetch: authority.revocation });
      for (const [level, more] of [
        ['B-B', {}],
        ['B-T', { timestamp: authority.timestamps }],
        ['B-LT', { timestamp: authority.timestamps, evidence }],
      ] as const) {
        const cms = await signCades(content, { signer, signingTime: now, form, ...more });
        const report = await verifyCades(cms, policy, form === 'detached' ? { content } : {});
        assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report.signatures[0]?.findings));
        assert.equal(report.signatures[0]?.level, level);
        assert.deepEqual(report.content, form === 'attached' ? content : undefined);
        const path = put('cms.der', cms);
        const detached = form === 'detached' ? ['-content', file] : [];
        openssl(
          'cms',
          '-verify',
          '-cades',
          '-binary',
          '-inform',
          'DER',
          '-in',
          path,
          ...detached,
          '-CAfile',
          root,
          '-x509_strict',
          '-purpose',
          'any',
          '-out',
          '/dev/null',
        );
      }
    });
  }
}

test('what openssl signed is valid here: CAdES, plain, ESS version 1, and indefinite length', async () => {
  const { key, chain } = authority.issueOfficer({ commonName: 'A', organisation: 'B', keyType: 'rsa-2048' });
  const secret = put('key.pem', key.export({ type: 'pkcs8', format: 'pem' }));
  const [own, issuing] = chain.map(certificateToPem);
  const cert = put('own.pem', own as string);
  const more = put('ca.pem', issuing as string);
  const make = (name: string, ...args: string[]): Uint8Array => {
    const out = join(folder, name);
    openssl(
      'cms',
      '-sign',
      '-binary',
      '-in',
      file,
      '-signer',
      cert,
      '-inkey',
      secret,
      '-certfile',
      more,
      '-outform',
      'DER',
      '-out',
      out,
      ...args,
    );
    return readFileSync(out);
  };
  const cades = await verifyCades(make('a', '-cades', '-nodetach'), policy);
  assert.deepEqual([cades.indication, cades.signatures[0]?.level], ['TOTAL-PASSED', 'B-B']);
  const plain = await verifyCades(make('b'), policy, { content });
  assert.deepEqual([plain.indication, plain.signatures[0]?.level], ['TOTAL-PASSED', undefined]);
  const first = make('c', '-cades', '-md', 'sha1');
  const attributes = readSignedData(first).signers[0]?.signedAttributes?.list.map(({ oid }) => oid);
  assert.ok(attributes?.includes(cmsOids.signingCertificate), 'ESS version 1');
  const old = await verifyCades(first, policy, { content });
  assert.equal(old.indication, 'INDETERMINATE', 'SHA-1 is read, and weak');
  assert.ok(old.signatures[0]?.findings.some(({ code }) => code === 'weak-algorithm'));
  const streamed = make('d', '-cades', '-stream', '-nodetach', '-indef');
  assert.ok(Buffer.from(streamed).subarray(0, 2).equals(Buffer.of(0x30, 0x80)), 'indefinite length');
  assert.equal((await verifyCades(streamed, policy)).indication, 'TOTAL-PASSED');
});

test('another content, a missing content and a byte more are told apart', async () => {
  const { signer } = authority.issueOfficer({ commonName: 'A', organisation: 'B' });
  const cms = await signCades(content, { signer, signingTime: now, form: 'detached' });
  const changed = await verifyCades(cms, policy, { content: Buffer.from('khác') });
  assert.deepEqual([changed.indication, changed.subIndication], ['TOTAL-FAILED', 'HASH_FAILURE']);
  const missing = await verifyCades(cms, policy);
  assert.deepEqual([missing.indication, missing.subIndication], ['INDETERMINATE', 'SIGNED_DATA_NOT_FOUND']);
  await assert.rejects(verifyCades(Buffer.concat([cms, Buffer.of(1)]), policy), CadesError);
  const attached = await signCades(content, { signer, signingTime: now, form: 'attached' });
  const differs = await verifyCades(attached, policy, { content: Buffer.from('khác') });
  assert.equal(differs.indication, 'TOTAL-FAILED');
  const pem = `-----BEGIN CMS-----\n${Buffer.from(attached).toString('base64')}\n-----END CMS-----\n`;
  assert.equal((await verifyCades(Buffer.from(pem), policy)).indication, 'TOTAL-PASSED');
});

test('flipping any byte never leaves a signature valid over another content or signer', async () => {
  const { signer } = authority.issueOfficer({ commonName: 'A', organisation: 'B' });
  const cms = await signCades(content, {
    signer,
    signingTime: now,
    form: 'attached',
    timestamp: authority.timestamps,
  });
  const essence = async (bytes: Uint8Array): Promise<string | undefined> => {
    try {
      const { indication, content: signed, signatures } = await verifyCades(bytes, policy);
      if (indication !== 'TOTAL-PASSED' || signatures.length !== 1) return undefined;
      return JSON.stringify([signed, signatures[0]?.certificate, signatures[0]?.declaredTime]);
    } catch (error) {
      if (error instanceof CadesError) return undefined;
      throw error;
    }
  };
  const expected = await essence(cms);
  assert.ok(expected);
  await fc.assert(
    fc.asyncProperty(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const flipped = Buffer.from(cms);
      flipped[at] = (flipped[at] as number) ^ mask;
      const found = await essence(flipped);
      assert.ok(found === undefined || found === expected, `byte ${at}`);
    }),
    { numRuns: Number(process.env['PHIGIAY_FLIPS'] ?? 400) },
  );
});
