import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * The disk said that it could not make something durable. What the system then holds in memory counts as clean, so a
 * second fsync would report success for bytes that are nowhere: this process must make nothing durable any more, and
 * start again from what the disk really has, as PostgreSQL does.
 */
export class StorageFailed extends Error {
  constructor(cause: unknown) {
    super(`the disk failed: ${(cause as Error).message}`, { cause });
    this.name = 'StorageFailed';
  }
}

let failure: StorageFailed | null = null;
let whenFailed: (error: StorageFailed) => void = () => undefined;

/** Says what to do when the disk fails: a server ends, for its supervisor to start it again. */
export function onStorageFailure(handler: (error: StorageFailed) => void): void {
  whenFailed = handler;
}

/** Takes note of an error of a write or a sync. A full disk is none: it loses nothing. @returns what to throw */
export function storageError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EIO' && code !== 'EROFS' && code !== 'ENODEV') return error;
  if (failure === null) {
    failure = new StorageFailed(error);
    whenFailed(failure);
  }
  return failure;
}

/** @throws StorageFailed once anything could not be made durable */
export async function syncFile(handle: FileHandle, how: 'data' | 'all' = 'data'): Promise<void> {
  if (failure !== null) throw failure;
  try {
    await (how === 'data' ? handle.datasync() : handle.sync());
  } catch (error) {
    throw storageError(error);
  }
}

/** Makes the names in a folder durable (POSIX: a new or moved name is on stable storage once its folder is synced). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await syncFile(handle, 'all');
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder so that it is there after a loss of power: each folder on the way is synced into the one above it,
 * also when a process before this one made it and died before it had synced it.
 * @param top where this stops: a folder that is known to be durable
 */
export async function makeFolder(path: string, top: string, mode?: number): Promise<void> {
  await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  for (let at = resolve(path); at !== resolve(top) && at !== dirname(at); at = dirname(at))
    await syncFolder(dirname(at));
}
