import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJournal } from './journal.ts';
import { LedgerError } from './errors.ts';
import { parseTilePath, type LogStorage } from './tiles.ts';

const checkpointPath = 'checkpoint';
const readOnly = (): Promise<never> =>
  Promise.reject(new LedgerError('store-closed', 'this log is open for reading only'));

/**
 * Looks at a log's folder without touching it: neither its files nor its journal are changed, so that a check can
 * run beside the writer and leaves the evidence as it found it. What only the journal holds counts as there, as it
 * will when the writer opens the folder again.
 */
export async function openFolderReader(folder: string): Promise<LogStorage> {
  const journal = await readJournal(join(folder, '.journal'));
  const readHere = async (path: string): Promise<Uint8Array | undefined> =>
    (await readOptional(join(folder, path))) ?? journal.get(path);
  return {
    async readTile(path) {
      parseTilePath(path);
      return await readHere(path);
    },
    async readCheckpoint() {
      const bytes = await readHere(checkpointPath);
      return bytes && Buffer.from(bytes).toString();
    },
    async *listTiles() {
      yield* listBelow(folder, 'tile');
    },
    writeTiles: readOnly,
    writeCheckpoint: readOnly,
    publish: readOnly,
  };
}

/** The paths of all files below a folder of the log, in any order; nothing when it is not there. */
export async function* listBelow(folder: string, path: string): AsyncGenerator<string> {
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

/** The bytes of a file, undefined when there is none. */
export async function readOptional(path: string): Promise<Buffer | undefined> {
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
