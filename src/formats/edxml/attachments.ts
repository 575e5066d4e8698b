import { createHash } from 'node:crypto';
import { textOf, type XmlElement } from '#formats/xml';
import { defaultZipLimits, looksLikeZip, unwrapSingle, ZipError } from '#formats/zip';
import { EdxmlError } from './errors.ts';
import { present, type Lookup } from './lookup.ts';
import type { Attachment, EdxmlLimits, Repair } from './types.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The extension of a file name in lower case, `''` when it has none. */
export function extensionOf(name: string): string {
  const at = name.lastIndexOf('.');
  return at <= 0 || at === name.length - 1 ? '' : name.slice(at + 1).toLowerCase();
}

/** Formats that are archives themselves: unwrapped only when the archive holds one file of that very extension. */
const archives = new Set(['zip', 'jar', 'war', 'ear', 'apk', 'epub', 'kmz']);

/** Strips any number of `cid:` (edXML §6.1). */
export function bareContentId(contentId: string): string {
  return contentId.trim().replace(/^(?:cid:)+/i, '');
}

/** Bytes of a name that file systems take. */
const longestName = 255;
/** Control characters, and those that turn the direction of writing (`gpj.exe` shown as `exe.jpg`). */
// oxlint-disable-next-line no-control-regex -- these are the characters to take out
const notInNames = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A plain name: no folders, no control characters, at most 255 bytes; told when it was not. */
function safeName(given: string, position: number, tell: (repair: Repair) => void): string {
  const plain = (given.normalize('NFC').split(/[\\/]/).at(-1) ?? '').replace(notInNames, '').trim();
  let name = plain === '' || plain === '.' || plain === '..' ? `tep-${position}` : plain;
  if (Buffer.byteLength(name) > longestName) {
    const extension = extensionOf(name);
    const tail = extension === '' || extension.length > 10 ? '' : `.${extension}`;
    const stem = Array.from(name.slice(0, longestName));
    while (Buffer.byteLength(stem.join('') + tail) > longestName) stem.pop();
    name = stem.join('').toWellFormed() + tail;
  }
  if (name !== given.normalize('NFC').trim())
    tell({ code: 'attachment-name', detail: `${given.slice(0, 80)} as ${name.slice(0, 80)}` });
  return name;
}

/** Every attachment wherever its producer put it; the official place first. */
function attachmentElements(
  find: Lookup,
  root: XmlElement,
  tell: (repair: Repair) => void,
): readonly XmlElement[] {
  const official = find.children(find.child(root, 'AttachmentEncoded'), 'Attachment');
  if (official.length > 0) return official;
  const found: XmlElement[] = [];
  const walk = (element: XmlElement): void => {
    const carries = element.children.some((child) =>
      /^(ContentTransferEncoded|AttachmentData)$/i.test(child.local),
    );
    if (carries) found.push(element);
    else for (const child of element.children) walk(child);
  };
  walk(root);
  if (found.length > 0)
    tell({ code: 'attachment-place', detail: `${found.length} outside AttachmentEncoded` });
  return found;
}

/** RFC 4648 §4; the length is looked at apart. */
const strictBase64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Decodes what can be decoded, as the official reader does (other characters are passed over), and tells so. */
function decode(text: string, name: string, tell: (repair: Repair) => void): Buffer {
  const clean = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  const bytes = Buffer.from(clean, 'base64');
  if (clean.length % 4 !== 0 || !strictBase64.test(clean)) {
    tell({ code: bytes.length === 0 ? 'base64-damaged' : 'base64-lenient', detail: name });
  }
  return bytes;
}

/** Documents that are archives of several files by their nature. */
const packaged = /^(?:doc[xm]|dot[xm]|xls[xmb]|xlt[xm]|ppt[xm]|pps[xm]|od[tspg]|asice?|bdoc)$/;
/** What the official writer calls the one file in an archive that it made for the way. */
const wrapperEntry = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.[^.]*)?$/i;

/**
 * The file inside the payload. What the label says is not believed: bytes that begin like an archive are unwrapped
 * when the archive holds exactly one file of the very extension that the name promises, or exactly one file and the
 * label says so (edXML §6.3). A name without an extension promises nothing: there the official reader destroys a
 * genuine archive; this one unwraps only what the official writer wrapped.
 */
function unwrap(
  raw: Buffer,
  name: string,
  contentType: string | undefined,
  left: number,
  tell: (repair: Repair) => void,
): { bytes: Buffer; unwrapped: boolean } {
  const extension = extensionOf(name);
  const labelled = contentType === 'application/zip' && !archives.has(extension);
  if (!looksLikeZip(raw)) {
    if (labelled && extension !== '')
      tell({ code: 'payload-label-wrong', detail: `${name}: application/zip, is none` });
    return { bytes: raw, unwrapped: false };
  }
  if (archives.has(extension)) return { bytes: raw, unwrapped: false };
  try {
    const inner = unwrapSingle(raw, { entryBytes: Math.min(defaultZipLimits.entryBytes, left) });
    if (extension === '' && !(labelled && wrapperEntry.test(inner.name)))
      return { bytes: raw, unwrapped: false };
    // Some writers name the file inside after the package: then the label and the single entry must both speak for it.
    if (!labelled && extensionOf(inner.name) !== extension) return { bytes: raw, unwrapped: false };
    if (!labelled)
      tell({ code: 'payload-label-wrong', detail: `${name}: ${contentType ?? 'no type'}, is a ZIP` });
    return {
      bytes: Buffer.from(inner.bytes.buffer, inner.bytes.byteOffset, inner.bytes.length),
      unwrapped: true,
    };
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    // Several files are one document (docx) or none that the name speaks of; the official reader takes the first.
    if (error.code !== 'not-single' || (labelled && extension !== '' && !packaged.test(extension)))
      tell({ code: 'payload-not-unwrapped', detail: `${name}: ${error.code}` });
    return { bytes: raw, unwrapped: false };
  }
}

/** Runs of U+FFFD in UTF-8: a sender turned the bytes into text and back. */
function pdfIsDamaged(bytes: Buffer): boolean {
  if (!bytes.subarray(0, 1024).includes('%PDF-')) return false;
  return bytes.includes(Buffer.from('efbfbdefbfbdefbfbd', 'hex'));
}

/** Reads the attachments of a document. */
export function readAttachments(
  find: Lookup,
  root: XmlElement,
  manifest: readonly XmlElement[],
  limits: EdxmlLimits,
  tell: (repair: Repair) => void,
): Attachment[] {
  const elements = attachmentElements(find, root, tell);
  if (elements.length > limits.attachments)
    throw new EdxmlError('too-many-attachments', `${elements.length}, at most ${limits.attachments}`);
  // Looked up by id, not searched: a manifest may have as many references as the document has elements.
  const described = new Map(
    manifest.map((item) => [bareContentId(find.text(item, 'ContentId') ?? ''), item] as const).toReversed(),
  );
  let total = 0;
  return elements.map((element, index) => {
    const contentId = find.text(element, 'ContentId');
    const reference =
      (contentId === undefined ? undefined : described.get(bareContentId(contentId))) ?? manifest[index];
    const given = find.text(element, 'AttachmentName') ?? find.text(reference, 'AttachmentName') ?? '';
    const name = safeName(given, index + 1, tell);
    const contentType = find.text(element, 'ContentType') ?? find.text(element, 'Format');
    const payload = find.child(element, 'ContentTransferEncoded') ?? find.child(element, 'AttachmentData');
    const raw = decode(payload === undefined ? '' : textOf(payload), name, tell);
    const { bytes, unwrapped } = unwrap(raw, name, contentType, limits.attachmentBytes - total, tell);
    total += bytes.length;
    if (total > limits.attachmentBytes)
      throw new EdxmlError('attachments-too-large', `more than ${limits.attachmentBytes} bytes`);
    if (pdfIsDamaged(bytes)) tell({ code: 'pdf-damaged', detail: name });
    const rawSha256 = sha256(raw);
    return {
      ...present({ contentId, description: find.text(element, 'Description'), contentType }),
      name,
      raw,
      bytes,
      rawSha256,
      sha256: unwrapped ? sha256(bytes) : rawSha256,
      unwrapped,
    } as Attachment;
  });
}
