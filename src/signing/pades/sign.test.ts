import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PNG } from 'pngjs';
import { readSignedData, signatureTimestamps } from '#formats/cms';
import { documentAt, fillFields, formFields, openPdf } from '#formats/pdf';
import { certificateToPem } from '#formats/x509';
import { reportText } from '../report/index.ts';
import { initialsSignature, officerSignature, organisationSignature } from './acts.ts';
import { signingOffice, unsignedLetter } from './attacks/index.ts';
import { readContainer, type SignatureContainer } from './container.ts';
import { PadesError } from './errors.ts';
import { completePdfSignature, preparePdfSignature } from './prepare.ts';
import { preparePades, signPdf } from './sign.ts';
import { verifyPdf } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-pades-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const letter = unsignedLetter();
const now = new Date();

/** The containers of a file's signatures, in order of their revisions. */
function containers(pdf: Uint8Array): SignatureContainer[] {
  const file = openPdf(pdf);
  return formFields(documentAt(file))
    .filter((field) => field.type === 'Sig' && field.value !== null)
    .map((field) => readContainer(file, field))
    .sort((left, right) => (left.revision ?? 0) - (right.revision ?? 0));
}

const code = (expected: string) => (error: unknown) => error instanceof PadesError && error.code === expected;

for (const keyType of ['rsa-2048', 'p-256'] as const) {
  test(`S3.1 full chain with ${keyType}: initials, officer, number and seal; pdfsig, openssl and qpdf agree`, async () => {
    const office = signingOffice(keyType, now);
    const drafter = office.authority.issueOfficer({
      commonName: 'Lê Soạn Thảo',
      organisation: 'Vụ Thử',
      keyType,
    });
    const initialed = await signPdf(letter, {
      ...initialsSignature(letter, { signingTime: now, signerName: 'Lê Soạn Thảo' }),
      signer: drafter.signer,
      timestamp: office.authority.timestamps,
    });
    const sealed = await office.seals(await office.sign(initialed));
    const path = put(`${keyType}.pdf`, sealed);
    const root = put(`${keyType}.pem`, certificateToPem(office.authority.root));

    const database = join(folder, `nss-${keyType}`);
    mkdirSync(database);
    execFileSync('certutil', ['-N', '-d', `sql:${database}`, '--empty-password']);
    execFileSync('certutil', ['-A', '-d', `sql:${database}`, '-n', 'root', '-t', 'CT,C,C', '-i', root]);
    const said = spawnSync('pdfsig', ['-nssdir', `sql:${database}`, path], { encoding: 'utf8' }).stdout;
    assert.equal(said.match(/Signature is Valid\./g)?.length, 3, said);
    assert.match(said, /Total document signed/);
    assert.match(
      execFileSync('qpdf', ['--check', path], { encoding: 'utf8' }),
      /No syntax or stream encoding errors/,
    );

    for (const [index, container] of containers(sealed).entries()) {
      const name = `${keyType}-${index}`;
      const content = put(`${name}.bin`, Buffer.concat(container.parts));
      const cms = put(`${name}.der`, container.cms);
      const verify = [
        'cms',
        '-verify',
        '-cades',
        '-binary',
        '-inform',
        'DER',
        '-in',
        cms,
        '-content',
        content,
      ];
      execFileSync(
        'openssl',
        [...verify, '-CAfile', root, '-x509_strict', '-purpose', 'any', '-out', '/dev/null'],
        { stdio: 'pipe' },
      );
      const [signer] = readSignedData(container.cms).signers;
      const token = put(
        `${name}.tst`,
        signatureTimestamps(signer as NonNullable<typeof signer>)[0] as Buffer,
      );
      const data = put(`${name}.sig`, (signer as NonNullable<typeof signer>).signature);
      const issuing = put(`${name}.ca.pem`, certificateToPem(office.authority.issuing));
      const checked = execFileSync(
        'openssl',
        ['ts', '-verify', '-token_in', '-in', token, '-data', data, '-CAfile', root, '-untrusted', issuing],
        { encoding: 'utf8', stdio: 'pipe' },
      );
      assert.match(checked, /Verification: OK/);
    }

    const report = await verifyPdf(sealed, office.policy);
    assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
    assert.deepEqual(
      report.signatures.map(({ role }) => role),
      ['initials', 'officer', 'organisation'],
    );
    assert.deepEqual(
      report.signatures[1]?.changes.map(({ vi, permitted }) => [vi, permitted]),
      [
        ['đã điền số ký hiệu', true],
        ['đã điền ngày ban hành', true],
        ['đã thêm chữ ký của cơ quan', true],
      ],
    );
    assert.equal(report.signatures[0]?.docMdp, 2);
    assert.equal(report.signatures[2]?.fieldMdp, 'All');
    assert.equal(report.signatures[2]?.coversWholeFile, true);
    assert.equal(report.signatures[1]?.judgedBy, 'timestamp');
  });
}

test('without initials the officer certifies; without a timestamp the time is only declared', async () => {
  const office = signingOffice('p-256', now);
  const signed = await signPdf(letter, {
    ...officerSignature(letter, { signingTime: now, signerName: 'Trần Thử Nghiệm' }),
    signer: office.officer,
  });
  const report = await verifyPdf(signed, office.policy);
  assert.equal(report.indication, 'TOTAL-PASSED');
  assert.equal(report.signatures[0]?.docMdp, 2);
  assert.equal(report.signatures[0]?.judgedBy, 'given-time');
  assert.match(reportText(report).join('\n'), /tự khai, không có dấu thời gian chứng minh/);
  const strict = await verifyPdf(signed, { ...office.policy, requireTimestamp: true });
  assert.equal(strict.indication, 'INDETERMINATE');
});

test('two phases with the key elsewhere give a valid file', async () => {
  const office = signingOffice('rsa-2048', now);
  const options = officerSignature(letter, { signingTime: now, signerName: 'Trần Thử Nghiệm' });
  const session = preparePades(letter, options, office.officer.certificateChain, office.officer.algorithm);
  const signature = await office.officer.sign(session.tbs);
  assert.equal((await verifyPdf(session.complete(signature), office.policy)).indication, 'TOTAL-PASSED');
});

test('a CMS that does not fit its place is refused, never cut', async () => {
  const office = signingOffice('p-256', now);
  const options = officerSignature(letter, { signingTime: now, signerName: 'x', reserve: 600 });
  await assert.rejects(signPdf(letter, { ...options, signer: office.officer }), code('signature-too-large'));
  const prepared = preparePdfSignature(letter, options);
  assert.throws(() => completePdfSignature(prepared, Buffer.alloc(601)), code('signature-too-large'));
});

test('a field is signed once, a locked field stays as it is, and only the first signature certifies', async () => {
  const office = signingOffice('p-256', now);
  const signed = await office.sign(letter);
  const again = {
    ...officerSignature(letter, { signingTime: now, signerName: 'x' }),
    signer: office.officer,
  };
  await assert.rejects(signPdf(signed, again), code('already-signed'));
  const sealed = await office.seals(signed);
  const initials = {
    ...initialsSignature(sealed, { signingTime: now, signerName: 'x' }),
    signer: office.officer,
  };
  await assert.rejects(signPdf(sealed, initials), code('field-locked'));
  await assert.rejects(signPdf(signed, { ...initials, docMdp: 2 }), code('certify-first'));
  await assert.rejects(signPdf(letter, { ...again, field: 'ky_khac' }), code('no-such-signature-field'));
  const refilled = await verifyPdf(fillFields(sealed, { so_ky_hieu: '999/QĐ-TTg' }), office.policy);
  assert.equal(refilled.indication, 'TOTAL-FAILED', 'the seal locks the number');
});

test('pictures are PNG with transparency, or drawn; the text layer gains only number and date', async () => {
  const office = signingOffice('p-256', now);
  const image = new PNG({ width: 60, height: 30 });
  image.data.fill(90);
  const signed = await signPdf(letter, {
    ...officerSignature(letter, {
      signingTime: now,
      signerName: 'Trần Thử Nghiệm',
      picture: PNG.sync.write(image),
    }),
    signer: office.officer,
  });
  const sealed = await office.seals(signed);
  assert.equal((await verifyPdf(sealed, office.policy)).indication, 'TOTAL-PASSED');
  const text = (pdf: Uint8Array): string =>
    execFileSync('pdftotext', ['-layout', put('text.pdf', pdf), '-'], { encoding: 'utf8' });
  const words = (value: string): string[] => value.split(/\s+/).filter(Boolean);
  const before = new Set(words(text(letter)));
  const gained = words(text(sealed)).filter((word) => !before.has(word));
  assert.deepEqual(gained, ['274/QĐ-TTg', '12', '3']);
  assert.match(text(sealed), /Số: 274\/QĐ-TTg/);
  assert.match(text(sealed), /Hà Nội, ngày 12 tháng 3 năm 2019/);
});

test('the organisation’s options name the field, the values and the lock', () => {
  const options = organisationSignature({
    signingTime: now,
    organisation: 'A',
    number: '1/A',
    date: 'ngày 01 tháng 02 năm 2020',
  });
  assert.equal(options.field, 'ky_co_quan');
  assert.deepEqual(options.fill, { so_ky_hieu: '1/A', ngay_ban_hanh: 'ngày 01 tháng 02 năm 2020' });
  assert.deepEqual(options.fieldMdp, { action: 'All' });
});
