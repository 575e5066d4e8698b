import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, asyncProperty, integer, nat } from 'fast-check';
import {
  catalogOf,
  deflated,
  dict,
  documentAt,
  openPdf,
  pagesOf,
  PdfError,
  updatePdf,
  withEntries,
  type PdfDocument,
  type PdfRef,
} from '#formats/pdf';
import { reportText } from '../report/index.ts';
import {
  attacksAfterSigning,
  attacksByHand,
  attacksOnContainer,
  authorityAt,
  extend,
  signedLetter,
} from './attacks/index.ts';
import { verifyPdf } from './verify.ts';

const now = new Date();
const { authority } = authorityAt(now);
const { pdf: sealed } = await signedLetter(authority, now);
const { pdf: lt } = await extend(sealed, [authority], now, false);
const { pdf: lta } = await extend(sealed, [authority], now, true);
const policy = { anchors: [{ certificate: authority.root }], now };

/** Not valid, or refused as unreadable. */
async function assertRefused(pdf: Uint8Array, label: string): Promise<void> {
  try {
    const report = await verifyPdf(pdf, policy);
    assert.notEqual(report.indication, 'TOTAL-PASSED', `${label}\n${reportText(report).join('\n')}`);
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
  }
}

for (const [base, pdf] of [
  ['B-LT', lt],
  ['B-LTA', lta],
] as const) {
  test(`S3.7 every attack is refused on a letter at ${base} too`, async () => {
    assert.equal((await verifyPdf(pdf, policy)).indication, 'TOTAL-PASSED');
    const attacks = { ...attacksAfterSigning, ...attacksOnContainer, ...attacksByHand };
    for (const [name, attack] of Object.entries(attacks))
      await assertRefused(attack(pdf), `${name} on ${base}`);
  });
}

/** An update that adds to the store, and does something else under its cover. */
function underCover(
  pdf: Uint8Array,
  work: (writer: ReturnType<typeof updatePdf>, document: PdfDocument) => readonly PdfRef[],
): Uint8Array {
  const writer = updatePdf(pdf);
  const document = writer.base as PdfDocument;
  const catalog = catalogOf(document);
  const store = document.dict(catalog.dict.entries.get('DSS')) ?? dict({});
  const certs = [writer.addObject(deflated('x')), ...work(writer, document)];
  const grown = writer.addObject(withEntries(store, { Certs: certs }));
  writer.setObject(catalog.ref, withEntries(catalog.dict, { DSS: grown }));
  return writer.finish().bytes;
}

test('S3.7 nothing is smuggled in with validation data: what the store names may not be used by the pages', async () => {
  const page = pagesOf(documentAt(openPdf(sealed)))[1];
  assert.ok(page);
  const content = page.dict.entries.get('Contents') as PdfRef;
  await assertRefused(
    underCover(sealed, (writer) => {
      writer.setObject(content, deflated('0 0 500 500 re f'));
      return [content];
    }),
    'the content of a page, named as a certificate',
  );
  await assertRefused(
    underCover(sealed, (writer) => {
      const evil = writer.addObject(deflated('0 0 500 500 re f'));
      writer.setObject(page.ref, withEntries(page.dict, { Contents: evil }));
      return [evil, page.ref];
    }),
    'a page and its new content, named as certificates',
  );
});

test('S3.2 any byte of a B-LTA file changed anywhere is never valid', async () => {
  await assertProperty(
    asyncProperty(nat(lta.length - 1), integer({ min: 1, max: 255 }), async (at, flip) => {
      const hurt = Buffer.from(lta);
      hurt[at] = (hurt[at] as number) ^ flip;
      await assertRefused(hurt, `byte ${at} ^ ${flip}`);
    }),
    { numRuns: 250 },
  );
});

test('S3.2 any byte changed within the document timestamp is never valid', async () => {
  const text = Buffer.from(lta).toString('latin1');
  const start = text.lastIndexOf('/Contents <') + 11;
  const length = 2 * (4 + Number.parseInt(text.slice(start + 4, start + 8), 16));
  for (let at = start; at < start + length; at += 23) {
    const hurt = Buffer.from(lta);
    hurt[at] = text[at] === '0' ? 0x31 : 0x30;
    await assertRefused(hurt, `digit ${at - start} of the token`);
  }
});
