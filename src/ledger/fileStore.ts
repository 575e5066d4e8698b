import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LedgerError } from './errors.ts';
import { listBelow, readOptional } from './folderReader.ts';
import { openJournal } from './journal.ts';
import { createShelf } from './shelf.ts';
import { fullPathOf, narrowTile, parseTilePath, tileWidth, type LogStorage, type TileFile } from './tiles.ts';

/** A log in a folder. */
export interface FileStore extends LogStorage {
  /** Makes everything visible and durable in its place. */
  close(): Promise<void>;
}

const checkpointPath = 'checkpoint';
/** Files that may wait to become visible before the writer waits for them. */
const maximumBacklog = 256;

/**
 * A log in a folder that a web server may serve as it is: `checkpoint`, `tile/…`. One process writes.
 *
 * Order of a write: the files go into the journal with one synchronous write, and the promise is kept. Then
 * each is written to `.tmp/` and renamed into its place, tiles first and the checkpoint last, so that nothing
 * is visible before it is durable and nobody sees half a file; when the writer is faster than that, some
 * checkpoints and their partial tiles are passed over on the way to the next. From time to time the files are fsynced where they are, and their folders too,
 * and the journal starts again. Opening replays the journal: a crash at any point leaves a state from which
 * the same entries give the same bytes. After a failed write the store refuses to go on: open it again.
 * @param folder created when it is not there
 */
export async function openFileStore(folder: string): Promise<FileStore> {
  const scratch = join(folder, '.tmp');
  await mkdir(folder, { recursive: true });
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  const shelf = createShelf(folder, scratch);
  /** Partial tiles that may go once the next checkpoint is out, and those that may go at any time. */
  const filled = new Set<string>();
  const superseded = new Set<string>();
  const { journal, found } = await openJournal(join(folder, '.journal'));
  shelf.put(...replayed(folder, found));
  await settle();
  let usable = true;

  async function settle(): Promise<void> {
    await shelf.settle(superseded);
    superseded.clear();
    journal.restart();
  }

  async function isNew(tile: TileFile): Promise<boolean> {
    const present = await readHere(tile.path);
    if (present && !Buffer.from(present).equals(tile.bytes))
      throw new LedgerError('tile-conflict', 'the tile is there with other bytes', tile.path);
    return present === undefined;
  }

  async function readHere(path: string): Promise<Uint8Array | undefined> {
    const held = shelf.held(path);
    if (held) return held;
    if (existsSync(join(folder, path))) return await readOptional(join(folder, path));
    // A partial tile that was passed over on the way to a wider one.
    const tail = shelf.tail(fullPathOf(path));
    const [asked, wider] = tail ? [parseTilePath(path), parseTilePath(tail.path)] : [];
    return tail && wider && asked && asked.width < wider.width
      ? narrowTile(tail.bytes, wider, asked.width)
      : undefined;
  }

  /** Leaves out the tiles that are there; notes the full ones, whose partial ones may go. */
  async function onlyNew(tiles: readonly TileFile[]): Promise<TileFile[]> {
    const fresh: TileFile[] = [];
    for (const tile of tiles) {
      const { width } = parseTilePath(tile.path);
      if (await isNew(tile)) fresh.push(tile);
      if (width === tileWidth) filled.add(join(folder, `${tile.path}.p`));
    }
    return fresh;
  }

  async function write(tiles: readonly TileFile[], checkpoint: string | undefined): Promise<void> {
    if (!usable)
      throw new LedgerError('store-closed', 'a write failed or the store was closed: open it again');
    const fresh = await onlyNew(tiles);
    const last =
      checkpoint === undefined ? undefined : { path: checkpointPath, bytes: Buffer.from(checkpoint) };
    const files = last ? [...fresh, last] : fresh;
    if (files.length === 0) return;
    usable = false;
    if (shelf.backlog() > maximumBacklog) await shelf.drain();
    const room = journal.roomFor(files);
    if (room !== 'now') await settle();
    if (room === 'never') {
      shelf.put(fresh, undefined);
      await settle();
    } else await journal.append(files);
    shelf.put(room === 'never' ? [] : fresh, last);
    if (room === 'never') await settle();
    usable = true;
    if (!last) return;
    for (const path of filled) superseded.add(path);
    filled.clear();
  }

  return {
    async readTile(path) {
      parseTilePath(path);
      return await readHere(path);
    },
    writeTiles: async (tiles) => await write(tiles, undefined),
    async readCheckpoint() {
      const bytes = await readHere(checkpointPath);
      return bytes && Buffer.from(bytes).toString();
    },
    writeCheckpoint: async (checkpoint) => await write([], checkpoint),
    publish: write,
    async *listTiles() {
      await shelf.drain();
      yield* listBelow(folder, 'tile');
    },
    async close() {
      if (usable) await settle();
      usable = false;
      await journal.close();
    },
  };
}

/** What a journal asks to be put in place again: not partial tiles that have gone, the checkpoint last. */
function replayed(
  folder: string,
  found: ReadonlyMap<string, Uint8Array>,
): [TileFile[], TileFile | undefined] {
  const tiles: TileFile[] = [];
  for (const [path, bytes] of found) {
    const full = fullPathOf(path);
    const gone = full !== path && (found.has(full) || existsSync(join(folder, full)));
    if (path !== checkpointPath && !gone) tiles.push({ path, bytes });
  }
  const bytes = found.get(checkpointPath);
  return [tiles, bytes && { path: checkpointPath, bytes }];
}
