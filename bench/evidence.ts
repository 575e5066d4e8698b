import { createHash, hash, randomBytes } from 'node:crypto';
import {
  createTestAuthority,
  derEvidenceRecord,
  judgeByAnchors,
  makeEvidence,
  readEvidenceRecord,
  renewHashTrees,
  renewTimestamps,
  verifyEvidence,
  type EvidenceRecord,
  type TimestampSource,
} from '#signing';

/**
 * `npm run bench -- evidence [OBJECTS]`: evidence records (RFC 4998) for many objects: how long, and how many timestamps,
 * making, renewing timestamps and renewing hash trees take. The yardstick is as many bare SHA-256 of two digests as the
 * tree has nodes. Twenty annual batches are renewed too, as an archive has them.
 */
export async function run(args: readonly string[]): Promise<number> {
  const count = Number(args[0] ?? 100_000);
  const authority = createTestAuthority({ now: () => new Date(), organisation: 'Kho lưu trữ' });
  let stamped = 0;
  const source: TimestampSource = {
    async timestamp(digest, algorithm) {
      stamped += 1;
      return await authority.timestamps.timestamp(digest, algorithm);
    },
  };
  const timed = async <T>(name: string, work: () => Promise<T> | T): Promise<T> => {
    const [from, before] = [performance.now(), stamped];
    const value = await work();
    const ms = performance.now() - from;
    const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
    console.log(
      `${name.padEnd(46)} ${ms.toFixed(0).padStart(7)} ms  ${stamped - before} timestamps  RSS ${rss} MB`,
    );
    return value;
  };
  const digests = Array.from({ length: count }, () => randomBytes(32));
  const second = digests.map((digest) => createHash('sha512').update(digest).digest());
  const pair = randomBytes(64);
  await timed(`yardstick: ${count} bare SHA-256 of 64 octets`, () => {
    for (let node = 0; node < count; node += 1) hash('sha256', pair, 'buffer');
  });
  const recordOf = await timed('make: hash tree and timestamp', () =>
    makeEvidence(digests, 'sha256', source),
  );
  const records = await timed('make: a record for each object', () =>
    digests.map((_, index) => recordOf(index)),
  );
  const renewed = await timed('renew timestamps', () => renewTimestamps(records, source));
  const after = await timed('renew timestamps: a record for each', () =>
    records.map((_, index) => renewed.recordOf(index)),
  );
  const objects = after.map((record, index) => ({ digest: second[index]!, record }));
  const rehashed = await timed('renew hash trees with SHA-512', () =>
    renewHashTrees(objects, 'sha512', source),
  );
  const last = await timed('renew hash trees: a record for each', () =>
    after.map((_, index) => rehashed(index)),
  );
  let octets = 0;
  await timed('encode all', () => {
    for (const record of last) octets += derEvidenceRecord(record).length;
  });
  console.log(`octets a record: ${Math.round(octets / count)}`);
  const judge = judgeByAnchors([{ certificate: authority.root }]);
  const at = new Date();
  await timed('read and verify 1000 of them', () => {
    for (let index = 0; index < 1000; index += 1) {
      const own = Math.floor((index * count) / 1000);
      const report = verifyEvidence(
        readEvidenceRecord(derEvidenceRecord(last[own]!)),
        (digest) => (digest === 'sha256' ? digests[own]! : second[own]!),
        { at, judge },
      );
      if (report.indication !== 'TOTAL-PASSED') throw new Error(JSON.stringify(report.problems));
    }
  });
  const batches: EvidenceRecord[] = [];
  for (let year = 0; year < 20; year += 1) {
    const own = await makeEvidence(digests.slice(0, 5_000), 'sha256', source);
    for (let index = 0; index < 5_000; index += 1) batches.push(own(index));
  }
  await timed('renew 20 batches of 5,000', () => renewTimestamps(batches, source));
  return 0;
}
