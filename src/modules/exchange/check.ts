import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EdxmlError, envelopeRouting, readPackage } from '#formats/edxml';
import {
  BlobDamaged,
  finding,
  sha256Hex,
  vietnamIso,
  type BlobUse,
  type Context,
  type Finding,
  type OrgId,
  type Unit,
} from '#kernel';
import { bindsRecipients, LedgerError, verifyReceipt, type ReceiptClaims } from '#ledger';
import type { AxisKey } from './axisClient.ts';
import {
  allInbox,
  allOutbox,
  eventsWithoutRow,
  outboxEnvelope,
  statusesWithoutPackage,
  type CheckedInbox,
  type CheckedOutbox,
} from './checkStore.ts';
import { readArrived } from './package.ts';
import { inboxById } from './inboxStore.ts';

const sentName = (row: Pick<CheckedOutbox, 'kind' | 'documentCode'>): string =>
  `${row.kind === 'status' ? 'trạng thái đã gửi về văn bản' : 'gói tin đã gửi của văn bản'} ${row.documentCode || '(không số)'}`;
const receivedName = (
  row: Pick<CheckedInbox, 'messageType' | 'documentCode' | 'fromCode' | 'fromName'>,
): string =>
  `${row.messageType === 'status' ? 'trạng thái' : `gói tin văn bản ${row.documentCode ?? '(không số)'}`} nhận từ ${row.fromName ?? row.fromCode}`;
const acceptedText = (at: Date, index: number | null): string =>
  `trục tiếp nhận lúc ${vietnamIso(at)}${index === null ? '' : `, dòng ${index} của sổ nhật ký`}`;

/** The blobs of the exchange: packages that were sent and received. */
export async function* blobsInUse(ctx: Context, org: OrgId): AsyncGenerator<BlobUse> {
  for await (const row of allOutbox(ctx, org)) {
    const lastGood = row.acceptedAt ? acceptedText(row.acceptedAt, row.logIndex) : vietnamIso(row.createdAt);
    yield { hash: row.envelope, object: sentName(row), lastGood };
  }
  for await (const row of allInbox(ctx, org)) {
    if (row.blob === null) continue;
    yield { hash: row.blob, object: receivedName(row), lastGood: acceptedText(row.acceptedAt, row.logIndex) };
  }
}

/** The key of the axis as it was pinned; nothing is asked over the network. */
async function pinnedKey(ctx: Context): Promise<{ readonly key: KeyObject; readonly origin: string } | null> {
  try {
    const pinned = JSON.parse(await readFile(join(ctx.config.dataDir, 'axis-key.json'), 'utf8')) as AxisKey;
    return { key: createPublicKey({ key: pinned.jwk as JsonWebKey, format: 'jwk' }), origin: pinned.origin };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

type Pinned = NonNullable<Awaited<ReturnType<typeof pinnedKey>>>;

function claimsOf(receipt: string, pinned: Pinned): ReceiptClaims | null {
  try {
    return verifyReceipt(receipt, pinned.key).claims;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/**
 * Checks an agency's end of the axis: each package that was sent or received against the receipt that the axis signed
 * for it, the counters of the receipts, the statuses, and the events of the record.
 */
export async function* checkIntegrity(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const pinned = await pinnedKey(ctx);
  const counters = new Map<number, { readonly name: string; readonly at: string }>();
  for await (const row of allOutbox(ctx, org)) {
    if (row.kind === 'status' && !row.hasStatus)
      yield finding(
        'missing',
        sentName(row),
        'gói tin còn mà dòng trạng thái không còn',
        vietnamIso(row.createdAt),
      );
    if (row.state !== 'accepted') continue;
    if (row.counter !== null)
      counters.set(row.counter, { name: sentName(row), at: vietnamIso(row.acceptedAt ?? row.createdAt) });
    if (pinned) yield* checkSent(ctx, row, pinned);
  }
  yield* checkCounters(counters);
  let receipts = counters.size;
  for await (const row of allInbox(ctx, org)) {
    receipts += 1;
    if (pinned) yield* checkReceived(ctx, row, pinned);
    if (row.messageType === 'status' && row.state === 'stored' && !row.hasStatus)
      yield finding(
        'missing',
        receivedName(row),
        'gói tin còn mà dòng trạng thái không còn',
        acceptedText(row.acceptedAt, row.logIndex),
      );
  }
  if (!pinned && receipts > 0)
    yield finding(
      'missing',
      'khóa của trục đã ghim (axis-key.json)',
      `không kiểm được ${receipts} biên nhận`,
    );
  yield* checkRecord(ctx, org);
}

async function* checkSent(ctx: Context, row: CheckedOutbox, pinned: Pinned): AsyncGenerator<Finding> {
  const at = row.acceptedAt ?? row.createdAt;
  const lastGood = acceptedText(at, row.logIndex);
  const claims = row.receipt === null ? null : claimsOf(row.receipt, pinned);
  if (!claims) {
    const kind = row.receipt === null ? 'missing' : 'changed';
    yield finding(kind, `biên nhận của ${sentName(row)}`, 'không có chữ ký đúng của trục', lastGood);
    return;
  }
  if (claims.envelopeHash !== row.envelope)
    yield finding('swapped', sentName(row), 'không phải gói tin mà biên nhận nói tới', lastGood);
  yield* checkRecipients(ctx, row, claims, lastGood);
  const agrees =
    claims.log.index === row.logIndex &&
    claims.counter === row.counter &&
    Date.parse(claims.acceptedAt) === at.getTime() &&
    claims.log.origin === pinned.origin;
  if (!agrees)
    yield finding(
      'changed',
      sentName(row),
      'số thứ tự, thời điểm hoặc dòng nhật ký khác với biên nhận',
      lastGood,
    );
}

/** The receivers of a document against the list that the receipt binds; the package itself tells which one differs. */
async function* checkRecipients(
  ctx: Context,
  row: CheckedOutbox,
  claims: ReceiptClaims,
  lastGood: string,
): AsyncGenerator<Finding> {
  if (row.kind !== 'edoc' || bindsRecipients(claims, row.recipients)) return;
  const named = new Set(await addresseesOf(ctx, row.envelope));
  const kept = new Set(row.recipients);
  let told = false;
  for (const code of [...named].filter((one) => !kept.has(one))) {
    told = true;
    const object = `nơi nhận ${code} của ${sentName(row)}`;
    yield finding('missing', object, 'gói tin có nêu mà dòng không còn', lastGood);
  }
  for (const code of [...kept].filter((one) => named.size > 0 && !named.has(one))) {
    told = true;
    const object = `nơi nhận ${code} của ${sentName(row)}`;
    yield finding('extra', object, 'gói tin không nêu nơi nhận này', lastGood);
  }
  if (told) return;
  const object = `danh sách nơi nhận của ${sentName(row)}`;
  yield finding('changed', object, 'không phải danh sách mà biên nhận cam kết', lastGood);
}

/** Codes to which a package goes; none when its bytes cannot be read, which the check of the files tells. */
async function addresseesOf(ctx: Context, envelope: string): Promise<readonly string[]> {
  const bytes = await bytesOf(ctx, envelope);
  try {
    return bytes ? envelopeRouting(bytes).to : [];
  } catch (error) {
    if (error instanceof EdxmlError) return [];
    throw error;
  }
}

/** 1, 2, 3… as the axis counted them for this organisation. */
function* checkCounters(
  counters: ReadonlyMap<number, { readonly name: string; readonly at: string }>,
): Generator<Finding> {
  const last = Math.max(0, ...counters.keys());
  for (let number = 1, before: string | null = null; number <= last; number += 1) {
    const known = counters.get(number);
    if (known) before = known.at;
    else
      yield finding(
        'missing',
        `lần gửi thứ ${number} qua trục`,
        'biên nhận nhảy số: gói tin không còn trong sổ gửi',
        before,
      );
  }
}

async function* checkReceived(ctx: Context, row: CheckedInbox, pinned: Pinned): AsyncGenerator<Finding> {
  const lastGood = acceptedText(row.acceptedAt, row.logIndex);
  const claims = claimsOf(row.receipt, pinned);
  if (!claims) {
    yield finding('changed', `biên nhận của ${receivedName(row)}`, 'không có chữ ký đúng của trục', lastGood);
    return;
  }
  if (row.state === 'damaged') return;
  if (row.blob === null) {
    yield finding('missing', receivedName(row), 'dòng không còn trỏ tới nội dung', lastGood);
    return;
  }
  const said = `${vietnamIso(new Date(claims.acceptedAt))}, dòng ${claims.log.index} của sổ nhật ký`;
  if (claims.envelopeHash !== row.blob) {
    const document = `văn bản ${claims.document.notation} của ${claims.sender}`;
    yield finding(
      'swapped',
      receivedName(row),
      `biên nhận của trục nói về gói tin khác: ${document}`,
      `trục tiếp nhận lúc ${said}`,
    );
    return;
  }
  if (claims.log.index !== row.logIndex || Date.parse(claims.acceptedAt) !== row.acceptedAt.getTime())
    yield finding(
      'changed',
      receivedName(row),
      'thời điểm hoặc dòng nhật ký khác với biên nhận',
      `trục tiếp nhận lúc ${said}`,
    );
  if (row.messageType !== 'edoc' || row.state !== 'stored') return;
  const bytes = await bytesOf(ctx, row.blob);
  const read = bytes && readArrived(bytes, 'edoc');
  if (!read?.ok || read.content.kind !== 'edoc') return;
  const { id, code } = read.content.document;
  if (id !== row.documentId || code !== row.documentCode)
    yield finding('changed', receivedName(row), `dòng ghi khác với gói tin, gói tin là ${code}`, lastGood);
}

/** The bytes, or null when they are damaged: the check of the blobs names them. */
async function bytesOf(ctx: Context, hash: string): Promise<Buffer | null> {
  try {
    return await ctx.blobs.get(hash);
  } catch (error) {
    if (error instanceof BlobDamaged) return null;
    throw error;
  }
}

async function* checkRecord(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const gone = await ctx.db.transaction(org, (tx) => eventsWithoutRow(tx, org));
  for (const event of gone) {
    const object =
      event.type === 'exchange.accepted'
        ? `gói tin đã gửi ${event.envelope?.slice(0, 12) ?? ''}…`
        : `gói tin văn bản ${event.documentId ?? ''} nhận từ ${event.fromCode ?? '?'}`;
    yield finding('missing', object, 'lịch sử có ghi mà dòng không còn', vietnamIso(event.at));
  }
  for (const status of await ctx.db.transaction(org, (tx) => statusesWithoutPackage(tx, org)))
    yield finding(
      'missing',
      `gói tin trạng thái ${status.code} về văn bản ${status.documentId}, bên kia là ${status.peerCode}`,
      'dòng trạng thái còn mà gói tin không còn',
      vietnamIso(status.at),
    );
}

/** A file in a package that the exchange keeps. */
export interface PackagedFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * The files of a package that was received or sent, as the stored package itself holds them; null when the package
 * is not there or cannot be read (the check of the exchange names it).
 */
export async function packagedFiles(
  unit: Pick<Unit, 'tx' | 'ctx'>,
  where: { readonly inboxId: string } | { readonly outboxId: string },
): Promise<readonly PackagedFile[] | null> {
  const hash =
    'inboxId' in where
      ? (await inboxById(unit.tx, where.inboxId))?.blob
      : await outboxEnvelope(unit.tx, where.outboxId);
  const bytes = hash ? await bytesOf(unit.ctx, hash) : null;
  if (!bytes) return null;
  try {
    const read = readPackage(bytes);
    if (read.kind !== 'edoc') return null;
    return read.attachments.map(({ name, bytes: content }) => ({ name, sha256: sha256Hex(content) }));
  } catch (error) {
    if (error instanceof EdxmlError) return null;
    throw error;
  }
}
