import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refuse } from './errors.ts';
import { makeFolder, storageError, syncFile, syncFolder } from './files.ts';

/** Lower-case hex SHA-256 of the bytes: the blob's only name. */
export type BlobHash = string;

/**
 * Content-addressed, write-once bytes. `put` returns only when bytes and name are on stable storage
 * (file fsynced, renamed, directory fsynced); reading checks the hash again, so that a byte flipped on disk is
 * found and never handed on (S1.7).
 */
export interface Blobs {
  put(bytes: Uint8Array): Promise<BlobHash>;
  get(hash: BlobHash): Promise<Buffer>;
  has(hash: BlobHash): Promise<boolean>;
  list(): AsyncIterable<BlobHash>;
}

/** The bytes on disk are not those that were stored under this name. */
export class BlobDamaged extends Error {
  readonly hash: BlobHash;
  constructor(hash: BlobHash) {
    super(`blob ${hash} is damaged or missing`);
    this.name = 'BlobDamaged';
    this.hash = hash;
  }
}

const hashShape = /^[0-9a-f]{64}$/;

export function sha256Hex(bytes: Uint8Array): BlobHash {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Blobs as files `<root>/ab/cd/abcd…`. */
export async function fileBlobs(root: string): Promise<Blobs> {
  await makeFolder(join(root, 'tmp'), dirname(root));
  for (const leftover of await readdir(join(root, 'tmp'))) await unlink(join(root, 'tmp', leftover));
  const made = new Set<string>();

  const place = (hash: BlobHash): { folder: string; file: string } => {
    if (!hashShape.test(hash)) throw new TypeError('not a blob hash');
    const folder = join(root, hash.slice(0, 2));
    return { folder, file: join(folder, hash) };
  };

  async function ensureFolder(folder: string): Promise<void> {
    if (made.has(folder)) return;
    await mkdir(folder, { recursive: true });
    // Also when it was there: whoever made it may have died before it was synced.
    await syncFolder(root);
    made.add(folder);
  }

  async function exists(file: string): Promise<boolean> {
    try {
      await stat(file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async function write(handle: FileHandle, bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
    }
    await syncFile(handle);
  }

  return {
    async put(bytes) {
      const hash = sha256Hex(bytes);
      const { folder, file } = place(hash);
      await ensureFolder(folder);
      if (await exists(file)) {
        // The same bytes again. Whoever wrote them first may have died before the folder was synced.
        await syncFolder(folder);
        return hash;
      }
      const temporary = join(root, 'tmp', `${hash}.${randomBytes(6).toString('hex')}`);
      try {
        const handle = await open(temporary, 'wx', 0o640);
        try {
          await write(handle, bytes);
        } finally {
          await handle.close();
        }
        await rename(temporary, file);
        await syncFolder(folder);
        return hash;
      } catch (error) {
        await unlink(temporary).catch(() => undefined);
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ENOSPC' || code === 'EDQUOT') throw refuse('storage-full');
        throw storageError(error);
      }
    },
    async get(hash) {
      const { file } = place(hash);
      let handle: FileHandle;
      try {
        handle = await open(file, 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new BlobDamaged(hash);
        throw error;
      }
      try {
        const bytes = await handle.readFile();
        if (sha256Hex(bytes) !== hash) throw new BlobDamaged(hash);
        return bytes;
      } finally {
        await handle.close();
      }
    },
    has: (hash) => exists(place(hash).file),
    async *list() {
      for (const folder of (await readdir(root)).sort()) {
        if (folder === 'tmp') continue;
        for (const name of (await readdir(join(root, folder))).sort()) yield name;
      }
    },
  };
}
