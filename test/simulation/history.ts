import { Refusal, sha256Hex, systemActor, unitOfWork, type Context, type OrgId } from '#kernel';
import {
  enqueueDocument,
  inboxRound,
  outboxRound,
  sendStatus,
  transportRound,
  type StatusCode,
} from '#exchange';
import { integrateLog } from '#axis';
import { agencies, type AgencyName, type Base } from './base.ts';
import { checkHistory } from './check.ts';
import { seeded, type Random } from './random.ts';
import { about, drain, pass } from './network.ts';
import { createWorld, nodeNames, type Message, type NodeName, type World } from './world.ts';

/** What one seed gave. */
export interface History {
  readonly seed: number;
  /** Of everything that happened, in order: equal for equal seeds. */
  readonly digest: string;
  readonly lines: readonly string[];
  /** What broke a guarantee; empty when all hold. */
  readonly problems: readonly string[];
  readonly steps: number;
  readonly crashes: number;
  readonly documents: number;
}

/** What users and network know of a history, for the checks at its end. */
export interface Told {
  /** Documents whose sender was told that they are in the outbox. */
  readonly enqueued: { readonly from: AgencyName; readonly ref: string; readonly envelope: string }[];
  /** First answer of the axis to each package, by sender and hash. */
  readonly accepted: Map<
    string,
    { readonly from: AgencyName; readonly body: Buffer; readonly answer: Buffer }
  >;
}

const minuteMs = 60_000;
const rounds = { out: outboxRound, in: inboxRound, transport: transportRound };

const as = async <T>(ctx: Context, org: OrgId, work: Parameters<typeof unitOfWork<T>>[2]): Promise<T> =>
  await unitOfWork(ctx, { org, actor: systemActor(org) }, work);

/** One history: people work, the network and the nodes misbehave, then everything heals and is checked. */
export async function runHistory(base: Base, seed: number): Promise<History> {
  const database = await base.clone();
  const world = await createWorld(base, database.url, seed);
  const random = seeded(seed);
  const told: Told = { enqueued: [], accepted: new Map() };
  watchAnswers(world, told);
  let documents = 0;
  try {
    for (const name of nodeNames) await startNow(world, name);
    const late: Message[] = [];
    const turns = 60 + random.below(60);
    for (let turn = 0; turn < turns && world.problems.length === 0; turn += 1) {
      world.advance(500 + random.below(5_000));
      documents += await oneTurn(base, world, random, told, late, documents);
    }
    await heal(base, world);
    if (world.problems.length === 0) await checkHistory(base, world, told);
  } catch (error) {
    world.problems.push((error as Error).stack ?? String(error));
  } finally {
    await world.close();
    await database.drop();
  }
  const { lines, problems } = world;
  const digest = world.digest();
  return { seed, digest, lines, problems, steps: world.steps(), crashes: world.crashes(), documents };
}

async function startNow(world: World, name: NodeName): Promise<void> {
  while (world.nodes[name].life === null) await world.start(name);
}

/** The same package gets the same answer to the byte, whatever happened in between (R1). */
function watchAnswers(world: World, told: Told): void {
  world.onAnswer = (message, { status, body }) => {
    if (message.path !== '/axis/v1/packages' || status !== 201 || !message.body) return;
    const code = message.headers['phigiay-from'];
    const from = agencies.find((one) => one.code === code)!.name;
    const name = `${from} ${sha256Hex(message.body)}`;
    const first = told.accepted.get(name);
    if (!first) told.accepted.set(name, { from, body: message.body, answer: body });
    else if (!first.answer.equals(body)) world.problems.push(`R1: ${name} got two answers`);
  };
}

async function oneTurn(
  base: Base,
  world: World,
  random: Random,
  told: Told,
  late: Message[],
  documents: number,
): Promise<number> {
  const down = nodeNames.filter((name) => world.nodes[name].life === null);
  if (down.length > 0 && random.chance(0.3)) {
    await world.start(random.pick(down));
    return 0;
  }
  if (random.chance(0.12)) {
    const node = world.nodes[random.pick(nodeNames)];
    node.fuse ??= random.below(80);
    node.powerLoss = random.chance(0.5);
  }
  if (random.chance(0.05)) {
    const node = world.nodes[random.pick(nodeNames)];
    node.skewMs = random.chance(0.5) ? 0 : (random.below(240) - 120) * minuteMs;
    world.note(`the clock of ${node.name} is ${node.skewMs / minuteMs} minutes off`);
  }
  if (late.length > 0 && random.chance(0.3)) {
    const [message] = late.splice(random.below(late.length), 1);
    const answer = await world.serve(message!);
    world.note(`late: ${about(message!)} → ${answer?.status ?? 'nobody'}`);
    return 0;
  }
  if (world.pending.length > 0 && random.chance(0.6)) {
    await pass(world, random, late);
    return 0;
  }
  const agency = random.pick(agencies);
  const node = world.nodes[agency.office];
  if (node.life?.ctx && documents < 6 && random.chance(0.25)) {
    await sendDocument(base, world, random, told, agency.name, documents + 1);
    return 1;
  }
  if (node.life?.ctx && random.chance(0.3)) {
    await say(base, world, random, agency.name);
    return 0;
  }
  await someRound(base, world, random, agency.name, agency.office);
  return 0;
}

async function sendDocument(
  base: Base,
  world: World,
  random: Random,
  told: Told,
  from: AgencyName,
  number: number,
): Promise<void> {
  const office = agencies.find(({ name }) => name === from)!.office;
  if (world.nodes[office].lanes.has('user')) return;
  const others = agencies.filter(({ name }) => name !== from);
  const to = others.filter(() => random.chance(0.6));
  const recipients = (to.length > 0 ? to : [others[0]!]).map(({ name }) => base.orgs[name]);
  const ref = `outgoing:${number}`;
  const urgency = random.pick([0, 0, 3] as const);
  await world.begin(office, 'user', async (ctx) => {
    const { envelope } = await as(ctx, base.orgs[from], (unit) =>
      enqueueDocument(unit, {
        ref,
        message: {
          code: { number: String(number), notation: from.toUpperCase() },
          promulgation: { place: 'Tây Ninh', date: '2020-10-30' },
          documentType: { type: 2, typeDetail: 18, typeName: 'Công văn' },
          subject: `V/v việc thứ ${number}`,
          signer: { competence: 'KT.', position: 'PHÓ GIÁM ĐỐC', fullName: 'Trương Văn Hùng' },
          other: { priority: 0, promulgationAmount: 1, pageAmount: 1, direction: false, appendixes: [] },
          responseFor: [],
          steeringType: 0,
          taskCodes: [],
          toPlaces: ['Như trên'],
        },
        attachments: [
          { name: 'vb.pdf', bytes: Buffer.from(`%PDF-1.7 ${number}`), contentType: 'application/pdf' },
        ],
        recipients,
        urgency,
        undoSeconds: 0,
      }),
    );
    told.enqueued.push({ from, ref, envelope });
  });
  world.note(`${from} sends ${ref} to ${recipients.length}`);
}

interface Known {
  readonly sender_code: string;
  readonly document_id: string;
  readonly document_code: string;
}

/** A receiver says what becomes of a document, or a sender asks to have one back. */
async function say(base: Base, world: World, random: Random, from: AgencyName): Promise<void> {
  const office = agencies.find(({ name }) => name === from)!.office;
  if (world.nodes[office].lanes.has('user')) return;
  const recall = random.chance(0.2);
  const found = await world.admin.query<Known>(
    recall
      ? `select r.code as sender_code, o.document_id, o.document_code from exchange.outbox o
          join exchange.outbox_recipient r on r.outbox_id = o.id
          where o.org_id = $1 and o.kind = 'edoc' and o.state = 'accepted' order by o.seq, r.position`
      : `select from_code as sender_code, document_id, document_code from exchange.inbox
          where org_id = $1 and message_type = 'edoc' and state = 'stored' order by log_index`,
    [base.orgs[from]],
  );
  if (found.rows.length === 0) return;
  const spoken = random.pick(found.rows);
  const statusCode: StatusCode = recall ? '13' : random.pick(['02', '03', '04', '05', '06', '15', '16']);
  await world.begin(office, 'user', (ctx) =>
    as(ctx, base.orgs[from], (unit) =>
      sendStatus(unit, {
        responseFor: {
          organId: spoken.sender_code,
          code: spoken.document_code,
          documentId: spoken.document_id,
          promulgationDate: '2020-10-30',
        },
        statusCode,
        description: `Mô phỏng ${statusCode}`,
        staff: { department: 'Văn thư', name: 'Người dùng' },
      }),
    ).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    }),
  );
  world.note(`${from} says ${statusCode} about ${spoken.document_id}`);
}

async function someRound(
  base: Base,
  world: World,
  random: Random,
  name: AgencyName,
  office: 'north' | 'south',
): Promise<void> {
  if (random.chance(0.25)) {
    if (world.nodes.axis.life?.ctx && !world.nodes.axis.lanes.has('log'))
      world.note(`axis begins log: ${await world.begin('axis', 'log', integrateLog)}`);
    return;
  }
  const kind = random.pick(['out', 'in', 'transport'] as const);
  const lane = `${kind} ${name}`;
  if (!world.nodes[office].life?.ctx || world.nodes[office].lanes.has(lane)) return;
  const outcome = await world.begin(office, lane, (ctx) => rounds[kind](ctx, base.orgs[name]));
  world.note(`${office} begins ${lane}: ${outcome}`);
}

/** Faults end, clocks are set right, and everybody works until nothing is left to do. */
async function heal(base: Base, world: World): Promise<void> {
  world.note('faults end');
  for (const name of nodeNames) {
    const node = world.nodes[name];
    node.fuse = null;
    node.skewMs = 0;
    await startNow(world, name);
  }
  await drain(world);
  // Leases of a clock that was two hours ahead run out.
  world.advance(180 * minuteMs);
  let before = '';
  let quiet = 0;
  for (let cycle = 0; cycle < 60; cycle += 1) {
    world.advance(15 * minuteMs);
    for (const { name, office } of agencies) {
      for (const kind of ['out', 'in', 'transport'] as const) {
        if (world.nodes[office].lanes.has(`${kind} ${name}`)) continue;
        await world.begin(office, `${kind} ${name}`, (ctx) => rounds[kind](ctx, base.orgs[name]));
        await drain(world);
      }
    }
    await world.begin('axis', 'log', integrateLog);
    await drain(world);
    const { rows } = await world.admin.query<{ state: string }>(
      `select concat_ws(' ', (select next_index from axis.head), (select max(change) from axis.delivery),
        (select count(*) from exchange.outbox where state in ('waiting', 'sending')),
        (select string_agg(delivery_cursor, ',' order by org_id) from exchange.line)) as state`,
    );
    quiet = rows[0]!.state === before ? quiet + 1 : 0;
    if (quiet === 1) return;
    before = rows[0]!.state;
  }
  world.problems.push('R3: after fifteen hours something still moves');
}
