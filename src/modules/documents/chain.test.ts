import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256Hex } from '#kernel';
import { annexedTo } from '#signing';
import { issueOfficerKey, verifyFile } from '#signatures';
import { layoutLetter } from '#formats/letter';
import type { OutgoingDetail } from './contract.ts';
import { draftOf, pin, startWorld, type Who, type World } from './world.test.ts';

const outgoing = '/api/documents/outgoing';
const folder = mkdtempSync(join(tmpdir(), 'phigiay-chain-'));
let world: World;
before(async () => {
  world = await startWorld();
  await world.as('finance', async (unit) => {
    for (const [who, name, title] of [
      ['tu', 'Đặng Anh Tú', 'Chuyên viên'],
      ['budget', 'Ngô Văn Ngân', 'Trưởng phòng'],
    ] as const)
      await issueOfficerKey(unit, {
        personId: world.person[who],
        name,
        title,
        organisation: 'Sở Tài chính tỉnh Tây Ninh',
        pin,
      });
  });
});
after(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

/** A page of text, as somebody would attach it; not a form. */
const annexPdf = (): Uint8Array =>
  layoutLetter({
    organisation: 'Sở Tài chính',
    notation: '/PL',
    place: 'Tây Ninh',
    year: 2026,
    type: 'Phụ lục',
    abstract: 'số liệu thu chi',
    body: ['Bảng số liệu.'],
    signatory: { lines: ['GIÁM ĐỐC'], name: 'Huỳnh Văn Giám' },
    copies: ['Lưu: VT'],
  }).pdf;

const bytesOf = async (who: Who, id: string): Promise<Buffer> =>
  (await world.raw(who, `/api/documents/files/${id}`)).rawPayload;

test('S3.1 ký nháy, leader, number and seal through the office; annexes are bound to the sealed document', async () => {
  const table = await world.upload('tu', 'Bảng biểu.csv', Buffer.from('a;b\n1;2\n'));
  const annex = await world.upload('tu', 'Phụ lục 1.pdf', annexPdf());
  const { id } = await world.do<OutgoingDetail>(
    'tu',
    outgoing,
    draftOf(world, 'finance', { attachments: [table.id, annex.id] }),
  );
  const url = `${outgoing}/${id}`;
  assert.equal((await world.post('tu', `${url}/submit`, { pin: '000000' })).code, 'signatures.wrong-pin');
  const submitted = await world.do<OutgoingDetail>('tu', `${url}/submit`, { pin });
  assert.equal(submitted.mainFile?.signatures?.verdict, 'valid');
  const approved = await world.do<OutgoingDetail>('budget', `${url}/approve`, { opinion: 'Đồng ý', pin });
  assert.equal(approved.mainFile?.signatures?.signatures.length, 2);
  await world.do('director', `${url}/sign`, { pin });
  await world.do('lan', `${url}/number`, {});
  const sealed = await world.do<OutgoingDetail>('lan', `${url}/seal`, { pin });
  const pdf = await bytesOf('lan', sealed.mainFile!.id);
  const report = await verifyFile(world.system.ctx, pdf);
  assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report.signatures, null, 1));
  assert.deepEqual(
    report.signatures.map(({ field, role, docMdp, fieldMdp }) => [field, role, docMdp, fieldMdp]),
    [
      ['ky_nhay', 'initials', 2, undefined],
      ['ky_nhay_don_vi', 'initials', undefined, undefined],
      ['ky_nguoi_co_tham_quyen', 'officer', undefined, 'Exclude'],
      ['ky_co_quan', 'organisation', undefined, 'All'],
    ],
  );
  const path = join(folder, 'sealed.pdf');
  writeFileSync(path, pdf);
  assert.match(execFileSync('qpdf', ['--check', path], { encoding: 'utf8' }), /No syntax or stream encoding/);

  const [same, signedAnnex] = sealed.attachments;
  assert.equal(same?.id, table.id, 'what is no PDF stays as it is');
  assert.notEqual(signedAnnex?.id, annex.id);
  const annexBytes = await bytesOf('lan', signedAnnex!.id);
  const original = Buffer.from(annexPdf());
  assert.ok(annexBytes.subarray(0, original.length).equals(original), 'the annex is only continued');
  const annexReport = await verifyFile(world.system.ctx, annexBytes);
  assert.equal(annexReport.indication, 'TOTAL-PASSED');
  assert.equal(annexedTo(annexReport.signatures[0]?.reason), sha256Hex(pdf));
  const annexPath = join(folder, 'annex.pdf');
  writeFileSync(annexPath, annexBytes);
  const text = execFileSync('pdftotext', ['-layout', '-l', '1', annexPath, '-'], { encoding: 'utf8' });
  assert.match(text, new RegExp(sealed.notation!.replaceAll('/', '\\/')));
  assert.match(text, /2026-11-24T08:00:00\+07:00/);
  const issued = await world.do<OutgoingDetail>('lan', `${url}/issue`, { confirm: true });
  assert.equal(issued.state, 'issued');
});

test('initials lapse with the file that bore them when the draft is returned', async () => {
  const { id } = await world.do<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'));
  const url = `${outgoing}/${id}`;
  await world.do('tu', `${url}/submit`, { pin });
  const returned = await world.do<OutgoingDetail>('budget', `${url}/return`, {
    reason: 'Thiếu số liệu quý III.',
  });
  assert.equal(returned.mainFile, null);
  const again = await world.do<OutgoingDetail>('tu', `${url}/submit`, {});
  assert.equal(again.mainFile?.signatures?.verdict, 'unsigned');
});
