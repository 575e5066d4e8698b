import { randomUUID } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFile, syncFolder } from '#kernel';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Reads a file of the axis's own folder, or makes it once: on disk, synced, for the owner's eyes only. Of several
 * processes that begin at the same time one makes it, and all have that one.
 */
export async function keepOnce(folder: string, name: string, make: () => string): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  await makeFolder(folder, dirname(folder), 0o700);
  // Written beside and linked: a crash in between must not leave half a key under its name.
  const beside = `${path}.${randomUUID()}`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(make());
    await syncFile(file, 'all');
  } finally {
    await file.close();
  }
  await link(beside, path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  await unlink(beside);
  await syncFolder(folder);
  return await readFile(path, 'utf8');
}
