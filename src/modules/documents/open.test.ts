import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OpenAnswer, OutgoingDetail } from './contract.ts';
import { issuedDocument, startWorld, type Who, type World } from './world.test.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(async () => {
  await world.close();
});

const openFor = async (who: Who): Promise<OpenAnswer> =>
  await world.read<OpenAnswer>(who, '/api/documents/open');
const minutes = (count: number): void => world.system.ctx.clock.advance(count * 60_000);

test('S1.1 S1.6 a document stays on the sender’s and the receiver’s list, ageing, until the receiver has taken it in', async () => {
  world.system.ctx.clock.set('2026-11-24T08:00:00+07:00');
  const sent = await issuedDocument(world, 'finance', { urgency: 3 });
  const waiting = (await openFor('lan')).sending.find(({ documentId }) => documentId === sent.id);
  assert.equal(waiting?.waitsFor, 'axis');
  await world.do<OutgoingDetail>('lan', `/api/documents/outgoing/${sent.id}/send-now`, {});
  await world.exchange();
  const stages: (string | undefined)[] = [];
  for (const wait of [0, 20, 10]) {
    minutes(wait);
    const [ours, theirs] = [await openFor('lan'), await openFor('hoa')];
    const mine = ours.sending.find(({ documentId }) => documentId === sent.id);
    assert.equal(mine?.waitsFor, 'receiver-clerk');
    const there = theirs.receiving.find(({ notation }) => notation === sent.notation);
    assert.ok(there, 'the receiver’s clerk has it on the list');
    stages.push(mine.age.stage);
  }
  assert.deepEqual(stages, ['open', 'duty', 'watch']);
  const arrived = (await openFor('hoa')).receiving.find(({ notation }) => notation === sent.notation)!;
  await world.do('hoa', `/api/documents/incoming/${arrived.documentId}/register`, { forward: false });
  await world.exchange();
  assert.deepEqual((await openFor('lan')).sending, []);
  assert.deepEqual((await openFor('hoa')).receiving, []);
});

test('who minds no mail does not see the list', async () => {
  await assert.rejects(openFor('tu'), /403|forbidden/);
});
