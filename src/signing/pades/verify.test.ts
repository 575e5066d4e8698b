import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assert as assertProperty, asyncProperty, integer, nat } from 'fast-check';
import {
  createPdf,
  decodeStream,
  deflated,
  dict,
  documentAt,
  fillFields,
  name,
  openPdf,
  PdfError,
  ref,
  reserveFields,
  updatePdf,
  withEntries,
  type PdfStream,
} from '#formats/pdf';
import { clerkReport, machineReport, reportText, type PdfReport } from '../report/index.ts';
import {
  attacksAfterSigning,
  attacksByHand,
  attacksOnContainer,
  preparedAttacks,
  signingOffice,
  unsignedLetter,
} from './attacks/index.ts';
import { createTestAuthority } from '../authority.ts';
import { officerSignature } from './acts.ts';
import { signPdf } from './sign.ts';
import { verifyPdf } from './verify.ts';
import { startCost } from '../../../test/support/cost.ts';

const office = signingOffice();
const letter = unsignedLetter();
const signed = await office.sign(letter);
const sealed = await office.seals(signed);

type Outcome = { readonly report: PdfReport } | { readonly refused: PdfError };

async function outcomeOf(pdf: Uint8Array): Promise<Outcome> {
  try {
    return { report: await verifyPdf(pdf, office.policy) };
  } catch (error) {
    if (error instanceof PdfError) return { refused: error };
    throw error;
  }
}

/** Not valid, with a reason in words that names what happened. */
function assertRefused(outcome: Outcome, label: string): void {
  if ('refused' in outcome) {
    assert.ok(outcome.refused.text.vi.length > 10, label);
    return;
  }
  const { report } = outcome;
  assert.notEqual(report.indication, 'TOTAL-PASSED', `${label}\n${reportText(report).join('\n')}`);
  const reasons = [...report.findings, ...report.signatures.flatMap((one) => one.findings)];
  assert.ok(reasons.length > 0, `${label}: no reason given`);
  assert.ok(
    reasons.every(({ vi, en }) => vi.length > 10 && en.length > 10),
    label,
  );
}

const withQpdf = (pdf: Uint8Array, ...options: string[]): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-verify-'));
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf);
    execFileSync('qpdf', [...options, join(folder, 'in.pdf'), join(folder, 'out.pdf')]);
    return readFileSync(join(folder, 'out.pdf'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** A page without a form, as an editor exports it. */
function plainDocument(): Uint8Array {
  const writer = createPdf();
  const [catalog, tree] = [writer.allocate(), writer.allocate()];
  const page = writer.addObject(
    dict({
      Type: name('Page'),
      Parent: tree,
      MediaBox: [0, 0, 595, 842],
      Contents: writer.addObject(deflated('')),
    }),
  );
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: [page], Count: 1 }));
  writer.setObject(catalog, dict({ Type: name('Catalog'), Pages: tree }));
  writer.setTrailer({ Root: catalog });
  return writer.finish().bytes;
}

test('honest files are valid: signed, signed and filled, signed, filled and sealed', async () => {
  for (const [label, pdf, changes] of [
    ['signed', signed, 0],
    ['filled', fillFields(signed, { so_ky_hieu: '274/QĐ-TTg' }), 1],
    ['sealed', sealed, 3],
  ] as const) {
    const report = await verifyPdf(pdf, office.policy);
    assert.equal(report.indication, 'TOTAL-PASSED', `${label}\n${reportText(report).join('\n')}`);
    assert.equal(report.signatures[0]?.changes.length, changes, label);
    assert.equal(report.findings.length, 0, label);
  }
});

test('honest files with object streams, linearised, or with fields reserved after uploading are valid too', async () => {
  const compressed = withQpdf(letter, '--object-streams=generate');
  const linear = withQpdf(letter, '--linearize');
  for (const base of [compressed, linear]) {
    const pdf = await office.seals(await office.sign(base));
    const report = await verifyPdf(pdf, office.policy);
    assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
  }
  const bare = withQpdf(plainDocument(), '--object-streams=generate');
  const uploaded = reserveFields(bare, [
    { field: 'so_ky_hieu', page: 1, rect: [90, 690, 260, 710] },
    { field: 'ngay_ban_hanh', page: 1, rect: [290, 690, 550, 710] },
    { field: 'ky_nguoi_co_tham_quyen', page: 1, rect: [350, 100, 490, 170] },
    { field: 'ky_co_quan', page: 1, rect: [300, 90, 400, 190] },
  ]);
  const report = await verifyPdf(await office.seals(await office.sign(uploaded)), office.policy);
  assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
});

test('S3.2 an update that paints over page 2 is invalid and says so; every signature before it is named', async () => {
  const attack = attacksAfterSigning['incremental saving: content stream rewritten under its number'];
  const report = await verifyPdf(attack!(sealed), office.policy);
  assert.equal(report.indication, 'TOTAL-FAILED');
  assert.deepEqual(
    report.signatures.map(({ field, indication }) => [field, indication]),
    [
      ['ky_nguoi_co_tham_quyen', 'TOTAL-FAILED'],
      ['ky_co_quan', 'TOTAL-FAILED'],
    ],
  );
  const clerk = clerkReport(report);
  assert.equal(clerk.verdict, 'KHÔNG HỢP LỆ');
  assert.ok(
    clerk.signatures[1]?.reasons.includes('Trang 2 bị vẽ đè sau khi ký'),
    clerk.signatures[1]?.reasons.join(),
  );
  assert.match(clerk.advice, /trả lại nơi gửi/);
  assert.match(clerkReport(report, 'en').signatures[1]?.reasons.join() ?? '', /Page 2 was painted over/);
});

for (const [base, pdf] of [
  ['signed by the officer', signed],
  ['signed and sealed', sealed],
] as const) {
  for (const [name, attack] of Object.entries({
    ...attacksAfterSigning,
    ...attacksOnContainer,
    ...attacksByHand,
  })) {
    test(`S3.7 ${name}, on a letter ${base}`, async () => {
      assertRefused(await outcomeOf(attack(pdf)), name);
    });
  }
}

for (const [name, attack] of Object.entries(preparedAttacks)) {
  test(`S3.7 ${name}`, async () => {
    const honest = await office.seals(await office.sign(attack.prepare(letter)));
    assert.equal((await verifyPdf(honest, office.policy)).indication, 'TOTAL-PASSED');
    assertRefused(await outcomeOf(attack.release(honest)), name);
    const onlySigned = await office.sign(attack.prepare(letter));
    assertRefused(await outcomeOf(attack.release(onlySigned)), name);
  });
}

test('S3.7 an object stream replaced under its number, which changes what it holds', async () => {
  const compressed = await office.sign(withQpdf(letter, '--object-streams=generate'));
  const document = documentAt(openPdf(compressed));
  const held = [...Array(200).keys()]
    .map((num) => document.entry(num))
    .find((entry) => entry?.type === 'compressed');
  assert.ok(held?.type === 'compressed');
  const container = document.object(held.container) as PdfStream;
  const writer = updatePdf(document);
  const data = Buffer.from(decodeStream(container, { left: 1e7, limit: 1e7 })).toString('latin1');
  const changed = data.replaceAll('841.8898', '241.8898').replaceAll('595.2756', '295.2756');
  assert.notEqual(changed, data);
  writer.setObject(
    ref(held.container),
    deflated(changed, withEntries(container.dict, { DecodeParms: undefined })),
  );
  assertRefused(await outcomeOf(writer.finish().bytes), 'object stream shadowing');
});

test('S3.2 any byte changed anywhere is never valid', async () => {
  await assertProperty(
    asyncProperty(nat(sealed.length - 1), integer({ min: 1, max: 255 }), async (at, flip) => {
      const hurt = Buffer.from(sealed);
      hurt[at] = (hurt[at] as number) ^ flip;
      assertRefused(await outcomeOf(hurt), `byte ${at} ^ ${flip}`);
    }),
    { numRuns: 1500 },
  );
});

test('S3.2 any byte changed within the signature values is never valid', async () => {
  const text = Buffer.from(sealed).toString('latin1');
  const start = text.lastIndexOf('/Contents <') + 11;
  const length = 2 * (4 + Number.parseInt(text.slice(start + 4, start + 8), 16));
  for (let at = start; at < start + length; at += 7) {
    const hurt = Buffer.from(sealed);
    hurt[at] = text[at] === '0' ? 0x31 : 0x30;
    assertRefused(await outcomeOf(hurt), `digit ${at - start} of the CMS`);
  }
});

test('S3.2 any bytes cut off or put behind the end are never valid and unchanged', async () => {
  await assertProperty(
    asyncProperty(integer({ min: 2, max: 30_000 }), async (cut) => {
      const outcome = await outcomeOf(sealed.subarray(0, sealed.length - cut));
      if ('refused' in outcome) return;
      assert.notEqual(outcome.report.signatures.at(-1)?.field, 'ky_co_quan', `cut ${cut}`);
    }),
    { numRuns: 60 },
  );
  assertRefused(await outcomeOf(Buffer.concat([sealed, Buffer.from('x')])), 'one byte behind');
});

test('S3.6 a file without signatures, even with a picture of one, is said to have none', async () => {
  const began = startCost();
  const report = await verifyPdf(letter, office.policy);
  assert.ok(began() < 300);
  assert.equal(report.unsigned, true);
  assert.equal(report.indication, 'INDETERMINATE');
  assert.match(reportText(report).join('\n'), /không có chữ ký số/i);
});

test('S3.4 a certificate revoked after the timestamp leaves the signature valid; revoked before, it does not', async () => {
  let clock = new Date('2019-06-24T03:00:00Z');
  const authority = createTestAuthority({ now: () => clock, organisation: 'Bộ Thử nghiệm' });
  const { signer, certificate } = authority.issueOfficer({
    commonName: 'Lê Văn Thử',
    organisation: 'Bộ Thử nghiệm',
  });
  const pdf = await signPdf(letter, {
    ...officerSignature(letter, { signingTime: clock, signerName: 'Lê Văn Thử' }),
    signer,
    timestamp: authority.timestamps,
  });
  const anchors = [{ certificate: authority.root }];
  clock = new Date('2020-01-02T03:00:00Z');
  authority.revoke(certificate, 'cessationOfOperation', clock);
  clock = new Date('2020-02-01T03:00:00Z');
  const later = await verifyPdf(pdf, {
    anchors,
    now: clock,
    revocation: 'prefer',
    evidence: { crls: [authority.currentCrl(), authority.currentRootCrl()] },
  });
  assert.equal(later.indication, 'TOTAL-PASSED', reportText(later).join('\n'));
  authority.revoke(certificate, 'cessationOfOperation', new Date('2019-06-01T00:00:00Z'));
  const before = await verifyPdf(pdf, {
    anchors,
    now: clock,
    evidence: { crls: [authority.currentCrl(), authority.currentRootCrl()] },
  });
  assert.equal(before.indication, 'TOTAL-FAILED', reportText(before).join('\n'));
  assert.match(reportText(before).join('\n'), /Chứng thư đã bị thu hồi/);
});

test('a signer that nobody trusts is not enough, and required signatures must be there', async () => {
  const stranger = signingOffice();
  const report = await verifyPdf(sealed, stranger.policy);
  assert.equal(report.indication, 'INDETERMINATE');
  assert.match(reportText(report).join('\n'), /không thuộc hệ thống chứng thực được tin cậy/);
  const alone = await verifyPdf(signed, { ...office.policy, require: ['officer', 'organisation'] });
  assert.equal(alone.indication, 'INDETERMINATE');
  assert.match(reportText(alone).join('\n'), /Thiếu chữ ký của cơ quan/);
});

test('the machine’s view is plain JSON with the indications of ETSI EN 319 102-1', async () => {
  const machine = machineReport(await verifyPdf(sealed, office.policy)) as {
    readonly indication: string;
    readonly signatures: readonly { readonly certificate: { readonly indication: string } }[];
  };
  assert.equal(machine.indication, 'TOTAL-PASSED');
  assert.equal(machine.signatures[0]?.certificate.indication, 'TOTAL-PASSED');
  assert.deepEqual(machine, JSON.parse(JSON.stringify(machine)));
});
