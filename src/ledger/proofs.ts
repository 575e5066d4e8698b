import { LedgerError } from './errors.ts';
import { emptyRoot, hashNode, rootOfHashes, splitPoint } from './merkle.ts';
import { readTileOf, tileWidth, type TileReader } from './tiles.ts';

/** The hashes of one tree, each tile read once. */
function treeHashes(reader: TileReader, size: number): (from: number, to: number) => Promise<Buffer> {
  const tiles = new Map<string, Promise<{ hashes: Buffer[] }>>();
  const tile = (level: number, index: number): Promise<{ hashes: Buffer[] }> => {
    const key = `${level}/${index}`;
    const known = tiles.get(key) ?? readTileOf(reader, level, index, size);
    tiles.set(key, known);
    return known;
  };
  const perfect = async (from: number, width: number): Promise<Buffer> => {
    let level = 0;
    while (tileWidth ** (level + 1) <= width) level += 1;
    const unit = tileWidth ** level;
    const first = from / unit;
    const { hashes } = await tile(level, Math.floor(first / tileWidth));
    return rootOfHashes(hashes.slice(first % tileWidth, (first % tileWidth) + width / unit));
  };
  const range = async (from: number, to: number): Promise<Buffer> => {
    const width = to - from;
    const power = width === 1 ? 1 : splitPoint(width);
    if (width === 1 || power * 2 === width) return await perfect(from, width);
    const [left, right] = await Promise.all([perfect(from, power), range(from + power, to)]);
    return hashNode(left, right);
  };
  return range;
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new LedgerError('bad-argument', `tree size ${size}`);
}

/** The root of the tree of the first `size` entries, from tiles. @throws LedgerError tile-missing, tile-damaged */
export async function rootFromTiles(reader: TileReader, size: number): Promise<Buffer> {
  checkSize(size);
  return size === 0 ? emptyRoot : await treeHashes(reader, size)(0, size);
}

/**
 * The inclusion proof of entry `index` in the tree of `size` entries, leaf's sibling first (RFC 6962 §2.1.1).
 * @throws LedgerError bad-argument, tile-missing, tile-damaged
 */
export async function inclusionProof(reader: TileReader, size: number, index: number): Promise<Buffer[]> {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new LedgerError('bad-argument', `entry ${index} of ${size}`);
  const range = treeHashes(reader, size);
  const siblings: [number, number][] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    siblings.unshift(index < middle ? [middle, to] : [from, middle]);
    if (index < middle) to = middle;
    else from = middle;
  }
  return await Promise.all(siblings.map(([begin, end]) => range(begin, end)));
}

/**
 * The proof that the tree of `newSize` begins with the tree of `oldSize` (RFC 6962 §2.1.2); empty from 0 and
 * between equal sizes. @throws LedgerError bad-argument, tile-missing, tile-damaged
 */
export async function consistencyProof(
  reader: TileReader,
  oldSize: number,
  newSize: number,
): Promise<Buffer[]> {
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize > newSize) throw new LedgerError('bad-argument', `from ${oldSize} back to ${newSize}`);
  if (oldSize === 0 || oldSize === newSize) return [];
  const range = treeHashes(reader, newSize);
  const parts: [number, number][] = [];
  let [from, to] = [0, newSize];
  // SUBPROOF(m, D, b): walk down to the subtree that ends where the old tree ends.
  while (oldSize !== to) {
    const middle = from + splitPoint(to - from);
    parts.unshift(oldSize <= middle ? [middle, to] : [from, middle]);
    if (oldSize <= middle) to = middle;
    else from = middle;
  }
  if (from !== 0) parts.unshift([from, to]);
  return await Promise.all(parts.map(([begin, end]) => range(begin, end)));
}
