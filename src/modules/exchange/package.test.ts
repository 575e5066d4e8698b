import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Organisation } from '#directory';
import { readPackage } from '#formats/edxml';
import type { OrgId } from '#kernel';
import { packDocument, packStatus, readArrived } from './package.ts';

const organisation = (code: string, code102: string, name: string): Organisation => ({
  id: randomUUID() as OrgId,
  code,
  code102,
  name,
  parentId: null,
  parentName: null,
  level: 'department',
});
const finance = organisation('H53.11', '000.00.11.H53', 'Sở Tài chính');
const office = organisation('G22', '000.00.00.G22', 'Văn phòng Chính phủ');
const now = new Date('2026-11-24T08:00:00+07:00');

const packed = packDocument(
  finance,
  [office],
  {
    message: {
      code: { number: '2491', notation: 'STC-HĐNĐ' },
      promulgation: { place: 'Tây Ninh', date: '2026-11-24' },
      documentType: { type: 2, typeDetail: 18, typeName: 'Công văn' },
      subject: 'V/v báo cáo',
      signer: { fullName: 'Trương Văn Hùng' },
      other: { priority: 0, promulgationAmount: 1, pageAmount: 1, direction: false, appendixes: [] },
      responseFor: [],
      steeringType: 0,
      taskCodes: [],
      toPlaces: [],
    },
    attachments: [{ name: 'cong-van.pdf', bytes: Buffer.from('%PDF-1.7') }],
    recipients: [office.id],
    urgency: 3,
  },
  now,
);

test('a document is packed with sender, recipients, urgency, and what receivers of today cannot do without', () => {
  const read = readPackage(packed.bytes);
  assert.ok(read.kind === 'edoc');
  assert.deepEqual(read.repairs, []);
  assert.equal(read.message.from.organId, 'H53.11');
  assert.deepEqual(
    read.message.to.map((one) => one.organId),
    ['G22'],
  );
  assert.equal(read.message.documentId, 'H53.11,2026/11/24,2491/STC-HĐNĐ');
  assert.equal(read.message.other.priority, 3);
  assert.equal(read.message.bussiness?.docType, '0');
  assert.equal(read.message.traceHeaders[0]?.organId, 'H53.11');
  assert.equal(packed.documentCode, '2491/STC-HĐNĐ');
  assert.equal(packed.documentYear, 2026);
});

test('what arrives is read back: document and status', () => {
  const document = readArrived(packed.bytes, 'edoc');
  assert.ok(document.ok && document.content.kind === 'edoc');
  assert.deepEqual(document.content.document, {
    id: 'H53.11,2026/11/24,2491/STC-HĐNĐ',
    code: '2491/STC-HĐNĐ',
    year: 2026,
    date: '2026-11-24',
  });
  const responseFor = {
    organId: 'H53.11',
    code: '2491/STC-HĐNĐ',
    documentId: packed.documentId,
    promulgationDate: '2026-11-24',
  };
  const staff = { department: 'Văn thư', name: 'Lê Văn An', email: 'an@vpcp.example' };
  const bytes = packStatus(office, {
    responseFor,
    statusCode: '02',
    description: 'thiếu phụ lục 2',
    staff,
    at: now,
  });
  const status = readArrived(bytes, 'status');
  assert.ok(status.ok && status.content.kind === 'status');
  assert.deepEqual(status.content, {
    kind: 'status',
    fromCode: 'G22',
    status: { responseFor, statusCode: '02', description: 'thiếu phụ lục 2', staff, at: now },
  });
});

test('bytes that are no package give a reason in plain words, never an error', () => {
  const bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><edXML>&b;</edXML>';
  const external = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><edXML/>';
  const deep = '<edXML>'.repeat(50_000);
  for (const text of [
    '',
    '\0\0\0',
    '<html/>',
    '<edXML/>',
    bomb,
    external,
    deep,
    packed.bytes.toString().slice(0, 400),
  ]) {
    const read = readArrived(Buffer.from(text), 'edoc');
    assert.equal(read.ok, false, text.slice(0, 60));
    assert.ok(!read.ok && read.fault.message.startsWith('Gói tin không đọc được'));
  }
});

test('a document announced as a status is not taken as either', () => {
  const read = readArrived(packed.bytes, 'status');
  assert.ok(!read.ok);
  assert.equal(read.fault.code, 'wrong-message-type');
});
