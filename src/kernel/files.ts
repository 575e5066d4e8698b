import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes the names in a folder durable (POSIX: a new or moved name is on stable storage once its folder is synced). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
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
