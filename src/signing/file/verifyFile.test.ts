import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPackage, writeEdoc } from '#formats/edxml';
import { createPdf, dict, name } from '#formats/pdf';
import { signingOffice, unsignedLetter } from '../pades/attacks/index.ts';
import { checkedFileText } from './text.ts';
import { recogniseFile } from './recognise.ts';
import { makeSample } from './samples/index.ts';
import { sampleSigner } from './samples/sign.ts';
import { pageImage, smallImage } from './samples/images.ts';
import { seeded } from './samples/random.ts';
import { signAsic } from '../asic/index.ts';
import { signCades } from '../cades/index.ts';
import { signXml } from '../xmldsig/index.ts';
import { zipFiles } from '#formats/zip';
import { verifyFile } from './verifyFile.ts';

const office = signingOffice();
const letter = unsignedLetter();
const sealed = await office.seals(await office.sign(letter));

/** A scanned page with the picture of a signature and of a seal on it, as they come by e-mail. */
function pictureOfSignature(): Uint8Array {
  const random = seeded(7);
  const writer = createPdf();
  const [catalog, tree, page] = [writer.allocate(), writer.allocate(), writer.allocate()];
  const scan = writer.addObject(pageImage(random, 'DCTDecode', 1240, 1754, false));
  const picture = writer.addObject(smallImage(random));
  const operators = Buffer.from('q 595 0 0 842 0 0 cm /A Do Q q 120 0 0 60 380 120 cm /B Do Q');
  writer.setObject(
    page,
    dict({
      Type: name('Page'),
      Parent: tree,
      MediaBox: [0, 0, 595, 842],
      Resources: dict({ XObject: dict({ A: scan, B: picture }) }),
      Contents: writer.addObject({ kind: 'stream', dict: dict({}), raw: operators }),
    }),
  );
  writer.setObject(tree, dict({ Type: name('Pages'), Kids: [page], Count: 1 }));
  writer.setObject(catalog, dict({ Type: name('Catalog'), Pages: tree }));
  writer.setTrailer({ Root: catalog });
  return writer.finish().bytes;
}

test('files are recognised by their content, whatever they are called', () => {
  assert.equal(recogniseFile(sealed), 'pdf');
  assert.equal(recogniseFile(Buffer.from('\ufeff<?xml version="1.0"?><a/>')), 'xml');
  assert.equal(recogniseFile(Buffer.from('xx<?xml version="1.0"?><edXML:edXML xmlns:edXML="u">')), 'edxml');
  assert.equal(recogniseFile(Buffer.from('3082010006092a864886f70d010702a0', 'hex')), 'cms');
  assert.equal(recogniseFile(Buffer.from('PK\u0003\u0004')), 'zip');
  assert.equal(recogniseFile(Buffer.from('GIF89a')), undefined);
  assert.equal(recogniseFile(new Uint8Array()), undefined);
});

test('a letter made by a program and signed is that', async () => {
  const checked = await verifyFile(sealed, office.policy);
  assert.equal(checked.indication, 'TOTAL-PASSED');
  assert.equal(checked.document?.class, 'born-digital-signed');
  assert.equal((await verifyFile(letter, office.policy)).document?.class, 'born-digital-unsigned');
});

test('S3.6 a scan with a picture of a signature has no digital signature', async () => {
  const checked = await verifyFile(pictureOfSignature(), office.policy);
  assert.equal(checked.unsigned, true);
  assert.equal(checked.document?.class, 'scan-unsigned');
  const text = checkedFileText(checked).join('\n');
  assert.match(text, /KHÔNG CÓ CHỮ KÝ SỐ/);
  assert.match(text, /Hình con dấu hay hình chữ ký trong tệp không phải là chữ ký số/);
  assert.match(text, /Bản quét hoặc ảnh chụp từ giấy, không có chữ ký số/);
  assert.match(text, /Ảnh phủ kín trang/);
  assert.match(text, /Trong tệp không có dữ liệu chữ ký số/);
});

/** A package with a sealed letter and an annex. */
const edoc = (organ: { readonly organId: string; readonly organName: string }): Uint8Array =>
  writeEdoc(
    {
      from: organ,
      to: [organ],
      code: { number: '1', notation: '/TN' },
      promulgation: { place: 'Hà Nội', date: '2026-11-24' },
      documentType: { type: 2, typeDetail: -1 },
      subject: 'Thử',
      signer: { fullName: 'Trần Thử Nghiệm' },
      other: { priority: 0, promulgationAmount: 1, pageAmount: 1, direction: false, appendixes: [] },
      responseFor: [],
      steeringType: 0,
      taskCodes: [],
      toPlaces: [],
      traceHeaders: [],
    },
    [
      { name: 'goc.pdf', bytes: sealed },
      { name: 'phu-luc.txt', bytes: Buffer.from('không phải văn bản ký số') },
    ],
  );

test('an edXML package: every file in it is checked, the worst counts', async () => {
  const organ = { organId: '000.00.00.G22', organName: 'Cơ quan Thử nghiệm' };
  const bytes = edoc(organ);
  assert.equal((await readPackage(bytes)).kind, 'edoc');
  const checked = await verifyFile(bytes, office.policy);
  assert.equal(checked.kind, 'edxml');
  assert.deepEqual(
    checked.parts.map((part) => [part.name, part.file?.indication, part.problem?.code]),
    [
      ['goc.pdf', 'TOTAL-PASSED', undefined],
      ['phu-luc.txt', undefined, 'unknown-format'],
    ],
  );
  assert.equal(checked.indication, 'INDETERMINATE');
  assert.equal(checked.unsigned, false);
});

test('XML, CMS and ASiC are recognised by content and checked', async () => {
  const signer = office.officer;
  const signingTime = new Date();
  const document = Buffer.from('<a>1</a>');
  const xml = await signXml({ form: 'enveloped', document }, { signer, xades: { signingTime } });
  const cms = await signCades(document, { signer, signingTime, form: 'attached' });
  const inner = [
    { name: 'goc.pdf', bytes: sealed, mimeType: 'application/pdf' },
    { name: 'phu-luc.txt', bytes: document, mimeType: 'text/plain' },
  ];
  const zip = await signAsic(inner, { signer, signingTime, kind: 'asic-e', format: 'xades' });
  for (const [bytes, kind, report] of [
    [xml, 'xml', 'xades'],
    [cms, 'cms', 'cades'],
    [zip, 'zip', 'asic-e'],
  ] as const) {
    const checked = await verifyFile(bytes, office.policy);
    assert.deepEqual(
      [checked.kind, checked.report?.kind, checked.indication, checked.unsigned],
      [kind, report, 'TOTAL-PASSED', false],
    );
    assert.match(checkedFileText(checked).join('\n'), /^HỢP LỆ/);
  }
  const { parts } = await verifyFile(zip, office.policy);
  assert.deepEqual(
    parts.map((part) => [part.name, part.file?.indication]),
    [
      ['goc.pdf', 'TOTAL-PASSED'],
      ['phu-luc.txt', undefined],
    ],
  );
  await assert.rejects(verifyFile(await zipFiles([{ name: 'a.txt', bytes: document }]), office.policy), {
    code: 'asic-not-a-container',
  });
});

test('the Signature in the header of an edXML package is named a formality, and changes no verdict', async () => {
  const organ = { organId: '000.00.00.G22', organName: 'Cơ quan Thử nghiệm' };
  const plain = Buffer.from(edoc(organ)).toString('utf8');
  const put = async (signature: string) =>
    await verifyFile(
      Buffer.from(plain.replace('</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`)),
      office.policy,
    );
  const none = await verifyFile(Buffer.from(plain), office.policy);
  assert.equal(none.packageSignature, undefined);
  const dummy = await put('<Signature><SignedInfo/><SignatureValue>x</SignatureValue></Signature>');
  assert.equal(dummy.packageSignature?.state, 'decorative');
  assert.equal(dummy.indication, none.indication);
  assert.match(checkedFileText(dummy).join('\n'), /chỉ là hình thức/);
  const shaped = await put('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>');
  assert.equal(shaped.packageSignature?.finding.code, 'package-signature-broken');
  const whole = await signXml(
    { form: 'enveloped', document: Buffer.from(plain) },
    { signer: office.officer },
  );
  const text = Buffer.from(whole).toString('utf8');
  const signature = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(text)?.[0] ?? '';
  const sound = await verifyFile(
    Buffer.from(
      text.replace(signature, '').replace('</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`),
    ),
    office.policy,
  );
  assert.equal(sound.packageSignature?.finding.code, 'package-signature-sound');
  assert.equal(sound.indication, none.indication);
});

test('what is not a signed file is refused with one line and the next step', async () => {
  await assert.rejects(verifyFile(Buffer.from('rác'), office.policy), { code: 'unknown-format' });
  await assert.rejects(verifyFile(Buffer.from('<edXML/>'), office.policy), { code: 'package-damaged' });
  await assert.rejects(verifyFile(Buffer.from('%PDF-1.7 rác'), office.policy), { code: 'damaged' });
});

test('sixty made files of all kinds are told apart', async () => {
  const signer = sampleSigner(new Date('2026-11-24T08:00:00+07:00'));
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (let seed = 100_001; seed <= 100_060; seed += 1) {
    const sample = makeSample(seed);
    const checked = await verifyFile(await signer.finish(sample, seed), signer.policy);
    const truth = `${sample.origin}-${sample.signed}`;
    seen.add(truth);
    if (checked.document?.class !== truth)
      wrong.push(`${seed}: ${truth} (${sample.recipes.join()}) read as ${checked.document?.class}`);
  }
  assert.ok(seen.size >= 8, [...seen].join());
  assert.ok(wrong.length <= 1, wrong.join('\n'));
});
