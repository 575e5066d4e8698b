import { escapeText, readXml, XmlError, type XmlDocument, type XmlElement } from '#formats/xml';
import { EdxmlError } from './errors.ts';
import { createLookup } from './lookup.ts';
import { isStatus } from './message.ts';
import type { TraceHeader } from './types.ts';

/** Where text goes in (a byte offset), and what stands around the new TraceHeader there. */
interface Place {
  readonly at: number;
  readonly prefix: string;
  readonly opening: string;
  readonly closing: string;
}

function placeOf(document: XmlDocument): Place | null {
  const find = createLookup(() => undefined);
  const { root } = document;
  const header = find.child(find.child(root, 'edXMLEnvelope') ?? root, 'edXMLHeader');
  const message = find.child(header, 'MessageHeader');
  if (message === undefined || isStatus(find, message)) return null;
  const list = find.child(header, 'TraceHeaderList');
  const prefixOf = (element: XmlElement): string => (element.prefix === '' ? '' : `${element.prefix}:`);
  if (list !== undefined && !list.selfClosing)
    return { at: document.rangeOf(list).closeStart, prefix: prefixOf(list), opening: '', closing: '' };
  // No list, or one that closes itself and so takes no child without losing its "/": a list of our own, ahead of it,
  // because readers take the first.
  const prefix = prefixOf(list ?? message);
  const at = list === undefined ? document.rangeOf(message).end : document.rangeOf(list).start;
  return { at, prefix, opening: `<${prefix}TraceHeaderList>`, closing: `</${prefix}TraceHeaderList>` };
}

/**
 * The package with one more TraceHeader, inserted as text at the end of its TraceHeaderList; every byte that was there
 * stays. A document without a list gets one, since one vendor's intake fails without it (edXML §5); a status has none
 * by the standard and is returned as it is.
 * @throws EdxmlError when the package is not XML; XmlError for a character that XML cannot carry
 */
export function appendTraceHeader(bytes: Uint8Array, header: TraceHeader): Buffer {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let document: XmlDocument;
  try {
    document = readXml(given, { allowJunk: true });
  } catch (error) {
    if (error instanceof XmlError) throw new EdxmlError(error.code, error.detail, error);
    throw error;
  }
  const place = placeOf(document);
  if (place === null) return given;
  const { at, prefix, opening, closing } = place;
  const part = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `<${prefix}${name}>${escapeText(value)}</${prefix}${name}>`;
  const inner = part('OrganId', header.organId) + part('Timestamp', header.timestamp);
  const inserted = `${opening}<${prefix}TraceHeader>${inner}</${prefix}TraceHeader>${closing}`;
  return Buffer.concat([given.subarray(0, at), Buffer.from(inserted), given.subarray(at)]);
}
