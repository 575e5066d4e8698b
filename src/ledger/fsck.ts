import { openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { LedgerError } from './errors.ts';
import { emptyRoot, foldPeaks, hashLeaf, rootOfHashes } from './merkle.ts';
import type { NoteVerifier } from './note.ts';
import {
  decodeBundle,
  decodeTile,
  parseTilePath,
  tilePath,
  tileWidth,
  widthInTree,
  type LogStorage,
  type TileLevel,
} from './tiles.ts';

/** One object of the log that is not as it must be. */
export interface FsckFinding {
  /** `checkpoint`, or the path of a tile. */
  readonly path: string;
  /** `ahead`: beyond the checkpoint, as a crash leaves it; harmless, and overwritten by nothing. */
  readonly problem: 'damaged' | 'missing' | 'extra' | 'ahead';
  readonly detail: string;
}

/** The verdict on a whole log. */
export interface FsckReport {
  /** True when nothing is damaged, missing or extra. */
  readonly ok: boolean;
  readonly size: number;
  /** The root that the entries lead to, 64 hexadecimal digits. */
  readonly root: string;
  readonly findings: readonly FsckFinding[];
}

interface Check {
  readonly storage: LogStorage;
  readonly size: number;
  readonly findings: Map<string, FsckFinding>;
  /** Roots of the full level-0 tiles: what the level above must hold. */
  readonly roots: Buffer[];
}

/**
 * Derives the root again from the entry bundles and from the tiles, and names each object that is damaged,
 * missing or extra. Where a bundle and its tile differ, the level above (at the edge: the checkpoint) says
 * which of the two is wrong.
 * @param logKeys verify the checkpoint's signature; without them only its shape and root are checked
 */
export async function fsck(storage: LogStorage, logKeys?: readonly NoteVerifier[]): Promise<FsckReport> {
  const findings = new Map<string, FsckFinding>();
  const head = await readHead(storage, findings, logKeys);
  const { size } = head;
  const check: Check = { storage, size, findings, roots: [] };
  for (let index = 0; (index + 1) * tileWidth <= size; index += 1)
    check.roots.push(await checkPair(check, index));
  const upper = await checkUpper(check);
  const edge = await checkEdge(check, upper, head.root);
  const root = foldPeaks([...upper.toReversed().flatMap((level) => edgePeaks(level)), ...edgePeaks(edge)]);
  if (head.root && !root.equals(head.root) && !findings.has('checkpoint') && !anyUndecided(findings))
    name(findings, 'checkpoint', 'damaged', 'the entries lead to another root');
  await checkOthers(check, upper, edge);
  const list = [...findings.values()];
  return {
    ok: list.every((finding) => finding.problem === 'ahead'),
    size,
    root: (size === 0 ? emptyRoot : root).toString('hex'),
    findings: list,
  };
}

function name(
  findings: Map<string, FsckFinding>,
  path: string,
  problem: FsckFinding['problem'],
  detail: string,
): void {
  if (!findings.has(path)) findings.set(path, { path, problem, detail });
}

const undecided = 'differs from its twin, and nothing above says which is right';

function anyUndecided(findings: Map<string, FsckFinding>): boolean {
  return [...findings.values()].some(({ detail }) => detail === undecided);
}

/** The checkpoint; when it cannot be believed, or is not there, only the size that the tiles speak of. */
async function readHead(
  storage: LogStorage,
  findings: Map<string, FsckFinding>,
  logKeys?: readonly NoteVerifier[],
): Promise<{ readonly size: number; readonly root?: Buffer }> {
  const note = await storage.readCheckpoint();
  if (note === undefined) {
    const size = await sizeFromTiles(storage);
    if (size > 0) name(findings, 'checkpoint', 'missing', 'there are tiles, but no checkpoint');
    return { size };
  }
  try {
    return logKeys ? openCheckpoint(note, logKeys) : parseCheckpoint(note);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    name(findings, 'checkpoint', 'damaged', error.message);
    return { size: await sizeFromTiles(storage) };
  }
}

async function sizeFromTiles(storage: LogStorage): Promise<number> {
  let size = 0;
  for await (const path of storage.listTiles()) {
    try {
      const tile = parseTilePath(path);
      if (tile.level === 'entries') size = Math.max(size, tile.index * tileWidth + tile.width);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }
  return size;
}

/** Reads a tile as leaf hashes or hashes; names it when it is missing or has the wrong shape. */
async function readPart(check: Check, level: TileLevel, index: number): Promise<Buffer[] | undefined> {
  const width = widthInTree(level, index, check.size);
  const path = tilePath(level, index, width);
  const exact = await check.storage.readTile(path);
  const full =
    exact || width === tileWidth ? undefined : await check.storage.readTile(tilePath(level, index));
  if (!exact && !full) {
    name(check.findings, path, 'missing', 'needed by the checkpoint');
    return undefined;
  }
  return decodePart(
    check,
    level,
    exact ? path : tilePath(level, index),
    (exact ?? full) as Uint8Array,
  )?.slice(0, width);
}

function decodePart(check: Check, level: TileLevel, path: string, bytes: Uint8Array): Buffer[] | undefined {
  const { width } = parseTilePath(path);
  try {
    return level === 'entries'
      ? decodeBundle(bytes, width, path).map(hashLeaf)
      : decodeTile(bytes, width, path);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    name(check.findings, path, 'damaged', error.message);
    return undefined;
  }
}

/** A full bundle and its level-0 tile: the root on which two of bundle, tile and level 1 agree. */
async function checkPair(check: Check, index: number): Promise<Buffer> {
  const fromBundle = await readPart(check, 'entries', index);
  const fromTile = await readPart(check, 0, index);
  const a = fromBundle && rootOfHashes(fromBundle);
  const b = fromTile && rootOfHashes(fromTile);
  if (a && b?.equals(a)) return a;
  const above = await readAbove(check, index);
  const [bundlePath, path] = [tilePath('entries', index), tilePath(0, index)];
  const found = check.findings;
  if (b && above?.equals(b)) {
    name(found, bundlePath, 'damaged', 'does not hash to its tile, which the level above confirms');
    return b;
  }
  if (a && above?.equals(a)) {
    name(found, path, 'damaged', 'is not the hashes of its entries, which the level above confirms');
    return a;
  }
  name(found, bundlePath, 'damaged', undecided);
  name(found, path, 'damaged', undecided);
  return above ?? a ?? b ?? emptyRoot;
}

async function readAbove(check: Check, index: number): Promise<Buffer | undefined> {
  const at = Math.floor(index / tileWidth);
  const silent: Check = { ...check, findings: new Map() };
  return (await readPart(silent, 1, at))?.[index % tileWidth];
}

/** Derives the levels from 1 upwards and compares each tile. @returns the hashes of each level, 1 first */
async function checkUpper(check: Check): Promise<Buffer[][]> {
  const upper: Buffer[][] = [];
  let hashes = check.roots;
  for (let level = 1; hashes.length > 0; level += 1) {
    upper.push(hashes);
    const next: Buffer[] = [];
    for (let index = 0; index * tileWidth < hashes.length; index += 1) {
      const derived = hashes.slice(index * tileWidth, (index + 1) * tileWidth);
      const stored = await readPart(check, level, index);
      if (stored && !Buffer.concat(stored).equals(Buffer.concat(derived)))
        name(
          check.findings,
          await pathOf(check, level, index),
          'damaged',
          'is not the hashes of the level below',
        );
      if (derived.length === tileWidth) next.push(rootOfHashes(derived));
    }
    hashes = next;
  }
  return upper;
}

/** The path under which a tile is there: a full one may stand in for a partial one. */
async function pathOf(check: Check, level: TileLevel, index: number): Promise<string> {
  const path = tilePath(level, index, widthInTree(level, index, check.size));
  if (await check.storage.readTile(path)) return path;
  return (await check.storage.readTile(tilePath(level, index))) ? tilePath(level, index) : path;
}

/** The unfinished bundle and tile at the right edge. @returns their leaf hashes */
async function checkEdge(check: Check, upper: Buffer[][], root: Buffer | undefined): Promise<Buffer[]> {
  const index = Math.floor(check.size / tileWidth);
  if (check.size % tileWidth === 0) return [];
  const fromBundle = await readPart(check, 'entries', index);
  const fromTile = await readPart(check, 0, index);
  const agree = fromBundle && fromTile && Buffer.concat(fromBundle).equals(Buffer.concat(fromTile));
  if (agree) return fromBundle;
  const peaks = upper.toReversed().flatMap((level) => edgePeaks(level));
  const leads = (leaves: Buffer[] | undefined): leaves is Buffer[] =>
    leaves !== undefined && root !== undefined && foldPeaks([...peaks, ...edgePeaks(leaves)]).equals(root);
  const [bundlePath, path] = [await pathOf(check, 'entries', index), await pathOf(check, 0, index)];
  if (leads(fromTile)) {
    name(check.findings, bundlePath, 'damaged', 'does not hash to its tile, which the checkpoint confirms');
    return fromTile;
  }
  if (leads(fromBundle)) {
    name(check.findings, path, 'damaged', 'is not the hashes of its entries, which the checkpoint confirms');
    return fromBundle;
  }
  name(check.findings, bundlePath, 'damaged', undecided);
  name(check.findings, path, 'damaged', undecided);
  return fromBundle ?? fromTile ?? [];
}

/** The perfect subtrees over the unfinished tile of one level. */
function edgePeaks(hashes: readonly Buffer[]): Buffer[] {
  const open = hashes.slice(hashes.length - (hashes.length % tileWidth));
  const peaks: Buffer[] = [];
  for (let width = 128, from = 0; width >= 1; width /= 2) {
    if (from + width > open.length) continue;
    peaks.push(rootOfHashes(open.slice(from, from + width)));
    from += width;
  }
  return peaks;
}

/** Files that the checkpoint does not need: older partial tiles must be a beginning, the rest is named. */
async function checkOthers(check: Check, upper: Buffer[][], edge: Buffer[]): Promise<void> {
  for await (const path of check.storage.listTiles()) {
    let tile;
    try {
      tile = parseTilePath(path);
    } catch {
      name(check.findings, path, 'extra', 'not a file of a log');
      continue;
    }
    const width = widthInTree(tile.level, tile.index, check.size);
    if (tile.width === width) continue;
    if (tile.width > width) {
      name(check.findings, path, 'ahead', 'beyond the checkpoint');
      continue;
    }
    const bytes = await check.storage.readTile(path);
    const hashes = bytes && decodePart(check, tile.level, path, bytes);
    const good = await goodHashes(check, upper, edge, tile.level, tile.index);
    if (hashes && good && !Buffer.concat(hashes).equals(Buffer.concat(good.slice(0, tile.width))))
      name(check.findings, path, 'damaged', 'not the beginning of the tile that followed it');
  }
}

/** The hashes of a tile as the whole tree confirms them. */
async function goodHashes(
  check: Check,
  upper: Buffer[][],
  edge: Buffer[],
  level: TileLevel,
  index: number,
): Promise<Buffer[] | undefined> {
  if (level !== 'entries' && level > 0)
    return upper[level - 1]?.slice(index * tileWidth, (index + 1) * tileWidth);
  const root = check.roots[index];
  if (!root) return edge;
  const silent: Check = { ...check, findings: new Map() };
  for (const source of ['entries', 0] as const) {
    const hashes = await readPart(silent, source, index);
    if (hashes && rootOfHashes(hashes).equals(root)) return hashes;
  }
  return undefined;
}
