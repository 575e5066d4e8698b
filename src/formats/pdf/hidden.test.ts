import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutLetter } from '../letter/index.ts';
import { hiddenIn } from './hidden.ts';

/** A one-page file with more in its catalog and its page. */
function pdfWith(catalog: string, page: string, more: readonly string[] = []): Buffer {
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> ${page} >>`,
    ...more,
  ];
  let text = '%PDF-1.7\n';
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`;
  return Buffer.from(
    `${text}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    'latin1',
  );
}

const codes = (pdf: Uint8Array): string[] => hiddenIn(pdf).map(({ code }) => code);

test('what the signer could not see is found before it is submitted', () => {
  assert.deepEqual(codes(pdfWith('', '')), []);
  assert.deepEqual(codes(pdfWith('/OpenAction << /S /JavaScript /JS (app.alert(1)) >>', '')), ['script']);
  assert.deepEqual(
    codes(pdfWith('/OCProperties << /OCGs [4 0 R] /D << >> >>', '', ['<< /Type /OCG /Name (An) >>'])),
    ['layers'],
  );
  assert.deepEqual(codes(pdfWith('/AA << /WC << /S /Launch /F (a.exe) >> >>', '')), ['external']);
  assert.deepEqual(codes(pdfWith('/AcroForm << /Fields [] /XFA [] >>', '')), ['xfa']);
  assert.deepEqual(codes(pdfWith('', '/CropBox [0 421 595 842]')), ['outside-page']);
  assert.deepEqual(
    codes(pdfWith('', '/Annots [<< /Type /Annot /Subtype /FreeText /Rect [700 10 800 40] >>]')),
    ['outside-page'],
  );
  assert.deepEqual(codes(pdfWith('', '/Annots [<< /Type /Annot /Subtype /Screen /Rect [10 10 80 40] >>]')), [
    'media',
  ]);
});

test('a link to a web page, and a letter of ours, hide nothing', () => {
  const link =
    '/Annots [<< /Type /Annot /Subtype /Link /Rect [10 10 80 40] /A << /S /URI /URI (https://a.vn) >> >>]';
  assert.deepEqual(codes(pdfWith('', link)), []);
  const { pdf } = layoutLetter({
    organisation: 'Sở Tài chính',
    notation: '/STC',
    place: 'Tây Ninh',
    year: 2026,
    abstract: 'việc thử',
    body: ['Nội dung.'],
    signatory: { lines: ['GIÁM ĐỐC'], name: 'Huỳnh Văn Giám' },
    copies: ['Lưu: VT'],
  });
  assert.deepEqual(codes(pdf), []);
});
