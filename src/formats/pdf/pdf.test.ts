import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { array, assert as assertProperty, boolean, constantFrom, nat, property, tuple } from 'fast-check';
import { PNG } from 'pngjs';
import {
  catalogOf,
  createPdf,
  decodeText,
  deflated,
  dict,
  documentAt,
  embedPng,
  fillFields,
  formFields,
  isKind,
  name,
  openPdf,
  pageSizes,
  pagesOf,
  PdfError,
  reserveFields,
  textString,
  updatePdf,
  withEntries,
  type PdfDict,
  type PdfProblem,
  type PdfRef,
  type PdfStream,
} from './index.ts';
import { startCost } from '../../../test/support/cost.ts';

/** A small file of a few pages. */
function sample(pages = 1): Uint8Array {
  const writer = createPdf();
  const [catalog, tree] = [writer.allocate(), writer.allocate()];
  const kids = Array.from({ length: pages }, (_, index) =>
    writer.addObject(
      dict({
        Type: name('Page'),
        Parent: tree,
        MediaBox: [0, 0, 595, 842],
        Rotate: index === 1 ? 90 : undefined,
        Contents: writer.addObject(deflated(`% trang ${index + 1}`)),
      }),
    ),
  );
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: kids, Count: pages }));
  writer.setObject(catalog, dict({ Type: name('Catalog'), Pages: tree }));
  writer.setTrailer({ Root: catalog, Info: writer.addObject(dict({ Title: textString('Tờ trình') })) });
  return writer.finish().bytes;
}

function withTool(pdf: Uint8Array, use: (file: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-pdf-'));
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf);
    use(join(folder, 'in.pdf'), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same document written by qpdf with other options. */
function rewritten(pdf: Uint8Array, ...options: string[]): Uint8Array {
  let out = new Uint8Array();
  withTool(pdf, (file, folder) => {
    execFileSync('qpdf', [...options, file, join(folder, 'out.pdf')]);
    out = readFileSync(join(folder, 'out.pdf'));
  });
  return out;
}

const check = (pdf: Uint8Array): void =>
  withTool(pdf, (file) => void execFileSync('qpdf', ['--check', file]));

const refuses = (code: PdfProblem, pdf: Uint8Array): void =>
  assert.throws(
    () => {
      const document = documentAt(openPdf(pdf));
      pagesOf(document);
      formFields(document);
    },
    (error) => error instanceof PdfError && error.code === code,
  );

/** A file written by hand: objects, then a table that is right. */
function handmade(objects: readonly string[], trailer: string): Uint8Array {
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object) => {
    const at = text.length;
    text += `${object}\n`;
    return at;
  });
  const start = text.length;
  const lines = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  text += `xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${lines.join('')}`;
  text += `trailer\n<</${trailer.replace('XREF', String(start))}>>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

test('a written file is read back, and qpdf finds nothing wrong', () => {
  const pdf = sample(2);
  check(pdf);
  const document = documentAt(openPdf(pdf));
  const info = document.dict(document.trailer.entries.get('Info'));
  const title = info?.entries.get('Title');
  assert.ok(isKind(title, 'string') && decodeText(title) === 'Tờ trình');
  assert.deepEqual(
    pageSizes(pdf).map(({ page, width, height, rotate }) => [page, width, height, rotate]),
    [
      [1, 595, 842, 0],
      [2, 595, 842, 90],
    ],
  );
});

test('an update leaves every earlier byte as it is, and each revision can be opened', () => {
  const pdf = sample();
  const writer = updatePdf(pdf);
  const { ref, dict: own } = catalogOf(documentAt(openPdf(pdf)));
  writer.setObject(ref, withEntries(own, { Lang: textString('vi-VN') }));
  const { bytes } = writer.finish();
  assert.ok(Buffer.from(bytes).subarray(0, pdf.length).equals(Buffer.from(pdf)));
  check(bytes);
  const file = openPdf(bytes);
  assert.equal(file.revisions.length, 2);
  assert.equal(file.revisions[0]?.end, pdf.length);
  assert.equal(catalogOf(documentAt(file, 0)).dict.entries.has('Lang'), false);
  assert.equal(catalogOf(documentAt(file, 1)).dict.entries.has('Lang'), true);
});

test('cross-reference streams and object streams are read, and continued with a stream', () => {
  const pdf = rewritten(sample(3), '--object-streams=generate');
  const file = openPdf(pdf);
  assert.equal(file.revisions[0]?.sections[0]?.kind, 'stream');
  assert.equal(pagesOf(documentAt(file)).length, 3);
  const updated = reserveFields(pdf, [{ field: 'ky_co_quan', page: 3, rect: [100, 100, 200, 200] }]);
  check(updated);
  const again = openPdf(updated);
  assert.equal(again.revisions[1]?.sections[0]?.kind, 'stream');
  assert.deepEqual(
    formFields(documentAt(again)).map((field) => [field.name, field.type]),
    [['ky_co_quan', 'Sig']],
  );
  const [before, after] = [file, again].map((one) => one.revisions.at(-1)?.trailer.entries.get('ID'));
  assert.deepEqual(
    JSON.stringify(before, (key, value) => (key === 'span' ? undefined : value)),
    JSON.stringify(after, (key, value) => (key === 'span' ? undefined : value)),
    '/ID is kept',
  );
});

test('a linearised file is one revision', () => {
  const file = openPdf(rewritten(sample(4), '--linearize'));
  assert.equal(file.revisions.length, 1);
  assert.equal(pagesOf(documentAt(file)).length, 4);
});

test('a hybrid file gives its hidden objects, and a stream that contradicts its table is noted', () => {
  const objects = [
    '1 0 obj\n<</Type/Catalog/Pages 2 0 R/Hidden 4 0 R>>\nendobj',
    '2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj',
    '3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>\nendobj',
  ];
  const hybrid = (
    entries: readonly (readonly [type: number, second: number, third: number])[],
  ): Uint8Array => {
    const held = Buffer.from('4 0 (an)');
    const container = `5 0 obj\n<</Type/ObjStm/N 1/First 4/Length ${held.length}>>\nstream\n${held.toString()}\nendstream\nendobj\n`;
    const head = `%PDF-1.7\n`;
    const offsets: number[] = [];
    let text = head;
    for (const object of [...objects, container]) {
      offsets.push(text.length);
      text += `${object}\n`;
    }
    const data = Buffer.concat(
      entries.map(([type, second, third]) => Buffer.from([type, second >> 8, second & 255, third])),
    );
    const stm = text.length;
    text += `6 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Index[3 ${entries.length}]/Length ${data.length}>>\nstream\n${data.toString('latin1')}\nendstream\nendobj\n`;
    const at = text.length;
    const line = (offset: number): string => `${String(offset).padStart(10, '0')} 00000 n \n`;
    text += `xref\n0 6\n0000000000 65535 f \n${line(offsets[0] as number)}${line(offsets[1] as number)}${line(offsets[2] as number)}0000000000 00000 f \n${line(offsets[3] as number)}`;
    text += `trailer\n<</Size 7/Root 1 0 R/XRefStm ${stm}>>\nstartxref\n${at}\n%%EOF\n`;
    return Buffer.from(text, 'latin1');
  };
  const third = 9 + (objects[0] as string).length + 1 + (objects[1] as string).length + 1;
  const honest = openPdf(
    hybrid([
      [1, third, 0],
      [2, 5, 0],
    ]),
  );
  const value = documentAt(honest).object(4, 0);
  assert.ok(isKind(value, 'string') && decodeText(value) === 'an');
  assert.equal(honest.anomalies.size, 0);
  const lying = openPdf(hybrid([[1, 9, 0]]));
  assert.deepEqual([...lying.anomalies], ['hybrid-disagrees:3']);
});

test('an encrypted file is refused', () => {
  refuses('encrypted', rewritten(sample(), '--encrypt', 'a', 'b', '256', '--'));
});

test('what is not a PDF, or is cut off, is refused with a reason', () => {
  refuses('not-pdf', Buffer.from('<html>'));
  refuses('damaged', Buffer.from('%PDF-1.7\nnothing'));
  refuses('damaged', sample().subarray(0, 400));
});

test('bombs, loops and false claims end quickly with a reason', () => {
  const began = startCost();
  const root = '1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj';
  const pages = '2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj';
  refuses('too-many-objects', handmade([root, pages], 'Size 10000000/Root 1 0 R'));
  refuses('loop', handmade([root, pages], 'Size 3/Root 1 0 R/Prev XREF'));
  refuses(
    'loop',
    handmade([root, '2 0 obj\n<</Type/Pages/Kids[2 0 R]/Count 1>>\nendobj'], 'Size 3/Root 1 0 R'),
  );
  const claims = Buffer.from(
    '%PDF-1.7\nxref\n0 10000000\n0000000000 65535 f \ntrailer\n<</Size 3>>\nstartxref\n9\n%%EOF\n',
  );
  refuses('too-many-objects', claims);
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  refuses('too-deep', handmade([`1 0 obj\n<</Type/Catalog/Pages ${deep}>>\nendobj`], 'Size 2/Root 1 0 R'));
  refuses('too-much-data', bomb());
  assert.ok(began() < 900, 'all of them within three seconds');
});

/** A cross-reference stream that inflates to 600 MB. */
function bomb(): Uint8Array {
  const data = deflateSync(Buffer.alloc(600 * 2 ** 20), { level: 9 });
  const head = Buffer.from(
    `%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 100/W[1 4 2]/Filter/FlateDecode/Length ${data.length}>>\nstream\n`,
  );
  return Buffer.concat([head, data, Buffer.from('\nendstream\nendobj\nstartxref\n9\n%%EOF\n')]);
}

test('changing or cutting any bytes never crashes the reader: it reads or it refuses', () => {
  const files = [sample(2), rewritten(sample(2), '--object-streams=generate')];
  assertProperty(
    property(
      constantFrom(...files),
      array(tuple(nat(5000), nat(255)), { minLength: 1, maxLength: 6 }),
      boolean(),
      (pdf, edits, cut) => {
        const bytes = Buffer.from(pdf);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        const hurt = cut ? bytes.subarray(0, (edits[0] as [number, number])[0] % bytes.length) : bytes;
        try {
          const document = documentAt(openPdf(hurt));
          pagesOf(document);
          formFields(document);
        } catch (error) {
          assert.ok(error instanceof PdfError, String((error as Error).stack));
        }
      },
    ),
    { numRuns: 600 },
  );
});

test('a PNG with transparency becomes an image with a soft mask; a bomb is refused unopened', () => {
  const image = new PNG({ width: 4, height: 2 });
  image.data.fill(128);
  const png = PNG.sync.write(image);
  const writer = createPdf();
  const { ref } = embedPng(writer, png);
  const stream = writer.value(ref) as PdfStream;
  assert.ok(stream.dict.entries.has('SMask'));
  const huge = Buffer.from(png);
  huge.writeUInt32BE(60_000, 16);
  assert.throws(
    () => embedPng(writer, huge),
    (error) => error instanceof PdfError && error.code === 'bad-image',
  );
});

test('places on uploaded pages: outside the page, a page that is not there, a name taken', () => {
  const pdf = sample(2);
  const place = (page: number, rect: readonly [number, number, number, number]) =>
    reserveFields(pdf, [{ field: 'so_ky_hieu', page, rect }]);
  const code = (problem: PdfProblem) => (error: unknown) =>
    error instanceof PdfError && error.code === problem;
  assert.throws(() => place(3, [0, 0, 10, 10]), code('no-such-page'));
  assert.throws(() => place(1, [500, 10, 700, 30]), code('place-outside-page'));
  const once = place(2, [10, 10, 200, 30]);
  assert.throws(
    () => reserveFields(once, [{ field: 'so_ky_hieu', page: 1, rect: [0, 0, 10, 10] }]),
    code('field-exists'),
  );
  assert.throws(() => fillFields(once, { khong_co: 'x' }), code('no-such-field'));
  const filled = documentAt(openPdf(fillFields(once, { so_ky_hieu: '12/QĐ-UBND' })));
  const [field] = formFields(filled);
  assert.ok(isKind(field?.value, 'string') && decodeText(field.value) === '12/QĐ-UBND');
});

test('filling a field changes only its value and its appearance', () => {
  const pdf = reserveFields(sample(), [{ field: 'so_ky_hieu', page: 1, rect: [10, 10, 200, 30] }]);
  const filled = openPdf(fillFields(pdf, { so_ky_hieu: '12' }));
  const [field] = formFields(documentAt(filled)) as unknown as [{ ref: PdfRef }];
  const [before, after] = [1, 2].map((at) => documentAt(filled, at).dict(field.ref) as PdfDict) as [
    PdfDict,
    PdfDict,
  ];
  const changed = [...after.entries.keys()].filter(
    (key) => before.entries.get(key) !== after.entries.get(key),
  );
  assert.deepEqual(
    changed.filter((key) => !before.entries.has(key)),
    ['V', 'AP'],
  );
});
