import { escapeText, readXml, XmlError } from '#formats/xml';
import { EdxmlError } from './errors.ts';
import type { TraceHeader } from './types.ts';

/**
 * The package with one more TraceHeader, inserted as text at the end of its TraceHeaderList; all other bytes stay. A
 * package without a list (a status) gets none and is returned as it is: the standard gives statuses no list.
 * @throws EdxmlError when the package is not XML
 */
export function appendTraceHeader(bytes: Uint8Array, header: TraceHeader): Buffer {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let document: ReturnType<typeof readXml>;
  try {
    document = readXml(given, { allowJunk: true });
  } catch (error) {
    if (error instanceof XmlError) throw new EdxmlError(error.code, error.detail, error);
    throw error;
  }
  const envelope = document.root.children.find((child) => child.local === 'edXMLEnvelope');
  const list = envelope?.children
    .find((child) => child.local === 'edXMLHeader')
    ?.children.find((child) => child.local === 'TraceHeaderList');
  if (!list) return given;
  const prefix = list.prefix === '' ? '' : `${list.prefix}:`;
  const part = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `<${prefix}${name}>${escapeText(value)}</${prefix}${name}>`;
  const inserted = `<${prefix}TraceHeader>${part('OrganId', header.organId)}${part('Timestamp', header.timestamp)}</${prefix}TraceHeader>`;
  const range = document.rangeOf(list);
  if (list.selfClosing) {
    // `<TraceHeaderList />` must open to take a child: its "/>" becomes ">…</TraceHeaderList>".
    const slash = given.lastIndexOf('/', range.openEnd);
    return Buffer.concat([
      given.subarray(0, slash),
      Buffer.from(`>${inserted}</${list.name}>`),
      given.subarray(range.openEnd),
    ]);
  }
  return Buffer.concat([
    given.subarray(0, range.closeStart),
    Buffer.from(inserted),
    given.subarray(range.closeStart),
  ]);
}
