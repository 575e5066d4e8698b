import {
  deflated,
  dict,
  documentAt,
  isArray,
  name,
  openPdf,
  pagesOf,
  ref,
  updatePdf,
  withEntries,
  type PdfPage,
  type PdfRef,
  type PdfValue,
} from '#formats/pdf';

/** An attack prepared in the document before it is offered for signing, and released afterwards. */
export interface PreparedAttack {
  prepare(unsigned: Uint8Array): Uint8Array;
  release(signed: Uint8Array): Uint8Array;
}

const marker = '% shadow';
const cover = `${marker}\nq 1 g 80 400 460 100 re f Q`;

const contentsOf = (page: PdfPage): readonly PdfValue[] => {
  const value = page.dict.entries.get('Contents') as PdfValue;
  return isArray(value) ? value : [value];
};

/** Adds the number of an object of the kind asked for to the last page's contents. */
function addContent(unsigned: Uint8Array, content: (next: number) => PdfValue | undefined): Uint8Array {
  const document = documentAt(openPdf(unsigned));
  const writer = updatePdf(document);
  const page = pagesOf(document).at(-1) as PdfPage;
  const at = writer.allocate();
  const value = content(at.num);
  if (value !== undefined) writer.setObject(at, value);
  writer.setObject(page.ref, withEntries(page.dict, { Contents: [...contentsOf(page), at] }));
  return writer.finish().bytes;
}

const lastContent = (signed: Uint8Array): PdfRef =>
  contentsOf(pagesOf(documentAt(openPdf(signed))).at(-1) as PdfPage).at(-1) as PdfRef;

function setLastContent(signed: Uint8Array, value: PdfValue): Uint8Array {
  const writer = updatePdf(signed);
  writer.setObject(lastContent(signed), value);
  return writer.finish().bytes;
}

/** Writes an update whose table frees an object. */
function free(signed: Uint8Array, at: PdfRef): Uint8Array {
  const { file, trailer } = documentAt(openPdf(signed));
  const previous = file.revisions.at(-1)?.sections[0]?.offset ?? 0;
  const root = trailer.entries.get('Root') as PdfRef;
  const size = trailer.entries.get('Size') as number;
  const update = [
    'xref',
    `${at.num} 1`,
    '0000000000 00001 f ',
    `trailer\n<</Size ${size}/Root ${root.num} 0 R/Prev ${previous}>>`,
    `startxref\n${signed.length}\n%%EOF\n`,
  ].join('\n');
  return Buffer.concat([signed, Buffer.from(update, 'latin1')]);
}

export const preparedAttacks: Readonly<Record<string, PreparedAttack>> = {
  'shadow hide: cover emptied after signing': {
    prepare: (unsigned) => addContent(unsigned, () => deflated(cover)),
    release: (signed) => setLastContent(signed, deflated('')),
  },
  'shadow hide: cover freed after signing': {
    prepare: (unsigned) => addContent(unsigned, () => deflated(cover)),
    release: (signed) => free(signed, lastContent(signed)),
  },
  'shadow replace: a reference to nothing defined after signing': {
    prepare: (unsigned) => addContent(unsigned, () => undefined),
    release: (signed) => setLastContent(signed, deflated(cover)),
  },
  'shadow replace: form XObject replaced after signing': {
    prepare(unsigned) {
      const document = documentAt(openPdf(unsigned));
      const writer = updatePdf(document);
      const page = pagesOf(document).at(-1) as PdfPage;
      const form = dict({ Type: name('XObject'), Subtype: name('Form'), BBox: [0, 0, 595, 842] });
      const hidden = writer.addObject(deflated('', form));
      const resources = document.dict(page.dict.entries.get('Resources')) ?? dict({});
      writer.setObject(
        page.ref,
        withEntries(page.dict, {
          Resources: withEntries(resources, { XObject: dict({ Shadow: hidden }) }),
          Contents: [...contentsOf(page), writer.addObject(deflated('/Shadow Do'))],
        }),
      );
      return writer.finish().bytes;
    },
    release(signed) {
      const document = documentAt(openPdf(signed));
      const page = pagesOf(document).at(-1) as PdfPage;
      const resources = document.dict(page.dict.entries.get('Resources'));
      const shadow = document.dict(resources?.entries.get('XObject'))?.entries.get('Shadow') as PdfRef;
      const writer = updatePdf(document);
      const form = dict({ Type: name('XObject'), Subtype: name('Form'), BBox: [0, 0, 595, 842] });
      writer.setObject(ref(shadow.num), deflated(cover, form));
      return writer.finish().bytes;
    },
  },
};
