import { LedgerError } from './errors.ts';
import { hashSize } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256;
/** An entry's length is a uint16. */
export const maximumEntryBytes = 65_535;

/** A tile of hashes at a level, or a bundle of entries. */
export type TileLevel = number | 'entries';

/** Which tile: `width` 256 is a full one, 1–255 a partial one. */
export interface TileId {
  readonly level: TileLevel;
  readonly index: number;
  readonly width: number;
}

/** A file of the log. */
export interface TileFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reads tiles by their path; a missing one is `undefined`. */
export interface TileReader {
  readTile(path: string): Promise<Uint8Array | undefined>;
}

/** The storage of one log. Every promise is kept only when the bytes would survive a loss of power. */
export interface LogStorage extends TileReader {
  /** Writes tiles; a tile that is there with the same bytes is left alone. @throws LedgerError tile-conflict */
  writeTiles(tiles: readonly TileFile[]): Promise<void>;
  readCheckpoint(): Promise<string | undefined>;
  /** Publishes a checkpoint; every tile that it needs has been written before. */
  writeCheckpoint(checkpoint: string): Promise<void>;
  /** `writeTiles` and `writeCheckpoint` in one durable step, tiles visible first. */
  publish(tiles: readonly TileFile[], checkpoint: string): Promise<void>;
  /** The paths of all files below `tile/`, in any order. */
  listTiles(): AsyncIterable<string>;
}

/** `tile/<L>/<N>[.p/<W>]`: 1234067 is `x001/x234/067`. */
export function tilePath(level: TileLevel, index: number, width: number = tileWidth): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/\d{3}/g) as string[];
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${number}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Reads a tile's path; only the one spelling that `tilePath` gives. @throws LedgerError tile-path-malformed */
export function parseTilePath(path: string): TileId {
  const parts = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!parts) throw new LedgerError('tile-path-malformed', 'not a tile', path);
  const level: TileLevel = parts[1] === 'entries' ? 'entries' : Number(parts[1]);
  const index = Number((parts[2] as string).replaceAll(/[x/]/g, ''));
  const width = parts[3] === undefined ? tileWidth : Number(parts[3]);
  const fits = Number.isSafeInteger(index) && width >= 1 && (level === 'entries' || level <= 63);
  if (!fits || (parts[3] !== undefined && width >= tileWidth) || tilePath(level, index, width) !== path)
    throw new LedgerError('tile-path-malformed', 'not the one spelling of a tile', path);
  return { level, index, width };
}

/** The path of the full tile that a partial tile grows into; a full tile's own path. */
export function fullPathOf(path: string): string {
  const at = path.indexOf('.p/');
  return at < 0 ? path : path.slice(0, at);
}

/** The first `width` hashes or entries of a wider tile's bytes. @throws LedgerError tile-damaged */
export function narrowTile(bytes: Uint8Array, wider: TileId, width: number): Uint8Array {
  if (wider.level !== 'entries') return bytes.subarray(0, width * hashSize);
  const path = tilePath(wider.level, wider.index, wider.width);
  return encodeBundle(decodeBundle(bytes, wider.width, path).slice(0, width));
}

/** Entries to a bundle: each with its length as a big-endian uint16 before it. @throws LedgerError entry-too-large */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > maximumEntryBytes)
      throw new LedgerError('entry-too-large', `${entry.length} bytes, at most ${maximumEntryBytes}`);
    at = bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

/** A bundle to exactly `width` entries. @throws LedgerError tile-damaged */
export function decodeBundle(bytes: Uint8Array, width: number, path: string): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  let at = 0;
  while (at < buffer.length && entries.length <= width) {
    const end = at + 2 <= buffer.length ? at + 2 + buffer.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > buffer.length) throw new LedgerError('tile-damaged', 'an entry runs over the end', path);
    entries.push(buffer.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width || at !== buffer.length)
    throw new LedgerError('tile-damaged', `not exactly ${width} entries`, path);
  return entries;
}

/** A tile to its hashes. @throws LedgerError tile-damaged */
export function decodeTile(bytes: Uint8Array, width: number, path: string): Buffer[] {
  if (bytes.length !== width * hashSize)
    throw new LedgerError('tile-damaged', `${bytes.length} bytes instead of ${width * hashSize}`, path);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: width }, (_, at) => buffer.subarray(at * hashSize, (at + 1) * hashSize));
}

/** How many complete subtrees of 256^level leaves a tree has. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** Width of a tile in a tree of `size`: 256, less for the partial tile at the edge, 0 beyond it. */
export function widthInTree(level: TileLevel, index: number, size: number): number {
  const hashes = hashesAtLevel(size, level === 'entries' ? 0 : level) - index * tileWidth;
  return Math.max(0, Math.min(tileWidth, hashes));
}

/** Every tile and bundle that a tree of `size` consists of. */
export function* tilesOfTree(size: number): Generator<TileId> {
  for (let index = 0; index * tileWidth < size; index += 1)
    yield { level: 'entries', index, width: widthInTree('entries', index, size) };
  for (let level = 0; hashesAtLevel(size, level) > 0; level += 1) {
    const hashes = hashesAtLevel(size, level);
    for (let index = 0; index * tileWidth < hashes; index += 1)
      yield { level, index, width: widthInTree(level, index, size) };
  }
}

/**
 * Reads a tile as wide as a tree of `size` needs it; a full tile stands in for a partial one that was
 * deleted (tlog-tiles, Partial Tiles). @throws LedgerError tile-missing
 */
export async function readTileOf(
  reader: TileReader,
  level: TileLevel,
  index: number,
  size: number,
): Promise<{ readonly path: string; readonly hashes: Buffer[] }> {
  const width = widthInTree(level, index, size);
  const path = tilePath(level, index, width);
  const exact = await reader.readTile(path);
  const decode = level === 'entries' ? decodeBundle : decodeTile;
  if (exact) return { path, hashes: decode(exact, width, path) };
  const fullPath = tilePath(level, index);
  const full = width < tileWidth ? await reader.readTile(fullPath) : undefined;
  if (!full) throw new LedgerError('tile-missing', 'the tile is not there', path);
  return { path: fullPath, hashes: decode(full, tileWidth, fullPath).slice(0, width) };
}
