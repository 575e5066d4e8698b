import { open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, sha256Hex, storageError, syncFile, syncFolder } from '#kernel';

/** Where a package lies: number of the pack file, and where its bytes begin in it. */
export interface PackPlace {
  readonly pack: number;
  readonly offset: number;
}

/** Bytes and their SHA-256 in hex. */
export interface PackedPackage {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/**
 * The axis's store of packages: files that only grow, `<folder>/00000001.pack`, each record a head (`PGPK`, length
 * as four bytes big-endian, SHA-256 as 32 bytes) and the bytes. A group of packages is one write and one flush to
 * disk, whatever its size, where files of their own would be three each.
 */
export interface Packs {
  /** Appends; when it returns, all are on stable storage. After a failure nothing is written behind torn bytes. */
  append(packages: readonly PackedPackage[]): Promise<readonly PackPlace[]>;
  /** @returns the bytes, or null when they are not (or no longer) those of the hash */
  read(place: PackPlace, size: number, hash: string): Promise<Buffer | null>;
  fileOf(place: PackPlace): string;
  close(): Promise<void>;
}

const magic = Buffer.from('PGPK');
const headBytes = 40;
const fullPack = 256 * 1_048_576;

interface Current {
  readonly number: number;
  readonly file: FileHandle;
  length: number;
}

function headOf({ bytes, hash }: PackedPackage): Buffer {
  const head = Buffer.alloc(headBytes);
  magic.copy(head);
  head.writeUInt32BE(bytes.length, 4);
  head.write(hash, 8, 'hex');
  return head;
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  let { bytesWritten: written } = await file.writev(pieces, position);
  if (written < pieces.reduce((sum, piece) => sum + piece.length, 0)) {
    // Rare: the system took only a part. What is left goes one by one.
    const all = Buffer.concat(pieces);
    while (written < all.length) {
      written += (await file.write(all, written, all.length - written, position + written)).bytesWritten;
    }
  }
  await syncFile(file);
}

export async function openPacks(folder: string): Promise<Packs> {
  await makeFolder(folder, dirname(dirname(folder)), 0o750);
  let current: Current | null = null;
  const nameOf = (number: number): string => `${String(number).padStart(8, '0')}.pack`;

  /** Each process begins a file of its own: behind another's torn end nothing is ever written. */
  async function begin(): Promise<Current> {
    const numbers = (await readdir(folder))
      .filter((name) => /^\d{8}\.pack$/.test(name))
      .map((name) => Number(name.slice(0, 8)));
    for (let number = Math.max(0, ...numbers) + 1; ; number += 1) {
      const file = await open(join(folder, nameOf(number)), 'wx', 0o640).catch((error: unknown) => {
        // Another process that shares the folder has begun it in this moment.
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
        throw error;
      });
      if (file === null) continue;
      await syncFolder(folder);
      return { number, file, length: 0 };
    }
  }

  async function leave(): Promise<void> {
    const left = current;
    current = null;
    await left?.file.close().catch(() => undefined);
  }

  return {
    async append(packages) {
      if (current !== null && current.length > fullPack) await leave();
      const pack = (current ??= await begin());
      const pieces: Uint8Array[] = [];
      let at = pack.length;
      const places = packages.map((one) => {
        pieces.push(headOf(one), one.bytes);
        const offset = at + headBytes;
        at = offset + one.bytes.length;
        return { pack: pack.number, offset };
      });
      try {
        await writeAll(pack.file, pieces, pack.length);
      } catch (error) {
        await leave();
        throw storageError(error);
      }
      pack.length = at;
      return places;
    },
    async read(place, size, hash) {
      let file: FileHandle;
      try {
        file = await open(join(folder, nameOf(place.pack)), 'r');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
      try {
        const bytes = Buffer.alloc(size);
        let got = 0;
        while (got < size) {
          const { bytesRead } = await file.read(bytes, got, size - got, place.offset + got);
          if (bytesRead === 0) return null;
          got += bytesRead;
        }
        return sha256Hex(bytes) === hash ? bytes : null;
      } finally {
        await file.close();
      }
    },
    fileOf: (place) => join(folder, nameOf(place.pack)),
    close: leave,
  };
}
