import { LedgerError } from './errors.ts';
import { parseTilePath, type LogStorage } from './tiles.ts';

/** A log in memory, for simulations and for reading a bundle of files that came from elsewhere. */
export interface MemoryStore extends LogStorage {
  readonly files: Map<string, Uint8Array>;
}

/** An empty log in memory; it keeps to the same rules as the folder. */
export function createMemoryStore(): MemoryStore {
  const files = new Map<string, Uint8Array>();
  const store: MemoryStore = {
    files,
    readTile(path) {
      parseTilePath(path);
      return Promise.resolve(files.get(path));
    },
    writeTiles(tiles) {
      for (const { path, bytes } of tiles) {
        parseTilePath(path);
        const present = files.get(path);
        if (present && !Buffer.from(present).equals(bytes))
          throw new LedgerError('tile-conflict', 'the tile is there with other bytes', path);
        files.set(path, Buffer.from(bytes));
      }
      return Promise.resolve();
    },
    readCheckpoint() {
      const bytes = files.get('checkpoint');
      return Promise.resolve(bytes && Buffer.from(bytes).toString());
    },
    writeCheckpoint(checkpoint) {
      files.set('checkpoint', Buffer.from(checkpoint));
      return Promise.resolve();
    },
    async publish(tiles, checkpoint) {
      await store.writeTiles(tiles);
      await store.writeCheckpoint(checkpoint);
    },
    async *listTiles() {
      for (const path of files.keys()) if (path.startsWith('tile/')) yield path;
    },
  };
  return store;
}
