import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Asn1Error } from '#formats/asn1';
import { readCertificatesPem, type DigestAlgorithm, type ReadableDigest } from '#formats/x509';
import {
  derEvidenceRecord,
  httpTimestamps,
  judgeByAnchors,
  makeEvidence,
  readEvidenceRecord,
  renewHashTrees,
  renewTimestamps,
  SigningError,
  verifyEvidence,
  type EvidenceRecord,
  type EvidenceReport,
  type HttpFetch,
  type TimestampSource,
} from '#signing';

const usage = `Cách dùng (RFC 4998; bằng chứng của TỆP nằm ở TỆP.ers):
  phigiay evidence make --tsa URL [--digest sha256|sha384|sha512] TỆP…    một dấu thời gian cho mọi tệp
  phigiay evidence renew --tsa URL TỆP…                                   gia hạn dấu thời gian
  phigiay evidence rehash --tsa URL --digest sha512 TỆP…                  gia hạn cây băm bằng thuật toán mới
  phigiay evidence verify --trust PEM [--at TIME] TỆP…                    kiểm tra tại một thời điểm
Kết quả: 0 tốt, 1 có tệp không hợp lệ, 2 chưa đủ căn cứ, 3 không làm được.`;

const digests = ['sha256', 'sha384', 'sha512'] as const;

interface Asked {
  readonly verb: string;
  readonly files: readonly string[];
  readonly tsa: readonly string[];
  readonly trust: readonly string[];
  readonly digest?: DigestAlgorithm;
  readonly at: Date;
}

function read([verb = '', ...args]: readonly string[]): Asked | undefined {
  const lists = { tsa: [] as string[], trust: [] as string[], files: [] as string[] };
  let digest: DigestAlgorithm | undefined;
  let at = new Date();
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] as string;
    if (!word.startsWith('--')) lists.files.push(word);
    else {
      const value = args[(index += 1)];
      if (value === undefined) return undefined;
      if (word === '--tsa' || word === '--trust') lists[word.slice(2) as 'tsa' | 'trust'].push(value);
      else if (word === '--digest') digest = digests.find((one) => one === value);
      else if (word === '--at') at = new Date(value);
      else return undefined;
      if ((word === '--digest' && !digest) || Number.isNaN(at.getTime())) return undefined;
    }
  }
  const needs = { make: lists.tsa, renew: lists.tsa, rehash: lists.tsa, verify: lists.trust }[verb];
  if (!needs || needs.length === 0 || lists.files.length === 0 || (verb === 'rehash' && !digest))
    return undefined;
  return { verb, ...lists, at, ...(digest ? { digest } : {}) };
}

const recordFile = (file: string): string => `${file}.ers`;

async function digestOf(file: string, digest: ReadableDigest): Promise<Buffer> {
  const rolling = createHash(digest);
  await pipeline(createReadStream(file), rolling);
  return rolling.digest();
}

/** A record is replaced as a whole or not at all. */
async function keep(file: string, record: EvidenceRecord): Promise<void> {
  const path = recordFile(file);
  await writeFile(`${path}.new`, derEvidenceRecord(record));
  await rename(`${path}.new`, path);
}

const load = async (file: string): Promise<EvidenceRecord> =>
  readEvidenceRecord(await readFile(recordFile(file)));

/** `phigiay evidence`: makes, renews and verifies evidence records of files. */
export async function evidenceCommand(
  args: readonly string[],
  fetch: HttpFetch = globalThis.fetch,
): Promise<number> {
  const asked = read(args);
  if (!asked) {
    console.error(usage);
    return 3;
  }
  const source = httpTimestamps({ urls: asked.tsa, fetch });
  try {
    if (asked.verb === 'verify') return await verifyAll(asked);
    if (asked.verb === 'make') await makeAll(asked, source);
    else if (asked.verb === 'renew') await renewAll(asked, source);
    else await rehashAll(asked, source);
    return 0;
  } catch (error) {
    const line = reasonOf(error);
    if (line === undefined) throw error;
    console.error(line);
    return 3;
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof SigningError) return `Không lấy được dấu thời gian (${error.code}); chưa ghi gì.`;
  if (error instanceof Asn1Error) return `Tệp bằng chứng (.ers) hỏng: ${error.code}.`;
  if (error instanceof RangeError) return `Thuật toán băm của bằng chứng đã cũ; dùng "evidence rehash".`;
  const { code, path } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR'
    ? `Không đọc được ${path ?? 'tệp'} (${code}).`
    : undefined;
}

async function makeAll({ files, digest = 'sha256' }: Asked, source: TimestampSource): Promise<void> {
  const hashes: Buffer[] = [];
  for (const file of files) hashes.push(await digestOf(file, digest));
  const recordOf = await makeEvidence(hashes, digest, source);
  for (const [index, file] of files.entries()) await keep(file, recordOf(index));
  console.log(`${files.length} tệp, 1 dấu thời gian.`);
}

async function renewAll({ files }: Asked, source: TimestampSource): Promise<void> {
  const records: EvidenceRecord[] = [];
  for (const file of files) records.push(await load(file));
  const { timestamps, recordOf } = await renewTimestamps(records, source);
  for (const [index, file] of files.entries()) await keep(file, recordOf(index));
  console.log(`${files.length} tệp, ${timestamps} dấu thời gian.`);
}

async function rehashAll({ files, digest = 'sha512' }: Asked, source: TimestampSource): Promise<void> {
  const objects: { digest: Buffer; record: EvidenceRecord }[] = [];
  for (const file of files) objects.push({ digest: await digestOf(file, digest), record: await load(file) });
  const recordOf = await renewHashTrees(objects, digest, source);
  for (const [index, file] of files.entries()) await keep(file, recordOf(index));
  console.log(`${files.length} tệp, 1 dấu thời gian, cây băm ${digest}.`);
}

async function verifyAll({ files, trust, at }: Asked): Promise<number> {
  const anchors: { certificate: ReturnType<typeof readCertificatesPem>[number] }[] = [];
  for (const path of trust)
    anchors.push(
      ...readCertificatesPem(await readFile(path, 'utf8')).map((certificate) => ({ certificate })),
    );
  let worst = 0;
  for (const file of files) {
    const record = await load(file);
    const hashes = new Map<ReadableDigest, Buffer>();
    for (const { digest } of record.chains.flat())
      if (!hashes.has(digest)) hashes.set(digest, await digestOf(file, digest));
    const report = verifyEvidence(record, (digest) => hashes.get(digest)!, {
      at,
      judge: judgeByAnchors(anchors),
    });
    console.log(`${basename(file)}: ${lineOf(report)}`);
    const code = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 }[report.indication];
    worst = worst === 1 ? 1 : code === 0 ? worst : code;
  }
  return worst;
}

function lineOf(report: EvidenceReport): string {
  if (report.existedBy)
    return `có từ trước ${report.existedBy.toISOString()}, nguyên vẹn (${report.times.length} dấu thời gian)`;
  const why = report.problems
    .map(({ code, detail }) => `${code}${detail === '' ? '' : ` (${detail})`}`)
    .join('; ');
  return `${report.indication === 'TOTAL-FAILED' ? 'KHÔNG HỢP LỆ' : 'CHƯA ĐỦ CĂN CỨ'}: ${why}`;
}
