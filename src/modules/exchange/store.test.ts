import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { auditModule } from '#audit';
import { addOrganisations, directoryModule, findByCode, type Organisation } from '#directory';
import { systemActor, unitOfWork, type OrgId, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import type { InboxItem } from './axisClient.ts';
import { deliveries, type Timeline } from './deliveries.ts';
import { sendNow, undoSend } from './enqueue.ts';
import { yearOf } from './resolve.ts';
import type { StatusCode } from './states.ts';
import { applyArrivedStatus } from './statusIn.ts';
import { insertInbox } from './inboxStore.ts';
import { releaseLine, takeLine } from './lineStore.ts';
import {
  claimDue,
  counterState,
  insertOutbox,
  insertRecipients,
  recordAcceptance,
  unclaim,
} from './outboxStore.ts';

const folder = new URL('./migrations/', import.meta.url);
let system: TestSystem;
let sender: Organisation;
let receiver: Organisation;
before(async () => {
  system = await testSystem(
    [directoryModule, auditModule, { name: 'exchange', migrations: { schema: 'exchange', folder } }],
    { now: '2021-11-01T08:00:00+07:00' },
  );
  const { db, clock } = system.ctx;
  await db.transaction(null, async (tx) => {
    await addOrganisations(
      tx,
      [
        { code102: '000.00.11.H53', code: 'H53.11', name: 'Sở Tài chính', parentCode102: null },
        { code102: '000.00.00.G22', code: 'G22', name: 'Văn phòng Chính phủ', parentCode102: null },
      ],
      '2020-01-01',
      clock.now(),
    );
    sender = (await findByCode(tx, 'H53.11', clock.now()))!;
    receiver = (await findByCode(tx, 'G22', clock.now()))!;
  });
});
after(() => system.close());

const as = <T>(org: OrgId, work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor: systemActor(org) }, work);
const mine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => as(sender.id, work);

async function put(about: {
  readonly ref: string;
  readonly documentId: string;
  readonly code?: string;
  readonly year?: number;
  readonly urgency?: number;
  readonly inSeconds?: number;
}): Promise<string> {
  const id = randomUUID();
  await mine(async (unit) => {
    await insertOutbox(unit.tx, {
      id,
      orgId: unit.org,
      kind: 'edoc',
      ref: about.ref,
      documentId: about.documentId,
      documentCode: about.code ?? '2491/STC-BCTC',
      documentYear: about.year ?? 2021,
      fromCode: sender.code,
      envelope: id.replaceAll('-', '').repeat(2),
      size: 10,
      urgency: about.urgency ?? 0,
      notBefore: new Date(unit.now.getTime() + (about.inSeconds ?? 0) * 1000),
      now: unit.now,
    });
    await insertRecipients(unit.tx, unit.org, id, [
      { recipientId: receiver.id, code: receiver.code, code102: receiver.code102, name: receiver.name },
    ]);
  });
  return id;
}

const accept = (id: string, counter: number): Promise<void> =>
  mine((unit) => recordAcceptance(unit.tx, id, { receipt: 'r', logIndex: counter, counter, at: unit.now }));

async function sent(about: Parameters<typeof put>[0], counter: number): Promise<string> {
  const id = await put(about);
  await accept(id, counter);
  return id;
}

const shown = async (ref: string): Promise<Timeline['recipients'][number]> =>
  (await mine((unit) => deliveries(unit, ref)))!.recipients[0]!;

function arrives(
  statusCode: StatusCode,
  about: {
    readonly documentId: string;
    readonly code?: string;
    readonly date?: string | null;
    readonly to?: string;
  },
): Promise<void> {
  const item: InboxItem = {
    id: randomUUID(),
    envelope: randomUUID().replaceAll('-', '').repeat(2),
    messageType: 'status',
    from: receiver.code102,
    urgency: 0,
    size: 10,
    acceptedAt: '2021-11-01T01:00:00.000Z',
    logIndex: 1,
    receipt: 'r',
  };
  return mine((unit) =>
    applyArrivedStatus(unit, item, receiver.id, {
      responseFor: {
        organId: about.to ?? '000.00.11.H53',
        code: about.code ?? '2491/STC-BCTC',
        documentId: about.documentId,
        promulgationDate: about.date ?? null,
      },
      statusCode,
      description: '',
      staff: { department: 'Văn thư', name: 'Lê Văn An' },
      at: null,
    }),
  );
}

test('S1.3 the same number in two years: a status goes to the year that it names, and without one to none', async () => {
  const id2020 = '000.00.11.H53,2020/10/30,2491/STC-BCTC';
  const id2021 = '000.00.11.H53,2021/10/30,2491/STC-BCTC';
  await sent({ ref: 'outgoing:2020', documentId: id2020, year: 2020 }, 1);
  await sent({ ref: 'outgoing:2021', documentId: id2021, year: 2021 }, 2);
  await arrives('06', { documentId: id2020 });
  assert.equal((await shown('outgoing:2020')).delivery, 'done');
  assert.equal((await shown('outgoing:2021')).delivery, 'sent');
  // By number, date and sender in its other code form.
  await arrives('01', { documentId: '', date: '2021-10-30', to: 'h53.11' });
  assert.equal((await shown('outgoing:2021')).delivery, 'delivered');
  // By the year inside a document id that is not ours to the letter.
  await arrives('03', { documentId: 'H53.11,2021-10-30,2491/STC-BCTC' });
  assert.equal((await shown('outgoing:2021')).delivery, 'taken-in');
  await arrives('06', { documentId: 'unknown' });
  assert.equal((await shown('outgoing:2021')).delivery, 'taken-in');
});

test('S1.3 Vietnamese letters in another Unicode form are the same document id; anything else is not', async () => {
  await sent(
    { ref: 'outgoing:nfc', documentId: '000.00.11.H53,2021/01/02,7/STC-HĐNĐ', code: '7/STC-HĐNĐ' },
    3,
  );
  await arrives('01', { documentId: '000.00.11.H53,2021/01/02,7/STC-HĐNĐ'.normalize('NFD'), code: 'x' });
  assert.equal((await shown('outgoing:nfc')).delivery, 'delivered');
  await arrives('03', { documentId: '000.00.11.H53,2021/01/02,7/stc-hđnđ', code: 'x' });
  assert.equal((await shown('outgoing:nfc')).delivery, 'delivered');
});

test('a status that names another organisation as its receiver touches no document of ours', async () => {
  await sent({ ref: 'outgoing:other', documentId: 'other-1' }, 4);
  await arrives('06', { documentId: 'other-1', to: 'G22' });
  assert.equal((await shown('outgoing:other')).delivery, 'sent');
});

test('a late lower status is shown as evidence and leaves the state', async () => {
  await sent({ ref: 'outgoing:late', documentId: 'late-1' }, 5);
  for (const code of ['05', '03', '05', '04'] as const) await arrives(code, { documentId: 'late-1' });
  const recipient = await shown('outgoing:late');
  assert.equal(recipient.delivery, 'in-work');
  assert.equal(recipient.status, '05');
  assert.deepEqual(
    recipient.statuses.map((line) => line.late),
    [false, true, true, true],
  );
});

test('S2.11 what waits can be undone, and twice is once; what has begun to leave cannot', async () => {
  const waiting = await put({ ref: 'outgoing:undo', documentId: 'undo-1', inSeconds: 60 });
  await mine((unit) => undoSend(unit, waiting));
  await mine((unit) => undoSend(unit, waiting));
  await assert.rejects(
    mine((unit) => sendNow(unit, waiting)),
    { code: 'exchange.undone' },
  );
  const leaving = await put({ ref: 'outgoing:leaving', documentId: 'undo-2', inSeconds: 60 });
  assert.equal((await mine((unit) => claimDue(unit.tx, unit.now, unit.now, 10))).length, 0);
  assert.equal(await mine((unit) => sendNow(unit, leaving)), 'waiting');
  const claimed = await mine((unit) => claimDue(unit.tx, unit.now, new Date(unit.now.getTime() + 1000), 10));
  assert.deepEqual(
    claimed.map((row) => row.id),
    [leaving],
  );
  await assert.rejects(
    mine((unit) => undoSend(unit, leaving)),
    { code: 'exchange.already-left' },
  );
  // Claimed together with others and not tried: it never left.
  await mine((unit) => unclaim(unit.tx, [leaving], unit.now));
  await mine((unit) => undoSend(unit, leaving));
});

test('two rounds at once never take the same package, the more urgent one leaves first', async () => {
  const calm = await put({ ref: 'outgoing:calm', documentId: 'calm' });
  const urgent = await put({ ref: 'outgoing:urgent', documentId: 'urgent', urgency: 3 });
  const until = new Date(system.ctx.clock.now().getTime() + 60_000);
  const rounds = await Promise.all(
    Array.from({ length: 4 }, () => mine((unit) => claimDue(unit.tx, unit.now, until, 10))),
  );
  assert.deepEqual(
    rounds.flat().map((row) => row.id),
    [urgent, calm],
  );
  await accept(urgent, 6);
  await accept(calm, 7);
});

test('one process at a time holds the line of an organisation', async () => {
  const until = new Date(system.ctx.clock.now().getTime() + 60_000);
  const take = (name: string): Promise<boolean> =>
    mine((unit) => takeLine(unit.tx, unit.org, name, unit.now, until));
  assert.equal(await take('one'), true);
  assert.equal(await take('two'), false);
  assert.equal(await take('one'), true);
  await mine((unit) => releaseLine(unit.tx, unit.org, 'one'));
  assert.equal(await take('two'), true);
  await mine((unit) => releaseLine(unit.tx, unit.org, 'two'));
});

test('R4 counters: what is known, what may still come, and what was given twice', async () => {
  const next = await put({ ref: 'outgoing:next', documentId: 'next' });
  const state = (counter: number): Promise<Awaited<ReturnType<typeof counterState>>> =>
    mine((unit) => counterState(unit.tx, counter, next, []));
  assert.deepEqual(await state(8), { reused: false, highest: 7, known: 7, uncertain: 0 });
  assert.equal((await state(7)).reused, true);
  const doubtful = await put({ ref: 'outgoing:doubt', documentId: 'doubt', urgency: 4 });
  await mine((unit) => claimDue(unit.tx, unit.now, unit.now, 1));
  assert.equal((await state(9)).uncertain, 1);
  assert.equal((await mine((unit) => counterState(unit.tx, 9, next, [doubtful]))).uncertain, 0);
});

test('S1.2 an envelope enters the inbox once; intact bytes replace a damaged arrival', async () => {
  const envelope = 'e'.repeat(64);
  const enter = (state: 'stored' | 'damaged'): Promise<string | null> =>
    mine((unit) =>
      insertInbox(unit.tx, {
        id: randomUUID(),
        orgId: unit.org,
        envelope,
        messageType: 'edoc',
        fromCode: 'G22',
        fromOrgId: receiver.id,
        fromName: receiver.name,
        documentId: 'd',
        documentCode: 'c',
        documentYear: 2021,
        urgency: 0,
        size: 1,
        blob: state === 'stored' ? envelope : null,
        state,
        reason: state === 'stored' ? null : { code: 'hash-mismatch', message: 'x' },
        acceptedAt: unit.now,
        logIndex: 1,
        receipt: 'r',
        forwarded: null,
        now: unit.now,
      }),
    );
  const first = await enter('damaged');
  assert.ok(first);
  assert.equal(await enter('damaged'), null);
  assert.equal(await enter('stored'), first);
  const again = await Promise.all(Array.from({ length: 5 }, () => enter('stored')));
  assert.deepEqual(again, [null, null, null, null, null]);
});

test('S3 no organisation sees the packages, statuses or alarms of another', async () => {
  for (const table of ['outbox', 'outbox_recipient', 'inbox', 'status', 'line', 'alarm']) {
    const seen = await as(receiver.id, (unit) =>
      sql<{ count: number }>`select count(*) from ${sql.raw(`exchange.${table}`)}`.execute(unit.tx),
    );
    assert.equal(seen.rows[0]!.count, 0, table);
  }
});

test('the year of a status is that of its date, else that in the document id, else none', () => {
  assert.equal(yearOf({ documentId: '', promulgationDate: '2020-10-30' }), 2020);
  assert.equal(
    yearOf({ documentId: '000.00.00.G22,2015/09/30,7816/VPCP-TTĐT', promulgationDate: null }),
    2015,
  );
  assert.equal(yearOf({ documentId: 'b3c1', promulgationDate: null }), null);
  assert.equal(yearOf({ documentId: '', promulgationDate: '0036-04-11' }), null);
});
