import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import {
  bindsRecipients,
  openCheckpoint,
  parseVerifierKey,
  publicJwk,
  verifyReceipt,
  verifyReceiptProof,
} from '#ledger';
import { contentDigest } from '#signing';
import { testDocument, testStatus } from '../../test/crash/agency.ts';
import {
  acknowledge,
  deliveryOf,
  inboxOf,
  keysOf,
  newDocument,
  packageType,
  refusedWith,
  send,
  sendNew,
  sha256,
  type Scene,
} from './scene.ts';

/** One MUST of axis-1: the check throws when it is not kept. */
export interface Rule {
  readonly id: string;
  /** Clause of docs/protocol/axis-1.md. */
  readonly clause: string;
  readonly title: string;
  check(scene: Scene): Promise<void>;
}

const rule = (id: string, clause: string, title: string, check: Rule['check']): Rule => ({
  id,
  clause,
  title,
  check,
});
const inbox = '/axis/v1/inbox?limit=1';
const now = (): number => Math.floor(Date.now() / 1_000);
const refusedSignature = 'axis.signature-refused';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const open: readonly Rule[] = [
  rule('open-key', '8', 'the receipt key is P-256 and named by its RFC 7638 thumbprint', async (scene) => {
    const { key, kid } = await keysOf(scene);
    assert.equal(kid, publicJwk(key).kid);
  }),
  rule('open-checkpoint', '8', 'the checkpoint of the log verifies with the published key', async (scene) => {
    const { logKey, origin } = await keysOf(scene);
    await sendNew(scene);
    let text = '';
    for (let tries = 0; tries < 30 && text === ''; tries += 1) {
      const reply = await scene.client.call(null, { path: '/log/checkpoint' });
      if (reply.status === 200) text = reply.body.toString();
      else await pause(1_000);
    }
    assert.equal(openCheckpoint(text, [parseVerifierKey(logKey)]).origin, origin);
  }),
  rule('open-description', '8', 'the API is described in OpenAPI 3.1', async (scene) => {
    const { json } = await scene.client.call(null, { path: '/axis/v1/openapi.json' });
    assert.match(String(json?.['openapi']), /^3\.1\./);
  }),
];

const signatures: readonly Rule[] = [
  rule('unsigned', '3.2', 'a request without signature is refused', async (scene) => {
    refusedWith(await scene.client.call(null, { path: inbox }), 401, refusedSignature);
  }),
  rule('unknown-key', '3.1', 'a key that nobody registered is refused', async (scene) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyId = createHash('sha256').update(randomBytes(32)).digest('base64url');
    const stranger = { code: scene.sender.code, keyId, privateKey };
    refusedWith(await scene.client.call(stranger, { path: inbox }), 401, refusedSignature);
  }),
  rule(
    'foreign-key',
    '3.1',
    'a registered keyid with the signature of another key is refused',
    async (scene) => {
      const keyId = scene.receiver.keyId;
      refusedWith(await scene.client.call(scene.sender, { path: inbox, keyId }), 401, refusedSignature);
    },
  ),
  rule('too-old', '3.4', 'a signature older than 300 s is refused', async (scene) => {
    const created = now() - 330;
    refusedWith(await scene.client.call(scene.sender, { path: inbox, created }), 401, refusedSignature);
  }),
  rule('future', '3.4', 'a signature more than 60 s ahead is refused', async (scene) => {
    const created = now() + 120;
    refusedWith(await scene.client.call(scene.sender, { path: inbox, created }), 401, refusedSignature);
  }),
  rule('query-uncovered', '3.3', 'a signature that leaves the query open is refused', async (scene) => {
    const covered = ['@method', '@authority', '@path'];
    refusedWith(await scene.client.call(scene.sender, { path: inbox, covered }), 401, refusedSignature);
  }),
  rule('query-altered', '3.3', 'a query altered after signing is refused', async (scene) => {
    const call = { path: '/axis/v1/inbox?limit=2', signedPath: inbox };
    refusedWith(await scene.client.call(scene.sender, call), 401, refusedSignature);
  }),
  rule('body-unbound', '3.3', 'a body whose digest is not signed is refused', async (scene) => {
    const { bytes } = newDocument(scene);
    const covered = ['@method', '@authority', '@path', '@query', 'idempotency-key', 'phigiay-from'];
    const reply = await scene.client.call(scene.sender, {
      path: '/axis/v1/packages',
      body: bytes,
      covered: [...covered, 'phigiay-message-type'],
      headers: {
        'content-type': packageType,
        'idempotency-key': randomUUID(),
        'phigiay-message-type': 'edoc',
        'phigiay-from': scene.sender.code,
      },
    });
    refusedWith(reply, 401, refusedSignature);
  }),
  rule('field-uncovered', '3.3', 'a Phigiay field that is not signed is refused', async (scene) => {
    const { bytes } = newDocument(scene);
    const reply = await scene.client.call(scene.sender, {
      path: '/axis/v1/packages',
      body: bytes,
      covered: ['@method', '@authority', '@path', '@query', 'content-digest'],
      headers: {
        'content-type': packageType,
        'idempotency-key': randomUUID(),
        'phigiay-message-type': 'edoc',
        'phigiay-from': scene.sender.code,
      },
    });
    refusedWith(reply, 401, refusedSignature);
  }),
  rule('replayed', '3.6', 'the same signed POST a second time is refused as replayed', async (scene) => {
    const nonce = randomBytes(16).toString('base64url');
    const call = {
      path: '/axis/v1/packages',
      body: newDocument(scene).bytes,
      nonce,
      headers: {
        'content-type': packageType,
        'idempotency-key': randomUUID(),
        'phigiay-message-type': 'edoc',
        'phigiay-from': scene.sender.code,
      },
    };
    assert.equal((await scene.client.call(scene.sender, call)).status, 201);
    refusedWith(await scene.client.call(scene.sender, call), 401, 'axis.replayed');
  }),
  rule('digest', '3.7', 'bytes that do not have the signed digest are refused', async (scene) => {
    const { bytes } = newDocument(scene);
    const reply = await scene.client.call(scene.sender, {
      path: '/axis/v1/packages',
      body: bytes,
      digest: contentDigest(Buffer.from('something else')),
      headers: {
        'content-type': packageType,
        'idempotency-key': randomUUID(),
        'phigiay-message-type': 'edoc',
        'phigiay-from': scene.sender.code,
      },
    });
    refusedWith(reply, 400, 'axis.digest-mismatch');
  }),
];

const sending: readonly Rule[] = [
  rule(
    'receipt',
    '5.7',
    'the receipt is signed and binds bytes, sender, recipients and index',
    async (scene) => {
      const { bytes, reply } = await sendNew(scene);
      const answer = reply.json as unknown as {
        receipt: string;
        envelope: string;
        logIndex: number;
        counter: number;
        recipients: { code: string }[];
      };
      const { claims } = verifyReceipt(answer.receipt, (await keysOf(scene)).key);
      assert.equal(claims.envelopeHash, sha256(bytes));
      assert.equal(answer.envelope, sha256(bytes));
      assert.equal(claims.sender, scene.sender.code);
      assert.equal(claims.log.index, answer.logIndex);
      assert.equal(claims.counter, answer.counter);
      const codes = answer.recipients.map(({ code }) => code);
      assert.deepEqual(codes, [scene.receiver.code]);
      assert.ok(bindsRecipients(claims, codes), 'the recipients do not lead to the root');
    },
  ),
  rule('repeat', '5.4', 'a repeat gives the first answer, byte for byte, whatever its key', async (scene) => {
    const { bytes, reply } = await sendNew(scene);
    for (let times = 0; times < 3; times += 1) {
      const again = await send(scene, bytes);
      assert.equal(again.status, 201);
      assert.ok(again.body.equals(reply.body), 'the answer differs from the first');
    }
  }),
  rule('repeat-at-once', '5.4', 'eight repeats at the same time are accepted once', async (scene) => {
    const { bytes } = newDocument(scene);
    const replies = await Promise.all(Array.from({ length: 8 }, () => send(scene, bytes)));
    for (const reply of replies) assert.ok(reply.body.equals(replies[0]!.body), 'the answers differ');
    await deliveryOf(scene, sha256(bytes));
  }),
  rule('key-reused', '5.4', 'an idempotency key with another package is refused', async (scene) => {
    const key = { 'idempotency-key': randomUUID() };
    assert.equal((await send(scene, newDocument(scene).bytes, key)).status, 201);
    refusedWith(await send(scene, newDocument(scene).bytes, key), 409, 'kernel.idempotency-key-reused');
  }),
  rule(
    'identity-conflict',
    '5.5',
    'the same identity with other bytes: 409 with both hashes',
    async (scene) => {
      const { bytes, number } = await sendNew(scene);
      const other = newDocument(scene, { number, subject: 'V/v một việc khác' }).bytes;
      const { details } = refusedWith(await send(scene, other), 409, 'axis.identity-conflict');
      const { acceptedHash, givenHash } = details as Record<string, string>;
      assert.deepEqual(
        { acceptedHash, givenHash },
        { acceptedHash: sha256(bytes), givenHash: sha256(other) },
      );
    },
  ),
  rule('counter', '5.7', "a sender's count has no gap and the index grows", async (scene) => {
    const answers: { counter: number; logIndex: number }[] = [];
    for (let at = 0; at < 3; at += 1) {
      answers.push((await sendNew(scene)).reply.json as unknown as (typeof answers)[number]);
    }
    const [first, second, third] = answers as [(typeof answers)[0], (typeof answers)[0], (typeof answers)[0]];
    assert.deepEqual([second.counter, third.counter], [first.counter + 1, first.counter + 2]);
    assert.ok(first.logIndex < second.logIndex && second.logIndex < third.logIndex);
  }),
  rule('foreign-sender', '5.1', 'nobody sends in the name of another', async (scene) => {
    const bytes = testDocument({
      from: scene.receiver.code,
      to: [scene.sender.code],
      number: `1/GM-${scene.run}`,
    });
    const headers = { 'phigiay-from': scene.receiver.code };
    refusedWith(await send(scene, bytes, headers), 403, 'axis.sender-not-yours');
    refusedWith(await send(scene, bytes), 403, 'axis.sender-not-yours');
  }),
  rule('all-or-nobody', '5.3', 'one unknown recipient, and nobody gets it', async (scene) => {
    const nobody = `KHONG.${scene.run}`;
    const { bytes } = newDocument(scene, { to: [scene.receiver.code, nobody] });
    refusedWith(await send(scene, bytes), 422, 'axis.unknown-recipient');
    const got = (await inboxOf(scene, scene.receiver)).some(
      ({ contentHash }) => contentHash === sha256(bytes),
    );
    assert.ok(!got, 'a recipient got it all the same');
  }),
  rule('both-codes', '4.1', 'both codes of one organisation, one delivery', async (scene) => {
    const { json } = await scene.client.call(scene.sender, { path: '/axis/v1/directory' });
    const all = (json as unknown as { organisations: { code: string; code102: string }[] }).organisations;
    const receiver = all.find(({ code, code102 }) => [code, code102].includes(scene.receiver.code));
    assert.ok(receiver, 'the receiver is not in the directory');
    const { reply } = await sendNew(scene, { to: [receiver.code, receiver.code102] });
    await deliveryOf(scene, reply.json!['envelope']);
  }),
  rule('not-a-package', '9', 'what is no package is refused', async (scene) => {
    for (const text of ['', 'hello', '<a/>', '<edXML'])
      refusedWith(await send(scene, Buffer.from(`${text} `)), 422, 'axis.not-a-package');
  }),
  rule('doctype', '9', 'a document type declaration is refused', async (scene) => {
    const text = newDocument(scene).bytes.toString();
    const evil = text.replace('?>', '?><!DOCTYPE edXML [<!ENTITY a SYSTEM "file:///etc/hostname">]>');
    refusedWith(await send(scene, Buffer.from(evil)), 422, 'axis.not-a-package');
  }),
  rule('wrong-type', '5.1', 'a document announced as a status is refused', async (scene) => {
    const headers = { 'phigiay-message-type': 'status' };
    refusedWith(await send(scene, newDocument(scene).bytes, headers), 422, 'axis.wrong-message-type');
  }),
  rule('plain-words', '2.3', 'refusals are in Vietnamese, and in English when asked', async (scene) => {
    const refused = async (language: string): Promise<string> => {
      const reply = await scene.client.call(null, { path: inbox, headers: { 'accept-language': language } });
      return String(refusedWith(reply, 401, refusedSignature)['title']);
    };
    assert.notEqual(await refused('vi'), await refused('en'));
  }),
];

const receiving: readonly Rule[] = [
  rule('unchanged', '6.2', 'the recipient gets the bytes that were sent', async (scene) => {
    const { bytes, reply } = await sendNew(scene, { attachment: randomBytes(70_000) });
    const item = await deliveryOf(scene, reply.json!['envelope']);
    assert.equal(item.receipt, reply.json!['receipt']);
    const got = await scene.client.call(scene.receiver, { path: `/axis/v1/inbox/${item.id}/package` });
    assert.equal(got.headers.get('content-digest'), contentDigest(bytes));
    assert.ok(got.body.equals(bytes), 'the bytes differ');
  }),
  rule('urgent-first', '6.1', 'the urgent stand before the ordinary', async (scene) => {
    const ordinary = (await sendNew(scene)).reply.json!['envelope'];
    const urgent = (await sendNew(scene, { urgency: 3 })).reply.json!['envelope'];
    const order = (await inboxOf(scene, scene.receiver)).map(({ envelope }) => envelope as unknown);
    assert.ok(order.indexOf(urgent) < order.indexOf(ordinary), 'the ordinary one comes first');
  }),
  rule(
    'kept-apart',
    '9',
    "what belongs to others does not exist: another's delivery is 404",
    async (scene) => {
      const item = await deliveryOf(scene, (await sendNew(scene)).reply.json!['envelope']);
      const path = `/axis/v1/inbox/${item.id}/package`;
      refusedWith(await scene.client.call(scene.sender, { path }), 404, 'kernel.not-found');
    },
  ),
  rule(
    'until-acknowledged',
    '6.4',
    'a delivery stays in the inbox until it is acknowledged',
    async (scene) => {
      const { envelope } = (await sendNew(scene)).reply.json!;
      const { id } = await deliveryOf(scene, envelope);
      await scene.client.call(scene.receiver, { path: `/axis/v1/inbox/${id}/package` });
      assert.equal((await deliveryOf(scene, envelope)).id, id);
      const first = await acknowledge(scene, id, { result: 'stored' });
      assert.equal(first.json?.['state'], 'stored');
      assert.equal(typeof first.json['logIndex'], 'number');
      const left = (await inboxOf(scene, scene.receiver)).some((item) => item.envelope === envelope);
      assert.ok(!left, 'it is still in the inbox');
      assert.deepEqual((await acknowledge(scene, id, { result: 'stored' })).json, first.json);
      const late = await acknowledge(scene, id, { result: 'refused', reason: 'nhầm' });
      assert.equal(late.json?.['state'], 'stored', 'a late refusal took a stored package back');
      const again = await scene.client.call(scene.receiver, { path: `/axis/v1/inbox/${id}/package` });
      assert.equal(again.status, 200, 'an acknowledged package cannot be asked for again');
    },
  ),
  rule('timeline', '7.1', 'the sender reads what became of it, each change once', async (scene) => {
    const { envelope } = (await sendNew(scene)).reply.json!;
    const { id } = await deliveryOf(scene, envelope);
    const from = await readDeliveries(scene, '');
    assert.equal(from.items.find((one) => one['envelope'] === envelope)?.['state'], 'queued');
    await acknowledge(scene, id, { result: 'refused', reason: 'không thuộc thẩm quyền' });
    const change = await readDeliveries(scene, from.next);
    assert.deepEqual(
      change.items.map(({ state, reason, envelope: of }) => ({ state, reason, of })),
      [{ state: 'refused', reason: 'không thuộc thẩm quyền', of: envelope }],
    );
    assert.deepEqual((await readDeliveries(scene, change.next)).items, []);
  }),
  rule('cursor', '9', 'a cursor that the axis did not give is refused', async (scene) => {
    const reply = await scene.client.call(scene.sender, { path: '/axis/v1/inbox?after=x.y' });
    refusedWith(reply, 400, 'axis.cursor-invalid');
  }),
  rule('status', '5.1', 'a status travels back to the sender of its document', async (scene) => {
    const { number } = await sendNew(scene);
    const documentId = `${scene.sender.code},2026/11/24,${number}`;
    const { code: from } = scene.receiver;
    const bytes = testStatus({ from, to: scene.sender.code, documentId, status: '03' });
    const headers = { 'phigiay-message-type': 'status', 'phigiay-from': from };
    assert.equal((await send(scene, bytes, headers, scene.receiver)).status, 201);
    const got = (await inboxOf(scene, scene.sender)).some(({ contentHash }) => contentHash === sha256(bytes));
    assert.ok(got, 'the status is not in the inbox');
  }),
  rule(
    'proof',
    '7.2',
    'within 30 s the receipt is proven to be in the log, without a network',
    async (scene) => {
      const { envelope } = (await sendNew(scene)).reply.json!;
      const { jwk, logKey } = await keysOf(scene);
      const path = `/axis/v1/receipts/${String(envelope)}/proof`;
      let reply = await scene.client.call(scene.receiver, { path });
      for (let tries = 0; tries < 60 && reply.status === 404; tries += 1) {
        refusedWith(reply, 404, 'axis.proof-pending');
        await pause(500);
        reply = await scene.client.call(scene.receiver, { path });
      }
      assert.equal(reply.status, 200);
      const trust = { receiptKeys: [jwk], logKeys: [logKey], witnessKeys: [] };
      assert.equal(verifyReceiptProof(reply.body.toString(), trust).verdict, 'valid');
    },
  ),
];

/** All changes behind a cursor. */
async function readDeliveries(
  scene: Scene,
  after: string,
): Promise<{ readonly items: readonly Readonly<Record<string, unknown>>[]; readonly next: string }> {
  const items: Readonly<Record<string, unknown>>[] = [];
  let cursor = after;
  for (;;) {
    const query = cursor === '' ? '' : `&after=${encodeURIComponent(cursor)}`;
    const path = `/axis/v1/deliveries?limit=500${query}`;
    const { json } = await scene.client.call(scene.sender, { path });
    const page = json as unknown as { items: Readonly<Record<string, unknown>>[]; next: string };
    if (page.items.length === 0) return { items, next: cursor };
    items.push(...page.items);
    cursor = String(page.next);
  }
}

/** The MUSTs of axis-1 that can be judged from outside. */
export const rules: readonly Rule[] = [...open, ...signatures, ...sending, ...receiving];
