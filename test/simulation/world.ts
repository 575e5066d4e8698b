import { createPrivateKey, generateKeyPairSync, hash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Client } from 'pg';
import { createEvents, createHttp, createLog, fileBlobs, readConfig, type Context } from '#kernel';
import { noteSigner, type NoteSigner } from '#ledger';
import { openWitness, type Witness } from '../../src/cli/witnessServer.ts';
import { agencySigner } from '#signatures';
import { agencies, axisModules, beginning, copyOfficeFiles, officeModules, type Base } from './base.ts';
import { simulatedDatabase, type SimulatedDatabase } from './database.ts';
import { mountDisk, type Mount } from './disk.ts';
import { seeded, type Random } from './random.ts';

export type NodeName = 'axis' | 'north' | 'south' | 'witness1' | 'witness2';
export const nodeNames: readonly NodeName[] = ['axis', 'north', 'south', 'witness1', 'witness2'];

/** One life of a node, from its start to its crash. */
interface Life {
  readonly number: number;
  readonly root: string;
  alive: boolean;
  readonly mount: Mount;
  readonly database: SimulatedDatabase | null;
  ctx: Context | null;
  app: FastifyInstance | null;
  witness: Witness | null;
}

interface SimulatedNode {
  readonly name: NodeName;
  life: Life | null;
  lives: number;
  /** Steps until it crashes; null: it does not. */
  fuse: number | null;
  powerLoss: boolean;
  /** Milliseconds by which its clock is wrong. */
  skewMs: number;
  /** What it is busy with. */
  readonly lanes: Set<string>;
  readonly ids: Random;
}

/** A request on its way. */
export interface Message {
  readonly from: NodeName;
  readonly life: Life;
  readonly to: NodeName;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
  answer(response: Response): void;
  fail(code: string): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const forever = new Promise<never>(() => undefined);

/** All nodes of a history, their network and their clocks; exactly one of them does something at any time. */
export interface World {
  readonly nodes: Readonly<Record<NodeName, SimulatedNode>>;
  readonly pending: Message[];
  readonly problems: string[];
  /** What happened to answers of the axis, whoever got them. */
  onAnswer: (message: Message, answer: Answered) => void;
  readonly admin: Client;
  note(text: string): void;
  /** Digest of everything that was noted. */
  digest(): string;
  readonly lines: string[];
  advance(ms: number): void;
  nowMs(): number;
  start(name: NodeName): Promise<void>;
  /** Begins a piece of work on a node and returns when it has ended, waits for an answer, or its node has crashed. */
  begin(
    name: NodeName,
    lane: string,
    work: (ctx: Context) => Promise<unknown>,
  ): Promise<'ended' | 'waits' | 'crashed'>;
  /** Lets a node answer a request; null: it was down or crashed on the way. */
  serve(message: Message): Promise<Answered | null>;
  /** Lets the caller of a request go on with an answer or a failure. */
  resume(action: () => void): Promise<void>;
  readonly steps: () => number;
  readonly crashes: () => number;
  close(): Promise<void>;
}

/** Worlds of this process so far: what is left of one must not be taken for a part of the next. */
let worlds = 0;

export async function createWorld(base: Base, url: string, seed: number): Promise<World> {
  const serial = (worlds += 1);
  const random = seeded(seed ^ 0x51f15e);
  const lines: string[] = [];
  const problems: string[] = [];
  const pending: Message[] = [];
  let elapsedMs = 0;
  let steps = 0;
  let crashes = 0;
  /** Questions to the database that are not answered yet. */
  let busy = 0;
  let buried: Life[] = [];
  let turn = Promise.withResolvers<void>();
  const admin = new Client({ connectionString: url });
  await admin.connect();
  const keys: Partial<Record<NodeName, NoteSigner>> = {};
  for (const name of ['witness1', 'witness2'] as const)
    keys[name] = noteSigner(`${name}.example`, generateKeyPairSync('ed25519').privateKey, 'cosignature');
  const startedAt = Date.parse(beginning);
  const nowMs = (): number => startedAt + elapsedMs;
  const note = (text: string): void => void lines.push(text);
  const nodes = Object.fromEntries(
    nodeNames.map((name) => [
      name,
      {
        name,
        life: null,
        lives: 0,
        fuse: null,
        powerLoss: false,
        skewMs: 0,
        lanes: new Set<string>(),
        ids: seeded(random.below(2 ** 31)),
      } satisfies SimulatedNode,
    ]),
  ) as unknown as Record<NodeName, SimulatedNode>;
  const rootOf = (name: NodeName, life: number): string => join(base.folder, `${serial}-${name}-${life}`);
  const applicationName = (name: NodeName, life: number): string => `sim-${name}-${life}`;

  /** A witness knows the log's key from elsewhere: from the axis's first day on, and whatever becomes of its disk. */
  let knownLogKey: string | undefined;
  const logKey = (): string => {
    const folder = join(rootOf('axis', nodes.axis.lives), 'axis');
    return (knownLogKey ??= noteSigner(
      fs.readFileSync(join(folder, 'log-origin'), 'utf8').trim(),
      createPrivateKey(fs.readFileSync(join(folder, 'log-key.pem'))),
      'ed25519',
    ).vkey);
  };

  function crash(node: SimulatedNode, life: Life, what: string): void {
    life.alive = false;
    node.life = null;
    node.fuse = null;
    node.lanes.clear();
    crashes += 1;
    life.database?.cut();
    life.mount.unmount();
    for (let at = pending.length - 1; at >= 0; at -= 1) if (pending[at]!.life === life) pending.splice(at, 1);
    buried.push(life);
    note(`${node.name} crashes at "${what}"${node.powerLoss ? ' with loss of power' : ''}`);
    turn.resolve();
  }

  /** What was not committed is rolled back, and what was not synced may be lost, before anything else happens. */
  async function bury(): Promise<void> {
    for (const life of buried.splice(0)) {
      const name = nodeNames.find((one) => life.root === rootOf(one, life.number))!;
      const node = nodes[name];
      if (life.database) {
        for (;;) {
          const found = await admin.query(
            'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
            [applicationName(name, life.number)],
          );
          if (found.rowCount === 0) break;
        }
      }
      if (node.powerLoss) {
        const all = random.chance(0.5);
        const lost = life.mount.loseUnsynced((count) => (all ? 0 : random.below(count + 1)));
        note(`${name} loses ${lost} changes`);
      }
      fs.renameSync(life.root, rootOf(name, life.number + 1));
    }
    buried = [];
  }

  async function drive(kick: () => void): Promise<void> {
    turn = Promise.withResolvers<void>();
    const guard = setTimeout(() => turn.reject(new Error('nothing moves any more')), 8_000);
    kick();
    try {
      await turn.promise;
    } finally {
      clearTimeout(guard);
    }
    await turnOfLoop();
    await turnOfLoop();
    await bury();
  }

  /**
   * As `drive`, for work that may also come to rest without a sign: it waits for another piece of work of its node,
   * such as the key of the axis that both need. At rest is who asks the database nothing for a while.
   */
  async function driveQuietly(kick: () => void): Promise<void> {
    await drive(() => {
      const mine = turn;
      kick();
      void (async () => {
        let idle = 0;
        while (idle < 25) {
          await turnOfLoop();
          if (turn !== mine) return;
          idle = busy === 0 ? idle + 1 : 0;
        }
        mine.resolve();
      })();
    });
  }

  function stepOf(node: SimulatedNode, life: () => Life): (what: string) => Promise<void> {
    return async (what) => {
      if (!life().alive) await forever;
      steps += 1;
      if (node.fuse === null) return;
      node.fuse -= 1;
      if (node.fuse >= 0) return;
      crash(node, life(), what);
      await forever;
    };
  }

  function newLife(node: SimulatedNode): Life {
    const number = (node.lives += 1);
    const root = rootOf(node.name, number);
    fs.mkdirSync(root, { recursive: true });
    const step = stepOf(node, () => life);
    const life: Life = {
      number,
      root,
      alive: true,
      mount: mountDisk(root, step),
      database: node.name.startsWith('witness')
        ? null
        : simulatedDatabase(url, applicationName(node.name, number), step, (change) => void (busy += change)),
      ctx: null,
      app: null,
      witness: null,
    };
    node.life = life;
    return life;
  }

  async function open(node: SimulatedNode, life: Life): Promise<void> {
    const clock = { now: () => new Date(nowMs() + node.skewMs) };
    const signer = keys[node.name];
    if (signer) {
      life.witness = await openWitness({
        logKey: logKey(),
        signer,
        memory: join(life.root, 'checkpoint'),
        now: () => clock.now(),
      });
      return;
    }
    const read = readConfig({ PHIGIAY_DATA: life.root, PHIGIAY_LOG: 'silent' });
    if (!read.ok) throw new Error('settings are refused');
    const config = {
      ...read.config,
      axisUrl: `http://${node.name}-${life.number}.axis.sim${serial}`,
      witnesses: (['witness1', 'witness2'] as const).map((name) => ({
        vkey: keys[name]!.vkey,
        url: `http://${node.name}-${life.number}.${name}.sim${serial}`,
      })),
      witnessQuorum: 1,
    };
    const ctx: Context = {
      config,
      db: life.database!.db,
      blobs: await fileBlobs(join(life.root, 'blobs')),
      clock,
      ids: { uuid: () => node.ids.uuid() },
      events: createEvents(),
      log: createLog('silent'),
      metrics: base.metrics,
    };
    const modules = node.name === 'axis' ? axisModules : officeModules;
    for (const module of modules) module.subscribe?.(ctx);
    for (const module of modules) await module.prepare?.(ctx);
    if (node.name === 'axis') {
      const app = await createHttp(ctx);
      for (const module of modules) await module.routes?.(app, ctx);
      await app.ready();
      life.app = app;
    }
    // Opened now: that takes a thread of its own, and its end could not be told apart from rest.
    for (const { name, office } of agencies)
      if (office === node.name) await agencySigner(ctx, base.orgs[name]);
    life.ctx = ctx;
  }

  /** The network: a caller is known by the first label of the host, the callee by the second. */
  const realFetch = globalThis.fetch;
  globalThis.fetch = (async (input: string, init: RequestInit = {}) => {
    const target = new URL(input);
    const labels = /^([a-z0-9]+)-(\d+)\.([a-z0-9]+)\.sim(\d+)$/.exec(target.host);
    if (!labels) return await realFetch(input, init);
    if (Number(labels[4]) !== serial) return await forever;
    const from = labels[1] as NodeName;
    const life = nodes[from].life;
    if (!life?.alive || life.number !== Number(labels[2])) return await forever;
    const headers = { ...(init.headers as Record<string, string>), host: target.host };
    const body =
      init.body === undefined || init.body === null ? undefined : Buffer.from(init.body as Uint8Array);
    return await new Promise<Response>((resolve, reject) => {
      pending.push({
        from,
        life,
        to: labels[3] as NodeName,
        method: init.method ?? 'GET',
        path: `${target.pathname}${target.search}`,
        headers,
        body,
        answer: resolve,
        fail: (code) => reject(new TypeError('fetch failed', { cause: { code } })),
      });
      turn.resolve();
    });
  }) as typeof fetch;
  const realNow = Date.now;
  Date.now = nowMs;

  const world: World = {
    nodes,
    pending,
    problems,
    onAnswer: () => undefined,
    admin,
    note,
    lines,
    digest: () => hash('sha256', lines.join('\n')).slice(0, 16),
    advance: (ms) => void (elapsedMs += ms),
    nowMs,
    async start(name) {
      const node = nodes[name];
      if (node.lives === 0 && (name === 'north' || name === 'south')) copyOfficeFiles(base, rootOf(name, 1));
      const life = newLife(node);
      let failure: unknown;
      await drive(() => {
        open(node, life).then(
          () => turn.resolve(),
          (error: unknown) => {
            failure = error;
            turn.resolve();
          },
        );
      });
      if (failure !== undefined && life.alive) {
        problems.push(`${name} does not start: ${(failure as Error).stack}`);
        throw failure;
      }
      note(`${name} ${life.alive ? 'starts' : 'crashes while starting'}`);
    },
    async begin(name, lane, work) {
      const node = nodes[name];
      const life = node.life!;
      node.lanes.add(lane);
      let ended = false;
      await driveQuietly(() => {
        work(life.ctx!)
          .then(
            () => 'well',
            (error: unknown) => `with ${(error as Error).name}: ${(error as { code?: string }).code ?? ''}`,
          )
          .then((how) => {
            if (!life.alive) return;
            ended = true;
            node.lanes.delete(lane);
            note(`${name} ends ${lane} ${how}`);
            turn.resolve();
          });
      });
      return ended ? 'ended' : life.alive ? 'waits' : 'crashed';
    },
    async serve(message) {
      const node = nodes[message.to];
      const life = node.life;
      if (!life?.app && !life?.witness) return null;
      let answer: Answered | null = null;
      await drive(() => {
        const reply = life.app
          ? life.app
              .inject({
                method: message.method as 'GET',
                url: message.path,
                headers: message.headers,
                ...(message.body ? { payload: message.body } : {}),
              })
              .then(({ statusCode, headers, rawPayload }) => ({
                status: statusCode,
                headers: Object.fromEntries(
                  Object.entries(headers).flatMap(([key, value]) =>
                    typeof value === 'string' && key !== 'connection' ? [[key, value]] : [],
                  ),
                ),
                body: rawPayload,
              }))
          : life
              .witness!.answer(message.method, message.path, () => Promise.resolve(message.body?.toString()))
              .then(({ status, body, type }) => ({
                status,
                headers: { 'content-type': type },
                body: Buffer.from(body),
              }));
        reply.then(
          (given) => {
            answer = given;
            turn.resolve();
          },
          (error: unknown) => {
            note(`${message.to} fails: ${(error as Error).name}`);
            turn.resolve();
          },
        );
      });
      if (!life.alive) return null;
      if (answer !== null) world.onAnswer(message, answer);
      return answer;
    },
    resume: driveQuietly,
    steps: () => steps,
    crashes: () => crashes,
    async close() {
      globalThis.fetch = realFetch;
      Date.now = realNow;
      for (const node of Object.values(nodes)) {
        const { life } = node;
        if (!life) continue;
        life.alive = false;
        life.mount.unmount();
        await life.app?.close();
        life.database?.cut();
      }
      await admin.end();
      for (const name of fs.readdirSync(base.folder))
        if (name.startsWith(`${serial}-`))
          fs.rmSync(join(base.folder, name), { recursive: true, force: true });
    },
  };
  return world;
}
