import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { certificateToPem, signBytes } from '#formats/x509';
import { createTestAuthority, writePkcs12, type IssuedKey } from '#signing';
import { verifyFile } from '#signatures';
import type { OutgoingDetail } from './contract.ts';
import { draftOf, pin, startWorld, type Who, type World } from './world.test.ts';

/** Signing with a key that never reaches the server (docs/protocol/sign-device.md). */
const outgoing = '/api/documents/outgoing';
const devicePin = 'ma-pin-thiet-bi-4711';
const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
let world: World;
let folder: string;
let url: string;
let director: IssuedKey;
let stranger: IssuedKey;
let p12: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phigiay-device-'));
  world = await startWorld();
  const { ctx, app } = world.system;
  // A certification authority elsewhere, believed here because its root was put into the folder.
  const ca = createTestAuthority({ now: () => ctx.clock.now(), organisation: 'Ban Cơ yếu thử nghiệm' });
  await mkdir(join(ctx.config.dataDir, 'trust'), { recursive: true });
  await writeFile(join(ctx.config.dataDir, 'trust', 'goc.pem'), certificateToPem(ca.root));
  director = ca.issueOfficer({
    commonName: 'Huỳnh Văn Giám',
    organisation: 'Sở Tài chính',
    keyType: 'rsa-2048',
  });
  stranger = ca.issueOfficer({ commonName: 'Người Khác', organisation: 'Sở Tài chính' });
  p12 = join(folder, 'giam-doc.p12');
  await writeFile(
    p12,
    await writePkcs12({ key: director.key, chain: director.chain, password: devicePin, iterations: 2_048 }),
  );
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
after(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Offer {
  code: string;
  expiresAt: string;
}
interface Item {
  id: string;
  tbs: string;
  title: string;
  state: string;
  documentHash: string;
}

/** A letter that waits for the director. */
async function approved(): Promise<string> {
  const { id } = await world.do<OutgoingDetail>('tu', outgoing, draftOf(world, 'finance'));
  await world.do('tu', `${outgoing}/${id}/submit`, {});
  await world.do('budget', `${outgoing}/${id}/approve`, { opinion: 'Đồng ý' });
  return id;
}

/** The command on another machine; the PIN comes by its standard input, the answer "c" before it. */
async function agent(code: string, secret = devicePin): Promise<{ status: number | null; said: string }> {
  const child = spawn(
    process.execPath,
    [main, 'sign-agent', '--url', url, '--code', code, '--p12', p12, '--yes'],
    {
      env: { PATH: process.env['PATH'] },
    },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  child.stdin.end(`${secret}\n`);
  const status = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { status, said };
}

async function asDevice<T>(
  code: string,
  path = '',
  body?: unknown,
): Promise<{ status: number; body: T & { code?: string } }> {
  const answer = await world.system.app.inject({
    method: body === undefined ? 'GET' : 'POST',
    url: `/api/signing-device/requests${path}`,
    headers: { authorization: `Bearer ${code}` },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const offer = (who: Who, ids: readonly string[]): Promise<Offer> =>
  world.do<Offer>(who, `${outgoing}/sign-on-device`, { ids });
const itemsOf = async (code: string): Promise<Item[]> => (await asDevice<{ items: Item[] }>(code)).body.items;
const signed = (key: IssuedKey, item: Item, algorithm = key.signer.algorithm): string =>
  signBytes(algorithm, key.key, Buffer.from(item.tbs, 'base64')).toString('base64');
const state = async (id: string): Promise<string> =>
  (await world.read<OutgoingDetail>('director', `${outgoing}/${id}`)).state;

test('a certificate is enrolled only by who holds its key, bears its name, and leads to a believed root', async () => {
  const { code } = await world.do<Offer>('director', '/api/signatures/own-certificate', {});
  const [item] = await itemsOf(code);
  assert.ok(item);
  const hand = async (key: IssuedKey, chain: string, signature = signed(key, item)) =>
    (await asDevice(code, `/${item.id}/signature`, { signature, algorithm: key.signer.algorithm, chain }))
      .body.code;
  const pem = (key: IssuedKey): string => key.chain.map((one) => certificateToPem(one)).join('');
  assert.equal(await hand(stranger, pem(stranger)), 'signatures.certificate-not-yours');
  assert.equal(await hand(director, 'không phải PEM'), 'signatures.certificate-unreadable');
  assert.equal(
    await hand(director, pem(director), signed(stranger, item)),
    'signatures.device-signature-wrong',
  );
  const elsewhere = createTestAuthority({
    now: world.system.ctx.clock.now(),
    organisation: 'Lạ',
  }).issueOfficer({
    commonName: 'Huỳnh Văn Giám',
    organisation: 'Lạ',
  });
  assert.equal(await hand(elsewhere, pem(elsewhere)), 'signatures.certificate-not-trusted');
  assert.equal(
    (await world.post('director', `${outgoing}/sign-on-device`, { ids: [await approved()] })).code,
    'signatures.key-in-custody',
  );
  const ran = await agent(code);
  assert.equal(ran.status, 0, ran.said);
  assert.ok(!ran.said.includes(devicePin));
});

test('letters are signed by a command on the own machine; the office finds them signed and goes on', async () => {
  const ids = [await approved(), await approved()];
  assert.equal(
    (await world.post('director', `${outgoing}/${ids[0]}/sign`, { pin })).code,
    'signatures.key-on-device',
  );
  const { code } = await offer('director', ids);
  const wrong = await agent(code, 'sai-pin-roi');
  assert.equal(wrong.status, 2);
  assert.match(wrong.said, /Mã PIN của tệp khóa không đúng/);
  assert.equal(await state(ids[0]!), 'approved');
  const ran = await agent(code);
  assert.equal(ran.status, 0, ran.said);
  assert.match(ran.said, /Huỳnh Văn Giám ký 2 văn bản/);
  for (const id of ids) {
    const detail = await world.read<OutgoingDetail>('director', `${outgoing}/${id}`);
    assert.equal(detail.state, 'leader-signed');
    const pdf = (await world.raw('director', `/api/documents/files/${detail.mainFile!.id}`)).rawPayload;
    const report = await verifyFile(world.system.ctx, pdf);
    assert.equal(report.signatures[0]?.role, 'officer');
    assert.notEqual(report.indication, 'TOTAL-FAILED', JSON.stringify(report.signatures[0], null, 1));
    const file = join(folder, `${id}.pdf`);
    await writeFile(file, pdf);
    assert.match(spawnSync('pdfsig', [file], { encoding: 'utf8' }).stdout, /Signature is Valid/);
    assert.match(execFileSync('qpdf', ['--check', file], { encoding: 'utf8' }), /No syntax or stream/);
  }
  const url0 = `${outgoing}/${ids[0]}`;
  await world.do('lan', `${url0}/number`, {});
  const sealed = await world.do<OutgoingDetail>('lan', `${url0}/seal`, { pin });
  assert.equal(sealed.mainFile?.signatures?.signatures.length, 2);
});

test('a request is bound to person, document and digest, is used once, and expires', async () => {
  const id = await approved();
  assert.equal((await world.post('deputy', `${outgoing}/sign-on-device`, { ids: [id] })).status, 403);
  const first = await offer('director', [id]);
  const [old] = await itemsOf(first.code);
  world.system.ctx.clock.advance(1_000);
  const { code } = await offer('director', [id]);
  assert.equal(
    (await asDevice(first.code)).body.code,
    'signatures.device-code-unknown',
    'the newer code counts',
  );
  const [item] = await itemsOf(code);
  assert.ok(item && old);
  const hand = async (signature: string, by = code, request = item.id) =>
    await asDevice(by, `/${request}/signature`, { signature });
  assert.equal(
    (await hand(signed(stranger, item, 'ecdsa-sha256'))).body.code,
    'signatures.device-signature-wrong',
  );
  assert.equal(
    (await hand(signed(director, { ...item, tbs: 'AAAA' }))).body.code,
    'signatures.device-signature-wrong',
  );
  assert.equal((await hand(signed(director, old))).status, 422, 'an answer to an earlier digest');
  const flipped = code.slice(0, -1) + (code.endsWith('A') ? 'E' : 'A');
  assert.equal((await hand(signed(director, item), flipped)).body.code, 'signatures.device-code-unknown');
  assert.equal((await hand(signed(director, item), 'x')).body.code, 'signatures.device-code-unknown');
  assert.equal(await state(id), 'approved');

  // Two devices at once: one signature, one refusal.
  const both = await Promise.all([hand(signed(director, item)), hand(signed(director, item))]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  assert.equal(await state(id), 'leader-signed');

  const late = await approved();
  const offered = await offer('director', [late]);
  const [lateItem] = await itemsOf(offered.code);
  world.system.ctx.clock.advance(11 * 60_000);
  assert.equal((await asDevice(offered.code)).body.code, 'signatures.device-code-expired');
  assert.equal((await hand(signed(director, lateItem!), offered.code, lateItem!.id)).status, 410);
  assert.equal(await state(late), 'approved');
});

test('a document that went back meanwhile is not signed', async () => {
  const id = await approved();
  const { code } = await offer('director', [id]);
  const [item] = await itemsOf(code);
  await world.do('director', `${outgoing}/${id}/return`, { reason: 'Cần sửa lại căn cứ.' });
  const refused = await asDevice(code, `/${item!.id}/signature`, { signature: signed(director, item!) });
  assert.equal(refused.body.code, 'documents.wrong-state');
  assert.notEqual(await state(id), 'leader-signed');
});
