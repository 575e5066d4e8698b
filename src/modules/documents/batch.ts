import { record } from '#audit';
import { openOfficerKey, type OpenedKey } from '#signatures';
import {
  refuse as refuseKernel,
  Refusal,
  unitOfWork,
  type Actor,
  type Context,
  type OrgId,
  type PersonId,
  type Unit,
} from '#kernel';
import {
  batchById,
  insertBatch,
  itemsOf,
  moveItems,
  nextItem,
  openBatches,
  seeBatch,
  setBatch,
  type BatchItemRow,
  type BatchRow,
} from './batchStore.ts';
import { batchItemStates, type BatchCause, type BatchItemState, type BatchView } from './contractBatch.ts';
import { readableOutgoing } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { signOutgoing } from './sign.ts';
import { loadOutgoings } from './store.ts';

/** A batch under way in this process: the key was opened by its PIN once and is forgotten when the batch stops. */
interface Running {
  readonly org: OrgId;
  readonly actor: Actor;
  readonly batchId: string;
  readonly key: OpenedKey;
}

const runningOf = new WeakMap<Context, Map<string, Running>>();
function running(ctx: Context): Map<string, Running> {
  let map = runningOf.get(ctx);
  if (!map) runningOf.set(ctx, (map = new Map<string, Running>()));
  return map;
}
const wakers = new WeakMap<Context, () => void>();
/** Who runs rounds is told when there is work. */
export const onBatchWork = (ctx: Context, wake: () => void): void => void wakers.set(ctx, wake);

/** How long a batch goes on while nobody looks at it. */
const unattendedMs = 30_000;

const causes = {
  paused: {
    code: 'paused',
    vi: 'Người ký đã tạm dừng.',
    en: 'The signer paused it.',
  },
  unattended: {
    code: 'unattended',
    vi: 'Màn hình của người ký đã đóng hoặc mất kết nối.',
    en: 'The signer’s screen was closed or lost its connection.',
  },
  cut: {
    code: 'connection-cut',
    vi: 'Mất kết nối khi đang ký; văn bản đang ký chưa ký, ký tiếp sẽ làm lại từ văn bản này.',
    en: 'The connection was lost; the document in hand is not signed, going on begins with it.',
  },
  restarted: {
    code: 'restarted',
    vi: 'Hệ thống khởi động lại giữa chừng.',
    en: 'The system was restarted in the middle.',
  },
} as const satisfies Record<string, BatchCause>;

/** @throws Refusal kernel.forbidden, kernel.not-found */
async function ownBatch(unit: Unit, id: string, lock = false): Promise<BatchRow> {
  const { personId } = unit.actor;
  if (personId === undefined) throw refuseKernel('forbidden');
  const batch = await batchById(unit, id, personId, lock);
  if (!batch) throw refuseKernel('not-found');
  return batch;
}

/** Puts documents together for one decision; signs nothing yet. @throws Refusal kernel.not-found, batch-not-signable */
export async function createBatch(unit: Unit, documentIds: readonly string[]): Promise<BatchView> {
  const { personId } = unit.actor;
  if (personId === undefined) throw refuseKernel('forbidden');
  const wanted = [...new Set(documentIds)];
  for (const documentId of wanted) {
    const doc = await readableOutgoing(unit, documentId);
    if (doc.state !== 'approved' || doc.content.signer.id !== personId)
      throw refuseDocument('batch-not-signable', { abstract: doc.content.abstract.slice(0, 80) });
  }
  const id = unit.ctx.ids.uuid();
  await insertBatch(unit, { id, personId, documentIds: wanted });
  await record(unit, {
    action: 'documents.batch-created',
    object: `batch:${id}`,
    detail: { documents: wanted },
  });
  return await viewBatch(unit, id);
}

/**
 * Begins, or goes on: what is signed stays signed, what waits is signed (S3.3).
 * @throws Refusal batch-running, and of #signatures about key and PIN
 */
export async function runBatch(
  unit: Unit,
  id: string,
  body: { readonly pin: string; readonly retryFailed: boolean },
): Promise<BatchView> {
  const batch = await ownBatch(unit, id, true);
  const { ctx, actor, org } = unit;
  if (running(ctx).has(id)) throw refuseDocument('batch-running');
  const key = await openOfficerKey(unit, batch.personId as PersonId, body.pin, actor.name);
  await moveItems(unit, id, { from: body.retryFailed ? ['signing', 'failed'] : ['signing'], to: 'queued' });
  await setBatch(unit, id, 'running');
  await seeBatch(unit, id);
  await record(unit, {
    action: 'documents.batch-run',
    object: `batch:${id}`,
    detail: { retry: body.retryFailed },
  });
  unit.afterCommit(() => {
    running(ctx).set(id, { org, actor, batchId: id, key });
    wakers.get(ctx)?.();
  });
  return await viewBatch(unit, id);
}

/** Stops before the next document. */
export async function pauseBatch(unit: Unit, id: string): Promise<BatchView> {
  const batch = await ownBatch(unit, id, true);
  if (batch.state === 'running') await setBatch(unit, id, 'paused', causes.paused);
  return await viewBatch(unit, id);
}

/** Leaves a document out that is not signed yet. @throws Refusal batch-item-done */
export async function skipItem(unit: Unit, id: string, documentId: string): Promise<BatchView> {
  await ownBatch(unit, id, true);
  const moved = await moveItems(unit, id, { from: ['queued', 'failed'], to: 'skipped', documentId });
  if (moved === 0) throw refuseDocument('batch-item-done');
  await record(unit, { action: 'documents.batch-skipped', object: `batch:${id}`, detail: { documentId } });
  return await viewBatch(unit, id);
}

const countsOf = (items: readonly BatchItemRow[]): Record<BatchItemState, number> =>
  Object.fromEntries(
    batchItemStates.map((state) => [state, items.filter((item) => item.state === state).length]),
  ) as Record<BatchItemState, number>;

/** The batch with the result of each document. */
async function viewBatch(unit: Unit, id: string): Promise<BatchView> {
  const batch = await ownBatch(unit, id);
  const items = await itemsOf(unit, id);
  const docs = new Map(
    (
      await loadOutgoings(
        unit,
        items.map((item) => item.documentId),
      )
    ).map((doc) => [doc.id, doc]),
  );
  return {
    id: batch.id,
    state: batch.state,
    cause: batch.cause,
    createdAt: batch.createdAt.toISOString(),
    counts: countsOf(items),
    items: items.map((item) => {
      const doc = docs.get(item.documentId);
      return {
        position: item.position,
        documentId: item.documentId,
        typeName: doc?.content.typeName ?? '',
        abstract: doc?.content.abstract ?? '',
        drafter: doc?.drafter.name ?? '',
        urgency: doc?.content.urgency ?? 0,
        state: item.state,
        cause: item.cause,
        at: item.at?.toISOString() ?? null,
      };
    }),
  };
}

/** As `viewBatch`, by the signer's own screen: the batch is attended. */
export async function watchBatch(unit: Unit, id: string): Promise<BatchView> {
  const batch = await ownBatch(unit, id);
  await seeBatch(unit, id);
  // Its key went with the process that ran it.
  if (
    batch.state === 'running' &&
    !running(unit.ctx).has(id) &&
    unit.now.getTime() - batch.seenAt.getTime() > unattendedMs
  )
    await setBatch(unit, id, 'paused', causes.restarted);
  return await viewBatch(unit, id);
}

export async function listBatches(unit: Unit): Promise<Omit<BatchView, 'items' | 'cause'>[]> {
  const { personId } = unit.actor;
  if (personId === undefined) return [];
  const found: Omit<BatchView, 'items' | 'cause'>[] = [];
  for (const { id, state, createdAt } of await openBatches(unit, personId))
    found.push({
      id,
      state,
      createdAt: createdAt.toISOString(),
      counts: countsOf(await itemsOf(unit, id)),
    });
  return found;
}

/**
 * One document of each batch under way. Its signature and its result are one transaction: a document is signed and
 * counted, or neither. What the rules refuse is its result; anything else stops the batch, with the document waiting.
 * @returns true while there is more to sign
 */
export async function batchRound(ctx: Context): Promise<boolean> {
  for (const one of running(ctx).values()) {
    if (!(await signNext(ctx, one))) running(ctx).delete(one.batchId);
  }
  return running(ctx).size > 0;
}

async function signNext(ctx: Context, one: Running): Promise<boolean> {
  const run = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    unitOfWork(ctx, { org: one.org, actor: one.actor }, work);
  const { batchId } = one;
  const taken = await run((unit) => takeNext(unit, one));
  if (taken === null) return false;
  const { documentId } = taken;
  try {
    await run(async (unit) => {
      await signOutgoing(unit, documentId, one.key);
      await moveItems(unit, batchId, { from: ['signing'], to: 'signed', documentId });
    });
    return true;
  } catch (error) {
    const isResult = error instanceof Refusal;
    if (!isResult) ctx.log.error({ err: error }, 'a batch of signatures was cut off');
    await run(async (unit) => {
      if (isResult) {
        const { code, text } = error;
        const cause = { code, vi: `${text.vi} ${text.viNext}`, en: `${text.en} ${text.enNext}` };
        await moveItems(unit, batchId, { from: ['signing'], to: 'failed', documentId, cause });
      } else {
        await moveItems(unit, batchId, { from: ['signing'], to: 'queued', documentId });
        await setBatch(unit, batchId, 'paused', causes.cut);
      }
    });
    return isResult;
  }
}

/** Marks the next document as being signed; null when the batch is over or stands still. */
async function takeNext(unit: Unit, one: Running): Promise<BatchItemRow | null> {
  const batch = await ownBatch(unit, one.batchId, true);
  if (batch.state !== 'running') return null;
  if (unit.now.getTime() - batch.seenAt.getTime() > unattendedMs) {
    await setBatch(unit, batch.id, 'paused', causes.unattended);
    return null;
  }
  const item = await nextItem(unit, batch.id);
  if (item === null) {
    await setBatch(unit, batch.id, 'done');
    return null;
  }
  await moveItems(unit, batch.id, { from: ['queued'], to: 'signing', documentId: item.documentId });
  return item;
}
