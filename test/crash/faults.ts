import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkIntegrity } from '#axis';
import {
  connectDatabase,
  createEvents,
  createLog,
  createMetrics,
  fileBlobs,
  readConfig,
  systemClock,
  systemIds,
  type Context,
} from '#kernel';
import { testDocument } from './agency.ts';
import {
  axisDatabase,
  callAxis,
  packageHeaders,
  startAxis,
  type AxisChild,
  type JoinedAgency,
} from './axisChild.ts';

/** Every call of the system by which the axis puts something on disk. */
export const storeCalls = ['fsync', 'fdatasync', 'rename', 'pwrite64', 'pwritev', 'mkdir', 'openat'] as const;
export type StoreCall = (typeof storeCalls)[number];
export type Fault = 'error=EIO' | 'signal=KILL';
export const faults: readonly Fault[] = ['error=EIO', 'signal=KILL'];

/** An axis with a store of its own, on which fault after fault is tried. */
export interface FaultBench {
  /**
   * Starts the axis, lets the N-th call of a kind fail or kill, sends documents meanwhile; then starts it again without
   * faults and asserts that what was acknowledged is there, once, with the same answer, and that fsck finds nothing.
   * @returns whether there was an N-th call
   */
  tryFault(call: StoreCall, fault: Fault, n: number): Promise<boolean>;
  readonly acknowledged: () => number;
  close(): Promise<void>;
}

interface Sent {
  readonly number: number;
  readonly body: Buffer;
  answer: Buffer | null;
}

const documentsPerTry = 3;

export async function openFaultBench(): Promise<FaultBench> {
  const { database, agencies } = await axisDatabase(['H99', 'H98']);
  const [sender, receiver] = agencies as [JoinedAgency, JoinedAgency];
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-faults-'));
  const dataDir = join(folder, 'data');
  const sent: Sent[] = [];

  async function submit(port: number, agent: Agent, one: Sent): Promise<Buffer | null> {
    const answer = await callAxis(agent, port, sender, {
      method: 'POST',
      path: '/axis/v1/packages',
      headers: packageHeaders('H99', `document-${one.number}`),
      body: one.body,
    }).catch(() => null);
    return answer?.status === 201 ? answer.body : null;
  }

  async function use(axis: AxisChild): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    for (let count = 0; count < documentsPerTry; count += 1) {
      const number = sent.length + 1;
      const attachment = Buffer.alloc(3_000, number);
      const body = testDocument({ from: 'H99', to: ['H98'], number: `${number}/VP`, attachment });
      const one: Sent = { number, body, answer: null };
      sent.push(one);
      one.answer = await submit(axis.port, agent, one);
    }
    agent.destroy();
  }

  /** With a healthy disk: the same answers, each package handed out once, and nothing for fsck to say. */
  async function judge(): Promise<void> {
    const axis = await startAxis({ databaseUrl: database.url, dataDir });
    const agent = new Agent({ keepAlive: true });
    try {
      for (const one of sent.slice(-2 * documentsPerTry)) {
        const again = await submit(axis.port, agent, one);
        assert.ok(again, `document ${one.number} is refused with a healthy disk`);
        if (one.answer) assert.deepEqual(again, one.answer, `document ${one.number}: another receipt`);
        one.answer = again;
      }
      const inbox = await callAxis(agent, axis.port, receiver, {
        method: 'GET',
        path: '/axis/v1/inbox?limit=500',
      });
      const { items } = JSON.parse(inbox.body.toString()) as { items: { id: string; envelope: string }[] };
      assert.equal(new Set(items.map(({ envelope }) => envelope)).size, items.length, 'delivered twice');
      for (const { id } of items) {
        const ack = Buffer.from('{"result":"stored"}');
        const path = `/axis/v1/inbox/${id}`;
        const got = await callAxis(agent, axis.port, receiver, { method: 'GET', path: `${path}/package` });
        assert.equal(got.status, 200, got.body.toString());
        const headers = { 'content-type': 'application/json' };
        await callAxis(agent, axis.port, receiver, {
          method: 'POST',
          path: `${path}/ack`,
          headers,
          body: ack,
        });
      }
    } finally {
      agent.destroy();
      await axis.end('SIGTERM');
    }
    await check();
  }

  async function check(): Promise<void> {
    const read = readConfig({ PHIGIAY_DATA: dataDir, PHIGIAY_URL: 'http://127.0.0.1' });
    if (!read.ok) throw new Error('settings are refused');
    const ctx: Context = {
      config: read.config,
      db: connectDatabase(database.url, { poolSize: 2 }),
      blobs: await fileBlobs(join(dataDir, 'blobs')),
      clock: systemClock,
      ids: systemIds(),
      events: createEvents(),
      log: createLog('fatal'),
      metrics: createMetrics(),
    };
    try {
      const found: string[] = [];
      for await (const { kind, object, detail } of checkIntegrity(ctx))
        if (kind !== 'note') found.push(`${kind} ${object}: ${detail}`);
      assert.deepEqual(found, []);
      const { rows } = await ctx.db.pool.query<{ kept: number }>(
        'select count(*)::int as kept from axis.log_entry',
      );
      assert.ok(rows[0]!.kept >= sent.filter(({ answer }) => answer).length);
    } finally {
      await ctx.db.close();
    }
  }

  /** strace joins the running axis, so that the N-th call is counted from when it serves. */
  async function withFault(
    pid: number,
    call: StoreCall,
    fault: Fault,
    n: number,
  ): Promise<{ stop(): Promise<string> }> {
    const trace = join(folder, 'trace');
    await rm(trace, { force: true });
    const tracer = spawn(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        trace,
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:${fault}:when=${n}`,
        '-p',
        String(pid),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const ended = new Promise<void>((resolve) => tracer.once('close', () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return {
      async stop() {
        tracer.kill('SIGINT');
        await ended;
        return await readFile(trace, 'utf8').catch(() => '');
      },
    };
  }

  return {
    async tryFault(call, fault, n) {
      const axis = await startAxis({
        databaseUrl: database.url,
        dataDir,
        environment: { UV_THREADPOOL_SIZE: '1', PHIGIAY_LOG: 'silent' },
      });
      const tracer = await withFault(axis.process.pid!, call, fault, n);
      await use(axis);
      // The log is published about a second later.
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      const died = axis.process.exitCode !== null || axis.process.signalCode !== null;
      const trace = await tracer.stop();
      await axis.end('SIGTERM');
      const struck = trace.includes('INJECTED') || (fault === 'signal=KILL' && died);
      await judge();
      return struck;
    },
    acknowledged: () => sent.filter(({ answer }) => answer).length,
    async close() {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
