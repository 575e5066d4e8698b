import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import { addPost, appoint } from '#directory';
import { issueOfficerKey } from '#signatures';
import type { authoritiesAnswer } from '#contracts/signatures';
import type { OutgoingDetail } from './contract.ts';
import { signerFindings } from './signerFindings.ts';
import { draftOf, pin, startWorld, type World } from './world.test.ts';

const outgoing = '/api/documents/outgoing';
const register = '/api/signatures/authorities';
type Register = z.infer<typeof authoritiesAnswer>;
let world: World;
before(async () => {
  world = await startWorld();
  await world.as('finance', async (unit) => {
    const organisation = 'Sở Tài chính tỉnh Tây Ninh';
    await issueOfficerKey(unit, {
      personId: world.person.deputy,
      name: 'Lý Thị Phó',
      title: 'Phó Giám đốc',
      organisation,
      pin,
    });
  });
});
after(() => world.close());

const deputyLetter = (more: object = {}): object =>
  draftOf(world, 'finance', {
    signerId: world.person.deputy,
    capacity: 'KT.',
    signerPost: 'Giám đốc / Phó Giám đốc',
    ...more,
  });

async function approved(body: object): Promise<string> {
  const { id } = await world.do<OutgoingDetail>('tu', outgoing, body);
  await world.do('tu', `${outgoing}/${id}/submit`, {});
  await world.do('budget', `${outgoing}/${id}/approve`, {});
  return `${outgoing}/${id}`;
}

const grant = (more: object = {}): object => ({
  personId: world.person.deputy,
  capacity: 'KT.',
  basis: 'Quyết định 15/QĐ-STC ngày 02/11/2026',
  validFrom: '2026-11-02',
  ...more,
});

test('S3.5 a deputy signs KT. only in what was given to them on that day; sealing stops what was taken back', async () => {
  const url = await approved(deputyLetter());
  const before = await world.read<OutgoingDetail>('deputy', url);
  assert.equal(before.authority?.ok, false);
  assert.deepEqual(before.authority?.whoMay, ['Huỳnh Văn Giám (Giám đốc)']);
  const refused = await world.post<{ title: string; next: string }>('deputy', `${url}/sign`, { pin });
  assert.equal(refused.code, 'documents.not-empowered');
  assert.match(refused.body.title, /Lý Thị Phó không đủ thẩm quyền ký KT\. tại ngày ký 24\/11\/2026/);
  assert.match(refused.body.next, /Huỳnh Văn Giám/);

  // Another field of work does not help.
  await world.do('director', register, grant({ units: [world.unit['Văn phòng Sở']] }));
  assert.equal((await world.post('deputy', `${url}/sign`, { pin })).code, 'documents.not-empowered');
  const given = await world.do<Register>(
    'director',
    register,
    grant({ units: [world.unit['Phòng Ngân sách']] }),
  );
  assert.equal((await world.read<OutgoingDetail>('deputy', url)).authority?.ok, true);
  const signed = await world.do<OutgoingDetail>('deputy', `${url}/sign`, { pin });
  assert.match(JSON.stringify(signed.history.at(-1)?.detail), /15\/QĐ-STC/, 'the basis is on record');

  // Taken back later, with effect from before the signature.
  const entry = given.items.find((item) => item.units.some(({ name }) => name === 'Phòng Ngân sách'))!;
  await world.do('director', `${register}/${entry.id}/revoke`, {
    from: '2026-11-20',
    reason: 'Quyết định 20/QĐ-STC thôi phân công lĩnh vực',
  });
  assert.equal(signed.mainFile?.signatures?.verdict, 'valid', 'cryptographically it is fine');
  assert.equal((await world.post('lan', `${url}/number`, {})).code, 'documents.not-empowered');
  const returned = await world.do<OutgoingDetail>('lan', `${url}/return`, {
    reason: 'Đổi người ký văn bản.',
  });
  assert.equal(returned.state, 'returned');
  const history = await world.read<Register>('lan', register);
  const revoked = history.items.find((item) => item.id === entry.id);
  assert.equal(revoked?.state, 'revoked');
  assert.equal(revoked.revoked?.by, 'Huỳnh Văn Giám');
  assert.equal(history.mayChange, false);
});

test('the seal stops what was numbered before the authority was taken back', async () => {
  const given = await world.do<Register>('director', register, grant({ types: ['CV'] }));
  const url = await approved(deputyLetter());
  await world.do('deputy', `${url}/sign`, { pin });
  await world.do('lan', `${url}/number`, {});
  const entry = given.items.find((item) => item.types.includes('CV'))!;
  await world.do('director', `${register}/${entry.id}/revoke`, {
    from: '2026-11-24',
    reason: 'Thôi giao ký thay.',
  });
  assert.equal((await world.post('lan', `${url}/seal`, { pin })).code, 'documents.not-empowered');
  const again = await world.post('director', `${register}/${entry.id}/revoke`, {
    from: '2026-11-24',
    reason: 'Thôi giao ký thay.',
  });
  assert.equal(again.code, 'signatures.unknown-authority', 'a revocation is entered once');
});

test('Decree 30/2020 Art. 13 as data: who can be given what', async () => {
  const given = (more: object): Promise<{ code: string | undefined }> =>
    world.post('director', register, grant(more));
  assert.equal((await given({ personId: world.person.budget })).code, 'signatures.authority-unfit');
  assert.equal(
    (await given({ personId: world.person.budget, capacity: 'TUQ.', types: ['GM'] })).code,
    'signatures.authority-needs-end',
  );
  assert.equal(
    (await given({ personId: world.person.budget, capacity: 'TUQ.', validTo: '2026-12-31' })).code,
    'signatures.authority-needs-scope',
  );
  assert.equal(
    (await given({ capacity: 'TUQ.', types: ['GM'], validTo: '2026-12-31' })).code,
    'signatures.authority-unfit',
  );
  assert.equal((await given({ validTo: '2026-01-01' })).code, 'signatures.authority-dates');
  assert.equal((await world.post('tu', register, grant())).code, 'signatures.authority-not-yours');
  assert.equal((await given({ personId: world.person.chief })).code, 'signatures.unknown-person');
  const tl = await given({ personId: world.person.budget, capacity: 'TL.' });
  assert.equal(tl.code, undefined);
  const collective = await approved(draftOf(world, 'finance', { capacity: 'TM.' }));
  const refused = await world.post<{ title: string }>('director', `${collective}/sign`, { pin });
  assert.match(refused.body.title, /chế độ thủ trưởng/);
});

test('a post that ended gives no authority from then on', async () => {
  const url = await approved(draftOf(world, 'finance'));
  await world.as('finance', async (unit) => {
    const post = await addPost(unit, { unitId: world.unit['Văn phòng Sở']!, title: 'Chuyên viên cao cấp' });
    await appoint(unit, {
      personId: world.person.director,
      postId: post,
      from: '2026-11-24',
      basis: 'QĐ thôi giữ chức',
    });
  });
  assert.equal((await world.post('director', `${url}/sign`, { pin })).code, 'documents.not-empowered');
});

test('S3.5 what comes from outside is flagged, not refused', () => {
  const facts = (
    competence: string,
    position: string,
    issuerName = 'Bộ Tài chính',
  ): Parameters<typeof signerFindings>[0] => ({
    signer: { competence, position, fullName: 'Trần Văn Thử' },
    issuerName,
  });
  const codes = (...given: Parameters<typeof facts>): string[] =>
    signerFindings(facts(...given), []).map(({ code }) => code);
  assert.deepEqual(codes('KT. BỘ TRƯỞNG', 'Thứ trưởng'), []);
  assert.deepEqual(codes('KT. BỘ TRƯỞNG', 'Vụ trưởng'), ['kt-not-deputy']);
  assert.deepEqual(codes('', 'Phó Chủ tịch'), ['deputy-without-kt']);
  assert.deepEqual(codes('TM.', 'Bộ trưởng'), ['tm-not-collective']);
  assert.deepEqual(codes('TM. ỦY BAN NHÂN DÂN', 'Chủ tịch', 'UBND tỉnh Tây Ninh'), []);
  assert.deepEqual(codes('TUQ. BỘ TRƯỞNG', 'Phó Cục trưởng'), ['tuq-deputy']);
  assert.deepEqual(codes('TL. BỘ TRƯỞNG', ''), []);
  const [other] = signerFindings(facts('', 'Bộ trưởng'), [
    {
      signatures: {
        verdict: 'valid',
        signatures: [
          { signer: 'Người Khác', verdict: 'valid', reason: null, signedAt: null, coversWholeFile: true },
        ],
      },
    },
  ]);
  assert.equal(other?.code, 'signer-not-in-signatures');
});
