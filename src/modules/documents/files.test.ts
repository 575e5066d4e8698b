import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contentDisposition } from './fileRoutes.ts';
import { safeName } from './files.ts';
import { documentAt, formFields, openPdf } from '#formats/pdf';
import type { OutgoingDetail } from './contract.ts';
import { draftOf, pin, startWorld, type World } from './world.test.ts';

/** One empty A4 page, as any word processor could export it. */
function plainPdf(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>',
  ];
  let text = '%PDF-1.7\n';
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = text.length;
  text += `xref\n0 4\n0000000000 65535 f \n${places.join('')}`;
  return Buffer.from(`${text}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
}

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

test('file names keep their Vietnamese marks and lose what could leave the folder', () => {
  assert.equal(safeName('../../etc/Báo cáo quý III.pdf'), 'Báo cáo quý III.pdf');
  assert.equal(safeName('a\u0000b\u202e.pdf'), 'ab.pdf');
  assert.equal(safeName('..'), 'tep.bin');
  const header = contentDisposition('inline', 'Đề án “số 1”.pdf');
  assert.match(header, /filename="De an _so 1_\.pdf"; filename\*=UTF-8''%C4%90%E1%BB%81%20%C3%A1n/);
});

test('a file is what its first bytes say, and is given out without scripts', async () => {
  const uploaded = await world.upload('tu', 'Phụ lục số 2.txt', Buffer.from('Nội dung'));
  const answer = await world.raw('tu', `/api/documents/files/${uploaded.id}`);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-security-policy'], 'sandbox');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['content-disposition']), /Ph%E1%BB%A5%20l%E1%BB%A5c/);
  assert.equal(answer.body, 'Nội dung');
  await assert.rejects(world.upload('tu', 'gia.pdf', Buffer.from('MZ not a pdf')), /documents.file-type/);
  await assert.rejects(world.upload('tu', 'chay.exe', Buffer.from('MZ')), /documents.file-type/);
  await assert.rejects(world.upload('tu', 'rong.txt', Buffer.alloc(0)), /422|400|file-empty/);
});

test('nobody puts the upload of another on their draft', async () => {
  const theirs = await world.upload('budget', 'cua-toi.txt', Buffer.from('x'));
  const answer = await world.post(
    'tu',
    '/api/documents/outgoing',
    draftOf(world, 'finance', { attachments: [theirs.id] }),
  );
  assert.equal(answer.code, 'documents.unknown-file');
  assert.equal((await world.get('tu', `/api/documents/files/${theirs.id}/report`)).status, 404);
});

test('any bytes called PDF make an upload that can be judged, never an error', async () => {
  for (const bytes of ['%PDF-1.7\n', '%PDF-1.4\n%%EOF', `%PDF-1.7\n${'<<'.repeat(5_000)}`]) {
    const file = await world.upload('tu', 'hong.pdf', Buffer.from(bytes));
    const report = await world.get<{ file: { signatures: { verdict: string } } }>(
      'tu',
      `/api/documents/files/${file.id}/report`,
    );
    assert.equal(report.status, 200, JSON.stringify(report.body));
    assert.equal(report.body.file.signatures.verdict, 'unreadable');
  }
});

test('an uploaded letter gets the places of number, date and signatures before it is signed', async () => {
  const uploaded = await world.upload('tu', 'Công văn.pdf', plainPdf());
  const draft = await world.do<OutgoingDetail>(
    'tu',
    '/api/documents/outgoing',
    draftOf(world, 'finance', { body: '', fileId: uploaded.id }),
  );
  const submitted = await world.do<OutgoingDetail>('tu', `/api/documents/outgoing/${draft.id}/submit`, {});
  const answer = await world.raw('budget', `/api/documents/files/${submitted.mainFile!.id}`);
  const names = formFields(documentAt(openPdf(answer.rawPayload))).map((field) => field.name);
  assert.deepEqual(names, [
    'so_ky_hieu',
    'ngay_ban_hanh',
    'ky_nhay',
    'ky_nhay_don_vi',
    'ky_nguoi_co_tham_quyen',
    'ky_co_quan',
  ]);
  assert.ok(
    answer.rawPayload.subarray(0, plainPdf().length).equals(plainPdf()),
    'the upload itself is unchanged',
  );
  const url = `/api/documents/outgoing/${draft.id}`;
  await world.do('budget', `${url}/approve`, {});
  await world.do('director', `${url}/sign`, { pin });
  await world.do('lan', `${url}/number`, {});
  const sealed = await world.do<OutgoingDetail>('lan', `${url}/seal`, { pin });
  assert.equal(sealed.mainFile?.signatures?.verdict, 'valid');
  assert.equal(sealed.mainFile.signatures.signatures.length, 2);
});

test('a PDF with a script does not reach the leader', async () => {
  const bytes = Buffer.from(
    plainPdf()
      .toString('latin1')
      .replace('/MediaBox [0 0 595 842] /Resources << >>', '/AA << /O << /S /JavaScript /JS (1) >> >>'),
    'latin1',
  );
  const uploaded = await world.upload('tu', 'ma-lenh.pdf', bytes);
  const draft = await world.do<OutgoingDetail>(
    'tu',
    '/api/documents/outgoing',
    draftOf(world, 'finance', { body: '', fileId: uploaded.id }),
  );
  const answer = await world.post<{ title: string }>('tu', `/api/documents/outgoing/${draft.id}/submit`, {});
  assert.equal(answer.code, 'documents.not-what-you-see', answer.body.title);
  assert.match(answer.body.title, /có mã lệnh tự chạy/);
});

test('an uploaded file that cannot be read as PDF cannot be submitted', async () => {
  const uploaded = await world.upload('tu', 'hong.pdf', Buffer.from('%PDF-1.7\nkhông phải PDF'));
  const draft = await world.do<OutgoingDetail>(
    'tu',
    '/api/documents/outgoing',
    draftOf(world, 'finance', { body: '', fileId: uploaded.id }),
  );
  const answer = await world.post('tu', `/api/documents/outgoing/${draft.id}/submit`, {});
  assert.equal(answer.code, 'documents.unreadable-pdf');
});
