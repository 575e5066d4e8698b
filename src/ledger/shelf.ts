import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fullPathOf, type TileFile } from './tiles.ts';

/** Puts files where readers see them, behind the writer's back, and later makes them durable where they are. */
export interface Shelf {
  /**
   * Takes files that are durable elsewhere; tiles become visible before `last`. What is behind gives way: a later `last`, or a
   * wider tile in the place of a narrower one.
   */
  readonly put: (tiles: readonly TileFile[], last: TileFile | undefined) => void;
  /** Bytes that were taken and are not visible yet. */
  readonly held: (path: string) => Uint8Array | undefined;
  /** The widest unfinished tile that was taken for the place of a full tile. */
  readonly tail: (fullPath: string) => TileFile | undefined;
  /** Files that are not visible yet. */
  readonly backlog: () => number;
  /** Resolves when everything that was taken is visible. @throws what the file system threw */
  readonly drain: () => Promise<void>;
  /** Drains, removes `superseded` folders, and fsyncs every file and folder that changed. */
  readonly settle: (superseded: Iterable<string>) => Promise<void>;
}

/** @param folder where the files go @param scratch a folder beside them for half-written ones */
export function createShelf(folder: string, scratch: string): Shelf {
  const knownFolders = new Set<string>([folder]);
  const changed = { files: new Set<string>(), folders: new Set<string>([folder, dirname(folder)]) };
  const held = new Map<string, Uint8Array>();
  const tails = new Map<string, TileFile>();
  let waiting = new Map<string, TileFile>();
  let last: TileFile | undefined;
  let working: Promise<void> | undefined;
  let failure: unknown;
  let serial = 0;

  async function makeFolder(path: string): Promise<void> {
    if (knownFolders.has(path)) return;
    await makeFolder(dirname(path));
    await mkdir(path, { recursive: true });
    changed.folders.add(dirname(path));
    knownFolders.add(path);
  }

  async function place({ path, bytes }: TileFile): Promise<void> {
    const target = join(folder, path);
    await makeFolder(dirname(target));
    const half = join(scratch, String((serial += 1)));
    await writeFile(half, bytes);
    await rename(half, target);
    changed.files.add(target);
    changed.folders.add(dirname(target));
    if (held.get(path) === bytes) held.delete(path);
  }

  async function work(): Promise<void> {
    while (waiting.size > 0 || last) {
      const [tiles, final] = [[...waiting.values()], last];
      waiting = new Map();
      last = undefined;
      await Promise.all(tiles.map(place));
      if (final) await place(final);
    }
  }

  async function drain(): Promise<void> {
    await working;
    if (failure !== undefined) throw failure;
  }

  return {
    put(tiles, final) {
      for (const tile of tiles) {
        const full = fullPathOf(tile.path);
        const passedOver = waiting.get(full);
        if (passedOver) held.delete(passedOver.path);
        waiting.set(full, tile);
        if (full === tile.path) tails.delete(full);
        else tails.set(full, tile);
      }
      last = final ?? last;
      for (const { path, bytes } of final ? [...tiles, final] : tiles) held.set(path, bytes);
      working ??= work()
        .catch((error: unknown) => {
          failure = error ?? new Error('the file system failed');
        })
        .finally(() => {
          working = undefined;
        });
    },
    held: (path) => held.get(path),
    tail: (fullPath) => tails.get(fullPath),
    backlog: () => held.size,
    drain,
    async settle(superseded) {
      await drain();
      for (const path of superseded) {
        knownFolders.delete(path);
        await rm(path, { recursive: true, force: true });
      }
      // Files first, then the folders that name them; what was removed has nothing to make durable.
      for (const paths of [changed.files, changed.folders]) {
        const list = [...paths].filter(existsSync);
        for (let at = 0; at < list.length; at += 64) await Promise.all(list.slice(at, at + 64).map(sync));
        paths.clear();
      }
    },
  };
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
