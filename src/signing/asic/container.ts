import { listZip, readZipEntry, ZipError, type ZipEntry } from '#formats/zip';
import { AsicError } from './errors.ts';
import { asicMimeTypes, metaFolder, mimetypeName } from './names.ts';

/** A container whose archive can be read in one way only. */
export interface AsicContainer {
  readonly kind: 'asic-s' | 'asic-e';
  /** Every entry but `mimetype` and folders, by its name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Names of what is meant to be signed: everything outside META-INF. */
  readonly dataObjects: readonly string[];
}

const limits = { bytes: 128 * 2 ** 20, entries: 512, entryBytes: 64 * 2 ** 20, totalBytes: 128 * 2 ** 20 };
const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;

/**
 * Opens a container: `mimetype` first, stored, without extra field (EN 319 162-1 annex A.1); no double names, no
 * path out of it, no bytes before, between or behind the entries.
 * @throws AsicError
 */
export function openAsic(bytes: Uint8Array): AsicContainer {
  try {
    const entries = listZip(bytes, limits);
    const kind = kindOf(bytes, entries);
    checkNames(entries);
    checkNothingHidden(bytes, entries);
    const files = new Map<string, Uint8Array>();
    for (const entry of entries)
      if (entry.name !== mimetypeName && !entry.name.endsWith('/'))
        files.set(entry.name, readZipEntry(bytes, entry));
    return { kind, files, dataObjects: [...files.keys()].filter((name) => !name.startsWith(metaFolder)) };
  } catch (error) {
    if (error instanceof ZipError) throw new AsicError('asic-damaged', `${error.code}: ${error.detail}`);
    throw error;
  }
}

function kindOf(bytes: Uint8Array, entries: readonly ZipEntry[]): AsicContainer['kind'] {
  const entry = entries.find(({ name }) => name === mimetypeName);
  if (entry === undefined) throw new AsicError('asic-not-a-container', 'no mimetype');
  const text = Buffer.from(readZipEntry(bytes, entry)).toString('latin1');
  const kind = (['asic-s', 'asic-e'] as const).find((one) => asicMimeTypes[one] === text);
  if (kind === undefined) throw new AsicError('asic-not-a-container', JSON.stringify(text.slice(0, 80)));
  // The local header of 30 bytes and the name, from the first byte on.
  if (entry.dataStart !== 30 + mimetypeName.length || entry.method !== 0)
    throw new AsicError('asic-damaged', 'mimetype is not first and stored');
  return kind;
}

/** Names that a file system or a person would take for the same are the same. */
function checkNames(entries: readonly ZipEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    const key = name.normalize('NFC').toLowerCase();
    if (seen.has(key)) throw new AsicError('asic-damaged', `two entries ${JSON.stringify(name)}`);
    seen.add(key);
    if (key.startsWith('meta-inf/') && !name.startsWith(metaFolder))
      throw new AsicError('asic-damaged', JSON.stringify(name));
  }
}

/** What a data descriptor may take behind an entry (APPNOTE 4.3.9). */
const descriptors = [0, 12, 16, 20, 24];

/** Each entry follows the one before; the directory follows the last; the comment says nothing but the kind. */
function checkNothingHidden(bytes: Uint8Array, entries: readonly ZipEntry[]): void {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const sorted = entries.toSorted((left, right) => left.dataStart - right.dataStart);
  for (const [index, entry] of sorted.entries()) {
    const end = entry.dataStart + entry.compressedSize;
    const next = sorted[index + 1];
    const follows = descriptors.some((gap) => {
      const at = end + gap;
      if (at + 30 > zip.length) return false;
      if (next === undefined) return zip.readUInt32LE(at) === centralSignature;
      const header = 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
      return zip.readUInt32LE(at) === localSignature && at + header === next.dataStart;
    });
    if (!follows) throw new AsicError('asic-damaged', `bytes that belong to no entry, after ${entry.name}`);
  }
  const tail = zip.subarray(zip.lastIndexOf(Buffer.from('504b0506', 'hex')) + 22).toString('latin1');
  if (tail !== '' && !/^mimetype=application\/vnd\.etsi\.asic-[se]\+zip$/.test(tail))
    throw new AsicError('asic-damaged', 'a comment behind the archive');
}
