/** What a file is, told by its first bytes and never by its name. */
export type FileKind = 'pdf' | 'edxml' | 'xml' | 'cms' | 'zip';

/** 1.2.840.113549.1.7.2, signedData, as DER. */
const signedData = Buffer.from('06092a864886f70d010702', 'hex');

/** Recognises PDF, edXML, other XML, CMS (DER or PEM) and ZIP (ASiC) by content; undefined for anything else. */
export function recogniseFile(bytes: Uint8Array): FileKind | undefined {
  const head = Buffer.from(bytes.subarray(0, 4096));
  const text = head.toString('latin1');
  if (text.startsWith('%PDF-')) return 'pdf';
  if (text.startsWith('PK\u0003\u0004')) return 'zip';
  if (text.startsWith('-----BEGIN PKCS7-----') || text.startsWith('-----BEGIN CMS-----')) return 'cms';
  if (head[0] === 0x30 && head.subarray(0, 32).includes(signedData)) return 'cms';
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  // In UTF-16 every other byte of ASCII is nought.
  const plain = utf16 ? text.slice(2).replaceAll('\u0000', '') : text.replace(/^\u00ef\u00bb\u00bf/, '');
  // Some senders put bytes before the prolog of a package; the reader of packages knows them.
  if (/<(?:[\w.-]+:)?edXML[\s/>]/i.test(plain)) return 'edxml';
  return /^\s*<[?!\w]/.test(plain) ? 'xml' : undefined;
}
