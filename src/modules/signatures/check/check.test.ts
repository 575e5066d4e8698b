import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { auditModule } from '#audit';
import { directoryModule } from '#directory';
import { identityModule } from '#identity';
import { dict, documentAt, openPdf, updatePdf } from '#formats/pdf';
import { certificateToPem } from '#formats/x509';
import { testSystem, type TestSystem } from '../../../../test/support/system.ts';
import { attacksAfterSigning, signingOffice, unsignedLetter } from '../../../signing/pades/attacks/index.ts';
import type { CheckAnswer } from '../contract.ts';
import { signaturesModule } from '../index.ts';
import { checkPool, defaultPoolLimits } from './pool.ts';

const office = signingOffice();
const letter = unsignedLetter();
const sealed = await office.seals(await office.sign(letter));
const painted = attacksAfterSigning['incremental saving: page content replaced']!(sealed);
let system: TestSystem;
let url = '';

before(async () => {
  system = await testSystem([directoryModule, auditModule, identityModule, signaturesModule], {
    now: new Date().toISOString(),
  });
  const folder = join(system.ctx.config.dataDir, 'trust');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'goc.pem'), certificateToPem(office.authority.root));
  url = `${await system.app.listen({ host: '127.0.0.1', port: 0 })}/api/check`;
});
after(() => system.close());

const post = (bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: Buffer.from(bytes),
    headers: { 'content-type': 'application/octet-stream', ...headers },
  });
const answerTo = async (bytes: Uint8Array): Promise<CheckAnswer> => {
  const response = await post(bytes);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as CheckAnswer;
};

test('without an account: verdict, who, when, revisions with what each changed', async () => {
  const answer = await answerTo(sealed);
  assert.equal(answer.verdict, 'valid');
  assert.equal(answer.file?.vi.verdict, 'HỢP LỆ');
  assert.match(answer.file?.vi.signatures[0]?.who ?? '', /Trần Thử Nghiệm, Thủ tướng/);
  assert.match(answer.file?.en.signatures[0]?.when ?? '', /by the timestamp of/);
  assert.equal(answer.file?.document?.class, 'born-digital-signed');
  const revisions = answer.file?.revisions ?? [];
  assert.equal(revisions.at(-1)?.end, sealed.length);
  assert.deepEqual(
    revisions.map(({ signatures }) => signatures),
    [[], [0], [1]],
  );
  assert.match(revisions[2]?.changes.map(({ vi }) => vi).join('; ') ?? '', /Đã điền số ký hiệu/);
  const asItStood = Buffer.from(sealed).subarray(0, revisions[1]?.end);
  assert.equal(
    (await answerTo(asItStood)).verdict,
    'valid',
    'the bytes up to a revision are the file of then',
  );
});

test('S3.2 painted over after signing: not valid, and which saving did it', async () => {
  const answer = await answerTo(painted);
  assert.equal(answer.verdict, 'invalid');
  assert.deepEqual(
    answer.file?.revisions.at(-1)?.changes.map(({ vi, permitted }) => [vi, permitted]),
    [['Trang 2 bị vẽ đè sau khi ký', false]],
  );
});

test('no signature, no PDF, no file, too large a file: one line and the next step', async () => {
  assert.equal((await answerTo(letter)).verdict, 'unsigned');
  const problem = async (response: Response): Promise<[number, string, boolean]> => {
    const body = (await response.json()) as { code: string; next: string };
    return [response.status, body.code, body.next.length > 5];
  };
  assert.deepEqual(await problem(await post(Buffer.from('GIF89a'))), [
    422,
    'signatures.check-unknown-format',
    true,
  ]);
  assert.deepEqual(await problem(await post(Buffer.from('%PDF-1.7 rác'))), [
    422,
    'signatures.check-damaged',
    true,
  ]);
  assert.deepEqual(await problem(await post(new Uint8Array())), [400, 'signatures.check-empty', true]);
  const response = await system.app.inject({
    method: 'POST',
    url: '/api/check',
    headers: { 'content-type': 'application/octet-stream', 'content-length': '52428801' },
    payload: 'x',
  });
  assert.equal(response.statusCode, 413);
  assert.match(response.json<{ title: string }>().title, /50 MB/);
});

test('a signed file of 50 MB is checked', async () => {
  const document = documentAt(openPdf(letter));
  const writer = updatePdf(document);
  // Data that nothing on a page shows, but that the signature covers.
  writer.addObject({ kind: 'stream', dict: dict({}), raw: Buffer.alloc(50 * 1_048_576 - 200_000, 'x') });
  const large = await office.sign(writer.finish().bytes);
  assert.ok(large.length > 50 * 1_048_576 - 200_000 && large.length <= 50 * 1_048_576);
  const answer = await answerTo(large);
  assert.deepEqual([answer.size, answer.verdict], [large.length, 'valid']);
  const flipped = Buffer.from(large);
  flipped[large.length >> 1] = 0x79;
  assert.equal((await answerTo(flipped)).verdict, 'invalid');
});

test('nothing of an uploaded file is kept: not on disk, not in the database', async () => {
  const marker = `dau-vet-${Math.random().toString(36).slice(2)}`;
  const marked = Buffer.concat([Buffer.from(sealed), Buffer.from(`% ${marker}\n`)]);
  const { sha256 } = await answerTo(marked);
  await post(Buffer.from(`%PDF-1.7 ${marker}`));
  const { dataDir } = system.ctx.config;
  const names = await readdir(dataDir, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((one) => one.isFile())) {
    const content = await readFile(join(entry.parentPath, entry.name));
    assert.ok(!content.includes(marker) && !entry.name.includes(sha256), join(entry.parentPath, entry.name));
  }
  const client = new Client({ connectionString: system.ownerUrl });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not like 'pg\\_%' and schemaname <> 'information_schema'`,
  );
  assert.ok(tables.rows.length > 5);
  for (const { name } of tables.rows) {
    const found = await client.query(
      `select 1 from ${name} t where t::text like $1 or t::text like $2 limit 1`,
      [`%${marker}%`, `%${sha256}%`],
    );
    assert.equal(found.rowCount, 0, name);
  }
  await client.end();
});

test('a file that never ends, or eats memory, takes its thread with it and not the service', async () => {
  const folder = system.ctx.config.dataDir;
  const script = async (name: string, text: string): Promise<URL> => {
    await writeFile(join(folder, name), text);
    return pathToFileURL(join(folder, name));
  };
  const head = `import { parentPort } from 'node:worker_threads';`;
  const task = { bytes: new Uint8Array(1), anchors: [], crls: [], now: 0 };
  const endless = checkPool(
    { ...defaultPoolLimits, workers: 1, waiting: 1, milliseconds: 600 },
    await script('endless.mjs', `${head} parentPort.on('message', () => { for (;;); });`),
  );
  const outcomes = await Promise.all([1, 2, 3].map(() => endless.run({ ...task, bytes: new Uint8Array(1) })));
  assert.deepEqual(
    outcomes,
    ['too-slow', 'too-slow', 'busy'],
    'one runs, one waits, one is told to come again',
  );
  await endless.close();
  const greedy = checkPool(
    { ...defaultPoolLimits, heapMegabytes: 32 },
    await script(
      'greedy.mjs',
      `${head} parentPort.on('message', () => { const all = []; for (;;) all.push({ all: [...'x'.repeat(999)] }); });`,
    ),
  );
  assert.equal(await greedy.run({ ...task, bytes: new Uint8Array(1) }), 'died');
  await greedy.close();
  assert.equal((await answerTo(sealed)).verdict, 'valid');
});

test('one address cannot check without end', async () => {
  let refused = 0;
  for (let round = 0; round < 70; round += 1) {
    const response = await system.app.inject({
      method: 'POST',
      url: '/api/check',
      remoteAddress: '192.0.2.7',
      headers: { 'content-type': 'application/octet-stream' },
      payload: 'GIF89a',
    });
    if (response.statusCode === 429) refused += 1;
  }
  assert.ok(refused >= 10, `${refused} refused`);
});
