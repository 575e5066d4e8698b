import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { zipSingle } from '#formats/zip';
import {
  appendTraceHeader,
  documentIdOf,
  documentTypeName,
  EdxmlError,
  edxmlNamespace,
  envelopeRouting,
  equivalentCodes,
  readDate,
  readPackage,
  readTimestamp,
  toExpectedJson,
  writeEdoc,
  writeStatus,
  writeTimestamp,
  type EdocMessage,
  type FileToSend,
  type StatusMessage,
} from './index.ts';
import { startCost } from '../../../test/support/cost.ts';

const message: EdocMessage = {
  from: {
    organId: '000.00.11.H53',
    organizationInCharge: 'UBND tỉnh Tây Ninh',
    organName: 'Sở Tài chính',
    email: 'vanthu@stc.example',
  },
  to: [
    { organId: 'G22', organName: 'Văn phòng Chính phủ' },
    { organId: '000.00.00.H53', organName: 'UBND tỉnh Tây Ninh' },
  ],
  documentId: '000.00.11.H53,2020/10/30,2491/STC-BCTC',
  code: { number: '2491', notation: 'STC-BCTC' },
  promulgation: { place: 'Tây Ninh', date: '2020-10-30' },
  documentType: { type: 2, typeDetail: 18, typeName: 'Công văn' },
  subject: 'V/v <báo cáo> & "quyết toán"',
  content: 'Trích yếu',
  signer: { competence: 'KT. GIÁM ĐỐC', position: 'Phó Giám đốc', fullName: 'Nguyễn Văn Thử' },
  dueDate: '2020-11-15',
  other: { priority: 2, promulgationAmount: 1, pageAmount: 3, direction: true, appendixes: ['Phụ lục 1'] },
  responseFor: [
    { organId: 'G22', code: '9/VPCP', documentId: 'G22,2020/10/01,9/VPCP', promulgationDate: '2020-10-01' },
  ],
  steeringType: 0,
  taskCodes: ['NV.12'],
  toPlaces: ['Như trên', 'Lưu: VT'],
  bussiness: {
    docType: '2',
    reason: 'Cập nhật',
    paper: '0',
    documentInfos: [{ documentInfo: '1', receiverLists: [[{ organId: 'H41', receiverType: '1' }]] }],
    replacements: [],
    staff: [{ staff: 'Lê Thị Thử' }],
  },
  traceHeaders: [{ organId: '000.00.11.H53', timestamp: '2020/10/30 08:00:00' }],
};
const pdf = Buffer.from('%PDF-1.4\n%âãÏÓ\ntrailer<<>>\n%%EOF\n', 'latin1');
const files: FileToSend[] = [
  { name: 'văn bản.pdf', bytes: pdf, description: 'Công văn', contentId: 'cid:cid:a' },
  { name: 'phụ lục.txt', bytes: Buffer.from('nội dung') },
  { name: 'bảng.xlsx', bytes: Buffer.from('PK not really') },
  { name: 'hồ sơ.zip', bytes: zipSingle('a.txt', Buffer.from('a')) },
];

test('what is written is read back, files byte for byte', () => {
  const read = readPackage(writeEdoc(message, files));
  assert.equal(read.kind, 'edoc');
  assert.deepEqual(read.repairs, []);
  assert.deepEqual(read.message, message);
  assert.ok(read.kind === 'edoc');
  assert.deepEqual(
    read.attachments.map((file) => file.name),
    files.map((file) => file.name),
  );
  for (const [index, file] of read.attachments.entries())
    assert.ok(file.bytes.equals(files[index]!.bytes), file.name);
  assert.equal(read.attachments[0]?.contentId, 'cid:a');
});

test('the shape is that of the official writer: prefixes, CRLF, one line a payload', () => {
  const text = writeEdoc(message, files).toString('utf8');
  assert.ok(
    text.startsWith(
      `<?xml version="1.0" encoding="UTF-8"?>\r\n<edXML xmlns="${edxmlNamespace}">\r\n  <edXML:edXMLEnvelope xmlns:edXML="${edxmlNamespace}">\r\n`,
    ),
  );
  assert.ok(text.endsWith('</edXML>\r\n'));
  assert.ok(!/[^\r]\n/.test(text));
  assert.match(text, /<edXML:SteeringType>0<\/edXML:SteeringType>/);
  assert.match(
    text,
    /\r\n {6}<ContentType>application\/pdf<\/ContentType>\r\n {6}<edXML:ContentTransferEncoded xmlns:edXML/,
  );
});

test('a status is written and read back', () => {
  const status: StatusMessage = {
    from: { organId: 'G22', organName: 'Văn phòng Chính phủ' },
    responseFor: {
      organId: '000.00.11.H53',
      code: '2491/STC-BCTC',
      documentId: '000.00.11.H53,2020/10/30,2491/STC-BCTC',
      promulgationDate: '2020-10-30',
    },
    staff: { department: 'Phòng Văn thư', staff: 'Trần Thị Hoa' },
    statusCode: '02',
    description: 'Thiếu phụ lục 2',
    timestamp: '2020/10/30 15:04:05',
  };
  const bytes = writeStatus(status);
  const read = readPackage(bytes);
  assert.equal(read.kind, 'status');
  assert.deepEqual(read.message, status);
  const routing = envelopeRouting(bytes);
  assert.equal(routing.kind, 'status');
  assert.equal(routing.responseFor?.organId, '000.00.11.H53');
});

test('routing reads what an axis needs', () => {
  assert.deepEqual(envelopeRouting(writeEdoc(message, files)), {
    kind: 'edoc',
    from: '000.00.11.H53',
    to: ['G22', '000.00.00.H53'],
    documentId: '000.00.11.H53,2020/10/30,2491/STC-BCTC',
    code: '2491/STC-BCTC',
    subject: 'V/v <báo cáo> & "quyết toán"',
    statusCode: null,
    responseFor: {
      organId: 'G22',
      code: '9/VPCP',
      documentId: 'G22,2020/10/01,9/VPCP',
      promulgationDate: '2020-10-01',
    },
    priority: 2,
    promulgationDate: '2020-10-30',
    dueDate: '2020-11-15',
    business: 'update',
  });
});

const skeleton = (inner: string, more = ''): Buffer =>
  Buffer.from(
    `<edXML xmlns="${edxmlNamespace}"><edXMLEnvelope><edXMLHeader><MessageHeader><From><OrganId>G22</OrganId></From>${inner}</MessageHeader></edXMLHeader></edXMLEnvelope>${more}</edXML>`,
  );
const attachment = (name: string, bytes: Uint8Array, type: string): string =>
  `<AttachmentEncoded><Attachment><ContentId>1</ContentId><AttachmentName>${name}</AttachmentName><ContentType>${type}</ContentType><ContentTransferEncoded>${Buffer.from(bytes).toString('base64')}</ContentTransferEncoded></Attachment></AttachmentEncoded>`;
const onlyFile = (xml: Buffer) => {
  const read = readPackage(xml);
  assert.ok(read.kind === 'edoc');
  return { file: read.attachments[0]!, repairs: read.repairs.map((repair) => repair.code) };
};

test('a payload is known by its bytes, not by its label', () => {
  const zipped = zipSingle('x.pdf', pdf);
  const mislabelled = onlyFile(skeleton('', attachment('thu.pdf', zipped, 'application/pdf')));
  assert.ok(mislabelled.file.bytes.equals(pdf));
  assert.deepEqual(mislabelled.repairs, ['payload-label-wrong']);
  const genuine = zipSingle('a.txt', Buffer.from('a'));
  const kept = onlyFile(skeleton('', attachment('tài liệu không đuôi', genuine, 'application/zip')));
  assert.ok(kept.file.bytes.equals(genuine), 'an archive without an extension stays whole');
  const notZipped = onlyFile(skeleton('', attachment('thu.pdf', pdf, 'application/zip')));
  assert.ok(notZipped.file.bytes.equals(pdf));
  assert.deepEqual(notZipped.repairs, ['payload-label-wrong']);
});

test('a name with folders, a missing name and broken base64 are mended and told', () => {
  const slip = onlyFile(skeleton('', attachment('../../etc/passwd.pdf', pdf, 'application/pdf')));
  assert.equal(slip.file.name, 'passwd.pdf');
  assert.deepEqual(slip.repairs, ['attachment-name']);
  assert.equal(onlyFile(skeleton('', attachment('..', pdf, 'application/pdf'))).file.name, 'tep-1');
  const long = onlyFile(skeleton('', attachment(`${'ă'.repeat(300)}.pdf`, pdf, 'application/pdf')));
  assert.ok(Buffer.byteLength(long.file.name) <= 255 && long.file.name.endsWith('.pdf'));
  const lenient = onlyFile(
    skeleton(
      '',
      '<AttachmentEncoded><Attachment><AttachmentName>a.txt</AttachmentName><ContentTransferEncoded>YWJj!!ZGVm</ContentTransferEncoded></Attachment></AttachmentEncoded>',
    ),
  );
  assert.deepEqual(lenient.repairs, ['base64-lenient']);
});

test('dates are read in every form that senders use, and refused before 1945', () => {
  for (const text of [
    '2020/10/30',
    '2020-10-30',
    '30/10/2020',
    '2020-10-30T08:00:00+07:00',
    '30-10-2020 08:00:00',
  ])
    assert.equal(readDate(text)?.date, '2020-10-30', text);
  for (const text of ['0036-04-11', '2020/02/30', '2020/13/01', 'hôm nay', '', '36/04/1111'])
    assert.equal(readDate(text), null, text);
  assert.equal(readTimestamp('2020/10/30 08:05:06')?.toISOString(), '2020-10-30T01:05:06.000Z');
  assert.equal(writeTimestamp(new Date('2020-10-30T01:05:06Z')), '2020/10/30 08:05:06');
  const told = readPackage(
    skeleton(
      '<DueDate>30/10/2020</DueDate><PromulgationInfo><PromulgationDate>0036-04-11</PromulgationDate></PromulgationInfo>',
    ),
  );
  assert.deepEqual(told.repairs.map((repair) => repair.code).sort(), ['date-format', 'date-unreadable']);
});

test('other vendors: junk before the prolog, unbound prefixes, letter case, foreign place of attachments', () => {
  const junk = readPackage(Buffer.concat([Buffer.from('1212<?xml version="1.0"?>'), skeleton('')]));
  assert.deepEqual(
    junk.repairs.map((repair) => repair.code),
    ['junk-before-prolog'],
  );
  const odd = readPackage(
    Buffer.from(
      `<edXML xmlns="http://www.e-doc.vn/Schema/"><x:edXMLEnvelope><x:edXMLHeader><x:MessageHeader><x:from><x:organid>H1</x:organid></x:from></x:MessageHeader></x:edXMLHeader></x:edXMLEnvelope></edXML>`,
    ),
  );
  assert.deepEqual(
    new Set(odd.repairs.map((repair) => repair.code)),
    new Set(['namespace', 'unbound-prefix', 'element-case']),
  );
  const foreign = onlyFile(
    skeleton(
      '',
      `<edXMLAttachments><Item><AttachmentName>a.pdf</AttachmentName><AttachmentData>${pdf.toString('base64')}</AttachmentData></Item></edXMLAttachments>`,
    ),
  );
  assert.ok(foreign.file.bytes.equals(pdf));
});

test('hostile packages are refused with a code', () => {
  const refused = (bytes: Buffer): string => {
    try {
      readPackage(bytes);
      return 'read';
    } catch (error) {
      assert.ok(error instanceof EdxmlError, String(error));
      return error.code;
    }
  };
  assert.equal(refused(Buffer.from('<!DOCTYPE edXML [<!ENTITY a "b">]><edXML/>')), 'doctype');
  assert.equal(refused(Buffer.from('<edXML>&xxe;</edXML>')), 'malformed');
  assert.equal(
    refused(Buffer.from(`<edXML>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</edXML>`)),
    'too-deep',
  );
  assert.equal(refused(Buffer.from(`<edXML>${'<a/>'.repeat(200_000)}</edXML>`)), 'too-many-elements');
  assert.equal(refused(Buffer.from([0x3c, 0xff, 0xfe])), 'not-utf8');
  assert.equal(refused(writeEdoc(message, files).subarray(0, 900)), 'malformed');
  assert.equal(refused(Buffer.from('<html/>')), 'not-edxml');
  assert.equal(refused(Buffer.from('<edXML/>')), 'no-message-header');
  assert.equal(refused(Buffer.alloc(0)), 'malformed');
  assert.equal(
    refused(
      skeleton(
        '',
        `<AttachmentEncoded>${'<Attachment><ContentTransferEncoded/></Attachment>'.repeat(300)}</AttachmentEncoded>`,
      ),
    ),
    'too-many-attachments',
  );
  const bomb = onlyFile(
    skeleton('', attachment('bom.txt', zipSingle('bom.txt', Buffer.alloc(300 * 2 ** 20)), 'application/zip')),
  );
  assert.deepEqual(bomb.repairs, ['payload-not-unwrapped']);
});

test('a trace header is inserted as text and every other byte stays', () => {
  const bytes = writeEdoc(message, files);
  const traced = appendTraceHeader(bytes, { timestamp: '2020/10/30 09:00:00' });
  const inserted =
    '<edXML:TraceHeader><edXML:Timestamp>2020/10/30 09:00:00</edXML:Timestamp></edXML:TraceHeader>';
  const at = traced.indexOf(inserted);
  assert.ok(at > 0);
  assert.ok(Buffer.concat([traced.subarray(0, at), traced.subarray(at + inserted.length)]).equals(bytes));
  const read = readPackage(traced);
  assert.ok(read.kind === 'edoc');
  assert.deepEqual(read.message.traceHeaders.at(-1), { timestamp: '2020/10/30 09:00:00' });
  const status = writeStatus({ from: {}, responseFor: {}, statusCode: '03' });
  assert.ok(appendTraceHeader(status, { timestamp: 'x' }).equals(status));
});

test('any text survives writing and reading, and a trace header changes nothing else', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(
      (value) =>
        value.trim() === value &&
        !/[\u0000-\u001f\ufffe\uffff\u007f-\u009f\u2028\u2029]/.test(value) &&
        value.isWellFormed(),
    );
  fc.assert(
    fc.property(text, text, fc.uint8Array({ maxLength: 200 }), (subject, organ, bytes) => {
      const sent = { ...message, subject, traceHeaders: [{ organId: organ }] };
      const written = writeEdoc(sent, [{ name: 'a.bin', bytes }]);
      const read = readPackage(appendTraceHeader(written, { organId: organ }));
      assert.ok(read.kind === 'edoc');
      assert.equal(read.message.subject, subject);
      assert.equal(read.message.traceHeaders.length, 2);
      assert.ok(read.attachments[0]!.bytes.equals(bytes));
    }),
    { numRuns: 200 },
  );
});

const archiveOfTwo = (): Buffer => {
  // Two one-file archives made one: the local parts one behind the other, one directory.
  const [a, b] = [zipSingle('a.txt', Buffer.from('a')), zipSingle('b.txt', Buffer.from('b'))].map((zip) =>
    Buffer.from(zip),
  ) as [Buffer, Buffer];
  const central = (zip: Buffer): number => zip.readUInt32LE(zip.length - 6);
  const [atA, atB] = [central(a), central(b)];
  const directoryB = Buffer.from(b.subarray(atB, b.length - 22));
  directoryB.writeUInt32LE(atA, 42);
  const end = Buffer.from(b.subarray(b.length - 22));
  const directory = Buffer.concat([a.subarray(atA, a.length - 22), directoryB]);
  end.writeUInt16LE(2, 8);
  end.writeUInt16LE(2, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(atA + atB, 16);
  return Buffer.concat([a.subarray(0, atA), b.subarray(0, atB), directory, end]);
};

test('an archive of several files stays whole; told unless the name speaks of such an archive', () => {
  const several = archiveOfTwo();
  const pdfNamed = onlyFile(skeleton('', attachment('thu.pdf', several, 'application/zip')));
  assert.ok(pdfNamed.file.bytes.equals(several));
  assert.deepEqual(pdfNamed.repairs, ['payload-not-unwrapped']);
  const word = onlyFile(skeleton('', attachment('thu.docx', several, 'application/zip')));
  assert.ok(word.file.bytes.equals(several));
  assert.deepEqual(word.repairs, []);
});

test('a name without an extension: what the official writer wrapped is unwrapped, all else stays', () => {
  const wrapped = zipSingle('226e218b-3123-4cf6-84dc-4ceaec4f19d9.txt', Buffer.from('nội dung'));
  const named = (type: string) => onlyFile(skeleton('', attachment('phụ lục', wrapped, type))).file;
  assert.equal(named('application/zip').bytes.toString(), 'nội dung');
  assert.ok(named('application/octet-stream').bytes.equals(wrapped));
});

test('base64 that is none is told, however its length falls', () => {
  const read = (payload: string) =>
    onlyFile(
      skeleton(
        '',
        `<AttachmentEncoded><Attachment><AttachmentName>a.txt</AttachmentName><ContentTransferEncoded>${payload}</ContentTransferEncoded></Attachment></AttachmentEncoded>`,
      ),
    );
  for (const payload of ['YW_-', 'YWJ', 'YW=jYWJj', '${__StringFromFile(test.txt,,,)}'])
    assert.deepEqual(read(payload).repairs, ['base64-lenient'], payload);
  assert.deepEqual(read('!!!!').repairs, ['base64-damaged']);
  for (const payload of ['YWJj', 'YW\r\nJj', ' YWI= ', ''])
    assert.deepEqual(read(payload).repairs, [], payload);
});

test('names cannot hide their end, and an enormous one costs no time', () => {
  const named = (name: string) => onlyFile(skeleton('', attachment(name, pdf, 'application/pdf')));
  assert.equal(named('thu\u202efdp.exe').file.name, 'thufdp.exe');
  const started = startCost();
  const long = named(`${'𝒜'.repeat(2_000_000)}.pdf`).file.name;
  assert.ok(started() < 600);
  assert.ok(long.isWellFormed() && Buffer.byteLength(long) <= 255 && long.endsWith('.pdf'));
});

test('a manifest of many references and prefixes of many declarations cost no time', () => {
  const started = startCost();
  const references = Array.from(
    { length: 40_000 },
    (_, n) => `<Reference><ContentId>${n}</ContentId></Reference>`,
  );
  const one = '<Attachment><ContentId>x</ContentId><ContentTransferEncoded/></Attachment>';
  const xml = `<edXML xmlns="${edxmlNamespace}"><edXMLEnvelope><edXMLHeader><MessageHeader/></edXMLHeader><edXMLBody><edXMLManifest>${references.join('')}</edXMLManifest></edXMLBody></edXMLEnvelope><AttachmentEncoded>${one.repeat(200)}</AttachmentEncoded></edXML>`;
  assert.equal(readPackage(Buffer.from(xml)).kind, 'edoc');
  const declared = (level: number): string =>
    Array.from({ length: 60 }, (_, n) => `xmlns:p${level}_${n}="u"`).join(' ');
  let deep = '<a q:b="" r:c=""/>'.repeat(50_000);
  for (let level = 0; level < 50; level += 1) deep = `<a ${declared(level)}>${deep}</a>`;
  const told = readPackage(skeleton('', deep)).repairs;
  assert.equal(told.filter((repair) => repair.code === 'unbound-prefix').length, 2);
  assert.ok(started() < 1500);
});

test('a status is known by its StatusCode, a document by its number', () => {
  assert.equal(readPackage(skeleton('<StatusCode>3</StatusCode>')).kind, 'status');
  assert.equal(readPackage(skeleton('<StatusCode>03</StatusCode><To/>')).kind, 'status');
  assert.equal(readPackage(skeleton('<StatusCode>03</StatusCode><To/><Code/>')).kind, 'edoc');
  assert.equal(envelopeRouting(skeleton('<StatusCode>3</StatusCode>')).statusCode, '03');
});

test('a business type out of nowhere is a new document, even one that names a property of every object', () => {
  for (const type of ['9', 'constructor', 'toString', '']) {
    const xml = writeEdoc(
      { ...message, bussiness: { docType: type, documentInfos: [], replacements: [], staff: [] } },
      [],
    );
    assert.equal(envelopeRouting(xml).business, 'new');
  }
});

test('routing holds the limit of attachments', () => {
  const xml = skeleton('', `<AttachmentEncoded>${'<Attachment/>'.repeat(201)}</AttachmentEncoded>`);
  assert.throws(
    () => envelopeRouting(xml),
    (error) => error instanceof EdxmlError && error.code === 'too-many-attachments',
  );
});

test('property: a trace header is one insertion, whatever the list looks like', () => {
  const list = fc.constantFrom(
    '',
    '<TraceHeaderList/>',
    '<x:TraceHeaderList  id="1" />',
    '<tracelist/>',
    '<edXML:TraceHeaderList></edXML:TraceHeaderList>',
    '<traceheaderlist><TraceHeader><OrganId>G1</OrganId></TraceHeader>\r\n\t<Bussiness/></traceheaderlist>',
  );
  const filler = fc.constantFrom(
    '',
    ' ',
    '\r\n    ',
    '<!-- ế 𝒜 <TraceHeaderList> -->',
    '<Signature>đ</Signature>',
  );
  const junk = fc.constantFrom('', '\ufeff', '1212<?xml version="1.0" encoding="UTF-8"?>\r\n');
  fc.assert(
    fc.property(
      junk,
      filler,
      list,
      filler,
      fc.constantFrom('H53.11', 'null', '<&>'),
      (a, b, c, d, organId) => {
        const given = Buffer.from(
          `${a}<edXML xmlns="${edxmlNamespace}"><edXML:edXMLEnvelope><edXML:edXMLHeader>${b}<MessageHeader><To/><Subject>Số ế</Subject></MessageHeader>${c}${d}</edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>`,
        );
        const header = { organId, timestamp: '2026/11/24 09:00:00' };
        let grown: Buffer = given;
        for (const hops of [1, 2]) {
          const before = grown;
          grown = appendTraceHeader(before, header);
          let same = 0;
          while (before[same] === grown[same] && same < before.length) same += 1;
          const tail = before.length - same;
          assert.ok(before.subarray(same).equals(grown.subarray(grown.length - tail)));
          const read = readPackage(grown);
          assert.ok(read.kind === 'edoc');
          assert.deepEqual(read.message.traceHeaders.at(-1), header);
          assert.ok(read.message.traceHeaders.length >= hops);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('property: a damaged package is read or refused with a code', () => {
  const written = writeEdoc(message, files);
  const change = fc.tuple(fc.nat(written.length - 1), fc.constantFrom(...Buffer.from('<>/&"x\0é= ')));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.integer({ min: 0, max: 400 }), (changes, cut) => {
      const damaged = Buffer.from(written.subarray(0, written.length - (cut > 300 ? cut : 0)));
      for (const [at, byte] of changes) if (at < damaged.length) damaged[at] = byte;
      for (const run of [readPackage, envelopeRouting]) {
        try {
          run(damaged);
        } catch (error) {
          assert.ok(error instanceof EdxmlError, String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a reading in the shape of the official parser shows one cid: and midnight', () => {
  const json = toExpectedJson(readPackage(writeEdoc(message, files)));
  const [first] = json['attachments'] as Record<string, unknown>[];
  assert.equal(first?.['ContentId'], 'cid:a');
  assert.equal(json['DueDate'], '2020/11/15 00:00:00');
});

test('codes, types and identifiers', () => {
  assert.deepEqual(equivalentCodes('000.00.11.h53'), ['000.00.11.H53', 'H53.11']);
  assert.deepEqual(equivalentCodes('G22'), ['G22', '000.00.00.G22']);
  assert.deepEqual(equivalentCodes('H37.DN.001'), ['H37.DN.001']);
  assert.deepEqual(equivalentCodes('H53.11.02.003'), ['H53.11.02.003', '003.02.11.H53']);
  assert.deepEqual(equivalentCodes('000.05.00.H53'), ['000.05.00.H53', 'H53.00.05']);
  for (const code of ['H53.1', 'H53.00', '020100107370', 'VXP.SAAS.03', 'H53.11.02.003.1', '28.22.H17'])
    assert.deepEqual(equivalentCodes(code), [code], code);
  assert.equal(
    documentIdOf('000.00.00.G22', '2015-09-30', '7816', 'VPCP-TTĐT'),
    '000.00.00.G22,2015/09/30,7816/VPCP-TTĐT',
  );
  assert.equal(documentTypeName({ type: 71, typeDetail: 0, typeName: 'cong van' }), 'Công văn');
  assert.equal(documentTypeName({ type: 2, typeDetail: 14 }), 'Báo cáo');
  assert.equal(documentTypeName({ type: 9, typeDetail: 9 }), 'Văn bản');
});
