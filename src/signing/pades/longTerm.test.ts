import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { documentAt, formFields, openPdf, type FormField, type PdfRef, type PdfRevision } from '#formats/pdf';
import { certificateToPem } from '#formats/x509';
import { reportText } from '../report/index.ts';
import { authorityAt, extend, signedLetter, unsignedLetter } from './attacks/index.ts';
import { readContainer } from './container.ts';
import { readSecurityStore } from './dss.ts';
import { verifyPdf } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-long-term-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const letter = unsignedLetter();
const withQpdf = (pdf: Uint8Array, ...options: string[]): Uint8Array => {
  const out = join(folder, 'qpdf.pdf');
  execFileSync('qpdf', [...options, put('in.pdf', pdf), out]);
  return execFileSync('cat', [out], { maxBuffer: 2 ** 26 });
};

/** The same file with a cross-reference table that hides what the stream gives (ISO 32000-1 §7.5.8.4). */
function hybridOf(compressed: Uint8Array): Uint8Array {
  const file = openPdf(compressed);
  const { sections, startxrefAt } = file.revisions[0] as PdfRevision;
  const [{ entries, trailer, offset }] = sections as [PdfRevision['sections'][number]];
  const root = trailer.entries.get('Root') as PdfRef;
  const size = trailer.entries.get('Size') as number;
  const lines = [...entries].flatMap(([num, entry]) =>
    entry.type === 'offset' ? [`${num} 1\n${String(entry.offset).padStart(10, '0')} 00000 n \n`] : [],
  );
  const body = Buffer.from(compressed.subarray(0, startxrefAt));
  const id = '<00112233445566778899AABBCCDDEEFF>';
  const table = `xref\n0 1\n0000000000 65535 f \n${lines.join('')}trailer\n<</Size ${size}/Root ${root.num} 0 R/XRefStm ${offset}/ID[${id}${id}]>>\n`;
  return Buffer.concat([body, Buffer.from(`${table}startxref\n${body.length}\n%%EOF\n`)]);
}

const start = new Date();

for (const [kind, base] of [
  ['a cross-reference table', letter],
  ['cross-reference and object streams', withQpdf(letter, '--object-streams=generate')],
  ['a hybrid file', hybridOf(withQpdf(letter, '--object-streams=generate'))],
  ['a linearised file', withQpdf(letter, '--linearize')],
] as const) {
  test(`B-LT and B-LTA on ${kind}: every byte stays, qpdf and pdfsig agree, the changes are permitted`, async () => {
    const { authority } = authorityAt(start);
    const { pdf } = await signedLetter(authority, start, base);
    const lt = await extend(pdf, [authority], start, false);
    assert.equal(lt.level, 'B-LT', lt.failures.join());
    assert.deepEqual(lt.missing, []);
    const lta = await extend(lt.pdf, [authority], start, true);
    assert.equal(lta.level, 'B-LTA');
    assert.ok(Buffer.from(lt.pdf).subarray(0, pdf.length).equals(Buffer.from(pdf)));
    assert.ok(Buffer.from(lta.pdf).subarray(0, lt.pdf.length).equals(Buffer.from(lt.pdf)));
    const path = put('lta.pdf', lta.pdf);
    const check = spawnSync('qpdf', ['--check', path], { encoding: 'utf8' });
    assert.equal(check.status, 0, check.stdout + check.stderr);
    const database = join(folder, `nss-${kind.replaceAll(' ', '-')}`);
    mkdirSync(database);
    execFileSync('certutil', ['-N', '-d', `sql:${database}`, '--empty-password']);
    const root = put('root.pem', certificateToPem(authority.root));
    execFileSync('certutil', ['-A', '-d', `sql:${database}`, '-n', 'r', '-t', 'CT,C,C', '-i', root]);
    const said = execFileSync('pdfsig', ['-no-ocsp', '-nssdir', `sql:${database}`, path], {
      encoding: 'utf8',
    });
    assert.equal(said.match(/Signature is Valid/g)?.length, 2, said);
    const stamp = openPdf(lta.pdf);
    const field = formFields(documentAt(stamp)).find(({ name }) => name === 'dau_thoi_gian_1');
    const container = readContainer(stamp, field as FormField);
    const token = put('token.tst', container.cms);
    const data = put('token.data', Buffer.concat(container.parts));
    const ca = put('ca.pem', certificateToPem(authority.issuing));
    const trusted = ['-CAfile', root, '-untrusted', ca];
    const stamped = execFileSync(
      'openssl',
      ['ts', '-verify', '-token_in', '-in', token, '-data', data, ...trusted],
      {
        encoding: 'utf8',
        stdio: 'pipe',
      },
    );
    assert.match(stamped, /Verification: OK/);
    const store = readSecurityStore(stamp);
    assert.ok(store.crls.length > 0 && store.ocspResponses.length > 0);
    for (const { der } of store.crls)
      assert.match(
        spawnSync(
          'openssl',
          ['crl', '-inform', 'DER', '-noout', '-CAfile', root, '-in', put('one.crl', der)],
          {
            encoding: 'utf8',
          },
        ).stderr,
        /verify OK/,
      );
    for (const { der } of store.ocspResponses) {
      const chain = put('chain.pem', certificateToPem(authority.issuing) + certificateToPem(authority.root));
      const options = ['ocsp', '-respin', put('one.ocsp', der), '-CAfile', chain, '-no_nonce'];
      assert.match(spawnSync('openssl', options, { encoding: 'utf8' }).stderr, /Response verify OK/);
    }
    const report = await verifyPdf(lta.pdf, { anchors: [{ certificate: authority.root }], now: start });
    assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
    assert.deepEqual(
      report.signatures[1]?.changes.map(({ kind: change, permitted }) => [change, permitted]),
      [
        ['validation-data-added', true],
        ['timestamp-added', true],
      ],
    );
  });
}
