import { agencySigner } from '#signatures';
import { findByCode } from '#directory';
import { sha256Hex, unitOfWork, type Context, type OrgId, type Unit } from '#kernel';
import {
  AxisUncertain,
  PackageDamaged,
  type AxisKey,
  type InboxItem,
  type RequestSigner,
} from './axisClient.ts';
import { asSystem, localOf, pinnedAxisKey, raiseAlarm } from './context.ts';
import { readArrived, type Arrived } from './package.ts';
import { inboxReceiptFault } from './receipt.ts';
import { isStatusCode, retryPauseMs } from './states.ts';
import { applyArrivedStatus, applyEarlierRecalls } from './statusIn.ts';
import { sendStatus } from './sendStatus.ts';
import { inboxByEnvelope, insertInbox, setAcknowledged, settleAcknowledged } from './inboxStore.ts';
import type { Fault, InboxRow } from './tables.ts';

const pageSize = 50;
/** Pages of one round: what is beyond waits for the next, so that a round ends. */
const pagesPerRound = 200;

// What failed here is tried again after a growing pause; losing this memory only means an earlier repeat.
const pauses = new WeakMap<Context, Map<string, { failures: number; until: number }>>();
const pausesOf = (ctx: Context): Map<string, { failures: number; until: number }> => {
  let known = pauses.get(ctx);
  if (!known) pauses.set(ctx, (known = new Map()));
  return known;
};

/**
 * Fetches what waits at the axis for one organisation. Delivery is at least once, the effect exactly one: the inbox
 * row, unique by envelope, is written in one transaction with its consequence, and acknowledged after the commit.
 * A package that cannot be processed never holds up the others.
 * @returns true when more may be waiting
 */
export async function inboxRound(ctx: Context, org: OrgId, signal?: AbortSignal): Promise<boolean> {
  const { client } = localOf(ctx);
  const signer = await agencySigner(ctx, org);
  const key = await pinnedAxisKey(ctx);
  const began = ctx.clock.now();
  const listed: string[] = [];
  let after = '';
  for (let page = 0; page < pagesPerRound; page += 1) {
    const { items, next } = await client.inbox(signer, after, pageSize);
    for (const item of items) {
      if (signal?.aborted) return false;
      await receiveGuarded(ctx, org, signer, key, item);
    }
    listed.push(...items.map(({ envelope }) => envelope));
    if (items.length === 0 || next === null || next === undefined || next === after) {
      const walk = { began, ended: ctx.clock.now() };
      await ctx.db.transaction(org, (tx) => settleAcknowledged(tx, org, listed, walk));
      return false;
    }
    after = next;
  }
  return true;
}

async function receiveGuarded(
  ctx: Context,
  org: OrgId,
  signer: RequestSigner,
  key: AxisKey,
  item: InboxItem,
): Promise<void> {
  const known = pausesOf(ctx);
  const pausedId = `${org}:${item.id}`;
  const paused = known.get(pausedId);
  if (paused && paused.until > ctx.clock.now().getTime()) return;
  try {
    await receive(ctx, org, signer, key, item);
    known.delete(pausedId);
  } catch (error) {
    const failures = (paused?.failures ?? 0) + 1;
    known.set(pausedId, { failures, until: ctx.clock.now().getTime() + retryPauseMs(failures) });
    ctx.log.error({ err: error, envelope: item.envelope, failures }, 'a package could not be received yet');
    // Once may be the line; after that a person should know.
    if (failures >= 3) {
      await unitOfWork(ctx, asSystem(org), (unit) =>
        raiseAlarm(unit, 'package-not-processed', item.envelope, {
          fromCode: item.from,
          reason: (error as Error).message,
        }),
      );
    }
  }
}

type Acknowledgement =
  | { readonly result: 'stored' }
  | { readonly result: 'refused'; readonly reason: string };

const acknowledgementOf = (row: Pick<InboxRow, 'state' | 'reason'>): Acknowledgement =>
  row.state === 'stored'
    ? { result: 'stored' }
    : { result: 'refused', reason: row.reason ? `${row.reason.code}: ${row.reason.message}` : row.state };

/** Receives one item: everything is durable before the axis is told. */
async function receive(
  ctx: Context,
  org: OrgId,
  signer: RequestSigner,
  key: AxisKey,
  item: InboxItem,
): Promise<void> {
  const { client } = localOf(ctx);
  let row = await ctx.db.transaction(org, (tx) => inboxByEnvelope(tx, item.envelope));
  if (!row || row.state === 'damaged') {
    const wrong = inboxReceiptFault(item, key);
    if (wrong !== null) {
      await unitOfWork(ctx, asSystem(org), (unit) =>
        raiseAlarm(unit, 'receipt-invalid', item.envelope, { fromCode: item.from, reason: wrong }),
      );
      throw new Error(`the receipt of ${item.envelope} is not valid: ${wrong}`);
    }
    const bytes = await downloadIntact(ctx, signer, item);
    if (bytes === 'damaged-at-axis') {
      // Not answered: it stays on the list of the axis, and arrives when its store has been repaired.
      await enterDamaged(ctx, org, item, damagedAtAxis);
      throw new Error(`the axis cannot hand out ${item.envelope}: its copy is damaged`);
    }
    row =
      bytes === 'damaged-on-the-way'
        ? await enterDamaged(ctx, org, item, damagedOnTheWay)
        : await enter(ctx, org, item, bytes);
  }
  await client.acknowledge(signer, item.id, acknowledgementOf(row));
  const { id } = row;
  await ctx.db.transaction(org, (tx) => setAcknowledged(tx, id, ctx.clock.now()));
}

/** The bytes that the receipt speaks of, or where they broke: two downloads in a row gave others (S1.7). */
async function downloadIntact(
  ctx: Context,
  signer: RequestSigner,
  item: InboxItem,
): Promise<Buffer | 'damaged-on-the-way' | 'damaged-at-axis'> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const bytes = await localOf(ctx).client.download(signer, item.id);
      if (sha256Hex(bytes) === (item.contentHash ?? item.envelope)) return bytes;
    } catch (error) {
      if (error instanceof AxisUncertain && error.fault.code === 'axis.package-damaged')
        return 'damaged-at-axis';
      if (!(error instanceof PackageDamaged)) throw error;
    }
  }
  return 'damaged-on-the-way';
}

const damagedOnTheWay: Fault = {
  code: 'hash-mismatch',
  message: 'Nội dung nhận được không khớp với biên nhận của trục',
  next: 'Đề nghị trục kiểm tra kho lưu và nơi gửi gửi lại.',
};
const damagedAtAxis: Fault = {
  code: 'damaged-at-axis',
  message: 'Gói tin trong kho của trục đã bị hỏng nên chưa giao được',
  next: 'Đề nghị trục khôi phục gói tin hoặc nơi gửi gửi lại.',
};

async function newRow(
  unit: Unit,
  item: InboxItem,
  content: {
    readonly blob: string | null;
    readonly state: InboxRow['state'];
    readonly reason: Fault | null;
    readonly document?: { readonly id: string; readonly code: string; readonly year: number | null };
  },
): Promise<string | null> {
  const from = await findByCode(unit.tx, item.from, unit.now);
  return await insertInbox(unit.tx, {
    id: unit.ctx.ids.uuid(),
    orgId: unit.org,
    envelope: item.envelope,
    messageType: item.messageType,
    fromCode: item.from,
    fromOrgId: from?.id ?? null,
    fromName: from?.name ?? null,
    documentId: content.document?.id ?? null,
    documentCode: content.document?.code ?? null,
    documentYear: content.document?.year ?? null,
    urgency: item.urgency,
    size: item.size,
    blob: content.blob,
    state: content.state,
    reason: content.reason,
    acceptedAt: new Date(item.acceptedAt),
    logIndex: item.logIndex ?? null,
    receipt: item.receipt,
    forwarded: item.forwarded ?? null,
    now: unit.now,
  });
}

async function rowOf(unit: Unit, envelope: string): Promise<InboxRow> {
  const row = await inboxByEnvelope(unit.tx, envelope);
  if (!row) throw new Error(`inbox row of ${envelope} is missing`);
  return row;
}

/** Damaged bytes are refused and reported; they never become a document. */
async function enterDamaged(ctx: Context, org: OrgId, item: InboxItem, reason: Fault): Promise<InboxRow> {
  return await unitOfWork(ctx, asSystem(org), async (unit) => {
    const id = await newRow(unit, item, { blob: null, state: 'damaged', reason });
    if (id !== null) {
      await raiseAlarm(unit, 'package-damaged', item.envelope, {
        fromCode: item.from,
        axisId: item.id,
        reason: reason.code,
      });
      await unit.publish({
        stream: `inbox:${id}`,
        type: 'exchange.package-damaged',
        payload: { inboxId: id, envelope: item.envelope, fromCode: item.from, reason },
      });
    }
    return await rowOf(unit, item.envelope);
  });
}

async function enter(ctx: Context, org: OrgId, item: InboxItem, bytes: Buffer): Promise<InboxRow> {
  const blob = await ctx.blobs.put(bytes);
  const arrived = readArrived(bytes, item.messageType);
  return await unitOfWork(ctx, asSystem(org), async (unit) => {
    const readable = await checkArrived(unit, item, arrived);
    if (!readable.ok) {
      const id = await newRow(unit, item, { blob, state: 'unreadable', reason: readable.fault });
      if (id !== null) {
        await unit.publish({
          stream: `inbox:${id}`,
          type: 'exchange.package-unreadable',
          payload: {
            inboxId: id,
            envelope: item.envelope,
            blob,
            fromCode: item.from,
            reason: readable.fault,
          },
        });
      }
      return await rowOf(unit, item.envelope);
    }
    const { content, fromOrgId } = readable;
    const document = content.kind === 'edoc' ? content.document : undefined;
    const id = await newRow(unit, item, {
      blob,
      state: 'stored',
      reason: null,
      ...(document ? { document } : {}),
    });
    if (id !== null && content.kind === 'edoc')
      await announceDocument(unit, item, id, blob, content, fromOrgId);
    if (id !== null && content.kind === 'status')
      await applyArrivedStatus(unit, item, fromOrgId, { ...content.status, statusCode: content.statusCode });
    return await rowOf(unit, item.envelope);
  });
}

type Readable = Extract<Arrived, { ok: true }>['content'];
type Checked =
  | {
      readonly ok: true;
      readonly fromOrgId: OrgId | null;
      readonly content:
        | Extract<Readable, { kind: 'edoc' }>
        | (Extract<Readable, { kind: 'status' }> & {
            readonly statusCode: Parameters<typeof applyArrivedStatus>[3]['statusCode'];
          });
    }
  | { readonly ok: false; readonly fault: Fault };

/** What the package says must agree with who sent it. */
async function checkArrived(unit: Unit, item: InboxItem, arrived: Arrived): Promise<Checked> {
  if (!arrived.ok) return { ok: false, fault: arrived.fault };
  const sender = await findByCode(unit.tx, item.from, unit.now);
  const stated = await findByCode(unit.tx, arrived.content.fromCode, unit.now);
  if (sender && stated && sender.id !== stated.id) {
    return {
      ok: false,
      fault: {
        code: 'sender-mismatch',
        message: `Gói tin ghi nơi gửi ${stated.name} nhưng do ${sender.name} gửi`,
        next: 'Liên hệ nơi gửi để xác minh.',
      },
    };
  }
  const fromOrgId = sender?.id ?? stated?.id ?? null;
  const { content } = arrived;
  if (content.kind === 'edoc') return { ok: true, fromOrgId, content };
  const { statusCode } = content.status;
  if (!isStatusCode(statusCode)) {
    return {
      ok: false,
      fault: { code: 'status-code', message: `Mã trạng thái ${statusCode} không có trong danh mục` },
    };
  }
  return { ok: true, fromOrgId, content: { ...content, statusCode } };
}

/** A document is here: tell the other rooms and the sender (01 "đã đến") in the same transaction. */
async function announceDocument(
  unit: Unit,
  item: InboxItem,
  inboxId: string,
  blob: string,
  content: Extract<Readable, { kind: 'edoc' }>,
  fromOrgId: OrgId | null,
): Promise<void> {
  await unit.publish({
    stream: `inbox:${inboxId}`,
    type: 'exchange.package-arrived',
    payload: {
      inboxId,
      envelope: item.envelope,
      blob,
      messageType: 'edoc',
      fromCode: item.from,
      fromOrgId,
      documentId: content.document.id,
      urgency: item.urgency,
      acceptedAt: item.acceptedAt,
      logIndex: item.logIndex ?? null,
    },
  });
  await sendStatus(unit, {
    responseFor: {
      organId: item.from,
      code: content.document.code,
      documentId: content.document.id,
      promulgationDate: content.document.date,
    },
    statusCode: '01',
    description: 'Văn bản đã đến hệ thống của nơi nhận',
    staff: { department: 'Văn thư', name: 'Hệ thống' },
    aboutRef: `inbox:${inboxId}`,
  });
  await applyEarlierRecalls(unit, { inboxId, fromOrgId, documentId: content.document.id });
}
