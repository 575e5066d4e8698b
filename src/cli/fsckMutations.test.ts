import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { integrateLog } from '#axis';
import type { Finding, FindingKind } from '#kernel';
import { delivered, startWorld, type World } from '../modules/documents/world.test.ts';
import { checkEverything } from './fsck.ts';

/** Each kind of tampering on one world that is whole before and after it (R4). */

let world: World;
let owner: Client;
let data: string;
before(async () => {
  world = await startWorld({ now: '2026-11-24T08:00:00+07:00' });
  data = world.system.ctx.config.dataDir;
  owner = new Client({ connectionString: world.system.ownerUrl });
  await owner.connect();
  // An administrator of the database is not held by foreign keys.
  await owner.query('set session_replication_role = replica');
  const { arrived } = await delivered(world, 'finance');
  await world.do('hoa', `/api/documents/incoming/${arrived.id}/register`, { forward: false });
  await world.upload('minh', 'du-thao.txt', Buffer.from('dự thảo'));
  await world.exchange();
  await integrateLog(world.system.ctx);
  assert.deepEqual(await wrong(), []);
});
after(async () => {
  await owner?.end();
  await world?.close();
});

async function wrong(): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const one of checkEverything(world.system.ctx, 'all')) if (one.kind !== 'note') found.push(one);
  return found;
}

/** Runs a statement on the rows of a table that a condition names, and returns the way back. */
async function change(table: string, where: string, statement: string): Promise<() => Promise<void>> {
  const kept = await owner.query<{ row: object }>(
    `select to_jsonb(t.*) as row from ${table} t where ${where}`,
  );
  assert.ok(kept.rows.length > 0, `${table} where ${where}`);
  const json = JSON.stringify(kept.rows.map(({ row }) => row));
  const before = await owner.query(`select count(*) from ${table}`);
  await owner.query(statement.replaceAll('$where', where));
  return async () => {
    const keys = await owner.query<{ name: string }>(
      `select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
       where i.indrelid = $1::regclass and i.indisprimary`,
      [table],
    );
    const same = keys.rows.map(({ name }) => `t.${name} = k.${name}`).join(' and ');
    await owner.query(
      `delete from ${table} t using jsonb_populate_recordset(null::${table}, $1) k where ${same}`,
      [json],
    );
    await owner.query(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1)`,
      [json],
    );
    assert.deepEqual((await owner.query(`select count(*) from ${table}`)).rows, before.rows);
  };
}

const first = (table: string, key: string, order = key): string =>
  `${key} = (select ${key} from ${table} order by ${order} limit 1)`;
const remove = (table: string, where: string) => () =>
  change(table, where, `delete from ${table} where $where`);
const set = (table: string, where: string, to: string) => () =>
  change(table, where, `update ${table} set ${to} where $where`);

async function file(path: string, edit: (bytes: Buffer) => Buffer | null): Promise<() => Promise<void>> {
  const journal = join(data, 'log', '.journal');
  const [kept, keptJournal] = [await readFile(path), await readFile(journal)];
  const edited = edit(Buffer.from(kept));
  await (edited === null ? rm(path) : writeFile(path, edited));
  // Whoever removes a file of the log also empties the journal, from which it would come back.
  await writeFile(journal, Buffer.alloc(keptJournal.length));
  return async () => {
    await writeFile(path, kept);
    await writeFile(journal, keptJournal);
  };
}
const flip =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    bytes[at]! ^= 1;
    return bytes;
  };

async function partial(level: string): Promise<string> {
  const folder = join(data, 'log', 'tile', level, '000.p');
  const widths = (await readdir(folder)).map(Number).sort((a, b) => b - a);
  return join(folder, String(widths[0]));
}
async function blobOf(where: string): Promise<string> {
  const found = await owner.query<{ hash: string }>(where);
  const { hash } = found.rows[0]!;
  return join(data, 'blobs', hash.slice(0, 2), hash);
}

const edoc = "envelope = (select envelope from axis.envelope where kind = 'edoc' limit 1)";
const arrivedId = '(select id::text from documents.incoming limit 1)';

type Tampering = readonly [string, () => Promise<() => Promise<void>>, FindingKind, RegExp];
const list: readonly Tampering[] = [
  ['axis: package row removed', remove('axis.envelope', edoc), 'missing', /gói tin của dòng 0|lần gửi thứ 1/],
  [
    'axis: other hash in the row',
    set('axis.envelope', edoc, `content_hash = repeat('0', 64)`),
    'swapped',
    /gói tin văn bản/,
  ],
  [
    'axis: receipt of another',
    set('axis.envelope', edoc, `receipt = (select receipt from axis.envelope where log_index = 2)`),
    'swapped',
    /gói tin văn bản/,
  ],
  [
    'axis: receipt edited',
    set('axis.envelope', edoc, `receipt = left(receipt, -4) || 'AAAA'`),
    'changed',
    /biên nhận của gói tin/,
  ],
  ['axis: delivery removed', remove('axis.delivery', first('axis.delivery', 'id')), 'missing', /bản gửi tới/],
  [
    'axis: delivery set back',
    set('axis.delivery', first('axis.delivery', 'id'), `state = 'refused'`),
    'changed',
    /bản gửi tới/,
  ],
  [
    'axis: acknowledgement removed',
    remove('axis.acknowledgement', first('axis.acknowledgement', 'log_index')),
    'missing',
    /xác nhận của dòng/,
  ],
  [
    'axis: acknowledgement edited',
    set(
      'axis.acknowledgement',
      first('axis.acknowledgement', 'log_index'),
      `payload = replace(payload, 'stored', 'refused')`,
    ),
    'changed',
    /xác nhận của/,
  ],
  ['axis: log row removed', remove('axis.log_entry', 'index = 1'), 'missing', /dòng 1 của sổ nhật ký/],
  [
    'axis: last log row removed',
    remove('axis.log_entry', 'index = (select max(index) from axis.log_entry)'),
    'missing',
    /của sổ nhật ký/,
  ],
  [
    'axis: log rows reordered',
    set(
      'axis.log_entry',
      'index in (0, 1)',
      'entry = (select o.entry from axis.log_entry o where o.index = 1 - axis.log_entry.index)',
    ),
    'changed',
    /dòng 0 của sổ nhật ký/,
  ],
  [
    'axis: head rolled back',
    set('axis.head', 'one', 'next_index = next_index - 1'),
    'missing',
    /các dòng \d+ đến \d+/,
  ],
  [
    'axis: counter rolled forward',
    set('axis.counter', first('axis.counter', 'org_id'), 'next = next + 1'),
    'missing',
    /lần gửi thứ/,
  ],
  [
    'axis: byte of a pack',
    async () => await file(join(data, 'axis', 'packs', '00000001.pack'), flip(300)),
    'changed',
    /gói tin văn bản/,
  ],
  [
    'axis: pack gone',
    async () => await file(join(data, 'axis', 'packs', '00000001.pack'), () => null),
    'changed',
    /gói tin văn bản/,
  ],
  [
    'log: byte of a bundle',
    async () => await file(await partial('entries'), flip(20)),
    'changed',
    /tile\/entries/,
  ],
  ['log: byte of a tile', async () => await file(await partial('0'), flip(20)), 'changed', /tile\/0/],
  ['log: tile removed', async () => await file(await partial('0'), () => null), 'missing', /tile\/0/],
  [
    'log: checkpoint edited',
    async () => await file(join(data, 'log', 'checkpoint'), flip(40)),
    'changed',
    /điểm chốt/,
  ],
  [
    'log: checkpoint removed',
    async () => await file(join(data, 'log', 'checkpoint'), () => null),
    'missing',
    /điểm chốt/,
  ],
  [
    'axis: receipt key gone',
    async () => await file(join(data, 'axis', 'receipt-key.pem'), () => null),
    'missing',
    /khóa ký biên nhận/,
  ],
  [
    'exchange: received row removed',
    remove('exchange.inbox', `message_type = 'edoc'`),
    'missing',
    /gói tin văn bản/,
  ],
  [
    'exchange: received status removed',
    remove(
      'exchange.status',
      `direction = 'received' and id = (select id from exchange.status where direction = 'received' limit 1)`,
    ),
    'missing',
    /trạng thái/,
  ],
  [
    'exchange: sent status removed',
    remove(
      'exchange.status',
      `direction = 'sent' and id = (select id from exchange.status where direction = 'sent' limit 1)`,
    ),
    'missing',
    /trạng thái đã gửi/,
  ],
  ['exchange: sent row removed', remove('exchange.outbox', `kind = 'edoc'`), 'missing', /gói tin đã gửi/],
  [
    'exchange: sent counter edited',
    set('exchange.outbox', `kind = 'edoc'`, 'counter = 7'),
    'changed',
    /gói tin đã gửi/,
  ],
  [
    'exchange: receiver removed',
    remove('exchange.outbox_recipient', 'position = 0'),
    'missing',
    /nơi nhận G22/,
  ],
  [
    'exchange: notation edited',
    set('exchange.inbox', `message_type = 'edoc'`, `document_code = '9/X'`),
    'changed',
    /gói tin văn bản 9\/X/,
  ],
  [
    'exchange: receipt edited',
    set('exchange.inbox', `message_type = 'edoc'`, `receipt = left(receipt, -4) || 'AAAA'`),
    'changed',
    /biên nhận của gói tin/,
  ],
  [
    'documents: file row swapped',
    set(
      'documents.file',
      `ref = 'incoming:' || ${arrivedId}`,
      `sha256 = (select sha256 from documents.file where ref is null)`,
    ),
    'swapped',
    /tệp .*văn bản đến/,
  ],
  [
    'documents: upload swapped',
    set(
      'documents.file',
      'ref is null',
      `sha256 = (select sha256 from documents.file where role = 'signed' limit 1)`,
    ),
    'swapped',
    /tệp "du-thao.txt"/,
  ],
  [
    'documents: sent letter swapped',
    set(
      'documents.file',
      `role = 'sealed'`,
      `sha256 = (select sha256 from documents.file where ref is null)`,
    ),
    'swapped',
    /văn bản đi/,
  ],
  ['documents: row removed', remove('documents.incoming', 'true'), 'missing', /văn bản đến/],
  [
    'documents: content edited',
    set('documents.incoming', 'true', `doc = jsonb_set(doc, '{abstract}', '"khác"')`),
    'changed',
    /văn bản đến/,
  ],
  [
    'documents: column edited',
    set('documents.incoming', 'true', `notation = '9/X'`),
    'changed',
    /văn bản đến/,
  ],
  [
    'documents: register line removed',
    remove('documents.allocation', `kind = 'outgoing'`),
    'missing',
    /số 1 của Sổ văn bản đi/,
  ],
  [
    'documents: counter removed',
    remove('documents.counter', `register = 'VBDEN'`),
    'missing',
    /bộ đếm của Sổ văn bản đến/,
  ],
  ['documents: receiver removed', remove('documents.outgoing_recipient', 'true'), 'changed', /văn bản đi/],
  [
    'record: event removed',
    remove('kernel.event', `type = 'documents.approved'`),
    'missing',
    /sự kiện "documents.approved"/,
  ],
  [
    'audit: entry removed',
    remove('audit.entry', `action = 'documents.signed'`),
    'missing',
    /nhật ký truy cập "documents.signed"/,
  ],
  [
    'blobs: byte of a package',
    async () =>
      await file(
        await blobOf(`select blob as hash from exchange.inbox where message_type = 'edoc'`),
        flip(50),
      ),
    'changed',
    /gói tin/,
  ],
  [
    'blobs: file gone',
    async () =>
      await file(await blobOf('select sha256 as hash from documents.file where ref is null'), () => null),
    'missing',
    /tệp "du-thao.txt"/,
  ],
  [
    'blobs: pinned key gone',
    async () => await file(join(data, 'axis-key.json'), () => null),
    'missing',
    /khóa của trục đã ghim/,
  ],
];

for (const [name, tamper, kind, words] of list) {
  test(`R4 found and named: ${name}`, async () => {
    const undo = await tamper();
    const found = await wrong().finally(undo);
    const named = found.some((one) => one.kind === kind && words.test(one.object));
    assert.ok(named, JSON.stringify(found, null, 1));
  });
}

test('R4 an extra file is found, and the world is whole again', async () => {
  const extra = await world.system.ctx.blobs.put(Buffer.from('không ai biết'));
  const found = await wrong();
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ['extra'],
  );
  await rm(join(data, 'blobs', extra.slice(0, 2), extra));
  assert.deepEqual(await wrong(), []);
});
