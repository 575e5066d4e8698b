import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  appendBatch,
  consistencyProof,
  createMemoryStore,
  emptyRoot,
  emptyTree,
  hashLeaf,
  inclusionProof,
  LedgerError,
  openTree,
  parseTilePath,
  rootFromTiles,
  rootOfHashes,
  tilePath,
  tilesOfTree,
  verifyConsistency,
  verifyInclusion,
  type MemoryStore,
  type TreeEdge,
} from './index.ts';

// The test tree of Certificate Transparency (RFC 6962): eight leaves, roots, paths.
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const inclusionVectors: [number, number, string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
];
const consistencyVectors: [number, number, string[]][] = [
  [1, 1, []],
  [1, 8, inclusionVectors[1]?.[2] as string[]],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

function entriesOf(from: number, count: number, seed = ''): Buffer[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(`${seed}entry ${from + at}`));
}

async function grow(store: MemoryStore, tree: TreeEdge, count: number): Promise<TreeEdge> {
  const batch = appendBatch(tree, entriesOf(tree.size, count));
  await store.writeTiles(batch.tilesToWrite);
  return batch.tree;
}

test('RFC 6962 test vectors: roots, inclusion and consistency proofs', async () => {
  const store = createMemoryStore();
  let tree = emptyTree;
  assert.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const [at, leaf] of leaves.entries()) {
    const batch = appendBatch(tree, [Buffer.from(leaf, 'hex')]);
    await store.writeTiles(batch.tilesToWrite);
    ({ tree } = batch);
    assert.equal(tree.root.toString('hex'), roots[at]);
  }
  for (const [index, size, expected] of inclusionVectors) {
    const proof = await inclusionProof(store, size, index);
    assert.deepEqual(proof.map(hex), expected);
    const leaf = hashLeaf(Buffer.from(leaves[index] as string, 'hex'));
    verifyInclusion(index, size, leaf, proof, Buffer.from(roots[size - 1] as string, 'hex'));
  }
  for (const [from, to, expected] of consistencyVectors) {
    const proof = await consistencyProof(store, from, to);
    assert.deepEqual(proof.map(hex), expected);
    verifyConsistency(from, to, unhex(roots[from - 1]), unhex(roots[to - 1]), proof);
  }
});

const hex = (bytes: Buffer): string => bytes.toString('hex');
const unhex = (text: string | undefined): Buffer => Buffer.from(text as string, 'hex');

test('tile paths are spelled as tlog-tiles says, and no other spelling is read', () => {
  assert.equal(tilePath(0, 1_234_067), 'tile/0/x001/x234/067');
  assert.equal(tilePath('entries', 0, 17), 'tile/entries/000.p/17');
  assert.equal(tilePath(2, 1000), 'tile/2/x001/000');
  assert.deepEqual(parseTilePath('tile/0/x001/x234/067.p/255'), { level: 0, index: 1_234_067, width: 255 });
  for (const path of [
    'tile/00/000',
    'tile/0/1',
    'tile/0/x000/001',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/64/000',
    'tile/0/../000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/data/000',
  ])
    assert.throws(() => parseTilePath(path), LedgerError, path);
});

test('a tree of 70,000 has the tiles that tlog-tiles names', () => {
  const tiles = [...tilesOfTree(70_000)].filter((tile) => tile.level !== 'entries');
  const count = (level: number, full: boolean): number =>
    tiles.filter((tile) => tile.level === level && (tile.width === 256) === full).length;
  assert.deepEqual([count(0, true), count(0, false), count(1, true), count(1, false)], [273, 1, 1, 1]);
  assert.deepEqual(tiles.at(-1), { level: 2, index: 0, width: 1 });
});

test('batches of any size give the tree that the leaves alone give, and the edge is read back from tiles', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
      async (sizes) => {
        const store = createMemoryStore();
        let tree = emptyTree;
        for (const size of sizes) {
          tree = await grow(store, tree, size);
          const reopened = await openTree(store, tree.size, tree.root);
          assert.deepEqual(appendBatch(reopened, entriesOf(0, 300)), appendBatch(tree, entriesOf(0, 300)));
        }
        const hashes = entriesOf(0, tree.size).map(hashLeaf);
        assert.deepEqual(tree.root, rootOfHashes(hashes));
        assert.deepEqual(await rootFromTiles(store, tree.size), tree.root);
      },
    ),
    { numRuns: 25 },
  );
});

test('every proof from tiles verifies, over a level-2 tree, and no other leaf, index, size or root does', async () => {
  const store = createMemoryStore();
  const heads: TreeEdge[] = [];
  for (let tree = emptyTree; tree.size < 66_000; heads.push(tree))
    tree = await grow(store, tree, 1 + ((tree.size * 7919) % 1500));
  const pick = fc.constantFrom(...heads);
  await fc.assert(
    fc.asyncProperty(pick, pick, fc.nat(), async (one, other, any) => {
      const [old, now] = one.size <= other.size ? [one, other] : [other, one];
      const [from, to] = [old.size, now.size];
      assert.deepEqual(await rootFromTiles(store, to), now.root);
      const consistency = await consistencyProof(store, from, to);
      verifyConsistency(from, to, old.root, now.root, consistency);
      const index = any % to;
      const proof = await inclusionProof(store, to, index);
      const leaf = hashLeaf(Buffer.from(`entry ${index}`));
      verifyInclusion(index, to, leaf, proof, now.root);
      const wrong = hashLeaf(Buffer.from('another'));
      const refused = (run: () => void): void => assert.throws(run, LedgerError);
      refused(() => verifyInclusion(index, to, wrong, proof, now.root));
      refused(() => verifyInclusion(index + 1, to, leaf, proof, now.root));
      refused(() => verifyInclusion(index, to, leaf, [...proof, leaf], now.root));
      refused(() => verifyInclusion(index, to, leaf, proof, wrong));
      if (proof.length > 0) refused(() => verifyInclusion(index, to, leaf, proof.slice(1), now.root));
      if (from === to) return;
      refused(() => verifyConsistency(from, to, wrong, now.root, consistency));
      refused(() => verifyConsistency(from, to, old.root, wrong, consistency));
      refused(() => verifyConsistency(from, to, old.root, now.root, []));
      refused(() => verifyConsistency(from, to, old.root, now.root, [...consistency, leaf]));
    }),
    { numRuns: 60 },
  );
});

test('a forked log has no consistency proof', async () => {
  const [one, two] = [createMemoryStore(), createMemoryStore()];
  const first = await grow(one, emptyTree, 300);
  const fork = appendBatch(emptyTree, [
    ...entriesOf(0, 299),
    Buffer.from('rewritten'),
    ...entriesOf(300, 100),
  ]);
  await two.writeTiles(fork.tilesToWrite);
  const proof = await consistencyProof(two, 300, 400);
  assert.throws(
    () => verifyConsistency(300, 400, first.root, fork.root, proof),
    (error) => error instanceof LedgerError && error.code === 'proof-invalid',
  );
});
