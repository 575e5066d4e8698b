import { LedgerError } from './errors.ts';
import { foldPeaks, hashLeaf, hashNode, rootOfHashes } from './merkle.ts';
import {
  encodeBundle,
  hashesAtLevel,
  maximumEntryBytes,
  readTileOf,
  tilePath,
  tileWidth,
  type TileFile,
  type TileReader,
} from './tiles.ts';

/** The right edge of a tree: all that is needed to add to it. A value: adding gives a new one. */
export interface TreeEdge {
  readonly size: number;
  readonly root: Buffer;
  /** Perfect subtrees from the largest to the smallest, one for each bit of `size`. */
  readonly peaks: readonly Buffer[];
  /** Hashes of the unfinished tile of each level. */
  readonly levels: readonly (readonly Buffer[])[];
  /** Entries of the unfinished bundle. */
  readonly entries: readonly Uint8Array[];
}

/** What a batch adds to the tree, and the files that this changes. */
export interface AppendedBatch {
  readonly firstIndex: number;
  readonly size: number;
  readonly root: Buffer;
  readonly tilesToWrite: readonly TileFile[];
  readonly tree: TreeEdge;
}

/** The tree without entries. */
export const emptyTree: TreeEdge = { size: 0, root: foldPeaks([]), peaks: [], levels: [], entries: [] };

/**
 * Adds entries, in this order, to the tree. Pure: the same tree and entries give the same bytes, so a batch
 * that was cut short is made good by running it again.
 * @param entries each at most 65,535 bytes; a batch has at least one
 * @throws LedgerError bad-argument, entry-too-large
 */
export function appendBatch(tree: TreeEdge, entries: readonly Uint8Array[]): AppendedBatch {
  if (entries.length === 0) throw new LedgerError('bad-argument', 'a batch without entries');
  const peaks = [...tree.peaks];
  const levels = tree.levels.map((hashes) => [...hashes]);
  let bundle = [...tree.entries];
  const files: TileFile[] = [];
  const touched = new Set<number>();
  const addHash = (level: number, index: number, hash: Buffer): void => {
    const hashes = (levels[level] ??= []);
    hashes.push(hash);
    if (hashes.length === tileWidth) {
      files.push({ path: tilePath(level, Math.floor(index / tileWidth)), bytes: Buffer.concat(hashes) });
      levels[level] = [];
      touched.delete(level);
    } else touched.add(level);
  };
  let size = tree.size;
  for (const entry of entries) {
    if (entry.length > maximumEntryBytes)
      throw new LedgerError('entry-too-large', `${entry.length} bytes, at most ${maximumEntryBytes}`);
    bundle.push(entry);
    if (bundle.length === tileWidth) {
      files.push({ path: tilePath('entries', Math.floor(size / tileWidth)), bytes: encodeBundle(bundle) });
      bundle = [];
    }
    let hash = hashLeaf(entry);
    addHash(0, size, hash);
    size += 1;
    // Each trailing zero bit of the new size closes a subtree; every eighth one fills a tile.
    let height = 0;
    for (let rest = size; rest % 2 === 0; rest /= 2) {
      hash = hashNode(peaks.pop() as Buffer, hash);
      height += 1;
      if (height % 8 === 0) addHash(height / 8, size / 2 ** height - 1, hash);
    }
    peaks.push(hash);
  }
  if (bundle.length > 0) {
    const path = tilePath('entries', Math.floor(size / tileWidth), bundle.length);
    files.push({ path, bytes: encodeBundle(bundle) });
  }
  for (const level of [...touched].sort((a, b) => a - b)) {
    const hashes = levels[level] as Buffer[];
    const index = Math.floor(hashesAtLevel(size, level) / tileWidth);
    files.push({ path: tilePath(level, index, hashes.length), bytes: Buffer.concat(hashes) });
  }
  const root = foldPeaks(peaks);
  return {
    firstIndex: tree.size,
    size,
    root,
    tilesToWrite: files,
    tree: { size, root, peaks, levels, entries: bundle },
  };
}

/**
 * Reads the edge of the tree of `size` entries from tiles.
 * @param root the root that a checkpoint names; without it only the tiles speak
 * @throws LedgerError tile-missing, tile-damaged, root-mismatch
 */
export async function openTree(reader: TileReader, size: number, root?: Uint8Array): Promise<TreeEdge> {
  if (!Number.isSafeInteger(size) || size < 0) throw new LedgerError('bad-argument', `tree size ${size}`);
  const levels: Buffer[][] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level += 1) {
    const count = hashesAtLevel(size, level);
    const open = count % tileWidth;
    levels.push(
      open === 0 ? [] : (await readTileOf(reader, level, Math.floor(count / tileWidth), size)).hashes,
    );
  }
  const open = size % tileWidth;
  const entries =
    open === 0 ? [] : (await readTileOf(reader, 'entries', Math.floor(size / tileWidth), size)).hashes;
  const peaks = levels.toReversed().flatMap(peaksOf);
  const tree: TreeEdge = { size, root: foldPeaks(peaks), peaks, levels, entries };
  if (entries.some((entry, at) => !hashLeaf(entry).equals(levels[0]?.[at] as Buffer)))
    throw new LedgerError('tile-damaged', 'the entries do not hash to their tile', edgePath(size));
  if (root !== undefined && !tree.root.equals(root))
    throw new LedgerError('root-mismatch', `the tiles of size ${size} lead to another root`);
  return tree;
}

function edgePath(size: number): string {
  return tilePath('entries', Math.floor(size / tileWidth), size % tileWidth);
}

/** The perfect subtrees over the hashes of one unfinished tile. */
function peaksOf(hashes: readonly Buffer[]): Buffer[] {
  const peaks: Buffer[] = [];
  let from = 0;
  for (let width = 128; width >= 1; width /= 2) {
    if (from + width > hashes.length) continue;
    peaks.push(rootOfHashes(hashes.slice(from, from + width)));
    from += width;
  }
  return peaks;
}
