import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { auditModule, entries } from '#audit';
import { addOrganisations, directoryModule, findByCode, setHosted } from '#directory';
import { layoutLetter } from '#formats/letter';
import { readCertificatesPem } from '#formats/x509';
import { systemActor, unitOfWork, type Actor, type OrgId, type PersonId, type Unit } from '#kernel';
import { testSystem, type TestSystem } from '../../../test/support/system.ts';
import {
  agencyCertificates,
  agencySigner,
  issueAgencyKey,
  issueOfficerKey,
  issueSealKey,
  sealAsOrganisation,
  signAsOfficer,
  signaturesModule,
  verifyFile,
} from './index.ts';
import { keyInUse } from './store.ts';

const modules = [directoryModule, auditModule, signaturesModule];
const pin = '246810';
// openssl judges certificates by the machine's clock.
const now = new Date().toISOString();
let system: TestSystem;
let receiver: TestSystem;
let org: OrgId;
let folder: string;
const leader = randomUUID() as PersonId;
const name = 'Nguyễn Thị Hoàng Phượng';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phigiay-signatures-'));
  system = await testSystem(modules, { now, config: { sampleData: true } });
  receiver = await testSystem(modules, { now });
  const { ctx } = system;
  await ctx.db.transaction(null, async (tx) => {
    await addOrganisations(
      tx,
      [{ code102: '000.00.11.H53', code: 'H53.11', name: 'Sở Tài chính', parentCode102: null }],
      '2020-01-01',
      ctx.clock.now(),
    );
    org = (await findByCode(tx, 'H53.11', ctx.clock.now()))!.id;
    await setHosted(tx, [org]);
  });
  await mine(async (unit) => {
    await issueOfficerKey(unit, {
      personId: leader,
      name,
      title: 'Phó Giám đốc',
      organisation: 'Sở Tài chính',
      pin,
    });
    await issueSealKey(unit, { organisation: 'Sở Tài chính', code: 'H53.11', pin });
    await issueAgencyKey(unit, { organisation: 'Sở Tài chính', code: 'H53.11' });
  });
});
after(async () => {
  await system?.close();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const as = <T>(actor: Actor, work: (unit: Unit) => Promise<T>): Promise<T> =>
  unitOfWork(system.ctx, { org, actor }, work);
const mine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => as(systemActor(org), work);
const person = (personId: PersonId): Actor => ({
  kind: 'person',
  id: personId,
  name,
  orgId: org,
  personId,
  roles: ['leader'],
});

const letter = (): Uint8Array =>
  layoutLetter({
    organisation: 'Sở Tài chính',
    notation: '/STC-BCTC',
    place: 'Tây Ninh',
    year: 2026,
    abstract: 'báo cáo tài chính',
    recipients: ['Văn phòng Chính phủ'],
    body: ['Sở Tài chính báo cáo như sau.'],
    signatory: { lines: ['KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'], name },
    copies: ['Như trên', 'Lưu: VT'],
  }).pdf;

const sign = (pdf: Uint8Array): ReturnType<typeof signAsOfficer> =>
  as(person(leader), (unit) =>
    signAsOfficer(unit, { pdf, personId: leader, pin, fullName: name, capacity: 'KT.' }),
  );
const seal = (pdf: Uint8Array): ReturnType<typeof sealAsOrganisation> =>
  mine((unit) =>
    sealAsOrganisation(unit, { pdf, number: '2491', notation: '/STC-BCTC', date: '2026-11-24', pin }),
  );

test('an officer signs, the organisation numbers and seals, and the file is valid at B-LT with nothing changed after', async () => {
  const signed = await sign(letter());
  assert.equal(signed.level, 'B-T');
  const sealed = await seal(signed.pdf);
  assert.equal(sealed.level, 'B-LT');
  const report = await verifyFile(system.ctx, sealed.pdf);
  assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(report, null, 1));
  assert.deepEqual(
    report.signatures.map((one) => [one.role, one.signer?.name, one.judgedBy, one.coversWholeFile]),
    [
      ['officer', name, 'timestamp', false],
      ['organisation', 'Sở Tài chính', 'timestamp', true],
    ],
  );
  assert.equal(report.signatures[0]!.docMdp, 2);
  assert.equal(report.signatures[1]!.fieldMdp, 'All');
  assert.ok(report.signatures[0]!.changes.every((change) => change.permitted));
  assert.deepEqual(
    report.signatures.map(({ level, durability }) => [level, durability?.selfContained]),
    [
      ['B-LT', true],
      ['B-LT', true],
    ],
  );
});

test('a policy of the installation is data: it asks for a level, and a malformed one judges nothing', async () => {
  const { pdf } = await seal((await sign(letter())).pdf);
  const folder = join(system.ctx.config.dataDir, 'trust');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify({ name: 'so-tai-chinh-1', requireLevel: 'B-LTA' }));
  const strict = await verifyFile(system.ctx, pdf);
  assert.equal(strict.policy, 'so-tai-chinh-1');
  assert.equal(strict.subIndication, 'SIG_CONSTRAINTS_FAILURE');
  await writeFile(file, JSON.stringify({ name: 'so-tai-chinh-2', requireLevel: 'B-LT' }));
  assert.equal((await verifyFile(system.ctx, pdf)).indication, 'TOTAL-PASSED');
  await writeFile(file, '{"name": "x", "requireLevl": "B-LT"}');
  await assert.rejects(verifyFile(system.ctx, pdf), /policy-unreadable/);
  await rm(file);
  assert.equal((await verifyFile(system.ctx, pdf)).policy, undefined);
});

test('a receiver who trusts the root by a file comes to the same verdict, and without it to none', async () => {
  const { pdf } = await seal((await sign(letter())).pdf);
  const before = await verifyFile(receiver.ctx, pdf);
  assert.equal(before.indication, 'INDETERMINATE');
  const trusted = join(receiver.ctx.config.dataDir, 'trust');
  await mkdir(trusted, { recursive: true });
  const root = await system.app.inject({ method: 'GET', url: '/trust/root.pem' });
  assert.equal(root.statusCode, 200);
  await writeFile(join(trusted, 'tay-ninh.pem'), root.body);
  await writeFile(
    join(trusted, 'broken.pem'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
  const after = await verifyFile(receiver.ctx, pdf);
  assert.equal(after.indication, 'TOTAL-PASSED', JSON.stringify(after.signatures, null, 1));
});

test('one changed byte of a signed letter is found', async () => {
  const { pdf } = await sign(letter());
  const at = pdf.indexOf('/MediaBox');
  const changed = Buffer.from(pdf);
  changed[at + 1] = changed[at + 1]! ^ 0x20;
  const report = await verifyFile(system.ctx, changed);
  assert.equal(report.indication, 'TOTAL-FAILED');
});

test('the same file is verified once for a trust set and ten minutes', async () => {
  const { pdf } = await sign(letter());
  const [first, again] = await Promise.all([verifyFile(system.ctx, pdf), verifyFile(system.ctx, pdf)]);
  assert.equal(first, again);
});

test('nobody signs with the certificate of another, with a wrong PIN, without a key, or what is no signable file', async () => {
  const pdf = letter();
  const other = randomUUID() as PersonId;
  await assert.rejects(
    as(person(other), (unit) => signAsOfficer(unit, { pdf, personId: leader, pin, fullName: name })),
    { code: 'signatures.not-your-key' },
  );
  await assert.rejects(
    as(person(other), (unit) => signAsOfficer(unit, { pdf, personId: other, pin, fullName: 'Lê Văn An' })),
    { code: 'signatures.no-key' },
  );
  await assert.rejects(
    as(person(leader), (unit) =>
      signAsOfficer(unit, { pdf, personId: leader, pin: '000000', fullName: name }),
    ),
    { code: 'signatures.wrong-pin' },
  );
  for (const bytes of [Buffer.from('no pdf'), (await sign(pdf)).pdf]) {
    await assert.rejects(sign(bytes), { code: 'signatures.file-not-signable' });
  }
});

test('a PIN has at least six characters', async () => {
  await assert.rejects(
    mine((unit) => issueSealKey(unit, { organisation: 'Sở Tài chính', code: 'H53.11', pin: '1234' })),
    { code: 'signatures.pin-shape' },
  );
});

test('every signature is on record with the files before and after', async () => {
  const { pdf } = await sign(letter());
  await seal(pdf);
  const written = await mine((unit) => entries(unit, { limit: 200 }));
  const actions = new Set(written.map((entry) => entry.action));
  for (const action of ['signatures.key-issued', 'signatures.signed', 'signatures.sealed'])
    assert.ok(actions.has(action), action);
});

test('the server signs its requests with its own key, whose certificate the axis learns', async () => {
  const signer = await agencySigner(system.ctx, org);
  const known = await agencyCertificates(system.ctx);
  assert.deepEqual(known, [{ orgId: org, certificatePem: signer.certificatePem }]);
  assert.equal(signer.privateKey.asymmetricKeyType, 'ec');
  await assert.rejects(agencySigner(receiver.ctx, org), { code: 'signatures.no-key' });
});

test('keys of the authority and of the server lie in folders that only this user reads', async () => {
  for (const [path, mode] of [
    ['authority', 0o700],
    ['authority/authority.json', 0o600],
    ['keys', 0o700],
    ['keys/agency.secret', 0o600],
  ] as const) {
    assert.equal((await stat(join(system.ctx.config.dataDir, path))).mode & 0o777, mode, path);
  }
});

test('an office without an authority says so instead of making one', async () => {
  const answer = await receiver.app.inject({
    method: 'POST',
    url: '/tsa',
    headers: { 'content-type': 'application/timestamp-query' },
    payload: Buffer.from('x'),
  });
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json<{ code: string }>().code, 'signatures.no-authority');
});

const run = promisify(execFile);
const openssl = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run('openssl', args, { cwd: folder });
  return `${stdout}${stderr}`;
};

test('openssl takes time-stamps and certificate states from the routes, and the CRL', async () => {
  const { app, ctx } = system;
  await app.listen({ host: '127.0.0.1', port: 0 });
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const fetched = async (path: string, file: string): Promise<void> => {
    const answer = await fetch(`${base}${path}`);
    assert.equal(answer.status, 200, path);
    await writeFile(join(folder, file), Buffer.from(await answer.arrayBuffer()));
  };
  await fetched('/trust/root.pem', 'root.pem');
  await fetched('/trust/ca.pem', 'ca.pem');
  await fetched('/trust/tsa.pem', 'tsa.pem');
  await fetched('/crl/ca.crl', 'ca.crl');
  const [agency] = await agencyCertificates(ctx);
  await writeFile(join(folder, 'agency.pem'), agency!.certificatePem);
  assert.equal(readCertificatesPem(agency!.certificatePem).length, 1);

  await writeFile(join(folder, 'data.txt'), 'Nội dung');
  await openssl('ts', '-query', '-data', 'data.txt', '-sha256', '-cert', '-out', 'query.tsq');
  const { stdout } = await run('openssl', ['base64', '-A', '-in', 'query.tsq'], { cwd: folder });
  const stamped = await fetch(`${base}/tsa`, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: Buffer.from(stdout, 'base64'),
  });
  assert.equal(stamped.headers.get('content-type'), 'application/timestamp-reply');
  await writeFile(join(folder, 'reply.tsr'), Buffer.from(await stamped.arrayBuffer()));
  assert.match(
    await openssl(
      'ts',
      '-verify',
      '-queryfile',
      'query.tsq',
      '-in',
      'reply.tsr',
      '-CAfile',
      'root.pem',
      '-untrusted',
      'ca.pem',
    ),
    /Verification: OK/,
  );

  const state = await openssl(
    'ocsp',
    '-issuer',
    'ca.pem',
    '-cert',
    'agency.pem',
    '-url',
    `${base}/ocsp`,
    '-CAfile',
    'root.pem',
    '-no_nonce',
  );
  assert.match(state, /Response verify OK/);
  assert.match(state, /agency\.pem: good/);

  assert.match(
    await openssl('crl', '-inform', 'DER', '-in', 'ca.crl', '-CAfile', 'ca.pem', '-noout'),
    /verify OK/,
  );
});

test('what is in custody is PKCS#12 that openssl opens with the PIN and not with another', async () => {
  const key = await mine((unit) => keyInUse(unit.tx, 'officer', leader));
  await writeFile(join(folder, 'officer.p12'), key!.pkcs12!);
  const opened = await openssl(
    'pkcs12',
    '-in',
    'officer.p12',
    '-passin',
    `pass:${pin}`,
    '-nokeys',
    '-clcerts',
  );
  assert.match(opened, /BEGIN CERTIFICATE/);
  await assert.rejects(openssl('pkcs12', '-in', 'officer.p12', '-passin', 'pass:000000', '-nokeys'));
});

test('rubbish sent to the authority gets an answer of its protocol', async () => {
  for (const [url, type] of [
    ['/tsa', 'application/timestamp-query'],
    ['/ocsp', 'application/ocsp-request'],
  ] as const) {
    const answer = await system.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': type },
      payload: Buffer.from([0x30, 0x80, 0xff]),
    });
    assert.equal(answer.statusCode, 200, url);
    assert.ok(answer.rawPayload.length > 0);
  }
  const tooLarge = await system.app.inject({
    method: 'POST',
    url: '/ocsp',
    headers: { 'content-type': 'application/ocsp-request' },
    payload: Buffer.alloc(20_000),
  });
  assert.equal(tooLarge.statusCode, 413);
});
