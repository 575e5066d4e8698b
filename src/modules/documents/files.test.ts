import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contentDisposition } from './fileRoutes.ts';
import { safeName } from './files.ts';
import { draftOf, startWorld, type World } from './world.test.ts';

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
    assert.ok([200, 422].includes(report.status), JSON.stringify(report.body));
  }
});
