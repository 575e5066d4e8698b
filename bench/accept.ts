import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDocument } from '../test/crash/agency.ts';
import { axisDatabase, packageHeaders, startAxis, type JoinedAgency } from '../test/crash/axisChild.ts';

const packageBytes = 16 * 1024;
const levels = [1, 8, 32, 128];
const headlineLevel = 32;
/**
 * Other work on the same cores comes and goes, so the headline is the median of more rounds. Odd, for a median that is
 * one of them; a multiple of three, so that each server is as often the first, the second and the last.
 */
const roundsOf = (concurrency: number): number => (concurrency === headlineLevel ? 27 : 9);

interface Prepared {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

let serial = 0;

/** Requests are made and signed before the clock runs: the yardstick is the server, and both share its cores. */
function axisRequests(port: number, sender: JoinedAgency, count: number): Prepared[] {
  return Array.from({ length: count }, () => {
    serial += 1;
    const bare = { from: 'H99', to: ['H98'], number: `${serial}/VP` };
    const overhead = testDocument({ ...bare, attachment: Buffer.alloc(0) }).length;
    const body = testDocument({
      ...bare,
      attachment: randomBytes(Math.floor(((packageBytes - overhead) * 3) / 4)),
    });
    const path = '/axis/v1/packages';
    const headers = sender.sign({
      method: 'POST',
      url: `http://127.0.0.1:${port}${path}`,
      now: new Date(),
      keyId: sender.keyId,
      headers: { ...packageHeaders('H99', `accept-bench-${serial}`), 'content-length': String(body.length) },
      body,
    });
    return { path, headers: { host: `127.0.0.1:${port}`, ...headers }, body };
  });
}

function naiveRequests(prepared: readonly Prepared[]): Prepared[] {
  return prepared.map(({ body }) => ({
    path: '/documents',
    headers: {
      host: 'localhost',
      'content-type': 'application/edxml+xml',
      'content-length': String(body.length),
    },
    body,
  }));
}

/** The whole request as bytes: the client must cost as little as can be, for it runs on the server's cores. */
function wireOf({ path, headers, body }: Prepared): Buffer {
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), body]);
}

/** A connection that sends one request at a time and waits for the whole answer, which must be 201. */
async function openConnection(port: number): Promise<{ post(wire: Buffer): Promise<void>; end(): void }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let pending: { resolve(): void; reject(error: Error): void } | null = null;
  let text = '';
  const fail = (error: Error): void => pending?.reject(error);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))?.[1]);
    if (!(text.length >= head + 4 + length)) return;
    const answer = text;
    text = '';
    if (answer.startsWith('HTTP/1.1 201')) pending?.resolve();
    else fail(new Error(answer));
  });
  await once(socket, 'connect');
  return {
    post: (wire) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket.write(wire);
      }),
    end: () => {
      pending = null;
      socket.destroy();
    },
  };
}

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(port: number, requests: readonly Prepared[], concurrency: number): Promise<Measured> {
  const wires = requests.map(wireOf);
  const connections = await Promise.all(Array.from({ length: concurrency }, () => openConnection(port)));
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < wires.length) {
        const wire = wires[next++]!;
        const sent = performance.now();
        await connection.post(wire);
        times.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.end();
  times.sort((a, b) => a - b);
  return {
    perSecond: requests.length / seconds,
    p50: times[Math.floor(times.length * 0.5)]!,
    p99: times[Math.floor(times.length * 0.99)]!,
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Servers {
  readonly ours: number;
  readonly naive: number;
  /** The naive path without the flush of the folder: not durable, shown for comparison. */
  readonly fileOnly: number;
}
type Round = Record<keyof Servers, Measured>;

async function oneRound(
  servers: Servers,
  sender: JoinedAgency,
  count: number,
  concurrency: number,
  round: number,
): Promise<Round> {
  const requests = axisRequests(servers.ours, sender, count);
  const order: (keyof Servers)[] = ['ours', 'naive', 'fileOnly'];
  // Who goes first alternates: a neighbour's burst hits all alike.
  const turned = [...order.slice(round % 3), ...order.slice(0, round % 3)];
  const measured: Partial<Round> = {};
  for (const name of turned) {
    const wires = name === 'ours' ? requests : naiveRequests(requests);
    measured[name] = await measure(servers[name], wires, concurrency);
  }
  return measured as Round;
}

type Figures = Readonly<Record<string, number>>;

function figuresOf(rounds: readonly Round[]): Figures {
  const of = (name: keyof Servers, what: keyof Measured): number =>
    Number(median(rounds.map((round) => round[name][what])).toFixed(2));
  /** The part of the rounds' ratios that lies below: 0.5 is their median. */
  const ratio = (name: 'naive' | 'fileOnly', part: number): number => {
    const sorted = rounds.map((round) => round.ours.perSecond / round[name].perSecond).sort((x, y) => x - y);
    return Number(sorted[Math.floor(sorted.length * part)]!.toFixed(2));
  };
  return {
    axis_per_second: of('ours', 'perSecond'),
    naive_per_second: of('naive', 'perSecond'),
    file_only_per_second: of('fileOnly', 'perSecond'),
    axis_p50_ms: of('ours', 'p50'),
    axis_p99_ms: of('ours', 'p99'),
    naive_p50_ms: of('naive', 'p50'),
    naive_p99_ms: of('naive', 'p99'),
    rounds: rounds.length,
    ratio: ratio('naive', 0.5),
    ratio_lower_quartile: ratio('naive', 0.25),
    ratio_upper_quartile: ratio('naive', 0.75),
    ratio_file_only: ratio('fileOnly', 0.5),
  };
}

/**
 * P1: accepted, durable and receipted, 16 KiB, against the naive path (naiveProcess.ts) in the same run. Each server
 * and this client are processes of their own; the servers' rounds alternate; the figure of a level is the median of
 * its rounds' ratios, `accept_vs_naive` that of 32 at a time. `accept_vs_naive_file_only` is the same against a naive
 * path that flushes the file but not the folder that names it.
 */
export async function run(args: readonly string[]): Promise<number> {
  const perRound = Number(args[0] ?? 1_000);
  const { database, agencies } = await axisDatabase(['H99', 'H98']);
  const sender = agencies[0]!;
  const dataDir = await mkdtemp(join(tmpdir(), 'phigiay-bench-'));
  const options = { databaseUrl: database.url, dataDir };
  const script = new URL('naiveProcess.ts', import.meta.url);
  const axis = await startAxis(options);
  const naive = await startAxis({ ...options, script });
  const fileOnly = await startAxis({
    ...options,
    script,
    environment: { PHIGIAY_NAIVE_BLOB: 'file-only' },
  });
  const servers = { ours: axis.port, naive: naive.port, fileOnly: fileOnly.port };
  const figures: Record<string, Figures> = {};
  try {
    // A server in service is warm: both have compiled their paths before the first round counts.
    for (let warm = 0; warm < 3; warm += 1) await oneRound(servers, sender, 800, 32, warm);
    for (const concurrency of levels) {
      const count = concurrency === 1 ? Math.ceil(perRound / 4) : perRound;
      const measured: Round[] = [];
      for (let round = 0; round < roundsOf(concurrency); round += 1) {
        measured.push(await oneRound(servers, sender, count, concurrency, round));
      }
      figures[concurrency] = figuresOf(measured);
      console.log(`${concurrency} at a time: ${JSON.stringify(figures[concurrency])}`);
    }
  } finally {
    await Promise.all([axis, naive, fileOnly].map((server) => server.end('SIGTERM')));
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
  const headline = figures[headlineLevel]!;
  console.log(
    JSON.stringify({
      accept_vs_naive: headline['ratio'],
      concurrency: headlineLevel,
      accept_vs_naive_file_only: headline['ratio_file_only'],
      package_bytes: packageBytes,
      figures,
    }),
  );
  return headline['ratio']! >= 1.5 ? 0 : 1;
}
