import {
  addToForm,
  appendTo,
  catalogOf,
  deflated,
  dict,
  documentAt,
  formFields,
  formOf,
  isArray,
  isKind,
  name,
  openPdf,
  pagesOf,
  textString,
  updatePdf,
  withEntries,
  type PdfDict,
  type PdfDocument,
  type PdfPage,
  type PdfRef,
  type PdfValue,
  type PdfWriter,
} from '#formats/pdf';

/**
 * Attack files made from an honestly signed one by changing it afterwards. Test support: every one must be
 * refused with words. Names follow Mladenov, Mainka et al., "1 Trillion Dollar Refund" (2019), "Shadow Attacks"
 * (2021) and "Breaking the Specification" (2021).
 */
export type Attack = (signed: Uint8Array) => Uint8Array;

function change(signed: Uint8Array, how: (writer: PdfWriter, document: PdfDocument) => void): Uint8Array {
  const document = documentAt(openPdf(signed));
  const writer = updatePdf(document);
  how(writer, document);
  return writer.finish().bytes;
}

const pageAt = (document: PdfDocument, index: number): PdfPage => pagesOf(document).at(index) as PdfPage;

/** A white rectangle over the text, and other words. */
const overpaint = 'q 1 g 80 400 460 200 re f Q 0 g BT /TR 14 Tf 1 0 0 1 90 500 Tm <0001000200030004> Tj ET';

const setField =
  (field: string, changes: Record<string, PdfValue>): Attack =>
  (signed) =>
    change(signed, (writer, document) => {
      const found = formFields(document).find((one) => one.name === field);
      if (found !== undefined)
        writer.setObject(found.ref, withEntries(document.dict(found.ref) as PdfDict, changes));
    });

const setCatalog =
  (changes: Record<string, PdfValue>): Attack =>
  (signed) =>
    change(signed, (writer, document) => {
      const { ref, dict: own } = catalogOf(document);
      writer.setObject(ref, withEntries(own, changes));
    });

const setPage =
  (index: number, changes: (page: PdfPage, writer: PdfWriter) => Record<string, PdfValue>): Attack =>
  (signed) =>
    change(signed, (writer, document) => {
      const page = pageAt(document, index);
      writer.setObject(page.ref, withEntries(page.dict, changes(page, writer)));
    });

function annotate(signed: Uint8Array, annotation: Record<string, PdfValue>): Uint8Array {
  return change(signed, (writer, document) => {
    const page = pageAt(document, -1);
    const picture = writer.addObject(
      deflated(overpaint, dict({ Type: name('XObject'), Subtype: name('Form'), BBox: [0, 0, 600, 800] })),
    );
    const at = writer.addObject(
      dict({ Type: name('Annot'), Rect: [80, 300, 540, 700], F: 4, AP: dict({ N: picture }), ...annotation }),
    );
    appendTo(writer, document, page.ref, page.dict, 'Annots', [at]);
    if (annotation['FT'] !== undefined) addToForm(writer, document, [at]);
  });
}

/** The first font's program or the first resource of the last page, whatever is there to be swapped. */
function swapFont(signed: Uint8Array): Uint8Array {
  return change(signed, (writer, document) => {
    const resources = document.dict(pageAt(document, -1).dict.entries.get('Resources'));
    const fonts = document.dict(resources?.entries.get('Font'));
    const font = fonts?.entries.get('TR');
    if (isKind(font, 'ref'))
      writer.setObject(font, dict({ Type: name('Font'), Subtype: name('Type1'), BaseFont: name('Symbol') }));
  });
}

/** Appends objects that no table declares, as repairing readers would take them. */
const undeclared: Attack = (signed) => {
  const document = documentAt(openPdf(signed));
  const contents = pageAt(document, -1).dict.entries.get('Contents') as PdfRef;
  const object = `${contents.num} 0 obj\n<</Length ${overpaint.length}>>\nstream\n${overpaint}\nendstream\nendobj\n`;
  return Buffer.concat([signed, Buffer.from(object, 'latin1')]);
};

/** A copy of the first page tree and catalog under new numbers, to which /Root is switched. */
const switchRoot: Attack = (signed) => {
  const written = change(signed, (writer, document) => {
    const catalog = catalogOf(document);
    const page = pageAt(document, -1);
    const tree = writer.allocate();
    const other = writer.addObject(
      withEntries(page.dict, {
        Parent: tree,
        Contents: writer.addObject(deflated(overpaint)),
        Annots: undefined as never,
      }),
    );
    writer.setObject(
      tree,
      dict({ Type: name('Pages'), Kids: [other], Count: 1, MediaBox: [0, 0, 595, 842] }),
    );
    writer.addObject(withEntries(catalog.dict, { Pages: tree }));
  });
  const text = Buffer.from(written).toString('latin1');
  const size = Number(/\/Size (\d+)/.exec(text.slice(text.lastIndexOf('/Size')))?.[1]);
  const at = text.lastIndexOf('/Root ');
  const root = /\/Root \d+ 0 R/.exec(text.slice(at)) as RegExpExecArray;
  return Buffer.from(text.slice(0, at) + `/Root ${size - 1} 0 R` + text.slice(at + root[0].length), 'latin1');
};

export const attacksAfterSigning: Readonly<Record<string, Attack>> = {
  'incremental saving: page content replaced': setPage(-1, (_, writer) => ({
    Contents: writer.addObject(deflated(overpaint)),
  })),
  'incremental saving: content stream rewritten under its number': (signed) =>
    change(signed, (writer, document) => {
      const contents = pageAt(document, -1).dict.entries.get('Contents');
      if (isKind(contents, 'ref')) writer.setObject(contents, deflated(overpaint));
    }),
  'incremental saving: content appended': setPage(-1, (page, writer) => {
    const contents = page.dict.entries.get('Contents') as PdfValue;
    return {
      Contents: [...(isArray(contents) ? contents : [contents]), writer.addObject(deflated(overpaint))],
    };
  }),
  'incremental saving: objects without a table': undeclared,
  'incremental saving: objects without a table, old startxref repeated': (signed) => {
    const start = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(
      Buffer.from(signed.subarray(-64)).toString('latin1'),
    )?.[1];
    return Buffer.concat([undeclared(signed), Buffer.from(`startxref\n${start}\n%%EOF\n`)]);
  },
  'shadow replace: font swapped': swapFont,
  'shadow hide and replace: /Root switched': switchRoot,
  'page box changed': setPage(0, () => ({ CropBox: [0, 0, 595, 300] })),
  'page turned': setPage(0, () => ({ Rotate: 180 })),
  'page removed': (signed) =>
    change(signed, (writer, document) => {
      const tree = catalogOf(document).dict.entries.get('Pages') as PdfRef;
      const own = document.dict(tree) as PdfDict;
      const first = pageAt(document, 0).ref;
      writer.setObject(tree, withEntries(own, { Kids: [first, first], Count: 2 }));
    }),
  'evil annotation: free text over the page': (signed) =>
    annotate(signed, { Subtype: name('FreeText'), Contents: textString('1 tỷ đồng') }),
  'evil annotation: stamp over the page': (signed) => annotate(signed, { Subtype: name('Stamp') }),
  'sneaky signature: visible field after certification': (signed) =>
    annotate(signed, { Subtype: name('Widget'), FT: name('Sig'), T: textString('ky_them') }),
  'new text field over the page': (signed) =>
    annotate(signed, { Subtype: name('Widget'), FT: name('Tx'), T: textString('them'), V: textString('x') }),
  'annotations taken away': setPage(-1, () => ({ Annots: [] })),
  'form: NeedAppearances switched on': (signed) =>
    change(signed, (writer, document) => {
      const form = formOf(document);
      if (form?.ref !== undefined)
        writer.setObject(form.ref, withEntries(form.dict, { NeedAppearances: true }));
    }),
  'form: field list emptied': (signed) =>
    change(signed, (writer, document) => {
      const form = formOf(document);
      if (form?.ref !== undefined) writer.setObject(form.ref, withEntries(form.dict, { Fields: [] }));
    }),
  'form: reserved field moved over the text': setField('so_ky_hieu', { Rect: [80, 300, 540, 700] }),
  'form: reserved field gets an action': setField('so_ky_hieu', {
    AA: dict({ K: dict({ S: name('JavaScript'), JS: textString('1') }) }),
  }),
  'signature removed': setField('ky_nguoi_co_tham_quyen', { V: null, AP: null }),
  'signature picture replaced': setField('ky_nguoi_co_tham_quyen', { AP: dict({}) }),
  'catalog: layers switched': setCatalog({ OCProperties: dict({ OCGs: [], D: dict({}) }) }),
  'catalog: script on opening': setCatalog({
    OpenAction: dict({ S: name('JavaScript'), JS: textString('1') }),
  }),
  'catalog: form replaced': setCatalog({ AcroForm: dict({ Fields: [], SigFlags: 3 }) }),
  'catalog: certification dropped': setCatalog({ Perms: dict({}) }),
};
