import { hash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { fullPathOf, type TileFile } from './tiles.ts';

/**
 * A write-ahead journal: one synchronous write makes a set of files durable, before any of them is
 * visible. The file has its full size from the start, so that a write changes no metadata.
 *
 * Record: generation (8 random bytes) · number (u32) · length (u32) · SHA-256 of all that and the payload ·
 * payload. Reading stops at the first record that is torn, or of another generation. Starting again at the
 * beginning needs no write: the caller has made every journalled file durable by then, and the first new
 * record cuts off the old ones.
 */
export interface Journal {
  /** Whether a payload of these files still fits before the journal must start again. */
  readonly roomFor: (files: readonly TileFile[]) => 'now' | 'after-restart' | 'never';
  /** Durable when it resolves. */
  readonly append: (files: readonly TileFile[]) => Promise<void>;
  readonly restart: () => void;
  readonly close: () => Promise<void>;
}

const capacity = 4 << 20;
const headBytes = 48;

/**
 * Opens or makes a journal.
 * @returns the journal at its beginning, and the files of the records that were found, last bytes of each path
 */
export async function openJournal(
  path: string,
): Promise<{ readonly journal: Journal; readonly found: Map<string, Uint8Array> }> {
  const file = await openWhole(path);
  const found = readRecords((await file.read(Buffer.alloc(capacity), 0, capacity, 0)).buffer);
  const bases = new Map<string, Buffer>();
  let generation = randomBytes(8);
  let number = 0;
  let offset = 0;
  const journal: Journal = {
    roomFor(files) {
      const length = headBytes + partsOf(files, new Map()).reduce((sum, part) => sum + partLength(part), 0);
      return length > capacity ? 'never' : offset + length > capacity ? 'after-restart' : 'now';
    },
    async append(files) {
      const record = encodeRecord(generation, number, partsOf(files, bases));
      const { bytesWritten } = await file.write(record, 0, record.length, offset);
      if (bytesWritten !== record.length) throw new Error('the journal took only a part of a record');
      offset += record.length;
      number += 1;
    },
    restart() {
      bases.clear();
      generation = randomBytes(8);
      number = 0;
      offset = 0;
    },
    close: async () => await file.close(),
  };
  return { journal, found };
}

/** The files that a journal holds, last bytes of each path, without opening it for writing; none when there is none. */
export async function readJournal(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    return readRecords(await readFile(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

async function openWhole(path: string): Promise<FileHandle> {
  // O_DSYNC: a write returns when it is durable, as write and fdatasync do, in one call.
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o644);
  if ((await file.stat()).size < capacity) {
    await file.write(Buffer.alloc(capacity), 0, capacity, 0);
    await file.sync();
  }
  return file;
}

/** A file as a record holds it: what comes after the first `shared` bytes of the last file of its place. */
interface Part {
  readonly path: string;
  readonly shared: number;
  readonly rest: Buffer;
}

/** A tile that grows is written as what is new in it. `bases` is brought up to date. */
function partsOf(files: readonly TileFile[], bases: Map<string, Buffer>): Part[] {
  return files.map(({ path, bytes }) => {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const base = bases.get(fullPathOf(path));
    const grows = base !== undefined && whole.subarray(0, base.length).equals(base);
    bases.set(fullPathOf(path), whole);
    const shared = grows ? base.length : 0;
    return { path, shared, rest: whole.subarray(shared) };
  });
}

function partLength({ path, rest }: Part): number {
  return 10 + path.length + rest.length;
}

function encodeRecord(generation: Buffer, number: number, parts: readonly Part[]): Buffer {
  const length = parts.reduce((sum, part) => sum + partLength(part), 0);
  const record = Buffer.allocUnsafe(headBytes + length);
  generation.copy(record);
  record.writeUInt32BE(number, 8);
  record.writeUInt32BE(length, 12);
  let at = headBytes;
  for (const { path, shared, rest } of parts) {
    at = record.writeUInt16BE(path.length, at);
    at += record.write(path, at, 'latin1');
    at = record.writeUInt32BE(shared, at);
    at = record.writeUInt32BE(rest.length, at);
    at += rest.copy(record, at);
  }
  checksum(record).copy(record, 16);
  return record;
}

function checksum(record: Buffer): Buffer {
  return hash('sha256', Buffer.concat([record.subarray(0, 16), record.subarray(headBytes)]), 'buffer');
}

function readRecords(bytes: Buffer): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const bases = new Map<string, Buffer>();
  const generation = bytes.subarray(0, 8);
  for (let offset = 0, number = 0; offset + headBytes < bytes.length; number += 1) {
    const end = offset + headBytes + bytes.readUInt32BE(offset + 12);
    const record = bytes.subarray(offset, end);
    const whole =
      end <= bytes.length &&
      record.subarray(0, 8).equals(generation) &&
      record.readUInt32BE(8) === number &&
      checksum(record).equals(record.subarray(16, headBytes));
    if (!whole) break;
    for (let at = headBytes; at < record.length;) {
      const path = record.toString('latin1', at + 2, (at += 2 + record.readUInt16BE(at)));
      const base = bases.get(fullPathOf(path))?.subarray(0, record.readUInt32BE(at)) ?? Buffer.alloc(0);
      const from = at + 8;
      at = from + record.readUInt32BE(at + 4);
      const whole = Buffer.concat([base, record.subarray(from, at)]);
      bases.set(fullPathOf(path), whole);
      found.set(path, whole);
    }
    offset = end;
  }
  return found;
}
