import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LedgerError } from './errors.ts';
import { parseTilePath, tileWidth, type LogStorage, type TileFile } from './tiles.ts';

/**
 * A log in a folder that a web server may serve as it is: `checkpoint`, `tile/…`. One process writes.
 *
 * Order of a write: every new file to `.tmp/` and fsync, rename, fsync of each folder that changed. The
 * checkpoint comes after its tiles. A crash leaves files in `.tmp/` (removed at the next opening) or tiles
 * ahead of the checkpoint, which the next run of the same entries finds equal.
 * @param folder created when it is not there
 */
export async function openFileStore(folder: string): Promise<LogStorage> {
  const scratch = join(folder, '.tmp');
  const superseded = new Set<string>();
  const known = new Set<string>([folder]);
  let serial = 0;
  await mkdir(folder, { recursive: true });
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  await syncFolder(folder);

  /** Makes a folder and its parents; gives back the folders whose list of names changed. */
  async function makeFolders(path: string): Promise<string[]> {
    if (known.has(path)) return [];
    const above = await makeFolders(dirname(path));
    await mkdir(path, { recursive: true });
    known.add(path);
    return [...above, dirname(path)];
  }

  async function writeScratch(bytes: Uint8Array): Promise<string> {
    const path = join(scratch, String((serial += 1)));
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return path;
  }

  async function isThere(tile: TileFile): Promise<boolean> {
    const present = await readOptional(join(folder, tile.path));
    if (present && !present.equals(tile.bytes))
      throw new LedgerError('tile-conflict', 'the tile is there with other bytes', tile.path);
    return present !== undefined;
  }

  return {
    async readTile(path) {
      parseTilePath(path);
      return await readOptional(join(folder, path));
    },
    async writeTiles(tiles) {
      const ids = tiles.map((tile) => parseTilePath(tile.path));
      const changed = new Set<string>();
      for (const tile of tiles) {
        const parent = dirname(join(folder, tile.path));
        for (const path of await makeFolders(parent)) changed.add(path);
        changed.add(parent);
      }
      const scratched = await Promise.all(
        tiles.map(async (tile) => ((await isThere(tile)) ? undefined : await writeScratch(tile.bytes))),
      );
      await Promise.all(
        tiles.map(async (tile, at) => {
          const from = scratched[at];
          if (from !== undefined) await rename(from, join(folder, tile.path));
        }),
      );
      await Promise.all([...changed].map(syncFolder));
      tiles.forEach((tile, at) => {
        if (ids[at]?.width === tileWidth) superseded.add(join(folder, `${tile.path}.p`));
      });
    },
    async readCheckpoint() {
      return (await readOptional(join(folder, 'checkpoint')))?.toString();
    },
    async writeCheckpoint(checkpoint) {
      await rename(await writeScratch(Buffer.from(checkpoint)), join(folder, 'checkpoint'));
      await syncFolder(folder);
      // Partial tiles may go once the full tile is there (tlog-tiles, Partial Tiles).
      const old = [...superseded];
      superseded.clear();
      await Promise.all(
        old.map(async (path) => {
          known.delete(path);
          await rm(path, { recursive: true, force: true });
        }),
      );
    },
    async *listTiles() {
      yield* listBelow(folder, 'tile');
    },
  };
}

async function* listBelow(folder: string, path: string): AsyncGenerator<string> {
  let names;
  try {
    names = await readdir(join(folder, path), { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  for (const name of names) {
    if (name.isDirectory()) yield* listBelow(folder, `${path}/${name.name}`);
    else yield `${path}/${name.name}`;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
