import { crc32, inflateRawSync } from 'node:zlib';
import { ZipError } from './errors.ts';
import { defaultZipLimits, type ZipLimits } from './limits.ts';

/**
 * A bounded reader of ZIP archives (PKWARE APPNOTE 6.3), synchronous because a codec of pure bytes is. It believes
 * the central directory only where the local headers say the same, and reads neither ZIP64 nor several disks.
 */

/** One entry as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** Inflated bytes. */
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  /** Where its compressed bytes start in the archive. */
  readonly dataStart: number;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endLength = 22;
const centralLength = 46;
const localLength = 30;
const encryptedFlags = 0x0001 | 0x0040 | 0x2000;
const utf8Flag = 0x0800;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whether bytes begin like an archive with at least one entry. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes.length >= endLength && view(bytes).readUInt32LE(0) === localSignature;
}

function findEnd(zip: Buffer): number {
  const lowest = Math.max(0, zip.length - endLength - 0xffff);
  for (let at = zip.length - endLength; at >= lowest; at -= 1) {
    if (zip.readUInt32LE(at) === endSignature && at + endLength + zip.readUInt16LE(at + 20) === zip.length) {
      return at;
    }
  }
  throw new ZipError('not-zip', 'there is no end of central directory');
}

function checkName(name: string): void {
  const parts = name.replaceAll('\\', '/').split('/');
  if (name === '' || name.includes('\0') || name.startsWith('/') || name.startsWith('\\'))
    throw new ZipError('bad-name', JSON.stringify(name));
  if (/^[a-z]:/i.test(name) || parts.includes('..')) throw new ZipError('bad-name', JSON.stringify(name));
}

/** Where the data of an entry start, after its local header was found to agree with the directory. */
function dataStartOf(zip: Buffer, local: number, name: Buffer, method: number, directory: number): number {
  if (local + localLength > directory || zip.readUInt32LE(local) !== localSignature)
    throw new ZipError('damaged', `no local header at ${local}`);
  if ((zip.readUInt16LE(local + 6) & encryptedFlags) !== 0)
    throw new ZipError('encrypted', 'an entry is encrypted');
  if (zip.readUInt16LE(local + 8) !== method) throw new ZipError('damaged', 'two methods for one entry');
  const nameLength = zip.readUInt16LE(local + 26);
  const nameAt = local + localLength;
  if (!zip.subarray(nameAt, nameAt + nameLength).equals(name))
    throw new ZipError('damaged', 'two names for one entry');
  return nameAt + nameLength + zip.readUInt16LE(local + 28);
}

function readCentral(zip: Buffer, at: number, directory: number, limits: ZipLimits): [ZipEntry, number] {
  if (at + centralLength > zip.length || zip.readUInt32LE(at) !== centralSignature)
    throw new ZipError('damaged', `no directory entry at ${at}`);
  const flags = zip.readUInt16LE(at + 8);
  const method = zip.readUInt16LE(at + 10);
  const compressedSize = zip.readUInt32LE(at + 20);
  const size = zip.readUInt32LE(at + 24);
  const nameLength = zip.readUInt16LE(at + 28);
  const local = zip.readUInt32LE(at + 42);
  const next = at + centralLength + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  if (nameLength > limits.nameBytes) throw new ZipError('bad-name', `a name of ${nameLength} bytes`);
  if (next > zip.length) throw new ZipError('damaged', 'a directory entry is cut off');
  const rawName = zip.subarray(at + centralLength, at + centralLength + nameLength);
  const name =
    (flags & utf8Flag) === 0 && !isAsciiOrUtf8(rawName)
      ? rawName.toString('latin1')
      : rawName.toString('utf8');
  checkName(name);
  if ((flags & encryptedFlags) !== 0) throw new ZipError('encrypted', name);
  if (method !== 0 && method !== 8) throw new ZipError('unsupported', `method ${method} of ${name}`);
  if (size === 0xffffffff || compressedSize === 0xffffffff || local === 0xffffffff)
    throw new ZipError('unsupported', 'ZIP64');
  if (size > limits.entryBytes) throw new ZipError('entry-too-large', `${name}: ${size} bytes`);
  if (size > limits.ratioFreeBytes && size > compressedSize * limits.ratio)
    throw new ZipError('ratio-too-high', `${name}: ${compressedSize} -> ${size}`);
  const dataStart = dataStartOf(zip, local, rawName, method, directory);
  if (dataStart + compressedSize > directory) throw new ZipError('damaged', `${name} is cut off`);
  if (method === 0 && size !== compressedSize) throw new ZipError('damaged', `${name}: two sizes`);
  return [{ name, size, compressedSize, crc32: zip.readUInt32LE(at + 16), method, dataStart }, next];
}

function isAsciiOrUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

/**
 * Lists an archive and checks all that can be checked without inflating.
 * @throws ZipError
 */
export function listZip(bytes: Uint8Array, options: Partial<ZipLimits> = {}): readonly ZipEntry[] {
  const limits = { ...defaultZipLimits, ...options };
  if (bytes.length > limits.bytes) throw new ZipError('too-large', `${bytes.length} bytes`);
  if (bytes.length < endLength) throw new ZipError('not-zip', 'too short');
  const zip = view(bytes);
  const end = findEnd(zip);
  if (zip.readUInt32LE(end + 4) !== 0) throw new ZipError('unsupported', 'several disks');
  const count = zip.readUInt16LE(end + 10);
  const directory = zip.readUInt32LE(end + 16);
  if (count === 0xffff || directory === 0xffffffff) throw new ZipError('unsupported', 'ZIP64');
  if (count > limits.entries) throw new ZipError('too-many-entries', `${count} entries`);
  if (directory + zip.readUInt32LE(end + 12) > end) throw new ZipError('damaged', 'the directory is cut off');
  const entries: ZipEntry[] = [];
  let at = directory;
  let total = 0;
  for (let n = 0; n < count; n += 1) {
    const [entry, next] = readCentral(zip, at, directory, limits);
    entries.push(entry);
    at = next;
    if ((total += entry.size) > limits.totalBytes)
      throw new ZipError('entry-too-large', `more than ${limits.totalBytes} bytes in all`);
  }
  if (at > end) throw new ZipError('damaged', 'the directory runs into its end');
  // Entries that share bytes make a small archive inflate without bound.
  let behind = 0;
  for (const entry of entries.toSorted((a, b) => a.dataStart - b.dataStart)) {
    if (entry.dataStart < behind) throw new ZipError('damaged', `${entry.name} overlaps another entry`);
    behind = entry.dataStart + entry.compressedSize;
  }
  return entries;
}

/**
 * Inflates one entry of a listed archive, and checks its size and its checksum.
 * @param entry out of `listZip` of the same bytes
 * @throws ZipError `damaged`
 */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  const data = bytes.subarray(entry.dataStart, entry.dataStart + entry.compressedSize);
  let inflated: Uint8Array;
  try {
    inflated = entry.method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(1, entry.size) });
  } catch (error) {
    throw new ZipError('damaged', `${entry.name} does not inflate`, error);
  }
  if (inflated.length !== entry.size) throw new ZipError('damaged', `${entry.name}: wrong size`);
  if (crc32(inflated) !== entry.crc32) throw new ZipError('damaged', `${entry.name}: wrong checksum`);
  return inflated;
}

/**
 * The one file in an archive of exactly one entry.
 * @throws ZipError `not-single` where there are none or several, and all that `listZip` refuses
 */
export function unwrapSingle(
  bytes: Uint8Array,
  limits: Partial<ZipLimits> = {},
): { readonly name: string; readonly bytes: Uint8Array } {
  const [entry, ...others] = listZip(bytes, limits);
  if (entry === undefined || others.length > 0)
    throw new ZipError('not-single', entry === undefined ? 'no entry' : `${others.length + 1} entries`);
  return { name: entry.name, bytes: readZipEntry(bytes, entry) };
}
