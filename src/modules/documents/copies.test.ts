import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verifyFile } from '#signatures';
import type { CopyView, IncomingDetail } from './contract.ts';
import { rebuild } from './replay.ts';
import { delivered, pin, startWorld, type World } from './world.test.ts';

const copies = '/api/documents/copies';
const folder = mkdtempSync(join(tmpdir(), 'phigiay-copy-'));
let world: World;
before(async () => {
  world = await startWorld();
});
after(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

test('S3.9 a copy carries the signature of the copying office and the original inside, and both verify', async () => {
  const { sent, arrived } = await delivered(world, 'government');
  await world.do('lan', `/api/documents/incoming/${arrived.id}/register`, {});
  const order = {
    kind: 'incoming',
    documentId: arrived.id,
    form: 'SL',
    authoriserId: world.person.director,
    purpose: 'Gửi các phòng thực hiện',
    pin,
  };
  assert.equal((await world.post('tu', copies, order)).status, 404);
  assert.equal((await world.post('lan', copies, { ...order, form: 'TrS' })).code, 'documents.copy-pages');
  assert.equal((await world.post('lan', copies, { ...order, pin: '000000' })).code, 'signatures.wrong-pin');
  const copy = await world.do<CopyView>('lan', copies, order);
  assert.equal(copy.notation, '01/SL-STC');
  const bytes = (await world.raw('lan', `/api/documents/files/${copy.file.id}`)).rawPayload;
  const report = await verifyFile(world.system.ctx, bytes);
  assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report.signatures, null, 1));
  assert.deepEqual(
    report.signatures.filter(({ role }) => role !== 'timestamp').map(({ field }) => field),
    ['ky_sao'],
  );
  const path = join(folder, 'copy.pdf');
  writeFileSync(path, bytes);
  assert.match(execFileSync('qpdf', ['--check', path], { encoding: 'utf8' }), /No syntax or stream encoding/);
  assert.match(spawnSync('pdfsig', [path], { encoding: 'utf8' }).stdout, /Signature is Valid/);
  const shown = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
  assert.match(shown, /SAO LỤC; Sở Tài chính tỉnh Tây Ninh/);
  assert.match(shown, /01\/SL-STC; 2026-11-24T08:\d\d:\d\d\+07:00/);
  assert.match(shown, new RegExp(sent.notation!), 'the number that was filled into the field is seen');

  // The original comes out as it came in, with a program that we did not write.
  execFileSync('pdfdetach', ['-save', '1', '-o', join(folder, 'inside.pdf'), path]);
  const inside = readFileSync(join(folder, 'inside.pdf'));
  const [received] = (await world.read<IncomingDetail>('lan', `/api/documents/incoming/${arrived.id}`)).files;
  assert.ok(inside.equals((await world.raw('lan', `/api/documents/files/${received!.id}`)).rawPayload));
  assert.equal((await verifyFile(world.system.ctx, inside)).indication, 'TOTAL-PASSED');
});

test('the stamp of arrival is on a view of its own; what was received stays byte for byte', async () => {
  const { sent, arrived } = await delivered(world, 'government');
  const url = `/api/documents/incoming/${arrived.id}`;
  const before = (await world.raw('lan', `/api/documents/files/${arrived.files[0]!.id}`)).rawPayload;
  assert.equal((await world.get('lan', `${url}/stamped`)).code, 'documents.not-registered');
  const registered = await world.do<IncomingDetail>('lan', `${url}/register`, {});
  const answer = await world.raw('lan', `${url}/stamped`);
  assert.equal(answer.statusCode, 200);
  const path = join(folder, 'stamped.pdf');
  writeFileSync(path, answer.rawPayload);
  assert.match(execFileSync('qpdf', ['--check', path], { encoding: 'utf8' }), /No syntax or stream encoding/);
  const shown = execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' });
  assert.match(shown, /ĐẾN/);
  assert.match(shown, new RegExp(`Số: 0?${registered.arrivalNumber}\\b`));
  assert.match(shown, /Ngày: 24\/11\/2026/);
  assert.match(shown, new RegExp(sent.notation!));
  const after = (await world.raw('lan', `/api/documents/files/${arrived.files[0]!.id}`)).rawPayload;
  assert.ok(after.equals(before));
  assert.equal((await world.get('hoa', `${url}/stamped`)).status, 404, 'another house does not see it');
});

test('copies have one sequence a year for all forms, and the record replayed gives the tables', async () => {
  const { sent } = await delivered(world, 'finance');
  const order = {
    kind: 'outgoing',
    documentId: sent.id,
    authoriserId: world.person.director,
    purpose: 'Lưu hồ sơ dự án',
    pin,
  };
  const whole = await world.do<CopyView>('lan', copies, { ...order, form: 'SY' });
  const part = await world.do<CopyView>('lan', copies, { ...order, form: 'TrS', pages: [1] });
  assert.deepEqual([whole.notation, part.notation], ['02/SY-STC', '03/TrS-STC']);
  assert.equal((await world.post('lan', copies, { ...order, form: 'TrS', pages: [99] })).status, 422);
  const again = await world.do<CopyView>('lan', copies, { ...order, form: 'SY' });
  assert.equal(again.notation, '04/SY-STC', 'a refused copy leaves no hole');
  const listed = await world.read<{ items: CopyView[] }>(
    'tu',
    `${copies}?kind=outgoing&documentId=${sent.id}`,
  );
  assert.equal(listed.items.length, 3);
  const different = await world.as('finance', (unit) => rebuild(unit));
  assert.deepEqual(different, []);
});
