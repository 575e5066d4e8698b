import {
  addToForm,
  appendTo,
  dict,
  documentAt,
  formFields,
  name,
  openPdf,
  pagesOf,
  textString,
  updatePdf,
  type PdfDocument,
  type Span,
} from '#formats/pdf';
import type { TimestampSource } from '../tsp.ts';
import {
  completePdfSignature,
  defaultReserve,
  digestAround,
  emptyRange,
  type PreparedPdfSignature,
} from './prepare.ts';

export interface DocTimestampOptions {
  /** Bytes kept for the token. */
  readonly reserve?: number;
}

const prefix = 'dau_thoi_gian_';

/** A name that no field has. */
function freshName(document: PdfDocument): string {
  const taken = new Set(formFields(document).map((field) => field.name));
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

/**
 * First phase of a document timestamp (ETSI EN 319 142-1 §5.4.3, ISO 32000-2 §12.8.5): one incremental update with an
 * invisible signature field whose value is of type /DocTimeStamp, with room for the token. Later signatures are not
 * hindered; a certification that forbids changes permits it.
 * @returns what to have stamped (`digest`, SHA-256), and what `completePdfSignature` needs to put the token in place
 * @throws PdfError as `openPdf`
 */
export function prepareDocTimestamp(
  pdf: Uint8Array,
  options: DocTimestampOptions = {},
): PreparedPdfSignature {
  const document = documentAt(openPdf(pdf));
  const [page] = pagesOf(document);
  const writer = updatePdf(document);
  const value = writer.addObject(
    dict({
      Type: name('DocTimeStamp'),
      Filter: name('Adobe.PPKLite'),
      SubFilter: name('ETSI.RFC3161'),
      V: 0,
      ByteRange: emptyRange,
      Contents: {
        kind: 'raw',
        text: `<${'0'.repeat((options.reserve ?? defaultReserve) * 2)}>`,
        mark: 'contents',
      },
    }),
  );
  const field = writer.addObject(
    dict({
      Type: name('Annot'),
      Subtype: name('Widget'),
      FT: name('Sig'),
      T: textString(freshName(document)),
      TU: textString('Dấu thời gian lưu trữ'),
      Rect: [0, 0, 0, 0],
      F: 132,
      P: page?.ref,
      V: value,
    }),
  );
  if (page !== undefined) appendTo(writer, document, page.ref, page.dict, 'Annots', [field]);
  addToForm(writer, document, [field]);
  const written = writer.finish();
  const contents = written.marks.get('contents') as Span;
  const range = written.marks.get('range') as Span;
  return { ...digestAround(written.bytes, contents, range, 'sha256'), contents, digestAlgorithm: 'sha256' };
}

/**
 * Adds a document timestamp over the whole file.
 * @throws PdfError, PadesError `signature-too-large`, SigningError of the timestamp source
 */
export async function timestampPdf(
  pdf: Uint8Array,
  timestamps: TimestampSource,
  options: DocTimestampOptions = {},
): Promise<Uint8Array> {
  const prepared = prepareDocTimestamp(pdf, options);
  return completePdfSignature(prepared, await timestamps.timestamp(prepared.digest, 'sha256'));
}
