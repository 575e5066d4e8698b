import { createHash, randomBytes } from 'node:crypto';
import { personById, actorOf } from '#identity';
import { publicKeyOf, readCertificatesPem, verifyBytes, type SignatureAlgorithm } from '#formats/x509';
import {
  sha256Hex,
  systemActor,
  unitOfWork,
  type Context,
  type OrgId,
  type PersonId,
  type Unit,
} from '#kernel';
import { officerSignature, preparePades, resumePades } from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { keepRequests, lockRequest, markSigned, requestsOfCode, type RequestRow } from './deviceStore.ts';
import { enrolAct, enrolCertificate, enrolmentText, type HandedIn } from './enrol.ts';
import { checkCertificate } from './keys.ts';
import { refuse } from './refusals.ts';
import { checkSize, keepRecord, readable, type PadesLevel } from './sign.ts';
import { keyById, keyInUse, type KeyRow } from './store.ts';

/** Minutes in which a device signs. */
const validMs = 10 * 60_000;
const mostAtOnce = 200;

/** What a room does with a file that was signed on a device; both run in one transaction, as the person. */
export interface DeviceAct {
  /** The file as it stands now, if the person may still sign it; refuses otherwise. */
  original(unit: Unit, ref: string): Promise<Buffer>;
  signed(
    unit: Unit,
    ref: string,
    signed: { pdf: Buffer; signedAt: string; level: PadesLevel },
  ): Promise<void>;
}

const acts = new WeakMap<Context, Map<string, DeviceAct>>();

/** A room says what becomes of its files; `act` is `outgoing-sign`, say. */
export function registerDeviceAct(ctx: Context, name: string, act: DeviceAct): void {
  let known = acts.get(ctx);
  if (!known) acts.set(ctx, (known = new Map()));
  known.set(name, act);
}

/** A code for a device, and until when it is good (ISO 8601). */
export interface DeviceOffer {
  readonly code: string;
  readonly expiresAt: string;
}

/** 40 octets: the organisation, so that its rows can be looked into, and 192 random bits. */
function newCode(org: OrgId): { code: string; hash: Buffer } {
  const code = Buffer.concat([Buffer.from(org.replaceAll('-', ''), 'hex'), randomBytes(24)]).toString(
    'base64url',
  );
  return { code, hash: hashOf(code) };
}

const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest();

/** @throws Refusal device-code-unknown when it is no code at all */
function orgOf(code: string): OrgId {
  const bytes = Buffer.from(code, 'base64url');
  if (bytes.length !== 40 || bytes.toString('base64url') !== code) throw refuse('device-code-unknown');
  const hex = bytes.subarray(0, 16).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as OrgId;
}

/**
 * First phase: prepares files for the person's own key, wherever it is. The key of whoever acts is not here; the code
 * that comes back lets their device read the octets and hand in the signatures.
 * @throws Refusal not-your-key, no-key, key-in-custody, file-not-signable, file-too-large, device-too-many
 */
export async function offerToDevice(
  unit: Unit,
  offer: {
    readonly personId: PersonId;
    readonly act: string;
    readonly fullName: string;
    readonly items: readonly {
      readonly ref: string;
      readonly title: string;
      readonly pdf: Uint8Array;
      /** Name of the reserved field. */
      readonly field: string;
    }[];
  },
): Promise<DeviceOffer> {
  if (unit.actor.personId !== offer.personId) throw refuse('not-your-key');
  if (offer.items.length > mostAtOnce) throw refuse('device-too-many', { most: mostAtOnce });
  const key = await keyInUse(unit.tx, 'officer', offer.personId);
  if (!key) throw refuse('no-key', { holder: offer.fullName });
  const { chain, algorithm } = await outsideKey(unit, key, offer.fullName);
  const { code, hash } = newCode(unit.org);
  const expires = new Date(unit.now.getTime() + validMs);
  const rows = offer.items.map((item, position) => {
    checkSize(unit, item.pdf);
    const session = readable(() =>
      preparePades(
        item.pdf,
        {
          ...officerSignature(item.pdf, { signingTime: unit.now, signerName: offer.fullName }),
          field: item.field,
        },
        chain,
        algorithm,
      ),
    );
    const { pdf, contents, digest } = session.prepared;
    return {
      ...requestBase(unit, hash, position, expires),
      act: offer.act,
      ref: item.ref,
      title: item.title,
      tbs: Buffer.from(session.tbs),
      key_id: key.id,
      original_hash: sha256Hex(item.pdf),
      tail: Buffer.from(pdf.subarray(item.pdf.length)),
      contents_start: contents.start,
      contents_end: contents.end,
      digest: Buffer.from(digest),
    };
  });
  await keepRequests(unit.tx, unit.org, offer.personId, rows);
  return { code, expiresAt: expires.toISOString() };
}

/** Lets the person's device prove that it holds the key of a certificate, which is then theirs here. */
export async function offerEnrolment(unit: Unit): Promise<DeviceOffer> {
  const { personId } = unit.actor;
  if (personId === undefined) throw refuse('not-your-key');
  const { code, hash } = newCode(unit.org);
  const expires = new Date(unit.now.getTime() + validMs);
  const base = requestBase(unit, hash, 0, expires);
  const row = {
    ...base,
    act: enrolAct,
    ref: `person:${personId}`,
    title: 'Đăng ký chứng thư chữ ký số',
    tbs: enrolmentText(base.id),
    key_id: null,
    original_hash: null,
    tail: null,
    contents_start: null,
    contents_end: null,
    digest: null,
  };
  await keepRequests(unit.tx, unit.org, personId, [row]);
  return { code, expiresAt: expires.toISOString() };
}

function requestBase(
  unit: Unit,
  hash: Buffer,
  position: number,
  expires: Date,
): Pick<RequestRow, 'id' | 'code_hash' | 'position' | 'created_at' | 'expires_at'> {
  const id = unit.ctx.ids.uuid();
  return { id, code_hash: hash, position, created_at: unit.now, expires_at: expires };
}

async function outsideKey(
  unit: Unit,
  key: KeyRow,
  holder: string,
): Promise<{ chain: ReturnType<typeof readCertificatesPem>; algorithm: SignatureAlgorithm }> {
  if (key.chain_pem === null || key.algorithm === null) throw refuse('key-in-custody');
  const chain = readCertificatesPem(key.chain_pem);
  await checkCertificate(unit, { certificateChain: chain }, holder);
  return { chain, algorithm: key.algorithm as SignatureAlgorithm };
}

/** One thing to sign, as the device sees it. */
export interface DeviceItem {
  readonly id: string;
  readonly act: string;
  readonly title: string;
  /** SHA-256 of the file, hex; null where a certificate is enrolled. */
  readonly documentHash: string | null;
  readonly algorithm: string | null;
  readonly certificatePem: string | null;
  /** base64 */
  readonly tbs: string;
  readonly state: 'waiting' | 'signed';
}

/** What waits behind a code. @throws Refusal device-code-unknown, device-code-expired */
export async function itemsOfCode(
  ctx: Context,
  code: string,
): Promise<{ readonly person: string; readonly expiresAt: string; readonly items: readonly DeviceItem[] }> {
  const org = orgOf(code);
  return await unitOfWork(ctx, { org, actor: systemActor(org) }, async (unit) => {
    const rows = await requestsOfCode(unit.tx, hashOf(code));
    const [first] = rows;
    if (!first) throw refuse('device-code-unknown');
    if (unit.now > first.expires_at) throw refuse('device-code-expired');
    const person = await personById(unit, first.person_id as PersonId);
    const items: DeviceItem[] = [];
    for (const row of rows) {
      const key = row.key_id === null ? undefined : await keyById(unit.tx, row.key_id);
      items.push({
        id: row.id,
        act: row.act,
        title: row.title,
        documentHash: row.original_hash,
        algorithm: key?.algorithm ?? null,
        certificatePem: key?.certificate_pem ?? null,
        tbs: row.tbs.toString('base64'),
        state: row.signed_at === null ? 'waiting' : 'signed',
      });
    }
    return { person: person?.fullName ?? '', expiresAt: first.expires_at.toISOString(), items };
  });
}

/**
 * Second phase: takes a signature from a device. It is verified before anything is done with it; what follows happens
 * as the person, with the rights that they have now, in one transaction with the use of the request.
 * @throws Refusal device-code-unknown, device-code-expired, device-used, device-signature-wrong, document-changed,
 * certificate-not-yours, certificate-not-trusted, and of the room that the file belongs to
 */
export async function completeOnDevice(
  ctx: Context,
  code: string,
  id: string,
  handed: HandedIn,
): Promise<void> {
  const org = orgOf(code);
  const hash = hashOf(code);
  const actor = await unitOfWork(ctx, { org, actor: systemActor(org) }, async (unit) => {
    const row = (await requestsOfCode(unit.tx, hash)).find((one) => one.id === id);
    const person = row && (await personById(unit, row.person_id as PersonId));
    if (!person) throw refuse('device-code-unknown');
    return actorOf(person, org);
  });
  await unitOfWork(ctx, { org, actor }, async (unit) => {
    const row = await lockRequest(unit.tx, id, hash);
    if (!row) throw refuse('device-code-unknown');
    if (row.signed_at !== null) throw refuse('device-used');
    if (unit.now > row.expires_at) throw refuse('device-code-expired');
    if (row.act === enrolAct) await enrolCertificate(unit, row.tbs, handed);
    else await completeFile(unit, row, handed.signature);
    await markSigned(unit.tx, id, unit.now);
  });
}

async function completeFile(unit: Unit, row: RequestRow, signature: Buffer): Promise<void> {
  const { tail, contents_start: start, contents_end: end, digest, original_hash: hash } = row;
  const key = row.key_id === null ? undefined : await keyById(unit.tx, row.key_id);
  if (!key || !tail || start === null || end === null || !digest) throw refuse('device-code-unknown');
  if (key.retired_at !== null) throw refuse('no-key', { holder: unit.actor.name });
  const { chain, algorithm } = await outsideKey(unit, key, unit.actor.name);
  if (!verifyBytes(algorithm, publicKeyOf(chain[0]!), row.tbs, signature))
    throw refuse('device-signature-wrong');
  const act = acts.get(unit.ctx)?.get(row.act);
  if (!act) throw refuse('device-code-unknown');
  const original = await act.original(unit, row.ref);
  if (sha256Hex(original) !== hash) throw refuse('document-changed');
  const session = resumePades(
    { pdf: Buffer.concat([original, tail]), contents: { start, end }, digest },
    chain,
    algorithm,
  );
  const held = await heldAuthority(unit.ctx);
  const token = await held?.authority.timestamps.timestamp(
    createHash('sha256').update(signature).digest(),
    'sha256',
  );
  const pdf = Buffer.from(readable(() => session.complete(signature, token)));
  const level = token ? 'B-T' : 'B-B';
  await keepRecord(unit, 'signatures.signed', key, original, pdf, { level, device: true });
  await act.signed(unit, row.ref, { pdf, signedAt: unit.now.toISOString(), level });
}
