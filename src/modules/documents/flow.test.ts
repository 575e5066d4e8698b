import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IncomingDetail, OutgoingDetail } from './contract.ts';
import { rebuild } from './replay.ts';
import {
  delivered,
  draftOf,
  issuedDocument,
  pin,
  signedDocument,
  startWorld,
  type World,
} from './world.test.ts';

const outgoing = '/api/documents/outgoing';
const incoming = '/api/documents/incoming';
let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

const sent = (id: string, who: 'hoa' | 'lan' = 'lan'): Promise<OutgoingDetail> =>
  world.read<OutgoingDetail>(who, `${outgoing}/${id}`);
const statusOf = (doc: OutgoingDetail): string | null =>
  doc.dispatches.flatMap((dispatch) => dispatch.recipients).at(-1)?.status ?? null;

test('a draft goes to the head, the leader and the clerk, each with their own buttons', async () => {
  const draft = await world.do<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'));
  assert.deepEqual(draft.actions, ['edit', 'submit']);
  assert.equal(draft.holder?.label, 'Đặng Anh Tú');
  const url = `${outgoing}/${draft.id}`;
  const early = await world.post('director', `${url}/sign`, { pin });
  assert.equal(early.code, 'documents.wrong-state');
  await world.do('tu', `${url}/submit`, { note: 'Kính trình' });
  assert.equal((await world.post('tu', `${url}/approve`, {})).code, 'documents.not-yours');
  assert.equal((await world.post('budget', `${url}/return`, { reason: 'sai' })).status, 422);
  const returned = await world.do<OutgoingDetail>('budget', `${url}/return`, {
    reason: 'Số liệu chưa khớp báo cáo tháng.',
  });
  assert.equal(returned.state, 'returned');
  assert.deepEqual(
    returned.opinions.map(({ step, text }) => [step, text]),
    [
      ['submitted', 'Kính trình'],
      ['returned', 'Số liệu chưa khớp báo cáo tháng.'],
    ],
  );
  const edited = await world.do<OutgoingDetail>('tu', `${url}/edit`, {
    ...draftOf(world, 'finance', { abstract: 'Báo cáo đã sửa số liệu' }),
    baseVersion: 1,
  });
  assert.equal(edited.version, 2);
  assert.deepEqual(
    edited.versions.map((one) => one.version),
    [1, 2],
  );
  const stale = await world.post('tu', `${url}/edit`, { ...draftOf(world, 'finance'), baseVersion: 1 });
  assert.equal(stale.code, 'documents.stale-version');
  await world.do('tu', `${url}/submit`, {});
  const approved = await world.do<OutgoingDetail>('budget', `${url}/approve`, { opinion: 'Đồng ý' });
  assert.equal(approved.holder?.label, 'Huỳnh Văn Giám');
  const signed = await world.do<OutgoingDetail>('director', `${url}/sign`, { pin });
  assert.equal(signed.state, 'leader-signed');
  assert.equal(signed.mainFile?.signatures?.signatures.length, 1);
  assert.equal((await world.read<OutgoingDetail>('lan', url)).actions.includes('number'), true);
});

test('secret documents are refused, and so is what the directory does not know', async () => {
  const secret = await world.post('tu', outgoing, draftOf(world, 'finance', { secrecy: 'Mật' }));
  assert.equal(secret.code, 'documents.state-secret');
  const nowhere = await world.post(
    'tu',
    outgoing,
    draftOf(world, 'finance', { recipients: [crypto.randomUUID()] }),
  );
  assert.equal(nowhere.code, 'documents.unknown-recipient');
  assert.equal(
    (await world.post('tu', outgoing, draftOf(world, 'finance', { typeCode: 'XX' }))).code,
    'documents.unknown-type',
  );
});

test('S2.11 saving sends nothing; what is sent can be undone for 60 seconds, then it has left', async () => {
  const signed = await signedDocument(world, 'finance');
  const url = `${outgoing}/${signed.id}`;
  await world.exchange();
  const early = await world.post('lan', `${url}/issue`, { confirm: true });
  assert.equal(early.code, 'documents.wrong-state');
  await world.do('lan', `${url}/number`, {});
  const sealed = await world.do<OutgoingDetail>('lan', `${url}/seal`, { pin });
  assert.deepEqual(
    sealed.checklist.map(({ code, ok }) => [code, ok]),
    [
      ['signed', true],
      ['numbered', true],
      ['sealed', true],
      ['attachments', true],
      ['recipients', true],
      ['secrecy', true],
    ],
  );
  assert.equal(sealed.dispatches.length, 0);
  const issued = await world.do<OutgoingDetail>('lan', `${url}/issue`, { confirm: true });
  assert.equal(issued.state, 'issued');
  assert.ok(issued.undoUntil);
  world.system.ctx.clock.advance(30_000);
  await world.exchange();
  const undone = await world.do<OutgoingDetail>('lan', `${url}/undo`, {});
  assert.equal(undone.state, 'sealed');
  assert.equal(undone.notation, sealed.notation);
  world.system.ctx.clock.advance(120_000);
  await world.exchange();
  assert.equal((await sent(signed.id)).state, 'sealed');
  await world.do('lan', `${url}/issue`, { confirm: true });
  world.system.ctx.clock.advance(61_000);
  await world.exchange();
  const left = await sent(signed.id);
  assert.equal(left.state, 'dispatched');
  assert.equal((await world.post('lan', `${url}/undo`, {})).status, 409);
  assert.equal(left.timers[0]?.kind, 'send');
  assert.equal(left.timers[0]?.late, false);
});

test('S2.9 issuing a reply closes the incoming, tells 06, and the sender sees our number', async () => {
  const { sent: asked, arrived } = await delivered(world, 'finance');
  await world.do('hoa', `${incoming}/${arrived.id}/register`, {});
  assert.equal(
    (await world.post('minh', outgoing, draftOf(world, 'government', { replyTo: arrived.id }))).status,
    404,
  );
  await world.do('chief', `/api/work/incoming/${arrived.id}/direct`, {
    text: 'Minh soạn văn bản trả lời.',
    lead: { kind: 'person', id: world.person.minh },
    due: '2026-12-01',
  });
  const reply = await issuedDocument(world, 'government', { replyTo: arrived.id });
  assert.match(reply.notation!, /^\d+\/VPCP-KTTH$/);
  await world.do('hoa', `${outgoing}/${reply.id}/send-now`, {});
  await world.exchange();
  const closed = await world.read<IncomingDetail>('hoa', `${incoming}/${arrived.id}`);
  assert.equal(closed.state, 'closed');
  assert.equal(closed.closedHow, 'replied');
  assert.equal(closed.replies[0]?.notation, reply.notation);
  const original = await sent(asked.id);
  assert.equal(statusOf(original), '06');
  const received = await world.read<{ items: { id: string }[] }>(
    'lan',
    `${incoming}?text=${encodeURIComponent(reply.notation!)}`,
  );
  const ours = await world.read<IncomingDetail>('lan', `${incoming}/${received.items[0]!.id}`);
  assert.equal(ours.responseFor[0]?.outgoingId, asked.id);
});

test('an arrived document is prefilled out of the package with a report of its signatures', async () => {
  const { sent: doc, arrived } = await delivered(world, 'finance', {
    urgency: 1,
    dueDate: '2026-12-20',
    typeCode: 'BC',
  });
  assert.equal(arrived.state, 'arrived');
  assert.equal(arrived.notation, doc.notation);
  assert.equal(arrived.abstract, doc.abstract);
  assert.equal(arrived.issuerName, 'Sở Tài chính tỉnh Tây Ninh');
  assert.equal(arrived.typeName, 'Báo cáo');
  assert.equal(arrived.urgency, 1);
  assert.equal(arrived.dueDate, '2026-12-20');
  assert.equal(arrived.signer.fullName, 'Huỳnh Văn Giám');
  assert.equal(arrived.files.length, 1);
  assert.equal(arrived.files[0]?.signatures?.verdict, 'valid');
  assert.equal(arrived.files[0]?.signatures?.signatures.length, 2);
  assert.deepEqual(arrived.actions, ['register', 'refuse']);
  assert.equal(arrived.duplicates.length, 0);
  const next = await world.read<{ item: IncomingDetail; waiting: number }>('hoa', `${incoming}/next`);
  assert.equal(next.item.urgency, 1);
  const registered = await world.do<IncomingDetail>('hoa', `${incoming}/${arrived.id}/register`, {});
  assert.equal(registered.state, 'awaiting-direction');
  assert.ok(registered.arrivalNumber);
  await world.exchange();
  assert.equal(statusOf(await sent(doc.id)), '03');
});

test('S1.5 a refusal is work for the sender’s clerk; the update keeps the thread', async () => {
  const { sent: doc, arrived } = await delivered(world, 'finance');
  const bare = await world.post('hoa', `${incoming}/${arrived.id}/refuse`, {
    reason: 'missing-appendix',
    text: '',
  });
  assert.equal(bare.status, 422);
  await world.do('hoa', `${incoming}/${arrived.id}/refuse`, {
    reason: 'missing-appendix',
    text: 'thiếu phụ lục 2',
  });
  await world.exchange();
  const refused = await sent(doc.id);
  assert.equal(refused.attention, 'refused');
  assert.equal(refused.holder?.id, 'clerk');
  assert.equal(statusOf(refused), '02');
  assert.match(refused.dispatches[0]!.recipients[0]!.refusal!, /thiếu phụ lục 2/);
  const appendix = await world.upload('lan', 'Phụ lục 2.txt', Buffer.from('Phụ lục hai'));
  const resent = await world.do<OutgoingDetail>('lan', `${outgoing}/${doc.id}/resend`, {
    reason: 'Bổ sung phụ lục 2 còn thiếu.',
    attachments: [appendix.id],
  });
  assert.equal(resent.attention, null);
  await world.exchange();
  const first = await world.read<IncomingDetail>('hoa', `${incoming}/${arrived.id}`);
  assert.equal(first.state, 'refused');
  assert.equal(first.updatedBy.length, 1);
  const update = await world.read<IncomingDetail>('hoa', `${incoming}/${first.updatedBy[0]!.id}`);
  assert.equal(update.business, 'update');
  assert.equal(update.updates?.id, first.id);
  assert.equal(update.duplicates.length, 0);
  assert.deepEqual(
    update.files.map((file) => file.name).sort(),
    ['Phụ lục 2.txt', update.files[0]!.name].sort(),
  );
  await world.do('hoa', `${incoming}/${update.id}/register`, {});
  await world.exchange();
  const taken = await sent(doc.id);
  assert.equal(taken.dispatches.length, 2);
  assert.equal(statusOf(taken), '03');
  assert.equal(taken.attention, null);
});

test('recall: what is not in the book goes back at once, the rest is the clerk’s answer', async () => {
  const one = await delivered(world, 'finance');
  await world.do('lan', `${outgoing}/${one.sent.id}/recall`, { reason: 'Gửi nhầm bản dự thảo.' });
  await world.exchange();
  assert.equal((await sent(one.sent.id)).state, 'recalled');
  const back = await world.read<IncomingDetail>('hoa', `${incoming}/${one.arrived.id}`);
  assert.equal(back.state, 'recalled-by-sender');
  assert.equal(back.contentDestroyed, true);
  const file = await world.get('hoa', `/api/documents/files/${one.arrived.files[0]!.id}`);
  assert.equal(file.status, 410);

  for (const agree of [true, false]) {
    const two = await delivered(world, 'finance');
    await world.do('hoa', `${incoming}/${two.arrived.id}/register`, {});
    await world.do('lan', `${outgoing}/${two.sent.id}/recall`, { reason: 'Gửi nhầm bản dự thảo.' });
    await world.exchange();
    assert.equal((await sent(two.sent.id)).state, 'recalling');
    const asked = await world.read<IncomingDetail>('hoa', `${incoming}/${two.arrived.id}`);
    assert.equal(asked.state, 'recall-requested');
    assert.equal(asked.holder?.id, 'clerk');
    const answered = await world.do<IncomingDetail>('hoa', `${incoming}/${two.arrived.id}/answer-recall`, {
      agree,
      text: agree ? '' : 'Lãnh đạo đang xử lý văn bản này.',
    });
    await world.exchange();
    const sender = await sent(two.sent.id);
    assert.equal(answered.state, agree ? 'recalled-by-sender' : 'awaiting-direction');
    assert.equal(sender.state, agree ? 'recalled' : 'dispatched');
    assert.equal(sender.attention, agree ? null : 'recall-declined');
  }
});

test('S2.10 a second click on every command has one effect', async () => {
  const draft = await world.post<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'), 'click-create-1');
  const twice = await world.post<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'), 'click-create-1');
  assert.equal(twice.body.id, draft.body.id);
  const url = `${outgoing}/${draft.body.id}`;
  const steps = [
    ['tu', 'submit', {}],
    ['budget', 'approve', {}],
    ['director', 'sign', { pin }],
    ['lan', 'number', {}],
    ['lan', 'seal', { pin }],
    ['lan', 'issue', { confirm: true }],
    ['lan', 'send-now', {}],
  ] as const;
  for (const [who, action, body] of steps) {
    const answers = await Promise.all(
      [1, 2, 3].map(() => world.post<OutgoingDetail>(who, `${url}/${action}`, body, `click-${action}-1`)),
    );
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 200, 200],
      action,
    );
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer.body))).size, 1, action);
  }
  await world.exchange();
  const doc = await sent(draft.body.id);
  assert.equal(doc.dispatches.length, 1);
  assert.equal(doc.history.filter((line) => line.type === 'numbered').length, 1);
  const found = await world.read<{ items: unknown[] }>(
    'hoa',
    `${incoming}?text=${encodeURIComponent(doc.notation!)}`,
  );
  assert.equal(found.items.length, 1);
});

test('S2.8 a void number stays in the register, struck through, and can be found', async () => {
  const { id } = await signedDocument(world, 'finance');
  const numbered = await world.do<OutgoingDetail>('lan', `${outgoing}/${id}/number`, {});
  await world.do('lan', `${outgoing}/${id}/void`, {
    reason: 'Nội dung sai, ban hành lại văn bản khác.',
    authoriserId: world.person.director,
  });
  const other = await signedDocument(world, 'finance');
  const after = await world.do<OutgoingDetail>('lan', `${outgoing}/${other.id}/number`, {});
  assert.equal(after.number, numbered.number! + 1);
  const register = await world.read<{
    items: {
      number: number;
      state: string;
      voided: { reason: string; by: string; authoriser: string } | null;
    }[];
  }>('lan', '/api/documents/registers?kind=outgoing&year=2026&limit=500');
  const line = register.items.find((row) => row.number === numbered.number);
  assert.equal(line?.state, 'void');
  assert.deepEqual(
    [line.voided?.reason, line.voided?.by, line.voided?.authoriser],
    ['Nội dung sai, ban hành lại văn bản khác.', 'Võ Thị Lan', 'Huỳnh Văn Giám'],
  );
  assert.deepEqual(
    register.items.map((row) => row.number),
    register.items.map((_, index) => index + 1),
  );
  const found = await world.read<{ items: OutgoingDetail[] }>('lan', `${outgoing}?text=${numbered.number}`);
  assert.ok(found.items.some((item) => item.id === id && item.state === 'void'));
});

test('the record replayed gives the tables', async () => {
  for (const body of ['government', 'finance'] as const)
    assert.deepEqual(await world.as(body, (unit) => rebuild(unit)), []);
});
