import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { Asn1Error, children, derExplicit, derOctets, derSequence, readAsn1 } from '#formats/asn1';
import { verifyTimestampToken } from '#formats/cms';
import { certificateToPem, type DigestAlgorithm } from '#formats/x509';
import { createTestAuthority, type TestAuthority } from '../authority.ts';
import type { TimestampSource } from '../tsp.ts';
import {
  derEvidenceRecord,
  judgeByAnchors,
  makeEvidence,
  readEvidenceRecord,
  renewHashTrees,
  renewTimestamps,
  verifyEvidence,
  type EvidenceRecord,
  type EvidenceReport,
} from './index.ts';
import { buildHashTree, nodeHash, rootOf } from './tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-ers-'));
after(() => rmSync(folder, { recursive: true }));

let now = new Date('2026-01-01T00:00:00Z');
const authority: TestAuthority = createTestAuthority({ now: () => now, organisation: 'Kho lưu trữ' });
// Each later generation of TSAs takes over before the one before it ends.
const later = new Date('2038-01-01T00:00:00Z');
const successor = createTestAuthority({
  now: () => (now > later ? now : later),
  organisation: 'Kho lưu trữ 2',
});
const anchors = [{ certificate: authority.root }, { certificate: successor.root }];
const judge = judgeByAnchors(anchors);

const sha = (digest: string, bytes: Uint8Array): Buffer => createHash(digest).update(bytes).digest();
const objects = Array.from({ length: 13 }, (_, index) => Buffer.from(`Văn bản số ${index}`));
const sourceOf = (bytes: Uint8Array) => (digest: string) => sha(digest, bytes);
const at = (year: number): Date => (now = new Date(`${year}-06-01T00:00:00Z`));
const verify = (record: EvidenceRecord, object: Uint8Array, year: number): EvidenceReport =>
  verifyEvidence(readEvidenceRecord(derEvidenceRecord(record)), sourceOf(object), {
    at: new Date(`${year}-12-01T00:00:00Z`),
    judge,
  });
const codes = ({ problems }: EvidenceReport): string[] => [...new Set(problems.map(({ code }) => code))];

function counted(source: TimestampSource): TimestampSource & { count: number } {
  const own = {
    count: 0,
    async timestamp(digest: Uint8Array, algorithm: DigestAlgorithm) {
      own.count += 1;
      return await source.timestamp(digest, algorithm);
    },
  };
  return own;
}

async function first(digest: DigestAlgorithm = 'sha256'): Promise<EvidenceRecord[]> {
  const recordOf = await makeEvidence(
    objects.map((one) => sha(digest, one)),
    digest,
    authority.timestamps,
  );
  return objects.map((_, index) => recordOf(index));
}

test('every leaf of a hash tree leads to its root, and no other value does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom('sha256', 'sha384', 'sha512'),
      (size, digest) => {
        const leaves = Array.from({ length: size }, (_, index) => sha(digest, Buffer.from(`${index}`)));
        const tree = buildHashTree(leaves, digest);
        for (const [index, leaf] of leaves.entries()) {
          const lists = tree.reduced(index);
          assert.ok(rootOf(digest, leaf, lists)?.equals(tree.root));
          assert.ok(lists.length <= Math.ceil(Math.log2(size)));
          const other = sha(digest, Buffer.from('khác'));
          if (size > 1) assert.equal(rootOf(digest, other, lists), undefined);
          // RFC 4998 §4.2: the first list has the leaf itself, each list in binary ascending order.
          if (size > 1) assert.ok(lists[0]?.some((value) => value.equals(leaf)));
          for (const list of lists) assert.deepEqual(list, [...list].sort(Buffer.compare));
        }
      },
    ),
    { numRuns: 60 },
  );
  assert.throws(() => buildHashTree([], 'sha256'), RangeError);
  assert.throws(() => buildHashTree([Buffer.alloc(20)], 'sha256'), RangeError);
});

test('the example of RFC 4998 §4.2: three data groups, the second of several documents', () => {
  const h = (text: string): Buffer => sha('sha256', Buffer.from(text));
  const h2abc = nodeHash('sha256', [h('2a'), h('2b'), h('2c')]);
  const sorted = Buffer.concat([h('2a'), h('2b'), h('2c')].sort(Buffer.compare));
  assert.ok(h2abc.equals(sha('sha256', sorted)));
  const h12 = nodeHash('sha256', [h('1'), h2abc]);
  const h123 = nodeHash('sha256', [h12, h('3')]);
  // rh1 = SEQ(SEQ(h1, h2abc), SEQ(h3)); rh2 = SEQ(SEQ(h2a, h2b, h2c), SEQ(h1), SEQ(h3)).
  assert.ok(rootOf('sha256', h('1'), [[h('1'), h2abc], [h('3')]])?.equals(h123));
  for (const part of ['2a', '2b', '2c'])
    assert.ok(rootOf('sha256', h(part), [[h('2b'), h('2c'), h('2a')], [h('1')], [h('3')]])?.equals(h123));
  assert.ok(!rootOf('sha256', h('2a'), [[h('2a'), h('2b')], [h('1')], [h('3')]])?.equals(h123));
});

test('one timestamp serves all objects; openssl verifies the token over the root', async () => {
  at(2026);
  const source = counted(authority.timestamps);
  const recordOf = await makeEvidence(
    objects.map((one) => sha('sha256', one)),
    'sha256',
    source,
  );
  assert.equal(source.count, 1);
  for (const [index, object] of objects.entries()) {
    const report = verify(recordOf(index), object, 2027);
    assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report));
    assert.equal(report.existedBy?.getUTCFullYear(), 2026);
    assert.deepEqual(codes(verify(recordOf(index), Buffer.from('sửa'), 2027)), ['object-not-covered']);
  }
  const [stamp] = recordOf(4).chains[0]!;
  const root = rootOf('sha256', sha('sha256', objects[4]!), stamp!.reduced)!;
  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const said = execFileSync(
    'openssl',
    [
      'ts',
      '-verify',
      '-token_in',
      '-in',
      file('token.der', stamp!.token.der),
      '-digest',
      root.toString('hex'),
    ].concat(
      ['-CAfile', file('root.pem', certificateToPem(authority.root))],
      ['-untrusted', file('ca.pem', certificateToPem(authority.issuing)), '-attime', `${+now / 1000 + 60}`],
    ),
    { encoding: 'utf8', stdio: 'pipe' },
  );
  assert.match(said, /Verification: OK/);
});

test('DER as RFC 4998 has it: version, digests, chains, [0] digest, [2] lists, token; what is read is written the same', async () => {
  at(2026);
  const [, record] = await first();
  const der = derEvidenceRecord(record!);
  execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der, stdio: 'pipe' });
  const [version, digests, chains, ...none] = children(readAsn1(der, { rules: 'der' }));
  assert.deepEqual([version?.tag, digests?.tag, chains?.tag, none.length], [0x02, 0x30, 0x30, 0]);
  const stamp = children(
    children(children(chains!)[0]!)[0]!.tag === 0x30 ? children(chains!)[0]! : chains!,
  )[0]!;
  assert.deepEqual(
    children(stamp).map(({ tag }) => tag),
    [0xa0, 0xa2, 0x30],
  );
  assert.ok(derEvidenceRecord(readEvidenceRecord(der)).equals(der));
  const [single] = [await makeEvidence([sha('sha256', objects[0]!)], 'sha256', authority.timestamps)];
  assert.equal(verify(single!(0), objects[0]!, 2027).indication, 'TOTAL-PASSED');
  assert.equal(readEvidenceRecord(derEvidenceRecord(single!(0))).chains[0]![0]!.reduced.length, 0);
});

test('timestamps are renewed, then hash trees with a new digest, then timestamps again: thirty years hold', async () => {
  at(2026);
  let records = await first();
  const renew = async (year: number, own: TestAuthority): Promise<void> => {
    at(year);
    const source = counted(own.timestamps);
    const { timestamps, recordOf } = await renewTimestamps(records, source);
    assert.equal(timestamps, 1);
    assert.equal(source.count, 1);
    records = records.map((_, index) => readEvidenceRecord(derEvidenceRecord(recordOf(index))));
  };
  await renew(2033, authority);
  await renew(2039, successor);
  at(2045);
  const recordOf = await renewHashTrees(
    records.map((record, index) => ({ digest: sha('sha512', objects[index]!), record })),
    'sha512',
    successor.timestamps,
  );
  records = records.map((_, index) => recordOf(index));
  await renew(2050, successor);
  for (const [index, object] of objects.entries()) {
    const record = records[index]!;
    assert.deepEqual(
      record.chains.map((chain) => chain.length),
      [3, 2],
    );
    const report = verify(record, object, 2051);
    assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report.problems));
    assert.deepEqual(
      report.times.map((time) => time.getUTCFullYear()),
      [2026, 2033, 2039, 2045, 2050],
    );
    assert.equal(report.existedBy?.getUTCFullYear(), 2026);
    // Siblings share their lists, and so their evidence; no other object does.
    assert.notEqual(verify(record, objects[(index + 2) % objects.length]!, 2051).indication, 'TOTAL-PASSED');
  }
  // Not renewed in time: the last TSA's certificate has run out.
  assert.deepEqual(codes(verify({ chains: [records[0]!.chains[0]!] }, objects[0]!, 2060)), [
    'timestamp-not-trusted',
  ]);
});

test('what was swapped, dropped or put in another order is found', async () => {
  at(2026);
  const records = await first();
  at(2033);
  const renewed = await renewTimestamps(records, authority.timestamps);
  const [a, b] = [renewed.recordOf(0), renewed.recordOf(2)];
  at(2036);
  const recordOf = await renewHashTrees(
    [a, b].map((record, index) => ({ digest: sha('sha512', objects[2 * index]!), record })),
    'sha512',
    authority.timestamps,
  );
  const whole = recordOf(0);
  const [old, fresh] = whole.chains;
  assert.equal(verify(whole, objects[0]!, 2037).indication, 'TOTAL-PASSED');
  const cases: Readonly<Record<string, readonly [EvidenceRecord, string]>> = {
    'a renewal dropped': [{ chains: [old!.slice(0, 1), fresh!] }, 'sequence-not-covered'],
    'a chain dropped': [{ chains: [fresh!] }, 'object-not-covered'],
    'chains in another order': [{ chains: [fresh!, old!] }, 'time-disordered'],
    'timestamps in another order': [{ chains: [[old![1]!, old![0]!]] }, 'time-disordered'],
    "another object's chain": [{ chains: [recordOf(1).chains[0]!, fresh!] }, 'object-not-covered'],
    'a renewal of another token': [
      {
        chains: [
          [
            old![0]!,
            (await makeEvidence([sha('sha256', objects[2]!)], 'sha256', authority.timestamps))(0)
              .chains[0]![0]!,
          ],
        ],
      },
      'timestamp-not-covered',
    ],
    'two digests in one chain': [{ chains: [[old![0]!, fresh![0]!]] }, 'digest-mixed'],
  };
  for (const [what, [record, code]] of Object.entries(cases)) {
    const report = verify(record, objects[0]!, 2037);
    assert.equal(report.indication, 'TOTAL-FAILED', what);
    assert.ok(codes(report).includes(code), `${what}: ${codes(report).join()}`);
  }
});

test('no single changed octet of a record goes unseen, and no damage throws but Asn1Error', async () => {
  at(2026);
  const [, , record] = await first();
  const der = derEvidenceRecord(record!);
  const object = sourceOf(objects[2]!);
  const options = { at: new Date('2027-01-01T00:00:00Z'), judge };
  const skipped = new Set<number>();
  for (const certificate of record!.chains[0]![0]!.token.data.certificates) {
    const start = der.indexOf(certificate.der);
    for (let each = start; each < start + certificate.der.length; each += 1) skipped.add(each);
  }
  for (let place = 0; place < der.length; place += 1) {
    const damaged = Buffer.from(der);
    damaged[place] = (damaged[place] as number) ^ 0x10;
    try {
      const read = readEvidenceRecord(damaged);
      const { indication } = verifyEvidence(read, object, options);
      // Version numbers of a CMS are signed by nobody; a renewal covers them.
      const { token } = read.chains[0]![0]!;
      const { warnings } = verifyTimestampToken(token, () => token.info.messageImprint);
      if (!skipped.has(place) && warnings.length === 0)
        assert.notEqual(indication, 'TOTAL-PASSED', `octet ${place}`);
    } catch (error) {
      assert.ok(error instanceof Asn1Error, String(error));
    }
  }
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (place, octet, cut) => {
      const damaged = Buffer.from(der);
      damaged[place] = octet;
      for (const bytes of [damaged, damaged.subarray(0, cut)]) {
        try {
          verifyEvidence(readEvidenceRecord(bytes), object, options);
        } catch (error) {
          assert.ok(error instanceof Asn1Error, String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('records over encrypted data, of another version, or with wrong lists are refused', async () => {
  at(2026);
  const [record] = await first();
  const [version, digests, chains] = children(readAsn1(derEvidenceRecord(record!))).map((element) =>
    derOf(element),
  );
  const refused = (der: Buffer): void => assert.throws(() => readEvidenceRecord(der), Asn1Error);
  refused(derSequence(version!, digests!, derExplicit(1, derOctets(Buffer.of(1))), chains!));
  refused(derSequence(Buffer.from('020102', 'hex'), digests!, chains!));
  refused(derSequence(version!, derSequence(), chains!));
  refused(derSequence(version!, digests!, derSequence()));
  refused(Buffer.alloc(0));
});

function derOf(element: ReturnType<typeof readAsn1>): Buffer {
  return Buffer.from(element.shared.source.subarray(element.start, element.end));
}
