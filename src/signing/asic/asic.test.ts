import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { listZip, readZipEntry, zipFiles, type ZipSource } from '#formats/zip';
import { certificateToPem } from '#formats/x509';
import { validationDataFor } from '../ades/validationData.ts';
import { createTestAuthority } from '../authority.ts';
import { AsicError, signAsic, verifyAsic, type DataObject, type SignAsicOptions } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-asic-'));
after(() => rmSync(folder, { recursive: true }));

const now = new Date();
const base = 'http://thu.example.vn';
const authority = createTestAuthority({
  now,
  organisation: 'Văn phòng Thử nghiệm',
  urls: { ocsp: `${base}/ocsp`, crl: `${base}/ca.crl`, rootCrl: `${base}/root.crl` },
});
const root = join(folder, 'root.pem');
writeFileSync(root, certificateToPem(authority.root));
const anchors = [{ certificate: authority.root }];
const policy = { anchors, now };
const { signer } = authority.issueOfficer({ commonName: 'A', organisation: 'B' });
const files: readonly DataObject[] = [
  { name: 'quyết định.txt', bytes: Buffer.from('Điều 1'), mimeType: 'text/plain' },
  { name: 'phụ lục/bảng 1.csv', bytes: Buffer.from('a,b\n1,2\n'), mimeType: 'text/csv' },
];
const make = (more: Partial<SignAsicOptions> = {}, of: readonly DataObject[] = files): Promise<Uint8Array> =>
  signAsic(of, { signer, signingTime: now, kind: 'asic-e', format: 'xades', ...more });
const codes = ({ findings, signatures }: Awaited<ReturnType<typeof verifyAsic>>): string[] =>
  [...findings, ...signatures.flatMap((one) => one.findings)].map(({ code }) => code);

/** The entries of a container, to be put together anew. */
const entriesOf = (zip: Uint8Array): ZipSource[] =>
  listZip(zip).map((entry) => ({
    name: entry.name,
    bytes: readZipEntry(zip, entry),
    stored: entry.method === 0,
  }));

for (const kind of ['asic-s', 'asic-e'] as const) {
  for (const format of ['xades', 'cades'] as const) {
    test(`${kind} with ${format}: B-B, B-T and B-LT are valid, and each change of a file is seen`, async () => {
      const content = kind === 'asic-s' ? files.slice(0, 1) : files;
      const evidence = validationDataFor(signer, { anchors, now: () => now, fetch: authority.revocation });
      for (const [level, more] of [
        ['B-B', {}],
        ['B-T', { timestamp: authority.timestamps }],
        ['B-LT', { timestamp: authority.timestamps, evidence }],
      ] as const) {
        const zip = await make({ kind, format, ...more }, content);
        assert.equal(Buffer.from(zip.subarray(30, 38)).toString(), 'mimetype');
        const report = await verifyAsic(zip, policy);
        assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(codes(report)));
        assert.deepEqual([report.kind, report.signatures[0]?.level], [kind, level]);
        assert.deepEqual(
          report.signatures[0]?.covers,
          content.map(({ name }) => name),
        );
        assert.ok(report.files.every(({ signed }) => signed));
        const changed = entriesOf(zip).map((one) =>
          one.name === files[0]?.name ? { ...one, bytes: Buffer.from('Điều 2') } : one,
        );
        const broken = await verifyAsic(await zipFiles(changed), policy);
        assert.deepEqual([broken.indication, broken.subIndication], ['TOTAL-FAILED', 'HASH_FAILURE']);
      }
    });
  }
}

function unpack(zip: Uint8Array, name: string): string {
  const out = join(folder, name);
  for (const entry of entriesOf(zip)) {
    mkdirSync(dirname(join(out, entry.name)), { recursive: true });
    writeFileSync(join(out, entry.name), entry.bytes);
  }
  return out;
}

test('xmlsec1 and openssl verify what stands in our containers', async () => {
  const plain = files.map((file, index) => ({ ...file, name: `file${index}.txt` }));
  const out = unpack(await make({ timestamp: authority.timestamps }, plain), 'xades');
  const said = spawnSync(
    'xmlsec1',
    ['--verify', '--trusted-pem', root, '--id-attr:Id', 'SignedProperties', 'META-INF/signatures0.xml'],
    { cwd: out, encoding: 'utf8' },
  ).stderr;
  assert.match(said, /^OK\nSignedInfo References \(ok\/all\): 3\/3/);
  const cades = unpack(await make({ format: 'cades' }), 'cades');
  const args = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'META-INF/signature0.p7s'];
  execFileSync(
    'openssl',
    [
      ...args,
      '-content',
      'META-INF/ASiCManifest0.xml',
      '-CAfile',
      root,
      '-purpose',
      'any',
      '-out',
      '/dev/null',
    ],
    { cwd: cades, stdio: 'pipe' },
  );
});

test('a file that no signature covers is named', async () => {
  for (const format of ['xades', 'cades'] as const) {
    const zip = await zipFiles([
      ...entriesOf(await make({ format })),
      { name: 'thêm.txt', bytes: Buffer.from('x') },
    ]);
    const report = await verifyAsic(zip, policy);
    assert.equal(report.signatures[0]?.indication, 'TOTAL-PASSED');
    assert.equal(report.signatures[0]?.coversWholeFile, false);
    assert.equal(report.indication, 'INDETERMINATE');
    assert.deepEqual(codes(report), ['unsigned-file']);
    assert.match(report.findings[0]?.vi ?? '', /thêm\.txt/);
    assert.deepEqual(
      report.files.filter(({ signed }) => !signed).map(({ name }) => name),
      ['thêm.txt'],
    );
  }
});

test('a removed file, a removed manifest and a container without signatures are told apart', async () => {
  const without = (zip: Uint8Array, name: RegExp): Promise<Uint8Array> =>
    zipFiles(entriesOf(zip).filter((one) => !name.test(one.name)));
  const lost = await verifyAsic(await without(await make(), /csv$/), policy);
  assert.deepEqual(
    [lost.indication, codes(lost)],
    ['INDETERMINATE', ['unsigned-file', 'reference-external']],
  );
  const listed = await verifyAsic(await without(await make({ format: 'cades' }), /csv$/), policy);
  assert.equal(listed.indication, 'TOTAL-FAILED');
  const unlisted = await verifyAsic(await without(await make({ format: 'cades' }), /Manifest/), policy);
  assert.ok(codes(unlisted).includes('no-manifest'));
  const bare = await verifyAsic(await without(await make(), /^META-INF/), policy);
  assert.deepEqual([bare.unsigned, bare.indication], [true, 'INDETERMINATE']);
});

test('archives that can be read in two ways are refused', async () => {
  const good = await make();
  const refused = async (zip: Uint8Array, name: string, code = 'asic-damaged'): Promise<void> => {
    await assert.rejects(
      verifyAsic(zip, policy),
      (error) => error instanceof AsicError && error.code === code,
      name,
    );
  };
  /** Renames an entry in both of its places; the names have the same length. */
  const renamed = (zip: Uint8Array, from: string, to: string): Uint8Array => {
    const text = Buffer.from(zip).toString('latin1');
    return Buffer.from(text.replaceAll(from, to), 'latin1');
  };
  const two = await zipFiles([
    ...entriesOf(good),
    { name: 'aa.txt', bytes: Buffer.of(1) },
    { name: 'ab.txt', bytes: Buffer.of(2) },
  ]);
  await refused(renamed(two, 'ab.txt', 'aa.txt'), 'double name');
  await refused(renamed(two, 'ab.txt', 'AA.txt'), 'double name in another case');
  await refused(renamed(two, 'ab.txt', '../a.x'), 'path out of the archive');
  await refused(renamed(two, 'ab.txt', '/b.txt'), 'absolute path');
  await refused(renamed(good, 'META-INF/', 'meta-inf/'), 'META-INF in another case');
  await refused(Buffer.concat([Buffer.from('MZ'), good]), 'bytes before');
  await refused(Buffer.concat([good, Buffer.from('x')]), 'bytes behind');
  const comment = Buffer.concat([good, Buffer.from('hello')]);
  comment.writeUInt16LE(5, good.length - 2);
  await refused(comment, 'comment');
  const moved = entriesOf(good);
  await refused(await zipFiles([...moved.slice(1), ...moved.slice(0, 1)]), 'mimetype not first');
  await refused(await zipFiles(moved.map((one) => ({ ...one, stored: false }))), 'mimetype deflated');
  await refused(await zipFiles(moved.slice(1)), 'no mimetype', 'asic-not-a-container');
  await refused(
    await zipFiles([...moved, { name: 'bomb', bytes: Buffer.alloc(8 * 2 ** 20) }]),
    'deflate bomb',
  );
  await refused(good.subarray(0, good.length - 30), 'cut off');
});

test('entries that the directory does not name are refused', async () => {
  const good = Buffer.from(await make());
  const end = good.length - 22;
  const directory = good.readUInt32LE(end + 16);
  const hidden = Buffer.from(await zipFiles([{ name: 'an.txt', bytes: Buffer.from('ẩn'), stored: true }]));
  const entry = hidden.subarray(0, hidden.readUInt32LE(hidden.length - 22 + 16));
  const zip = Buffer.concat([good.subarray(0, directory), entry, good.subarray(directory)]);
  zip.writeUInt32LE(directory + entry.length, zip.length - 22 + 16);
  await assert.rejects(verifyAsic(zip, policy), AsicError);
});
