import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentAt, fillFields, formFields, openPdf, pageSizes, PdfError } from '../pdf/index.ts';
import { issueDateText, layoutLetter, numberText, type LetterDraft } from './index.ts';

const draft: LetterDraft = {
  superior: 'Ủy ban nhân dân tỉnh An Bình',
  organisation: 'Sở Thông tin và Truyền thông',
  notation: '/STTTT-CĐS',
  place: 'An Bình',
  year: 2026,
  abstract: 'triển khai gửi, nhận văn bản điện tử',
  recipients: ['Các sở, ban, ngành'],
  urgency: 'thuong-khan',
  body: [
    'Thực hiện Quyết định số 28/2018/QĐ-TTg, đề nghị các cơ quan triển khai một số nội dung sau:',
    '1. Gửi, nhận văn bản điện tử có chữ ký số.',
  ],
  signatory: { lines: ['KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'], name: 'Nguyễn Thị Hoàng Phượng' },
  copies: ['Như trên', 'Lưu: VT, CĐS. 05'],
};

/** What a tool that we did not write says of a file. */
function run(tool: string, args: (file: string) => string[], pdf: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-letter-'));
  try {
    const file = join(folder, 'letter.pdf');
    writeFileSync(file, pdf);
    return execFileSync(tool, args(file), { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a letter reserves number, date and four signatures, and its structure is sound', () => {
  const { pdf, fields, pages } = layoutLetter(draft);
  assert.equal(pages, 1);
  const expected = [
    'so_ky_hieu',
    'ngay_ban_hanh',
    'ky_nhay',
    'ky_nhay_don_vi',
    'ky_nguoi_co_tham_quyen',
    'ky_co_quan',
  ];
  assert.deepEqual(
    fields.map((field) => field.field),
    expected,
  );
  const found = formFields(documentAt(openPdf(pdf)));
  assert.deepEqual(
    found.map(({ name, type }) => [name, type]),
    expected.map((name) => [name, name.startsWith('ky_') ? 'Sig' : 'Tx']),
  );
  for (const field of found) assert.deepEqual(field.widgets, [field.ref], 'field and widget are merged');
  assert.match(
    run('qpdf', (file) => ['--check', file], pdf),
    /No syntax or stream encoding errors/,
  );
});

test('the seal covers about a third of the officer’s picture on its left', () => {
  const { fields } = layoutLetter(draft);
  const rect = (name: string) => fields.find((field) => field.field === name)?.rect ?? [0, 0, 0, 0];
  const [officer, seal] = [rect('ky_nguoi_co_tham_quyen'), rect('ky_co_quan')];
  const covered = (seal[2] - officer[0]) / (officer[2] - officer[0]);
  assert.ok(covered > 0.3 && covered < 0.37, `covers ${covered}`);
  assert.ok(seal[0] < officer[0]);
  assert.ok(Math.abs(((seal[2] - seal[0]) / 72) * 25.4 - 36) < 0.1, 'the seal is 36 mm across');
});

test('the text layer gives exact composed Vietnamese, from decomposed input too', () => {
  const decomposed: LetterDraft = {
    ...draft,
    body: draft.body.map((block) => String(block).normalize('NFD')),
  };
  const filled = fillFields(layoutLetter(decomposed).pdf, {
    so_ky_hieu: numberText(7, '/STTTT-CĐS'),
    ngay_ban_hanh: issueDateText('2026-02-03'),
  });
  const text = run('pdftotext', (file) => ['-layout', file, '-'], filled);
  assert.equal(text, text.normalize('NFC'));
  for (const line of [
    'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM',
    'Độc lập - Tự do - Hạnh phúc',
    'ỦY BAN NHÂN DÂN',
    'Số: 07/STTTT-CĐS',
    'An Bình, ngày 03 tháng 02 năm 2026',
    'V/v triển khai gửi',
    'THƯỢNG KHẨN',
    'Kính gửi: Các sở, ban, ngành.',
    'đề nghị các cơ quan',
    'có chữ ký số./.',
    'PHÓ GIÁM ĐỐC',
    'Nguyễn Thị Hoàng Phượng',
    '- Lưu: VT, CĐS. 05.',
  ])
    assert.ok(text.includes(line), `missing: ${line}\n${text}`);
});

test('a named type is centred with its abstract, and long texts flow over pages with numbers from page 2', () => {
  const { pdf, pages } = layoutLetter({
    ...draft,
    type: 'Quyết định',
    abstract: 'Về việc ban hành Quy chế công tác văn thư',
    body: [
      { kind: 'basis', text: 'Căn cứ Nghị định số 30/2020/NĐ-CP;' },
      { kind: 'heading', text: 'QUYẾT ĐỊNH:' },
      ...Array.from({ length: 40 }, (_, index) => ({
        kind: 'article' as const,
        label: `Điều ${index + 1}.`,
        text: 'Cơ quan, đơn vị có trách nhiệm thực hiện quy định này trong phạm vi nhiệm vụ được giao. '.repeat(
          3,
        ),
      })),
    ],
  });
  assert.ok(pages >= 3);
  assert.equal(pageSizes(pdf).length, pages);
  const second = run('pdftotext', (file) => ['-f', '2', '-l', '2', '-layout', file, '-'], pdf);
  assert.match(second, /^\s+2\n/);
  const first = run('pdftotext', (file) => ['-f', '1', '-l', '1', '-layout', file, '-'], pdf);
  assert.match(first, /QUYẾT ĐỊNH\n\s+Về việc ban hành Quy chế công tác văn thư/);
  const last = run('pdftotext', (file) => ['-f', String(pages), '-layout', file, '-'], pdf);
  assert.match(last, /Điều 40/, 'the signature does not stand alone on its page');
});

test('the file says its language and title', () => {
  const { pdf } = layoutLetter(draft);
  const document = documentAt(openPdf(pdf));
  const text = Buffer.from(pdf).toString('latin1');
  assert.match(text, /\/Lang \(vi-VN\)/);
  assert.match(
    run('pdfinfo', (file) => [file], pdf),
    /Title:\s+Công văn về việc triển khai gửi, nhận văn bản điện tử/,
  );
  assert.equal(document.file.anomalies.size, 0);
});

test('a character that the font cannot print is refused by name', () => {
  assert.throws(
    () => layoutLetter({ ...draft, body: ['Xin chào 🙂'] }),
    (error) =>
      error instanceof PdfError && error.code === 'character-not-in-font' && /U\+1F642/.test(error.text.vi),
  );
});

test('days, months and numbers below ten are printed as the Decree says', () => {
  assert.equal(issueDateText('2020-01-05'), 'ngày 05 tháng 01 năm 2020');
  assert.equal(issueDateText('2019-03-12'), 'ngày 12 tháng 3 năm 2019');
  assert.equal(numberText(5, '/QĐ-UBND'), '05/QĐ-UBND');
});
