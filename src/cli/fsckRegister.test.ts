import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { checkRegisters } from '#documents';
import type { Finding } from '#kernel';
import { issuedDocument, signedDocument, startWorld, type World } from '../modules/documents/world.test.ts';

let world: World;
let owner: Client;
before(async () => {
  world = await startWorld({ now: '2019-03-01T08:00:00+07:00' });
  owner = new Client({ connectionString: world.system.ownerUrl });
  await owner.connect();
});
after(async () => {
  await owner?.end();
  await world?.close();
});

test('S8.2 register 2019 to 4,212: documents, void and reserved numbers are counted, and gap 1,877 is flagged', async () => {
  const outgoing = '/api/documents/outgoing';
  const used = await issuedDocument(world, 'finance', { abstract: 'Năm 2019' });
  await world.do('lan', `${outgoing}/${used.id}/send-now`, {});
  await world.exchange();
  const numbered = async (): Promise<string> => {
    const { id } = await signedDocument(world, 'finance', { abstract: 'Có số' });
    await world.do('lan', `${outgoing}/${id}/number`, {});
    return id;
  };
  for (let count = 0; count < 2; count += 1) {
    const authoriserId = world.person.director;
    await world.do('lan', `${outgoing}/${await numbered()}/void`, { reason: 'Phát hành nhầm', authoriserId });
  }
  await numbered();
  // 4,208 more documents like the first: its rows and its record under other ids and numbers.
  await owner.query(
    `create temp table copies as select value, gen_random_uuid() as id from generate_series(5, 4212) value`,
  );
  await owner.query(
    `insert into documents.outgoing select d.org_id, c.id, d.state, d.sort_at, d.updated_at, d.urgency, d.register, d.year,
       c.value, d.notation, d.notation_key, d.promulgation_date, d.document_id, d.reply_to, d.attention, d.holder_kind,
       d.holder_id, d.tokens, d.doc || jsonb_build_object('id', c.id, 'number', c.value)
     from documents.outgoing d, copies c where d.id = $1`,
    [used.id],
  );
  await owner.query(
    `insert into documents.allocation select a.org_id, a.register, a.year, c.value, a.kind, c.id, a.state, a.at, a.by_id,
       a.by_name, a.voided from documents.allocation a, copies c where a.document_id = $1`,
    [used.id],
  );
  await owner.query(`update documents.counter set last = 4212 where register = 'VBDI' and year = 2019`);
  const check = async (): Promise<Finding[]> => {
    const found: Finding[] = [];
    for await (const one of checkRegisters(world.system.ctx, world.org.finance)) found.push(one);
    return found.filter(({ kind, object }) => kind !== 'note' || object === 'Sổ văn bản đi năm 2019');
  };
  assert.deepEqual(
    (await check()).map(({ detail }) => detail),
    ['4.212 số: 4.209 văn bản, 2 số hủy, 1 số giữ chỗ, không thiếu số nào'],
  );
  await owner.query(`delete from documents.allocation where year = 2019 and value = 1877`);
  await owner.query(`delete from documents.outgoing where year = 2019 and number = 1877`);
  const [gap, summary, ...more] = await check();
  assert.deepEqual(more, []);
  assert.equal(gap!.kind, 'missing');
  assert.equal(gap!.object, 'số 1.877 của Sổ văn bản đi năm 2019');
  assert.match(gap!.lastGood ?? '', /^sau 2019-03-01T08:00:00/);
  assert.equal(summary!.detail, '4.212 số: 4.208 văn bản, 2 số hủy, 1 số giữ chỗ, 1 số không rõ');
});
