import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import type { LightMyRequestResponse } from 'fastify';
import { auditModule } from '#audit';
import { axisModule, registerMember } from '#axis';
import {
  addOrganisations,
  addPost,
  addUnit,
  appoint,
  directoryModule,
  findByCode,
  setHosted,
} from '#directory';
import { exchangeModule, inboxRound, outboxRound, transportRound } from '#exchange';
import { createPerson, identityModule, type Role } from '#identity';
import {
  agencyCertificates,
  issueAgencyKey,
  issueOfficerKey,
  issueSealKey,
  signaturesModule,
} from '#signatures';
import { workModule } from '#work';
import { systemActor, unitOfWork, type OrgId, type PersonId, type Unit, type UnitId } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import type { IncomingDetail, OutgoingDetail } from './contract.ts';
import { documentsModule } from './index.ts';

/** A small government for the tests: two agencies on one axis, with all rooms as they are. It holds no test. */

export const pin = '246810';
const password = 'mat-khau-thu-nghiem-1';

const bodies = {
  government: { code102: '000.00.00.G22', code: 'G22', name: 'Văn phòng Chính phủ', parentCode102: null },
  province: { code102: '000.00.00.H53', code: 'H53', name: 'UBND tỉnh Tây Ninh', parentCode102: null },
  finance: {
    code102: '000.00.11.H53',
    code: 'H53.11',
    name: 'Sở Tài chính tỉnh Tây Ninh',
    parentCode102: '000.00.00.H53',
  },
} as const;
export type Body = keyof typeof bodies;

const staff = {
  hoa: { body: 'government', name: 'Lê Thị Hoa', role: 'clerk', unit: 'Văn thư', post: 'Văn thư' },
  chief: {
    body: 'government',
    name: 'Trần Văn Chánh',
    role: 'leader',
    unit: 'Lãnh đạo',
    post: 'Chánh Văn phòng',
  },
  head: {
    body: 'government',
    name: 'Nguyễn Văn Tổng',
    role: 'head',
    unit: 'Vụ Kinh tế tổng hợp',
    post: 'Vụ trưởng',
  },
  minh: {
    body: 'government',
    name: 'Phạm Quang Minh',
    role: 'specialist',
    unit: 'Vụ Kinh tế tổng hợp',
    post: 'Chuyên viên',
  },
  law: { body: 'government', name: 'Đỗ Thị Luật', role: 'head', unit: 'Vụ Pháp luật', post: 'Vụ trưởng' },
  farm: { body: 'government', name: 'Bùi Văn Nông', role: 'head', unit: 'Vụ Nông nghiệp', post: 'Vụ trưởng' },
  lan: { body: 'finance', name: 'Võ Thị Lan', role: 'clerk', unit: 'Văn phòng Sở', post: 'Văn thư' },
  director: {
    body: 'finance',
    name: 'Huỳnh Văn Giám',
    role: 'leader',
    unit: 'Ban Giám đốc',
    post: 'Giám đốc',
  },
  deputy: {
    body: 'finance',
    name: 'Lý Thị Phó',
    role: 'leader',
    unit: 'Ban Giám đốc',
    post: 'Phó Giám đốc',
  },
  budget: {
    body: 'finance',
    name: 'Ngô Văn Ngân',
    role: 'head',
    unit: 'Phòng Ngân sách',
    post: 'Trưởng phòng',
  },
  tu: {
    body: 'finance',
    name: 'Đặng Anh Tú',
    role: 'specialist',
    unit: 'Phòng Ngân sách',
    post: 'Chuyên viên',
  },
} as const satisfies Record<string, { body: Body; name: string; role: Role; unit: string; post: string }>;
export type Who = keyof typeof staff;

const abbreviations: Readonly<Record<string, string>> = {
  'Vụ Kinh tế tổng hợp': 'KTTH',
  'Vụ Pháp luật': 'PL',
  'Vụ Nông nghiệp': 'NN',
  'Văn thư': 'VT',
  'Lãnh đạo': 'LĐ',
  'Văn phòng Sở': 'VP',
  'Ban Giám đốc': 'BGĐ',
  'Phòng Ngân sách': 'BCTC',
};

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly code: string | undefined;
}

export interface World {
  readonly system: TestSystem;
  readonly org: Readonly<Record<Body, OrgId>>;
  readonly person: Readonly<Record<Who, PersonId>>;
  readonly unit: Readonly<Record<string, UnitId>>;
  get<T>(who: Who, url: string): Promise<Answer<T>>;
  post<T>(who: Who, url: string, body: unknown, key?: string): Promise<Answer<T>>;
  /** A command that must succeed. */
  do<T>(who: Who, url: string, body: unknown): Promise<T>;
  read<T>(who: Who, url: string): Promise<T>;
  raw(who: Who, url: string): Promise<LightMyRequestResponse>;
  upload(who: Who, name: string, bytes: Uint8Array): Promise<{ id: string }>;
  as<T>(body: Body, work: (unit: Unit) => Promise<T>): Promise<T>;
  /** Lets the pollers of every agency run until nothing moves. */
  exchange(rounds?: number): Promise<void>;
  close(): Promise<void>;
}

async function addStaff(
  system: TestSystem,
  org: Record<Body, OrgId>,
): Promise<Pick<World, 'person' | 'unit'>> {
  const person: Record<string, PersonId> = {};
  const unit: Record<string, UnitId> = {};
  for (const [username, entry] of Object.entries(staff)) {
    const id = org[entry.body];
    await unitOfWork(system.ctx, { org: id, actor: systemActor(id) }, async (work) => {
      unit[entry.unit] ??= await addUnit(work, {
        name: entry.unit,
        abbreviation: abbreviations[entry.unit]!,
      });
      const post = await addPost(work, {
        unitId: unit[entry.unit]!,
        title: entry.post,
        isHead: entry.role === 'head' || entry.role === 'leader',
      });
      person[username] = await createPerson(work, {
        username,
        fullName: entry.name,
        password,
        roles: [entry.role],
      });
      await appoint(work, { personId: person[username], postId: post, from: '2015-01-01', basis: 'QĐ 1' });
    });
  }
  return { person: person as World['person'], unit };
}

async function addKeys(system: TestSystem, org: Record<Body, OrgId>, person: World['person']): Promise<void> {
  for (const body of ['government', 'finance'] as const) {
    const { name, code102 } = bodies[body];
    await unitOfWork(system.ctx, { org: org[body], actor: systemActor(org[body]) }, async (work) => {
      await issueSealKey(work, { organisation: name, code: code102, pin });
      await issueAgencyKey(work, { organisation: name, code: code102 });
      const leader = body === 'government' ? 'chief' : 'director';
      await issueOfficerKey(work, {
        personId: person[leader],
        name: staff[leader].name,
        title: staff[leader].post,
        organisation: name,
        pin,
      });
    });
  }
  for (const { orgId, certificatePem } of await agencyCertificates(system.ctx))
    await registerMember(system.ctx, { orgId, certificatePem });
}

/** Starts axis and offices together. */
export async function startWorld(
  options: { readonly now?: string; readonly undoSeconds?: number } = {},
): Promise<World> {
  const config = {
    sampleData: true,
    undoSendSeconds: options.undoSeconds ?? 60,
    axisUrl: 'http://127.0.0.1:1',
  };
  const system = await testSystem(
    [
      directoryModule,
      auditModule,
      axisModule,
      identityModule,
      signaturesModule,
      exchangeModule,
      documentsModule,
      workModule,
    ],
    { now: options.now ?? '2026-11-24T08:00:00+07:00', config },
  );
  await system.app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(system.app.server.address() as AddressInfo).port}`;
  Object.assign(system.ctx.config, { axisUrl: url, publicUrl: url });
  const { ctx } = system;
  const org = await ctx.db.transaction(null, async (tx) => {
    await addOrganisations(tx, Object.values(bodies), '2015-01-01', ctx.clock.now());
    const found: Partial<Record<Body, OrgId>> = {};
    for (const [name, { code }] of Object.entries(bodies))
      found[name as Body] = (await findByCode(tx, code, ctx.clock.now()))!.id;
    await setHosted(tx, [found.government!, found.finance!]);
    return found as Record<Body, OrgId>;
  });
  const { person, unit } = await addStaff(system, org);
  await addKeys(system, org, person);
  return { ...clients(system), system, org, person, unit, ...pollers(system, org) };
}

function pollers(system: TestSystem, org: Record<Body, OrgId>): Pick<World, 'as' | 'exchange' | 'close'> {
  const hosted = [org.government, org.finance];
  return {
    as: (body, work) => unitOfWork(system.ctx, { org: org[body], actor: systemActor(org[body]) }, work),
    async exchange(rounds = 3) {
      for (let round = 0; round < rounds; round += 1) {
        for (const one of hosted) await outboxRound(system.ctx, one);
        for (const one of hosted) await inboxRound(system.ctx, one);
      }
      for (const one of hosted) await transportRound(system.ctx, one);
    },
    close: () => system.close(),
  };
}

function clients(system: TestSystem): Pick<World, 'get' | 'post' | 'do' | 'read' | 'raw' | 'upload'> {
  const cookies = new Map<Who, { readonly cookie: string; readonly at: number }>();
  let count = 0;
  const headers = { 'x-phigiay': '1' };
  async function cookieOf(who: Who): Promise<string> {
    const now = system.ctx.clock.now().getTime();
    const known = cookies.get(who);
    // Sessions end when they idle; the clock of a test jumps over months.
    if (known && now >= known.at && now - known.at < 600_000) return known.cookie;
    const answer = await system.app.inject({
      method: 'POST',
      url: '/api/session',
      headers,
      payload: { username: who, password },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    cookies.set(who, { cookie, at: now });
    return cookie;
  }
  const answered = <T>(response: { statusCode: number; body: string }): Answer<T> => {
    const isJson = /^[[{]/.test(response.body);
    const body = (isJson ? JSON.parse(response.body) : {}) as T & { code?: string };
    return { status: response.statusCode, body, code: body.code };
  };
  const client: Pick<World, 'get' | 'post'> = {
    get: async (who, url) =>
      answered(await system.app.inject({ url, headers: { ...headers, cookie: await cookieOf(who) } })),
    post: async (who, url, body, key) => {
      count += 1;
      const idempotencyKey = key ?? `test-command-${count}`;
      return answered(
        await system.app.inject({
          method: 'POST',
          url,
          headers: { ...headers, cookie: await cookieOf(who), 'idempotency-key': idempotencyKey },
          payload: body as object,
        }),
      );
    },
  };
  const good = <T>(answer: Answer<T>, url: string): T => {
    assert.equal(answer.status, 200, `${url}: ${JSON.stringify(answer.body).slice(0, 600)}`);
    return answer.body;
  };
  return {
    ...client,
    do: async <T>(who: Who, url: string, body: unknown): Promise<T> =>
      good(await client.post<T>(who, url, body), url),
    read: async <T>(who: Who, url: string): Promise<T> => good(await client.get<T>(who, url), url),
    raw: async (who, url) =>
      await system.app.inject({ url, headers: { ...headers, cookie: await cookieOf(who) } }),
    async upload(who, name, bytes) {
      count += 1;
      const idempotencyKey = `test-upload-${count}`;
      const response = await system.app.inject({
        method: 'POST',
        url: `/api/documents/files?name=${encodeURIComponent(name)}`,
        headers: {
          ...headers,
          cookie: await cookieOf(who),
          'idempotency-key': idempotencyKey,
          'content-type': 'application/octet-stream',
        },
        payload: Buffer.from(bytes),
      });
      return good(answered<{ id: string }>(response), name);
    },
  };
}

// ---------------------------------------------------------------- whole paths

const outgoing = '/api/documents/outgoing';

/** Fields of a draft of either agency. */
export function draftOf(world: World, from: 'government' | 'finance', more: object = {}): object {
  const to = from === 'government' ? 'finance' : 'government';
  return {
    typeCode: 'CV',
    abstract: 'Về việc báo cáo tình hình tài chính quý III',
    recipients: [world.org[to]],
    body: 'Thực hiện chỉ đạo của Thủ tướng Chính phủ, cơ quan báo cáo như sau.\nTrân trọng./.',
    signerId: world.person[from === 'government' ? 'chief' : 'director'],
    ...more,
  };
}

const hands = {
  government: { drafter: 'minh', head: 'head', leader: 'chief', clerk: 'hoa' },
  finance: { drafter: 'tu', head: 'budget', leader: 'director', clerk: 'lan' },
} as const;

/** Drafts, reviews and signs a document. */
export async function signedDocument(
  world: World,
  from: 'government' | 'finance',
  more: object = {},
): Promise<OutgoingDetail> {
  const { drafter, head, leader } = hands[from];
  const draft = await world.do<OutgoingDetail>(drafter, outgoing, draftOf(world, from, more));
  await world.do(drafter, `${outgoing}/${draft.id}/submit`, {});
  await world.do(head, `${outgoing}/${draft.id}/approve`, {});
  return await world.do<OutgoingDetail>(leader, `${outgoing}/${draft.id}/sign`, { pin });
}

/** The whole path up to "Gửi". */
export async function issuedDocument(
  world: World,
  from: 'government' | 'finance',
  more: object = {},
): Promise<OutgoingDetail> {
  const { clerk } = hands[from];
  const { id } = await signedDocument(world, from, more);
  await world.do(clerk, `${outgoing}/${id}/number`, {});
  await world.do(clerk, `${outgoing}/${id}/seal`, { pin });
  return await world.do<OutgoingDetail>(clerk, `${outgoing}/${id}/issue`, { confirm: true });
}

/** Sends a document over the axis; the receiver's clerk finds it arrived. */
export async function delivered(
  world: World,
  from: 'government' | 'finance',
  more: object = {},
): Promise<{ sent: OutgoingDetail; arrived: IncomingDetail }> {
  const issued = await issuedDocument(world, from, more);
  const { clerk } = hands[from];
  await world.do(clerk, `${outgoing}/${issued.id}/send-now`, {});
  await world.exchange();
  const receiver = hands[from === 'government' ? 'finance' : 'government'].clerk;
  const found = await world.read<{ items: { id: string }[] }>(
    receiver,
    `/api/documents/incoming?text=${encodeURIComponent(issued.notation!)}`,
  );
  assert.ok(found.items.length > 0, 'the document has not arrived');
  return {
    sent: await world.read<OutgoingDetail>(clerk, `${outgoing}/${issued.id}`),
    arrived: await world.read<IncomingDetail>(receiver, `/api/documents/incoming/${found.items[0]!.id}`),
  };
}
