import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditModule, entries } from '#audit';
import { systemActor, unitOfWork, type OrgId, type PersonId, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { lru } from './lru.ts';
import { openWithPin, wrongPinLimit, wrongPinsRecorded } from './pin.ts';
import { keyInUse, replaceKey, type KeyRow } from './store.ts';

let system: TestSystem;
const org = randomUUID() as OrgId;
before(async () => {
  const folder = new URL('./migrations/', import.meta.url);
  system = await testSystem([
    auditModule,
    { name: 'signatures', migrations: { schema: 'signatures', folder } },
  ]);
});
after(() => system.close());

const mine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor: systemActor(org) }, work);

async function newKey(): Promise<PersonId> {
  const person = randomUUID() as PersonId;
  await mine((unit) =>
    replaceKey(unit.tx, {
      id: randomUUID(),
      orgId: org,
      kind: 'officer',
      personId: person,
      label: 'Nguyễn Thị An',
      certificatePem: 'pem',
      keyId: 'id',
      pkcs12: Buffer.from('p12'),
      now: unit.now,
    }),
  );
  return person;
}
const key = async (person: PersonId): Promise<KeyRow> =>
  (await mine((unit) => keyInUse(unit.tx, 'officer', person)))!;
const attempt = (person: PersonId, pin: string): Promise<string> =>
  mine(async (unit) => {
    const row = (await keyInUse(unit.tx, 'officer', person))!;
    return await openWithPin(unit, row, () => (pin === '246810' ? 'open' : null));
  });

test('a wrong PIN is refused with the remaining tries, and stays counted although the command is rolled back', async () => {
  const person = await newKey();
  for (const remaining of [4, 3]) {
    await assert.rejects(attempt(person, '000000'), (error: { code?: string; details?: unknown }) => {
      assert.equal(error.code, 'signatures.wrong-pin');
      assert.deepEqual(error.details, { remaining });
      return true;
    });
  }
  await wrongPinsRecorded();
  assert.equal((await key(person)).wrong_pins, 2);
  assert.equal(await attempt(person, '246810'), 'open');
  assert.equal((await key(person)).wrong_pins, 0);
});

test('the fifth wrong PIN in a row locks the key, also against the right one, and both are audited', async () => {
  const person = await newKey();
  for (let wrong = 1; wrong < wrongPinLimit; wrong += 1) {
    await assert.rejects(attempt(person, 'xxxxxx'), { code: 'signatures.wrong-pin' });
  }
  await assert.rejects(attempt(person, 'xxxxxx'), { code: 'signatures.key-locked' });
  await assert.rejects(attempt(person, '246810'), { code: 'signatures.key-locked' });
  await wrongPinsRecorded();
  const row = await key(person);
  assert.ok(row.locked_at);
  const written = await mine((unit) => entries(unit, { object: `key:${row.id}`, limit: 50 }));
  assert.deepEqual(
    written.map((entry) => entry.action).sort(),
    [...Array.from({ length: 4 }, () => 'signatures.wrong-pin'), 'signatures.key-locked'].sort(),
  );
});

test('a hundred guesses at once are five tries', async () => {
  const person = await newKey();
  let tried = 0;
  const guesses = Array.from({ length: 100 }, () =>
    mine(async (unit) => {
      const row = (await keyInUse(unit.tx, 'officer', person))!;
      return await openWithPin(unit, row, () => {
        tried += 1;
        return null;
      });
    }),
  );
  const outcomes = await Promise.allSettled(guesses);
  assert.ok(outcomes.every((outcome) => outcome.status === 'rejected'));
  assert.equal(tried, wrongPinLimit);
});

test('a new key is a fresh start; the old certificate stays on record', async () => {
  const person = await newKey();
  const old = await key(person);
  await mine((unit) =>
    replaceKey(unit.tx, {
      id: randomUUID(),
      orgId: org,
      kind: 'officer',
      personId: person,
      label: 'Nguyễn Thị An',
      certificatePem: 'pem 2',
      keyId: 'id 2',
      pkcs12: Buffer.from('p12'),
      now: unit.now,
    }),
  );
  const now = await key(person);
  assert.notEqual(now.id, old.id);
  assert.equal(now.wrong_pins, 0);
});

test('the store of reports forgets what was used longest ago', () => {
  const kept = lru<number>(2);
  kept.set('a', 1);
  kept.set('b', 2);
  assert.equal(kept.get('a'), 1);
  kept.set('c', 3);
  assert.equal(kept.get('b'), undefined);
  assert.equal(kept.size, 2);
});
