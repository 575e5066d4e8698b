import assert from 'node:assert/strict';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { integrateLog } from '#axis';
import { sha256Hex, type Finding } from '#kernel';
import { delivered, startWorld, type World } from '../modules/documents/world.test.ts';
import { checkEverything, fsckCommand } from './fsck.ts';

let world: World;
let owner: Client;
before(async () => {
  world = await startWorld({ now: '2026-11-24T08:00:00+07:00' });
  owner = new Client({ connectionString: world.system.ownerUrl });
  await owner.connect();
});
after(async () => {
  await owner?.end();
  await world?.close();
});

const incoming = '/api/documents/incoming';
const blobFile = (hash: string): string =>
  join(world.system.ctx.config.dataDir, 'blobs', hash.slice(0, 2), hash);

async function findings(): Promise<Finding[]> {
  await integrateLog(world.system.ctx);
  const found: Finding[] = [];
  for await (const one of checkEverything(world.system.ctx, 'all')) if (one.kind !== 'note') found.push(one);
  return found;
}

const told = (found: readonly Finding[]): string => JSON.stringify(found, null, 1);
const rows = async <T extends object>(text: string, ...values: unknown[]): Promise<T[]> =>
  (await owner.query<T>(text, values)).rows;

async function blobHash(ref: string): Promise<{ id: string; sha256: string; name: string }[]> {
  return await rows('select id, sha256, name from documents.file where ref = $1 order by id', ref);
}

test('an office and an axis that nobody touched are clean', async () => {
  const { arrived } = await delivered(world, 'finance');
  await world.do('hoa', `${incoming}/${arrived.id}/register`, { forward: false });
  await delivered(world, 'government', { abstract: 'Giấy mời họp' });
  await world.upload('minh', 'du-thao.txt', Buffer.from('dự thảo'));
  await world.exchange();
  assert.deepEqual(await findings(), []);
});

test('S8.1 a file deleted with its row, a file edited, a whole package swapped: the check names all three and when they were last good', async () => {
  const first = await delivered(world, 'finance', { abstract: 'Báo cáo thứ nhất' });
  const second = await delivered(world, 'finance', { abstract: 'Báo cáo thứ hai' });
  const third = await delivered(world, 'finance', { abstract: 'Báo cáo thứ ba' });
  const other = await delivered(world, 'finance', { abstract: 'Báo cáo khác' });
  assert.deepEqual(await findings(), []);

  const [gone] = await blobHash(`incoming:${first.arrived.id}`);
  await owner.query('delete from documents.file where id = $1', [gone!.id]);
  await unlink(blobFile(gone!.sha256));

  const [edited] = await blobHash(`incoming:${second.arrived.id}`);
  const bytes = await readFile(blobFile(edited!.sha256));
  bytes[100]! ^= 1;
  await writeFile(blobFile(edited!.sha256), bytes);

  // The package of a third document, its files and every row that names their hashes: all of another document.
  const packageOf = async (id: string): Promise<{ id: string; blob: string; envelope: string }> =>
    (
      await rows<{ id: string; blob: string; envelope: string }>(
        `select i.id, i.blob, i.envelope from exchange.inbox i join documents.incoming d on d.inbox_id = i.id::text
         where d.id = $1`,
        id,
      )
    )[0]!;
  const victim = await packageOf(third.arrived.id);
  const foreign = await readFile(blobFile((await packageOf(other.arrived.id)).blob));
  const forged = Buffer.from(foreign.toString().replaceAll('Báo cáo khác', 'Báo cáo thứ ba'));
  const forgedHash = sha256Hex(await readFile(blobFile(await world.system.ctx.blobs.put(forged))));
  await owner.query('update exchange.inbox set blob = $1, size = $2 where id = $3', [
    forgedHash,
    forged.length,
    victim.id,
  ]);
  const [foreignFile] = await blobHash(`incoming:${other.arrived.id}`);
  const [victimFile] = await blobHash(`incoming:${third.arrived.id}`);
  await owner.query('update documents.file set sha256 = $1 where id = $2', [
    foreignFile!.sha256,
    victimFile!.id,
  ]);

  const found = await findings();
  const one = (kind: Finding['kind'], words: RegExp): Finding => {
    const named = found.find((finding) => finding.kind === kind && words.test(finding.object));
    assert.ok(named, `${kind} ${words}: ${told(found)}`);
    assert.match(named.lastGood ?? '', /2026-11-2\d(T| )\d\d:\d\d/);
    return named;
  };
  one('missing', new RegExp(`tệp "${gone!.name}".* của văn bản đến.*${first.sent.notation}`));
  one('changed', new RegExp(`tệp "${edited!.name}".*văn bản đến.*${second.sent.notation}`));
  one('swapped', new RegExp(`gói tin văn bản ${third.sent.notation} nhận từ Sở Tài chính`));

  // The command says the same in its own words.
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    const open = (): Promise<{ ctx: typeof world.system.ctx; close(): Promise<void> }> =>
      Promise.resolve({ ctx: world.system.ctx, close: () => Promise.resolve() });
    assert.equal(await fsckCommand(['all'], open), 1);
    assert.equal(await fsckCommand(['axis'], open), 0);
    assert.equal(await fsckCommand(['axis', '--json'], open), 0);
  } finally {
    console.log = log;
  }
  assert.ok(
    lines.some((line) => line.startsWith('TRÁO') && line.includes('Lần cuối còn đúng: trục tiếp nhận')),
  );
  assert.ok(lines.some((line) => line.includes('KẾT LUẬN: CÓ ')));
});
