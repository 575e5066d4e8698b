import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readCertificatesPem } from '#formats/x509';
import type { RecordedEvent, Unit } from '#kernel';
import { issueOfficerKey } from '#signatures';
import { ensureAuthority } from '../signatures/authorityStore.ts';
import { batchRound } from './batch.ts';
import type { BatchView, OutgoingDetail } from './contract.ts';
import { draftOf, pin, startWorld, type World } from './world.test.ts';

const outgoing = '/api/documents/outgoing';
const batches = '/api/documents/batches';
/** PHIGIAY_BATCH=150 runs the scenario in its own size. */
const size = Number(process.env['PHIGIAY_BATCH'] ?? 15);
const revokedAt = Math.round((size * 73) / 150);
const cutAfter = Math.round((size * 110) / 150);

let world: World;
let certificate: string;
let signed: string[] = [];
let cut = false;

before(async () => {
  world = await startWorld();
  await world.as('finance', async (unit) => {
    for (const [who, name] of [
      ['tu', 'Đặng Anh Tú'],
      ['budget', 'Ngô Văn Ngân'],
    ] as const) {
      const issued = await issueOfficerKey(unit, {
        personId: world.person[who],
        name,
        title: 'Chuyên viên',
        organisation: 'Sở Tài chính tỉnh Tây Ninh',
        pin,
      });
      certificate = issued.certificatePem;
    }
  });
  // A fault through the house's own bus: in the transaction of a signature, as a lost database connection is.
  world.system.ctx.events.on('documents.signed', async (unit: Unit, event: RecordedEvent) => {
    if (cut && signed.length === cutAfter - 1) throw new Error('read ECONNRESET');
    unit.afterCommit(() => void signed.push(event.stream));
  });
});
after(() => world.close());

async function waiting(count: number, odd = -1): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const drafter = index === odd ? 'budget' : 'tu';
    const { id } = await world.do<OutgoingDetail>(
      drafter,
      outgoing,
      draftOf(world, 'finance', { abstract: `Văn bản số ${index + 1}` }),
    );
    const isInitialled = index === odd || index === 0;
    await world.do(drafter, `${outgoing}/${id}/submit`, isInitialled ? { pin } : {});
    await world.do('budget', `${outgoing}/${id}/approve`, {});
    ids.push(id);
  }
  return ids;
}

async function rounds(): Promise<void> {
  for (let more = true; more;) more = await batchRound(world.system.ctx);
}

test('S3.3 a batch gives each document its result, stops where it is cut, and goes on without signing twice', async () => {
  const ids = await waiting(size, revokedAt - 1);
  // Recorded now, with effect from before those initials were put: they do not hold.
  const { ctx } = world.system;
  const held = await ensureAuthority(ctx);
  const [drafter] = readCertificatesPem(certificate);
  held.authority.revoke(drafter!, 'keyCompromise', new Date(ctx.clock.now().getTime() - 3_600_000));
  await held.keep();
  ctx.clock.advance(11 * 60_000);

  const created = await world.do<BatchView>('director', batches, { documentIds: ids });
  assert.equal(created.state, 'waiting');
  assert.equal(created.counts.queued, size);
  const url = `${batches}/${created.id}`;
  assert.equal((await world.get('chief', url)).status, 404);
  assert.equal((await world.get('deputy', url)).status, 404);
  assert.equal((await world.post('director', `${url}/run`, { pin: '000000' })).code, 'signatures.wrong-pin');
  cut = true;
  await world.do('director', `${url}/run`, { pin });
  assert.equal((await world.post('director', `${url}/run`, { pin })).code, 'documents.batch-running');
  await rounds();
  cut = false;

  const stopped = await world.read<BatchView>('director', url);
  assert.equal(stopped.state, 'paused');
  assert.equal(stopped.cause?.code, 'connection-cut');
  const stateAt = (view: BatchView, at: number): string => view.items[at - 1]!.state;
  for (let at = 1; at <= size; at += 1) {
    const expected = at === revokedAt ? 'failed' : at <= cutAfter ? 'signed' : 'queued';
    assert.equal(stateAt(stopped, at), expected, `document ${at}`);
  }
  const failed = stopped.items[revokedAt - 1]!;
  assert.equal(failed.cause?.code, 'documents.earlier-signature');
  assert.match(failed.cause.vi, /thu hồi/);
  assert.match(failed.cause.en, /revoked/);

  const before = signed.length;
  await world.do('director', `${url}/run`, { pin });
  await rounds();
  const done = await world.read<BatchView>('director', url);
  assert.equal(done.state, 'done');
  assert.equal(signed.length - before, size - cutAfter, 'exactly those that waited');
  assert.equal(new Set(signed).size, signed.length, 'none twice');
  assert.equal(done.counts.signed, size - 1);
  const last = await world.read<OutgoingDetail>('director', `${outgoing}/${ids.at(-1)}`);
  assert.equal(last.mainFile?.signatures?.signatures.length, 1);
  assert.equal(last.mainFile.signatures.verdict, 'valid');
});

test('a batch takes only what waits for this signer; skipping, pausing and an empty chair stop it', async () => {
  const ids = await waiting(3);
  const other = await world.do<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'));
  const refused = await world.post('director', batches, { documentIds: [...ids, other.id] });
  assert.equal(refused.code, 'documents.batch-not-signable');
  assert.equal((await world.post('minh', batches, { documentIds: ids })).status, 404);
  const { id } = await world.do<BatchView>('director', batches, { documentIds: ids });
  const url = `${batches}/${id}`;
  const skipped = await world.do<BatchView>('director', `${url}/skip`, { documentId: ids[0] });
  assert.equal(skipped.items[0]?.state, 'skipped');
  await world.do('director', `${url}/run`, { pin });
  assert.equal(await batchRound(world.system.ctx), true);
  const paused = await world.do<BatchView>('director', `${url}/pause`, {});
  assert.equal(paused.cause?.code, 'paused');
  await rounds();
  assert.deepEqual(
    (await world.read<BatchView>('director', url)).items.map((item) => item.state),
    ['skipped', 'signed', 'queued'],
  );
  const late = await world.post('director', `${url}/skip`, { documentId: ids[1] });
  assert.equal(late.code, 'documents.batch-item-done');
  await world.do('director', `${url}/run`, { pin });
  world.system.ctx.clock.advance(60_000);
  await rounds();
  const empty = await world.read<BatchView>('director', url);
  assert.equal(empty.cause?.code, 'unattended', 'nobody signs while the signer is away');
  assert.equal(empty.counts.signed, 1);
  const mine = await world.read<{ items: { id: string }[] }>('director', batches);
  assert.deepEqual(
    mine.items.map((one) => one.id),
    [id],
  );
});
