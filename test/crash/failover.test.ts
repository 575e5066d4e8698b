import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate, sha256Hex } from '#kernel';
import { fsck, openFolderReader, parseCheckpoint, parseVerifierKey } from '#ledger';
import { testDocument } from './agency.ts';
import {
  axisMigrations,
  callAxis,
  joinAgencies,
  packageHeaders,
  startAxis,
  type Answer,
  type AxisChild,
  type JoinedAgency,
} from './axisChild.ts';
import { startPair, type Pair } from './standby.ts';

let pair: Pair;
let dataDir: string;
let sender: JoinedAgency;
let receiver: JoinedAgency;
const axes: AxisChild[] = [];
const agent = new Agent({ keepAlive: false });

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'phigiay-failover-'));
  pair = await startPair();
  await migrate(pair.url, axisMigrations);
  [sender, receiver] = (await joinAgencies(pair.url, ['H99', 'H98'])) as [JoinedAgency, JoinedAgency];
  await pair.pairUp();
});
after(async () => {
  for (const axis of axes) if (axis.process.exitCode === null) axis.process.kill('SIGKILL');
  await pair?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const bodyOf = (number: number): Buffer =>
  testDocument({ from: 'H99', to: ['H98'], number: `${number}/VP`, attachment: Buffer.alloc(3_000, number) });
const submit = async (port: number, number: number): Promise<Answer> =>
  await callAxis(agent, port, sender, {
    method: 'POST',
    path: '/axis/v1/packages',
    headers: packageHeaders('H99', `document-${number}`),
    body: bodyOf(number),
  });
const ask = (port: number, agency: JoinedAgency, path: string): Promise<Answer> =>
  callAxis(agent, port, agency, { method: 'GET', path });

async function inboxOf(port: number): Promise<string[]> {
  const envelopes: string[] = [];
  for (let after = ''; ;) {
    const page = JSON.parse(
      (await ask(port, receiver, `/axis/v1/inbox?limit=500&after=${after}`)).body.toString(),
    );
    if (page.items.length === 0) return envelopes;
    envelopes.push(...page.items.map(({ envelope }: { envelope: string }) => envelope));
    after = page.next;
  }
}

test(
  'S1.2 four processes on one primary with a synchronous standby: processes killed, the primary killed, the standby promoted, and what was acknowledged is stored once with the same receipt',
  { timeout: 180_000 },
  async () => {
    const start = (): Promise<AxisChild> =>
      startAxis({ databaseUrl: pair.url, dataDir, environment: { PHIGIAY_LOG: 'silent' } });
    axes.push(...(await Promise.all(Array.from({ length: 4 }, start))));
    const acknowledged = new Map<number, Answer>();
    const state = { over: false };
    let next = 0;
    // A client of axis-1: no answer means nothing is known, so it sends again, to whichever process answers.
    const send = async (): Promise<void> => {
      while (!state.over) {
        const number = (next += 1);
        for (let tries = 0; !acknowledged.has(number); tries += 1) {
          assert.ok(tries < 600, `document ${number} is never accepted`);
          const { port } = axes[(number + tries) % axes.length]!;
          const answer = await submit(port, number).catch(() => null);
          if (answer?.status === 201) acknowledged.set(number, answer);
          else await pause(50);
        }
      }
    };
    const sending = Promise.all(Array.from({ length: 6 }, send));
    const since = (count: number): Promise<void> => waitFor(() => acknowledged.size >= count);
    try {
      await since(100);
      await axes[0]!.end('SIGKILL');
      await since(acknowledged.size + 60);
      await axes[1]!.end('SIGKILL');
      axes[0] = await start();
      await since(acknowledged.size + 60);
      await pair.failOver();
      await since(acknowledged.size + 100);
      await axes[2]!.end('SIGKILL');
      await since(acknowledged.size + 60);
    } finally {
      state.over = true;
      await sending;
    }

    const { port } = axes[3]!;
    for (const [number, first] of acknowledged) {
      const again = await submit(axes[0]!.port, number);
      assert.ok(again.body.equals(first.body), `document ${number} has another receipt`);
    }
    const numbers = [...acknowledged.keys()];
    assert.deepEqual((await inboxOf(port)).sort(), numbers.map((one) => sha256Hex(bodyOf(one))).sort());
    const counters = [...acknowledged.values()].map(
      ({ body }) => JSON.parse(body.toString()).counter as number,
    );
    assert.deepEqual(
      counters.sort((a, b) => a - b),
      numbers.map((_, at) => at + 1),
      'the sender’s count has no gap',
    );

    // One log, whoever wrote it.
    const indexes = [...acknowledged.values()].map(
      ({ body }) => JSON.parse(body.toString()).logIndex as number,
    );
    const lastIndex = Math.max(...indexes);
    assert.equal(new Set(indexes).size, indexes.length);
    const { logKey } = JSON.parse((await ask(port, sender, '/axis/v1/key')).body.toString());
    const reader = await openFolderReader(join(dataDir, 'log'));
    await waitFor(async () => {
      const text = await reader.readCheckpoint();
      return text !== undefined && parseCheckpoint(text).size > lastIndex;
    });
    for (const axis of [axes[0]!, axes[3]!]) await axis.end('SIGTERM');
    const report = await fsck(reader, [parseVerifierKey(logKey)]);
    assert.deepEqual(
      report.findings.filter(({ problem }) => problem !== 'ahead'),
      [],
    );
    assert.ok(report.size > lastIndex);
  },
);

async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 25) {
    assert.ok(waited < 15_000, 'it does not come to pass within a minute');
    await pause(25);
  }
}
