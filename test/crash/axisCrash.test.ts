import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { sha256Hex } from '#kernel';
import { fsck, openFileStore, parseVerifierKey, verifyReceipt } from '#ledger';
import { testDocument } from './agency.ts';
import {
  axisDatabase,
  callAxis,
  packageHeaders,
  startAxis,
  type Answer,
  type JoinedAgency,
} from './axisChild.ts';
import type { TestDatabase } from '../support/database.ts';

const lives = 8;
const senders = 6;
let database: TestDatabase;
let sender: JoinedAgency;
let receiver: JoinedAgency;
let dataDir: string;

before(async () => {
  const made = await axisDatabase(['H99', 'H98']);
  database = made.database;
  [sender, receiver] = made.agencies as [JoinedAgency, JoinedAgency];
  dataDir = await mkdtemp(join(tmpdir(), 'phigiay-crash-'));
});
after(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Attempt {
  readonly number: number;
  readonly body: Buffer;
  answer: Answer | null;
}

const bodyOf = (number: number): Buffer =>
  testDocument({ from: 'H99', to: ['H98'], number: `${number}/VP`, attachment: Buffer.alloc(6_000, number) });

async function submit(port: number, agent: Agent, attempt: Attempt): Promise<Answer> {
  return await callAxis(agent, port, sender, {
    method: 'POST',
    path: '/axis/v1/packages',
    headers: packageHeaders('H99', `document-${attempt.number}`),
    body: attempt.body,
  });
}

/** Documents are sent until the process dies under them. */
async function oneLife(attempts: Attempt[], dieAfterMs: number): Promise<void> {
  const axis = await startAxis({ databaseUrl: database.url, dataDir });
  const agent = new Agent({ keepAlive: true });
  const life = { over: false };
  const send = async (): Promise<void> => {
    while (!life.over) {
      const attempt: Attempt = {
        number: attempts.length + 1,
        body: bodyOf(attempts.length + 1),
        answer: null,
      };
      attempts.push(attempt);
      try {
        const answer = await submit(axis.port, agent, attempt);
        assert.equal(answer.status, 201, answer.body.toString());
        attempt.answer = answer;
      } catch (error) {
        if (!life.over) throw error;
      }
    }
  };
  const sending = Promise.all(Array.from({ length: senders }, send));
  try {
    await Promise.race([pause(dieAfterMs), sending]);
  } finally {
    life.over = true;
    await axis.end('SIGKILL');
    agent.destroy();
  }
  await sending;
}

test(
  'S1.2 kill -9 at random moments: what was acknowledged is stored, once, and its receipt is the same for ever',
  { timeout: 120_000 },
  async () => {
    const attempts: Attempt[] = [];
    for (let life = 0; life < lives; life += 1) await oneLife(attempts, 150 + Math.random() * 700);
    const acknowledged = attempts.filter(({ answer }) => answer !== null);
    assert.ok(acknowledged.length > lives, 'enough was sent for the test to mean something');

    const axis = await startAxis({ databaseUrl: database.url, dataDir });
    const agent = new Agent({ keepAlive: true });
    const ask = (agency: JoinedAgency, path: string): Promise<Answer> =>
      callAxis(agent, axis.port, agency, { method: 'GET', path });
    const key = JSON.parse((await ask(sender, '/axis/v1/key')).body.toString());
    const receiptKey = createPublicKey({ key: key.jwk, format: 'jwk' });

    // Every request again: the first answer where there was one, an answer in any case.
    for (const attempt of attempts) {
      const again = await submit(axis.port, agent, attempt);
      assert.equal(again.status, 201);
      if (attempt.answer) assert.deepEqual(again.body, attempt.answer.body, `document ${attempt.number}`);
      attempt.answer = again;
    }
    const listed: { id: string; envelope: string }[] = [];
    for (let after = ''; ;) {
      const page = JSON.parse(
        (await ask(receiver, `/axis/v1/inbox?limit=500&after=${after}`)).body.toString(),
      );
      if (page.items.length === 0) break;
      listed.push(...page.items);
      after = page.next;
    }
    assert.deepEqual(
      listed.map((item) => item.envelope).sort(),
      attempts.map(({ body }) => sha256Hex(body)).sort(),
      'each once, and nothing else',
    );
    const byEnvelope = new Map(listed.map((item) => [item.envelope, item.id]));
    const counters: number[] = [];
    for (const { body, answer } of attempts) {
      const { receipt, counter } = JSON.parse(answer!.body.toString());
      counters.push(counter);
      assert.equal(verifyReceipt(receipt, receiptKey).claims.envelopeHash, sha256Hex(body));
      const got = await ask(receiver, `/axis/v1/inbox/${byEnvelope.get(sha256Hex(body))}/package`);
      assert.deepEqual(got.body, body);
    }
    assert.deepEqual(
      counters.sort((a, b) => a - b),
      attempts.map((_, at) => at + 1),
      'the counter has no gap',
    );

    await waitForLog(attempts.length);
    agent.destroy();
    await axis.end('SIGTERM');
    const report = await fsck(await openFileStore(join(dataDir, 'log')), [parseVerifierKey(key.logKey)]);
    assert.equal(report.ok, true, JSON.stringify(report.findings));
  },
);

/** Waits until the published checkpoint has as many entries as the database. */
async function waitForLog(least: number): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const entries = (
    await client.query('select count(*)::int as n, max(index)::int + 1 as next from axis.log_entry')
  ).rows[0];
  await client.end();
  assert.equal(entries.n, entries.next, 'the log has no gap');
  assert.ok(entries.n >= least);
  for (let round = 0; round < 100; round += 1) {
    const checkpoint = await readFile(join(dataDir, 'log', 'checkpoint'), 'utf8').catch(() => '');
    if (Number(checkpoint.split('\n')[1]) === entries.n) return;
    await pause(100);
  }
  assert.fail('the log did not catch up');
}
