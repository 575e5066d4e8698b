import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import {
  connectDatabase,
  createEvents,
  createLog,
  createMetrics,
  fileBlobs,
  readConfig,
  systemClock,
  systemIds,
  unitOfWork,
  type Actor,
  type Context,
  type OrgId,
  type Unit,
  type UnitId,
} from '#kernel';
import { happenOutgoing } from './happen.ts';
import { numberOutgoing } from './sign.ts';
import { startWorld, type World } from './world.test.ts';

/** Documents that wait for their number, without the ceremony before it. */
async function waiting(
  unit: Unit,
  count: number,
  drafterUnit: { id: UnitId; signer: string },
): Promise<string[]> {
  const signer = { id: drafterUnit.signer, name: 'Huỳnh Văn Giám' };
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = unit.ctx.ids.uuid();
    let doc = await happenOutgoing(unit, null, id, {
      type: 'draft-created',
      drafter: signer,
      unit: { id: drafterUnit.id, name: 'Phòng Ngân sách', abbreviation: 'BCTC' },
      content: {
        typeCode: 'CV',
        typeName: 'Công văn',
        abstract: `Văn bản ${index}`,
        recipients: [],
        recipientLines: [],
        recipientSummary: '',
        urgency: 0,
        dueDate: null,
        body: '',
        fileId: null,
        attachments: [],
        replyTo: null,
        signer,
        capacity: '',
        signerPost: '',
        alsoPaper: false,
      },
    });
    const fileId = unit.ctx.ids.uuid();
    doc = await happenOutgoing(unit, doc, id, { type: 'submitted', reviewer: signer, note: '', fileId });
    doc = await happenOutgoing(unit, doc, id, { type: 'approved', opinion: '' });
    await happenOutgoing(unit, doc, id, { type: 'signed', fileId, signedAt: unit.now.toISOString() });
    ids.push(id);
  }
  return ids;
}

const child = process.env['NUMBERING_CHILD'];
if (child !== undefined) await numberUntilKilled(JSON.parse(child) as ChildTask);

interface ChildTask {
  readonly url: string;
  readonly org: OrgId;
  readonly ids: readonly string[];
}

/** What the child process does: eight clerks number one document after another, until it is killed. */
async function numberUntilKilled(task: ChildTask): Promise<never> {
  const read = readConfig({
    PHIGIAY_DATA: await mkdtemp(join(tmpdir(), 'phigiay-child-')),
    PHIGIAY_LOG: 'fatal',
  });
  assert.ok(read.ok);
  const ctx: Context = {
    config: read.config,
    db: connectDatabase(task.url, { poolSize: 8 }),
    blobs: await fileBlobs(join(read.config.dataDir, 'blobs')),
    clock: systemClock,
    ids: systemIds(),
    events: createEvents(),
    log: createLog('fatal'),
    metrics: createMetrics(),
  };
  const actor: Actor = { kind: 'person', id: 'clerk', name: 'Văn thư', orgId: task.org, roles: ['clerk'] };
  const left = [...task.ids];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        const next = id;
        await unitOfWork(ctx, { org: task.org, actor }, (unit) => numberOutgoing(unit, next, 'VBDI'));
        process.stdout.write('.');
      }
    }),
  );
  process.exit(0);
}

interface Allocated {
  readonly value: number;
  readonly state: string;
  readonly document_id: string;
  readonly number: number | null;
}

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

const allocations = (): Promise<readonly Allocated[]> =>
  world.as('finance', async (unit) => {
    const found = await sql<Allocated>`select a.value, a.state, a.document_id, d.number
      from documents.allocation a left join documents.outgoing d on d.id = a.document_id
      where a.kind = 'outgoing' order by a.value`.execute(unit.tx);
    return found.rows;
  });
const makeWaiting = (count: number): Promise<string[]> =>
  world.as('finance', (unit) =>
    waiting(unit, count, { id: world.unit['Phòng Ngân sách']!, signer: world.person.director }),
  );

test('S2.7 fifty clerks number twenty documents each at once: 1 to 1,000 without gap or repeat', async () => {
  const ids = await makeWaiting(1_000);
  const numbers: number[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async (_, clerk) => {
      for (const id of ids.slice(clerk * 20, clerk * 20 + 20)) {
        const numbered = await world.do<{ number: number; notation: string }>(
          'lan',
          `/api/documents/outgoing/${id}/number`,
          {},
        );
        numbers.push(numbered.number);
      }
    }),
  );
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 1_000 }, (_, index) => index + 1),
  );
  const rows = await allocations();
  assert.ok(rows.every((row) => row.number === row.value && row.state === 'reserved'));
});

test('S2.7 the process is killed in the middle: every number has its document, and the next one follows', async () => {
  for (let round = 0; round < 3; round += 1) {
    const start = (await allocations()).length;
    const task: ChildTask = {
      url: world.system.ownerUrl,
      org: world.org.finance,
      ids: await makeWaiting(400),
    };
    const started = spawn(
      process.execPath,
      [...process.execArgv.filter((one) => !one.startsWith('--test')), fileURLToPath(import.meta.url)],
      {
        env: { ...process.env, NUMBERING_CHILD: JSON.stringify(task), NODE_TEST_CONTEXT: undefined },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(started, 'exit');
    let seen = 0;
    for await (const piece of started.stdout) {
      seen += (piece as Buffer).length;
      if (seen >= 20 + round * 37) break;
    }
    started.kill('SIGKILL');
    await ended;
    assert.ok(seen < 400, 'killed too late');
    // What the dead connections held is rolled back by the server.
    const next = await makeWaiting(1);
    const numbered = await world.do<{ number: number }>(
      'lan',
      `/api/documents/outgoing/${next[0]}/number`,
      {},
    );
    const rows = await allocations();
    assert.deepEqual(
      rows.map((row) => row.value),
      rows.map((_, index) => index + 1),
    );
    assert.equal(numbered.number, rows.length);
    assert.ok(rows.length > start + 1);
    assert.ok(
      rows.every((row) => row.number === row.value),
      'a number without its document',
    );
  }
});
