import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import {
  listZip,
  looksLikeZip,
  readZipEntry,
  unwrapSingle,
  ZipError,
  zipSingle,
  type ZipErrorCode,
} from './index.ts';

/** An archive that another program (yazl) made. */
async function archive(files: Readonly<Record<string, Uint8Array | string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(files)) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  return await buffer(zip.outputStream);
}

function refuses(run: () => unknown, code: ZipErrorCode): void {
  assert.throws(run, (error) => error instanceof ZipError && error.code === code);
}

/** Replaces every occurrence of a name by one of the same length, in both headers. */
function renamed(zip: Uint8Array, from: string, to: string): Buffer {
  return Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1');
}

test('what another program zipped is listed and read', async () => {
  const zip = await archive({ 'một.txt': 'xin chào', 'b.bin': Buffer.alloc(5000, 7), empty: '' });
  assert.ok(looksLikeZip(zip));
  const entries = listZip(zip);
  assert.deepEqual(
    entries.map((entry) => [entry.name, entry.size]),
    [
      ['một.txt', 8 + 1],
      ['b.bin', 5000],
      ['empty', 0],
    ],
  );
  assert.deepEqual(
    entries.map((entry) => readZipEntry(zip, entry).length),
    [9, 5000, 0],
  );
});

test('property: what we zip, another program reads, and so do we', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      const zip = zipSingle('tệp.xlsx', bytes);
      assert.deepEqual(Buffer.from(unwrapSingle(zip).bytes), Buffer.from(bytes));
      const other = await fromBufferPromise(Buffer.from(zip));
      for await (const entry of other.eachEntry()) {
        assert.equal(entry.fileName, 'tệp.xlsx');
        assert.equal(entry.generalPurposeBitFlag, 0x0808);
        assert.deepEqual(await buffer(await other.openReadStreamPromise(entry)), Buffer.from(bytes));
      }
    }),
    { numRuns: 50 },
  );
});

test('an archive of several files is not unwrapped', async () => {
  const zip = await archive({ a: '1', b: '2' });
  refuses(() => unwrapSingle(zip), 'not-single');
  refuses(
    () => unwrapSingle(Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)])),
    'not-single',
  );
});

test('names that lead out of the folder, absolute ones, NUL and over-long ones are refused', () => {
  const zip = zipSingle('aaaaaaaaaa', Buffer.from('x'));
  for (const given of [
    '../../xxxx',
    '/etc/hosts',
    '\\\\host\\xyz',
    'C:\\Windows',
    'aaaa\0aaaaa',
    'a\\..\\..\\bb',
    'xx/../../y',
  ]) {
    const name = given.padEnd(10, 'z');
    refuses(() => listZip(renamed(zip, 'aaaaaaaaaa', name)), 'bad-name');
  }
  refuses(() => listZip(zipSingle('n'.repeat(200), Buffer.from('x')), { nameBytes: 100 }), 'bad-name');
  for (const name of ['', '..', 'a/b', 'a\\b', 'x'.repeat(256)])
    refuses(() => zipSingle(name, Buffer.from('x')), 'bad-name');
});

test('a bomb is refused before it inflates: by ratio, by size, by number, by the sum', async () => {
  const bomb = zipSingle('bomb', Buffer.alloc(50 * 2 ** 20));
  assert.ok(bomb.length < 100_000);
  refuses(() => unwrapSingle(bomb), 'ratio-too-high');
  refuses(() => unwrapSingle(bomb, { entryBytes: 2 ** 20 }), 'entry-too-large');
  refuses(() => listZip(bomb, { bytes: 100 }), 'too-large');
  const many = await archive(
    Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}`, 'x'.repeat(100)])),
  );
  refuses(() => listZip(many, { entries: 29 }), 'too-many-entries');
  refuses(() => listZip(many, { totalBytes: 2999 }), 'entry-too-large');
});

test('a directory that lies about the size does not make us inflate more than it said', () => {
  const bomb = Buffer.from(zipSingle('bomb', Buffer.alloc(50 * 2 ** 20)));
  const central = bomb.lastIndexOf(Buffer.from('504b0102', 'hex'));
  bomb.writeUInt32LE(1000, central + 24);
  refuses(() => unwrapSingle(bomb), 'damaged');
});

test('encrypted entries, unknown methods, ZIP64 and wrong sums are refused', () => {
  const change = (at: number, value: number, size: 2 | 4): Buffer => {
    const zip = Buffer.from(zipSingle('a.txt', Buffer.from('hello hello hello')));
    const central = zip.lastIndexOf(Buffer.from('504b0102', 'hex'));
    if (size === 2) zip.writeUInt16LE(value, central + at);
    else zip.writeUInt32LE(value, central + at);
    return zip;
  };
  refuses(() => unwrapSingle(change(8, 0x0809, 2)), 'encrypted');
  refuses(() => unwrapSingle(change(10, 14, 2)), 'unsupported');
  refuses(() => unwrapSingle(change(24, 0xffffffff, 4)), 'unsupported');
  refuses(() => unwrapSingle(change(16, 1, 4)), 'damaged');
  refuses(() => unwrapSingle(change(10, 0, 2)), 'damaged');
  refuses(() => unwrapSingle(change(20, 100_000, 4)), 'damaged');
  refuses(() => unwrapSingle(change(42, 7, 4)), 'damaged');
});

test('entries that share their bytes are refused', async () => {
  const zip = await archive({ aaaa: 'same bytes', bbbb: 'same bytes' });
  const first = zip.indexOf(Buffer.from('504b0102', 'hex'));
  const second = zip.indexOf(Buffer.from('504b0102', 'hex'), first + 4);
  zip.writeUInt32LE(0, second + 42);
  const name = Buffer.from('aaaa');
  name.copy(zip, second + 46);
  refuses(() => listZip(zip), 'damaged');
});

test('property: a damaged archive is read or refused with a code', () => {
  const zip = Buffer.from(zipSingle('a.txt', Buffer.from('xin chào '.repeat(50))));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(zip.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(zip.length),
      (changes, length) => {
        const damaged = Buffer.from(zip.subarray(0, length));
        for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
        try {
          unwrapSingle(damaged);
        } catch (error) {
          assert.ok(error instanceof ZipError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
