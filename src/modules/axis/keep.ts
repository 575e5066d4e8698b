import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFile, syncFolder } from '#kernel';

/** Reads a file of the axis's own folder, or makes it once: on disk, synced, for the owner's eyes only. */
export async function keepOnce(folder: string, name: string, make: () => string): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await makeFolder(folder, dirname(folder), 0o700);
  const text = make();
  // Written beside and moved: a crash in between must not leave half a key under its name.
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await syncFile(file, 'all');
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(folder);
  return text;
}
