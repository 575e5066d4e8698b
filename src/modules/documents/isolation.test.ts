import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { entries } from '#audit';
import { delivered, draftOf, issuedDocument, pin, startWorld, type Who, type World } from './world.test.ts';

let world: World;
let foreign: { readonly [kind: string]: readonly string[] };

/** A body that passes the schema, for every command: a new route without one fails this test. */
const bodies: Readonly<Record<string, () => object>> = {
  edit: () => ({ typeCode: 'CV', abstract: 'x', signerId: world.person.chief, baseVersion: 1 }),
  submit: () => ({}),
  review: () => ({ opinion: 'Đồng ý' }),
  approve: () => ({}),
  'outgoing/return': () => ({ reason: 'Chưa đủ căn cứ.' }),
  sign: () => ({ pin }),
  number: () => ({}),
  seal: () => ({ pin }),
  issue: () => ({ confirm: true }),
  undo: () => ({}),
  'send-now': () => ({}),
  recall: () => ({ reason: 'Gửi nhầm văn bản.' }),
  resend: () => ({ reason: 'Bổ sung phụ lục.' }),
  void: () => ({ reason: 'Hủy số này.', authoriserId: world.person.chief }),
  register: () => ({}),
  refuse: () => ({ reason: 'other', text: 'Không phải của tôi.' }),
  forward: () => ({}),
  'answer-recall': () => ({ agree: true }),
  close: () => ({ how: 'noted' }),
  direct: () => ({
    text: 'Xử lý',
    lead: { kind: 'person', id: world.person.minh },
    due: '2027-01-01',
  }),
  accept: () => ({}),
  seen: () => ({}),
  'assignments/return': () => ({ reason: 'Không đúng việc.' }),
  report: () => ({ text: 'Đang làm' }),
  finish: () => ({ text: 'Xong' }),
  run: () => ({ pin }),
  pause: () => ({}),
  skip: () => ({ documentId: foreign['outgoing']![0] }),
  confirm: () => ({}),
  rework: () => ({ reason: 'Làm lại phần hai.' }),
  revoke: () => ({ reason: 'Thôi không cần.' }),
  delegate: () => ({ to: { kind: 'person', id: world.person.minh }, text: 'Làm giúp' }),
  reassign: () => ({ to: { kind: 'person', id: world.person.minh }, text: 'Làm giúp' }),
};

before(async () => {
  world = await startWorld();
  // Sở Tài chính has a draft, a sent document, a received one with files and work; all foreign to the ministry.
  const waiting = await world.do<{ id: string }>('tu', '/api/documents/outgoing', draftOf(world, 'finance'));
  await world.do('tu', `/api/documents/outgoing/${waiting.id}/submit`, {});
  await world.do('budget', `/api/documents/outgoing/${waiting.id}/approve`, {});
  const batch = await world.do<{ id: string }>('director', '/api/documents/batches', {
    documentIds: [waiting.id],
  });
  const mine = await issuedDocument(world, 'finance', { recipients: [world.org.province] });
  const { arrived } = await delivered(world, 'government');
  await world.do('lan', `/api/documents/incoming/${arrived.id}/register`, {});
  const work = await world.do<{ directions: { assignments: { id: string }[] }[] }>(
    'director',
    `/api/work/incoming/${arrived.id}/direct`,
    { text: 'Xử lý', lead: { kind: 'unit', id: world.unit['Phòng Ngân sách'] }, due: '2027-01-01' },
  );
  foreign = {
    outgoing: [mine.id],
    incoming: [arrived.id],
    batches: [batch.id],
    assignments: work.directions[0]!.assignments.map((one) => one.id),
    files: [mine.mainFile!.id, ...arrived.files.map((file) => file.id)],
  };
});
after(() => world.close());

const kindOf = (url: string): string =>
  /\/(outgoing|incoming|assignments|files|batches)\//.exec(url)?.[1] ?? 'incoming';

function bodyFor(url: string): object {
  const action = url.split('/').at(-1)!;
  const make = bodies[`${kindOf(url)}/${action}`] ?? bodies[action];
  assert.ok(make, `${url} has no body in this test`);
  return make();
}

async function ask(
  who: Who,
  route: { method: string; url: string },
  id: string,
): Promise<{ status: number; body: string }> {
  const kind = route.url.includes(':kind')
    ? foreign['outgoing']!.includes(id)
      ? 'outgoing'
      : 'incoming'
    : '';
  const url = route.url
    .replace(':id', id)
    .replace(':kind', kind)
    .replace(':version', '1')
    .replace(':dispatchId', id);
  const answer = await (route.method === 'GET'
    ? world.get<object>(who, url)
    : world.post<object>(who, url, bodyFor(route.url)));
  return { status: answer.status, body: JSON.stringify(answer.body) };
}

test('S2.14 on every route a foreign id is answered like one that does not exist: 404', async () => {
  const routes = world.system.app.allRoutes.filter(
    ({ url }) => /^\/api\/(documents|work)\//.test(url) && url.includes(':id'),
  );
  assert.ok(routes.length > 35, `only ${routes.length} routes`);
  const who = fc.constantFrom<Who>('hoa', 'chief', 'head', 'minh');
  for (const route of routes) {
    const ids = route.url.includes(':kind')
      ? [...foreign['incoming']!, ...foreign['outgoing']!]
      : foreign[kindOf(route.url)]!;
    await fc.assert(
      fc.asyncProperty(
        who,
        fc.constantFrom(...ids),
        fc.uuid({ version: 7 }),
        async (one, theirs, nobodys) => {
          const there = await ask(one, route, theirs);
          const nowhere = await ask(one, route, nobodys);
          assert.equal(there.status, 404, `${route.method} ${route.url}: ${there.body}`);
          assert.deepEqual(there, nowhere);
        },
      ),
      { numRuns: 4 },
    );
  }
});

test('S2.14 no list, search or register of one house shows a document of another', async () => {
  const ids = new Set(Object.values(foreign).flat());
  const words = [
    '',
    'text=báo cáo',
    'text=bao',
    'text=01',
    'text=01/STC-BCTC',
    'text=STC',
    'mine=1',
    'order=oldest',
  ];
  const urls = [
    ...words.flatMap((word) =>
      ['outgoing', 'incoming'].map((kind) => `/api/documents/${kind}?${encodeURI(word)}`),
    ),
    '/api/documents/incoming/next',
    '/api/documents/registers?kind=outgoing&year=2026',
    '/api/documents/registers?kind=incoming&year=2026&text=STC',
    ...['pending', 'in-work', 'to-know', 'done'].map((list) => `/api/work/mine?list=${list}`),
    ...['organisation', 'me'].map((scope) => `/api/work/custody?scope=${scope}`),
  ];
  for (const url of urls) {
    const answer = await world.get<object>('hoa', url);
    assert.equal(answer.status, 200, `${url}: ${JSON.stringify(answer.body)}`);
    const text = JSON.stringify(answer.body);
    for (const id of ids) assert.ok(!text.includes(id), `${url} shows ${id}`);
  }
  // The same questions do find them at home.
  const home = await world.get<{ items: unknown[] }>(
    'lan',
    `/api/documents/outgoing?text=${encodeURI('báo cáo')}`,
  );
  assert.ok(home.body.items.length > 0);
});

test('S2.14 a refused access leaves an audit line in the organisation of whoever tried', async () => {
  const id = foreign['incoming']![0]!;
  await world.get('minh', `/api/documents/incoming/${id}`);
  const lines = await world.as('government', (unit) =>
    entries(unit, { object: `/api/documents/incoming/${id}`, limit: 10 }),
  );
  assert.equal(lines[0]?.action, 'access.refused');
  assert.equal(lines[0]?.actorName, 'Phạm Quang Minh');
});

test('S2.14 inside a house, a specialist sees what they work on and no more', async () => {
  const { arrived } = await delivered(world, 'finance');
  const url = `/api/documents/incoming/${arrived.id}`;
  await world.do('hoa', `${url}/register`, {});
  assert.equal((await world.get('minh', url)).status, 404);
  const file = `/api/documents/files/${arrived.files[0]!.id}/report`;
  assert.equal((await world.get('minh', file)).status, 404);
  await world.do('chief', `/api/work/incoming/${arrived.id}/direct`, {
    text: 'Minh xử lý.',
    lead: { kind: 'person', id: world.person.minh },
    due: '2027-01-01',
  });
  assert.equal((await world.get('minh', url)).status, 200);
  assert.equal((await world.get('minh', file)).status, 200);
  assert.equal((await world.get('law', url)).status, 404);
});
