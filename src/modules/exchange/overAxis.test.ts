import assert from 'node:assert/strict';
import type { JsonWebKey } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { sql } from 'kysely';
import { auditModule } from '#audit';
import { axisModule, integrateLog, registerMember } from '#axis';
import { addOrganisations, directoryModule, findByCode, setHosted } from '#directory';
import { verifyReceiptProof } from '#ledger';
import { identityModule } from '#identity';
import { writeStatus } from '#formats/edxml';
import { agencyCertificates, agencySigner, issueAgencyKey, signaturesModule } from '#signatures';
import { systemActor, unitOfWork, type OrgId, type RecordedEvent, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import { axisClient } from './axisClient.ts';
import {
  attention,
  deliveries,
  enqueueDocument,
  exchangeModule,
  inboxRound,
  outboxRound,
  readPackage,
  receiptProof,
  sendStatus,
  transportRound,
  type Timeline,
} from './index.ts';

const codes = {
  finance: '000.00.11.H53',
  province: '000.00.00.H53',
  planning: '000.00.12.H53',
  government: '000.00.00.G22',
} as const;
type Name = keyof typeof codes;

/**
 * A hop between the offices and the axis, as a load balancer would be: passes everything on, and can lose an answer
 * or flip a byte.
 */
interface Hop {
  readonly url: string;
  /** Called with the answer of the axis; null: the answer is lost on the way back. */
  answer: (path: string, method: string, body: Buffer) => Buffer | null;
  /** Calls that reached the axis. */
  readonly seen: string[];
  close(): void;
}

async function startHop(target: URL): Promise<Hop> {
  let server: Server;
  const hop: Hop = {
    url: '',
    answer: (_path, _method, body) => body,
    seen: [],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const onward = httpRequest(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (reply: IncomingMessage) => {
        const pieces: Buffer[] = [];
        reply.on('data', (piece: Buffer) => pieces.push(piece));
        reply.on('end', () => {
          hop.seen.push(`${method} ${url} ${reply.statusCode}`);
          const body = hop.answer(url, method, Buffer.concat(pieces));
          if (body === null) {
            incoming.socket.destroy();
            return;
          }
          outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
          outgoing.end(body);
        });
      },
    );
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(hop, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const entries = [
  { code102: codes.province, code: 'H53', name: 'UBND tỉnh Tây Ninh', parentCode102: null },
  {
    code102: codes.finance,
    code: 'H53.11',
    name: 'Sở Tài chính tỉnh Tây Ninh',
    parentCode102: codes.province,
  },
  {
    code102: codes.planning,
    code: 'H53.12',
    name: 'Sở Kế hoạch và Đầu tư tỉnh Tây Ninh',
    parentCode102: codes.province,
  },
  { code102: codes.government, code: 'G22', name: 'Văn phòng Chính phủ', parentCode102: null },
];
const start = '2020-10-30T08:00:00+07:00';
const officeModules = [directoryModule, auditModule, identityModule, signaturesModule, exchangeModule];

interface Office {
  readonly system: TestSystem;
  readonly events: RecordedEvent[];
  id(name: Name): Promise<OrgId>;
  as<T>(name: Name, work: (unit: Unit) => Promise<T>): Promise<T>;
}

async function orgOf(system: TestSystem, name: Name): Promise<OrgId> {
  const found = await system.ctx.db.transaction(null, (tx) =>
    findByCode(tx, codes[name], system.ctx.clock.now()),
  );
  assert.ok(found, `${name} is not in the directory`);
  return found.id;
}

let axis: TestSystem;
let hop: Hop;
let north: Office;
let south: Office;
const clocks = (at: string): void => {
  for (const system of [axis, north.system, south.system]) system.ctx.clock.set(at);
};

async function startOffice(hosted: readonly Name[]): Promise<Office> {
  const system = await testSystem(officeModules, {
    now: start,
    config: { axisUrl: hop.url, sampleData: true, pollMs: 200 },
  });
  const { ctx } = system;
  await ctx.db.transaction(null, async (tx) => {
    await addOrganisations(tx, entries, '2020-01-01', ctx.clock.now());
  });
  const ids = await Promise.all(hosted.map((name) => orgOf(system, name)));
  await ctx.db.transaction(null, (tx) => setHosted(tx, ids));
  const events: RecordedEvent[] = [];
  for (const type of [
    'package-arrived',
    'package-unreadable',
    'package-damaged',
    'status-arrived',
    'accepted',
    'failed',
    'transport-changed',
    'alarm-raised',
  ]) {
    ctx.events.on(`exchange.${type}`, (_unit, event) => {
      events.push(event);
      return Promise.resolve();
    });
  }
  const office: Office = {
    system,
    events,
    id: (name) => orgOf(system, name),
    as: async (name, work) => {
      const org = await orgOf(system, name);
      return await unitOfWork(ctx, { org, actor: systemActor(org) }, work);
    },
  };
  for (const name of hosted) {
    await office.as(name, (unit) =>
      issueAgencyKey(unit, {
        organisation: entries.find((one) => one.code102 === codes[name])!.name,
        code: codes[name],
      }),
    );
  }
  for (const { orgId, certificatePem } of await agencyCertificates(ctx)) {
    // The axis has a directory of its own, with ids of its own; the code is what both know.
    const name = hosted[ids.indexOf(orgId)]!;
    await registerMember(axis.ctx, { orgId: await orgOf(axis, name), certificatePem });
  }
  return office;
}

before(async () => {
  axis = await testSystem([directoryModule, auditModule, axisModule], { now: start });
  await axis.ctx.db.transaction(null, async (tx) => {
    await addOrganisations(tx, entries, '2020-01-01', axis.ctx.clock.now());
  });
  await axis.app.listen({ host: '127.0.0.1', port: 0 });
  hop = await startHop(new URL(`http://127.0.0.1:${(axis.app.server.address() as AddressInfo).port}`));
  north = await startOffice(['finance', 'province', 'planning']);
  south = await startOffice(['government']);
});
after(async () => {
  await north?.system.close();
  await south?.system.close();
  hop?.close();
  await axis?.close();
});

const messageOf = (number: string, date: string): Parameters<typeof enqueueDocument>[1]['message'] => ({
  code: { number, notation: 'STC-BCTC' },
  promulgation: { place: 'Tây Ninh', date },
  documentType: { type: 2, typeDetail: 18, typeName: 'Công văn' },
  subject: 'V/v báo cáo tài chính',
  signer: { competence: 'KT.', position: 'PHÓ GIÁM ĐỐC', fullName: 'Trương Văn Hùng' },
  other: { priority: 0, promulgationAmount: 1, pageAmount: 1, direction: false, appendixes: [] },
  responseFor: [],
  steeringType: 0,
  taskCodes: [],
  toPlaces: ['Như trên'],
});

const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);

async function send(
  ref: string,
  recipients: readonly Name[],
  about: { readonly number: string; readonly date: string; readonly text?: string; readonly urgency?: 0 | 3 },
): Promise<{ outboxId: string; envelope: string }> {
  const ids = await Promise.all(recipients.map((name) => north.id(name)));
  return await north.as('finance', (unit) =>
    enqueueDocument(unit, {
      ref,
      message: messageOf(about.number, about.date),
      attachments: [
        { name: 'cong-van.pdf', bytes: pdf(about.text ?? ref), contentType: 'application/pdf' },
        { name: 'phu-luc-1.pdf', bytes: pdf(`appendix of ${ref}`), contentType: 'application/pdf' },
      ],
      recipients: ids,
      urgency: about.urgency ?? 0,
      undoSeconds: 0,
    }),
  );
}

const timeline = async (ref: string): Promise<Timeline> => {
  const found = await north.as('finance', (unit) => deliveries(unit, ref));
  assert.ok(found);
  return found;
};
const round = {
  out: async (office: Office, name: Name) => await outboxRound(office.system.ctx, await office.id(name)),
  in: async (office: Office, name: Name) => await inboxRound(office.system.ctx, await office.id(name)),
  transport: async (office: Office, name: Name) =>
    await transportRound(office.system.ctx, await office.id(name)),
};
const arrived = (office: Office, documentId: string): RecordedEvent[] =>
  office.events.filter(
    (event) => event.type === 'exchange.package-arrived' && event.payload['documentId'] === documentId,
  );

async function countRows(office: Office, table: string, where: string): Promise<number> {
  const owner = new Client({ connectionString: office.system.ownerUrl });
  await owner.connect();
  try {
    const found = await owner.query<{ count: string }>(
      `select count(*) from exchange.${table} where ${where}`,
    );
    return Number(found.rows[0]!.count);
  } finally {
    await owner.end();
  }
}

/** The file of the axis's data folder in which a text stands, however it keeps its packages. */
async function findInStore(text: string): Promise<{ file: string; intact: Buffer; at: number }> {
  const root = axis.ctx.config.dataDir;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const intact = await readFile(file);
    const at = intact.indexOf(text);
    if (at >= 0) return { file, intact, at };
  }
  throw new Error(`the axis keeps no file with ${text}`);
}

/** A third party with the file and the published keys of the axis, and nothing else. */
async function verifyOffline(proof: unknown): Promise<void> {
  const key = await localKey();
  const verdict = verifyReceiptProof(JSON.stringify(proof), {
    logKeys: [key.logKey],
    receiptKeys: [key.jwk],
  });
  assert.equal(verdict.verdict, 'valid', JSON.stringify(verdict.findings));
}

async function localKey(): Promise<{ logKey: string; jwk: JsonWebKey }> {
  return JSON.parse(await readFile(join(north.system.ctx.config.dataDir, 'axis-key.json'), 'utf8')) as {
    logKey: string;
    jwk: JsonWebKey;
  };
}

async function responseFor(
  ref: string,
  date: string,
): Promise<Parameters<typeof sendStatus>[1]['responseFor']> {
  const { outbox } = await timeline(ref);
  return {
    organId: codes.finance,
    code: outbox.documentId.split(',')[2]!,
    documentId: outbox.documentId,
    promulgationDate: date,
  };
}

test('S1.1 three recipients, one offline: it arrives once after it is back, and all receipts verify offline', async () => {
  clocks(start);
  await send('outgoing:s11', ['province', 'planning', 'government'], { number: '2491', date: '2020-10-30' });
  await round.out(north, 'finance');
  await round.in(north, 'province');
  await round.in(north, 'planning');
  // Their 01 "đã đến" goes back over the axis.
  await round.out(north, 'province');
  await round.out(north, 'planning');
  await round.in(north, 'finance');
  await round.transport(north, 'finance');
  const morning = await timeline('outgoing:s11');
  assert.equal(morning.outbox.state, 'accepted');
  assert.deepEqual(
    morning.recipients.map(({ code, transport, status }) => ({ code, transport, status })),
    [
      { code: 'H53', transport: 'stored', status: '01' },
      { code: 'H53.12', transport: 'stored', status: '01' },
      { code: 'G22', transport: 'queued', status: null },
    ],
  );
  clocks('2020-10-30T14:00:30+07:00');
  for (let again = 0; again < 3; again += 1) await round.in(south, 'government');
  await round.out(south, 'government');
  await round.in(north, 'finance');
  await round.transport(north, 'finance');
  const afternoon = await timeline('outgoing:s11');
  assert.deepEqual(
    afternoon.recipients.map(({ transport, status }) => [transport, status]),
    [
      ['stored', '01'],
      ['stored', '01'],
      ['stored', '01'],
    ],
  );
  const documentId = afternoon.outbox.documentId;
  assert.equal(arrived(south, documentId).length, 1);
  assert.equal(arrived(north, documentId).length, 2);
  const inboxId = arrived(south, documentId)[0]!.payload['inboxId'] as string;
  const read = await south.as('government', (unit) => readPackage(unit, inboxId));
  assert.ok(read.kind === 'edoc');
  assert.deepEqual(
    read.attachments.map((one) => one.bytes),
    [pdf('outgoing:s11'), pdf('appendix of outgoing:s11')],
  );
  await integrateLog(axis.ctx);
  await verifyOffline(await receiptProof(north.system.ctx, await north.id('finance'), 'outgoing:s11'));
});

test('S1.2 the answer of the axis is lost: the repeat gets the first receipt, and the counter has no gap', async () => {
  clocks('2020-10-31T08:00:00+07:00');
  const { envelope } = await send('outgoing:s12a', ['government'], { number: '2492', date: '2020-10-31' });
  let lost = 0;
  hop.answer = (path, method, body) => {
    if (method === 'POST' && path === '/axis/v1/packages' && lost < 2) {
      lost += 1;
      return null;
    }
    return body;
  };
  await round.out(north, 'finance');
  let state = (await timeline('outgoing:s12a')).outbox;
  assert.equal(state.state, 'sending');
  assert.equal(state.lastError?.code, 'axis-unreachable');
  clocks('2020-10-31T08:10:00+07:00');
  await round.out(north, 'finance');
  clocks('2020-10-31T08:20:00+07:00');
  await round.out(north, 'finance');
  hop.answer = (_path, _method, body) => body;
  state = (await timeline('outgoing:s12a')).outbox;
  assert.equal(state.state, 'accepted');
  assert.equal(state.attempts, 3);
  const answers = hop.seen.filter((line) => line.startsWith('POST /axis/v1/packages'));
  assert.ok(answers.every((line) => line.endsWith('201')));
  const inAxis = await axis.ctx.db.transaction(await orgOf(axis, 'finance'), (tx) =>
    sql<{ count: number }>`select count(*) from axis.envelope where envelope = ${envelope}`.execute(tx),
  );
  assert.equal(inAxis.rows[0]!.count, 1);
  assert.deepEqual((await north.as('finance', attention)).alarms, []);
});

test('S1.2 delivered five times, acknowledgements lost twice: one incoming document, one set of statuses', async () => {
  const documentId = (await timeline('outgoing:s12a')).outbox.documentId;
  let acknowledged = 0;
  hop.answer = (path, _method, body) => {
    if (!path.endsWith('/ack')) return body;
    acknowledged += 1;
    return acknowledged <= 2 ? null : body;
  };
  const org = await south.id('government');
  for (let again = 0; again < 5; again += 1) {
    south.system.ctx.clock.advance(700_000);
    axis.ctx.clock.advance(700_000);
    await Promise.all([inboxRound(south.system.ctx, org), inboxRound(south.system.ctx, org)]);
  }
  hop.answer = (_path, _method, body) => body;
  assert.equal(arrived(south, documentId).length, 1);
  assert.equal(await countRows(south, 'inbox', `document_id = '${documentId}'`), 1);
  assert.equal(await countRows(south, 'status', `document_id = '${documentId}' and direction = 'sent'`), 1);
});

test('S1.3 a late status for last year’s document attaches to that one only', async () => {
  clocks('2021-10-30T08:00:00+07:00');
  await send('outgoing:s13', ['government'], { number: '2491', date: '2021-10-30' });
  await round.out(north, 'finance');
  await round.in(south, 'government');
  const about2020 = await responseFor('outgoing:s11', '2020-10-30');
  const staff = { department: 'Vụ Tổng hợp', name: 'Trần Thị Bình' };
  // Twice: once with the document id, once by software that gives number and date only.
  await south.as('government', (unit) =>
    sendStatus(unit, { responseFor: about2020, statusCode: '05', staff, description: 'Đang xử lý' }),
  );
  await south.as('government', (unit) =>
    sendStatus(unit, {
      responseFor: { ...about2020, documentId: 'khong-ro', organId: 'H53.11' },
      statusCode: '06',
      staff,
      description: 'Hoàn thành',
    }),
  );
  await round.out(south, 'government');
  await round.in(north, 'finance');
  const statusOf = async (ref: string): Promise<string | null | undefined> =>
    (await timeline(ref)).recipients.find((one) => one.code === 'G22')?.status;
  assert.equal(await statusOf('outgoing:s11'), '06');
  assert.equal(await statusOf('outgoing:s13'), '01');
  // By number alone, without a year, it attaches to nothing.
  await south.as('government', (unit) =>
    sendStatus(unit, {
      responseFor: { organId: codes.finance, code: '2491/STC-BCTC', documentId: 'khong-ro-2' },
      statusCode: '03',
      staff,
    }),
  );
  await round.out(south, 'government');
  await round.in(north, 'finance');
  assert.equal(await statusOf('outgoing:s13'), '01');
  const last = north.events.findLast((event) => event.type === 'exchange.status-arrived')!;
  assert.equal(last.payload['ref'], null);
});

test('S1.3 a late lower status is kept as evidence and changes nothing', async () => {
  const about = await responseFor('outgoing:s11', '2020-10-30');
  await south.as('government', (unit) =>
    sendStatus(unit, {
      responseFor: about,
      statusCode: '03',
      staff: { department: 'Văn thư', name: 'Lê Văn An' },
    }),
  );
  await round.out(south, 'government');
  await round.in(north, 'finance');
  const recipient = (await timeline('outgoing:s11')).recipients.find((one) => one.code === 'G22')!;
  assert.equal(recipient.delivery, 'done');
  assert.deepEqual(
    recipient.statuses.map(({ code, late }) => [code, late]),
    [
      ['01', false],
      ['05', false],
      ['06', false],
      ['03', true],
    ],
  );
});

test('S1.5 a refusal comes back with its reason and its author', async () => {
  const about = await responseFor('outgoing:s13', '2021-10-30');
  await south.as('government', (unit) =>
    sendStatus(unit, {
      responseFor: about,
      statusCode: '02',
      description: 'thiếu phụ lục 2',
      staff: { department: 'Văn thư', name: 'Lê Văn An', email: 'an@vpcp.example' },
    }),
  );
  await assert.rejects(
    south.as('government', (unit) =>
      sendStatus(unit, {
        responseFor: about,
        statusCode: '02',
        staff: { department: 'Văn thư', name: 'An' },
      }),
    ),
    { code: 'exchange.reason-required' },
  );
  await round.out(south, 'government');
  await round.in(north, 'finance');
  const recipient = (await timeline('outgoing:s13')).recipients[0]!;
  assert.equal(recipient.delivery, 'refused');
  const line = recipient.statuses.at(-1)!;
  assert.equal(line.description, 'thiếu phụ lục 2');
  assert.equal(line.staff.name, 'Lê Văn An');
  assert.ok(line.logIndex !== null);
  const event = north.events.findLast((one) => one.type === 'exchange.status-arrived')!;
  assert.equal(event.payload['ref'], 'outgoing:s13');
  assert.equal(event.payload['statusCode'], '02');
});

test('S1.7 one byte flipped on the way: refused and reported, never a document; the axis knows it too', async () => {
  clocks('2021-11-01T08:00:00+07:00');
  const { envelope } = await send('outgoing:s17a', ['government'], { number: '2600', date: '2021-11-01' });
  await round.out(north, 'finance');
  hop.answer = (path, _method, body) => {
    if (!path.endsWith('/package')) return body;
    const flipped = Buffer.from(body);
    const at = Math.floor(flipped.length / 2);
    flipped[at] = flipped[at]! ^ 1;
    return flipped;
  };
  await round.in(south, 'government');
  hop.answer = (_path, _method, body) => body;
  const documentId = (await timeline('outgoing:s17a')).outbox.documentId;
  assert.equal(arrived(south, documentId).length, 0);
  const shown = await south.as('government', attention);
  const entry = shown.unusable.find((one) => one.envelope === envelope)!;
  assert.equal(entry.state, 'damaged');
  assert.equal(entry.blob, null);
  assert.equal(entry.reason?.code, 'hash-mismatch');
  assert.ok(shown.alarms.some((alarm) => alarm.code === 'package-damaged'));
  await round.transport(north, 'finance');
  assert.equal((await timeline('outgoing:s17a')).recipients[0]!.transport, 'refused');
});

test('S1.7 one byte flipped in the store of the axis: not delivered, named; after the repair it arrives once', async () => {
  const { envelope } = await send('outgoing:s17b', ['government'], { number: '2601', date: '2021-11-01' });
  await round.out(north, 'finance');
  const { file, intact, at } = await findInStore('H53.11,2021/11/01,2601/STC-BCTC');
  const damaged = Buffer.from(intact);
  damaged[at] = damaged[at]! ^ 1;
  await writeFile(file, damaged);
  await round.in(south, 'government');
  const documentId = (await timeline('outgoing:s17b')).outbox.documentId;
  assert.equal(arrived(south, documentId).length, 0);
  const entry = (await south.as('government', attention)).unusable.find((one) => one.envelope === envelope)!;
  assert.equal(entry.reason?.code, 'damaged-at-axis');
  await writeFile(file, intact);
  clocks('2021-11-01T09:00:00+07:00');
  await round.in(south, 'government');
  await round.in(south, 'government');
  assert.equal(arrived(south, documentId).length, 1);
  assert.ok(!(await south.as('government', attention)).unusable.some((one) => one.envelope === envelope));
});

test('a recipient that the axis does not know is refused in plain words, and the clerk sees it', async () => {
  const stranger = {
    code102: '000.00.99.H53',
    code: 'H53.99',
    name: 'Sở mới',
    parentCode102: codes.province,
  };
  await north.system.ctx.db.transaction(null, async (tx) => {
    await addOrganisations(tx, [stranger], '2020-01-01', north.system.ctx.clock.now());
  });
  const id = await north.system.ctx.db.transaction(null, (tx) =>
    findByCode(tx, 'H53.99', north.system.ctx.clock.now()),
  );
  await north.as('finance', (unit) =>
    enqueueDocument(unit, {
      ref: 'outgoing:refused',
      message: messageOf('2700', '2021-11-01'),
      attachments: [],
      recipients: [id!.id],
      urgency: 0,
      undoSeconds: 0,
    }),
  );
  await round.out(north, 'finance');
  const { outbox } = await timeline('outgoing:refused');
  assert.equal(outbox.state, 'failed');
  assert.equal(outbox.lastError?.code, 'axis.unknown-recipient');
  assert.match(outbox.lastError?.message ?? '', /danh bạ/);
  assert.ok(north.events.some((event) => event.type === 'exchange.failed'));
  assert.ok((await north.as('finance', attention)).failed.some((one) => one.ref === 'outgoing:refused'));
});

test('a package that the office cannot use is kept, listed with its reason and refused, and holds up nobody', async () => {
  const { ctx } = north.system;
  const bytes = writeStatus({
    from: { organId: 'H53.11', organName: 'Sở Tài chính' },
    responseFor: { organId: 'G22', code: '1/VPCP', documentId: 'x', promulgationDate: '2021-01-01' },
    statusCode: '99',
    description: 'Mã lạ',
    timestamp: '2021/11/01 08:00:00',
  });
  const { envelope } = await axisClient(hop.url, 1_000_000, () => ctx.clock.now()).send(
    await agencySigner(ctx, await north.id('finance')),
    { bytes, messageType: 'status', fromCode: 'H53.11', idempotencyKey: 'strange-status-1' },
  );
  await send('outgoing:after', ['government'], { number: '2801', date: '2021-11-01' });
  await round.out(north, 'finance');
  await round.in(south, 'government');
  await round.in(south, 'government');
  const { unusable } = await south.as('government', attention);
  const entry = unusable.find((one) => one.envelope === envelope)!;
  assert.equal(entry.state, 'unreadable');
  assert.equal(entry.blob, envelope);
  assert.equal(entry.reason?.message, 'Mã trạng thái 99 không có trong danh mục');
  assert.equal(arrived(south, 'H53.11,2021/11/01,2801/STC-BCTC').length, 1);
  const waiting = await axisClient(hop.url, 1_000_000, () => ctx.clock.now()).inbox(
    await agencySigner(south.system.ctx, await south.id('government')),
    '',
    50,
  );
  assert.deepEqual(waiting.items, []);
});

test('the pollers carry a document there and its status back by themselves', async () => {
  const pollers = [north, south].flatMap((office) => [
    ...(exchangeModule.pollers?.(office.system.ctx) ?? []),
  ]);
  try {
    await send('outgoing:polled', ['government'], { number: '2900', date: '2021-11-01', urgency: 3 });
    const deadline = Date.now() + 20_000;
    let status: string | null | undefined;
    while (status !== '01' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      status = (await timeline('outgoing:polled')).recipients[0]?.status;
    }
    assert.equal(status, '01');
  } finally {
    await Promise.all(pollers.map((poller) => poller.stop()));
  }
});

test('the clerk sees what needs attention and can send again; a specialist cannot', async () => {
  const { app } = north.system;
  const org = await north.id('finance');
  let roles = ['clerk'];
  app.authenticators.set('member', () =>
    Promise.resolve({ kind: 'person', id: 'p1', name: 'Lê Văn An', orgId: org, roles }),
  );
  const seen = await app.inject({ method: 'GET', url: '/api/exchange/attention' });
  assert.equal(seen.statusCode, 200, seen.body);
  const failed = seen.json<{ failed: { id: string; ref: string }[] }>().failed;
  const refused = failed.find((one) => one.ref === 'outgoing:refused')!;
  const again = await app.inject({
    method: 'POST',
    url: `/api/exchange/outbox/${refused.id}/send-again`,
    headers: { 'x-phigiay': '1', 'idempotency-key': 'send-again-1' },
    payload: {},
  });
  assert.equal(again.statusCode, 200, again.body);
  assert.deepEqual(again.json(), { state: 'waiting' });
  await round.out(north, 'finance');
  assert.equal((await timeline('outgoing:refused')).outbox.state, 'failed');
  roles = ['specialist'];
  const forbidden = await app.inject({ method: 'GET', url: '/api/exchange/attention' });
  assert.equal(forbidden.statusCode, 403);
});
