import { agencySigner } from '#signatures';
import { unitOfWork, type Context, type OrgId, type Unit } from '#kernel';
import { AxisRefused, AxisUncertain, type Acceptance, type RequestSigner } from './axisClient.ts';
import { asSystem, localOf, pinnedAxisKey, raiseAlarm } from './context.ts';
import { receiptFault } from './receipt.ts';
import { retryPauseMs } from './states.ts';
import { releaseLine, takeLine } from './lineStore.ts';
import { claimDue, counterState, lockOutbox, recordAcceptance, recordFault, unclaim } from './outboxStore.ts';
import type { Fault, OutboxRow } from './tables.ts';

const batchSize = 16;
const leaseMs = 10 * 60_000;

/** How one attempt ended. */
type Attempt =
  | { readonly kind: 'accepted'; readonly acceptance: Acceptance }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'uncertain'; readonly fault: Fault; readonly unreachable: boolean };

/**
 * Sends what is due for one organisation, most urgent first, one after the other so that its counter stays in order.
 * @returns true when more may be waiting
 */
export async function outboxRound(ctx: Context, org: OrgId, signal?: AbortSignal): Promise<boolean> {
  const local = localOf(ctx);
  const claimed = await unitOfWork(ctx, asSystem(org), async (unit) => {
    const until = new Date(unit.now.getTime() + leaseMs);
    if (!(await takeLine(unit.tx, org, local.sender, unit.now, until))) return [];
    return await claimDue(unit.tx, unit.now, until, batchSize);
  });
  let tried = 0;
  try {
    if (claimed.length === 0) return false;
    const signer = await agencySigner(ctx, org);
    for (const row of claimed) {
      if (signal?.aborted) break;
      tried += 1;
      const attempt = await trySend(ctx, signer, row);
      // Claimed before, it may have reached the axis in a life that ended before the answer was noted.
      const untried = claimed.slice(tried).filter(({ attempts }) => attempts === 1);
      await settle(ctx, org, row, attempt, untried);
      // Nobody answers: the others need not wait for the same silence.
      if (attempt.kind === 'uncertain' && attempt.unreachable) break;
    }
    return tried === batchSize;
  } finally {
    await ctx.db.transaction(org, async (tx) => {
      const left = claimed.slice(tried).map((row) => row.id);
      if (left.length > 0) await unclaim(tx, left, new Date(ctx.clock.now().getTime() + retryPauseMs(1)));
      await releaseLine(tx, org, local.sender);
    });
  }
}

async function trySend(ctx: Context, signer: RequestSigner, row: OutboxRow): Promise<Attempt> {
  try {
    const key = await pinnedAxisKey(ctx);
    const acceptance = await localOf(ctx).client.send(signer, {
      bytes: await ctx.blobs.get(row.envelope),
      messageType: row.kind,
      fromCode: row.from_code,
      idempotencyKey: row.id,
    });
    const wrong = receiptFault(acceptance, row.envelope, key);
    if (wrong !== null) {
      const fault: Fault = {
        code: 'receipt-invalid',
        message: `Biên nhận của trục không hợp lệ (${wrong}).`,
      };
      return { kind: 'uncertain', fault, unreachable: false };
    }
    return { kind: 'accepted', acceptance };
  } catch (error) {
    if (error instanceof AxisRefused && error.status !== 401) return { kind: 'refused', fault: error.fault };
    if (error instanceof AxisRefused) {
      const fault: Fault = { ...error.fault, code: 'not-admitted' };
      return { kind: 'uncertain', fault, unreachable: true };
    }
    if (error instanceof AxisUncertain) {
      return {
        kind: 'uncertain',
        fault: error.fault,
        unreachable: ['axis-unreachable', 'no-axis-answer', 'redirected'].includes(error.fault.code),
      };
    }
    ctx.log.error({ err: error, outbox: row.id }, 'a package could not be sent');
    const fault: Fault = { code: 'internal', message: 'Hệ thống gặp lỗi khi gửi; đang thử lại.' };
    return { kind: 'uncertain', fault, unreachable: false };
  }
}

/** Writes down how an attempt ended, with its consequences, in one transaction. */
async function settle(
  ctx: Context,
  org: OrgId,
  row: OutboxRow,
  attempt: Attempt,
  untried: readonly OutboxRow[],
): Promise<void> {
  await unitOfWork(ctx, asSystem(org), async (unit) => {
    const current = await lockOutbox(unit.tx, row.id);
    // Another process was quicker with the same package: the axis gave both the same receipt.
    if (!current || current.state !== 'sending') return;
    if (attempt.kind === 'accepted') return await settleAccepted(unit, row, attempt.acceptance, untried);
    const at = unit.now.toISOString();
    if (attempt.kind === 'refused') {
      const fault = { ...attempt.fault, at, permanent: true };
      await recordFault(unit.tx, row.id, { state: 'failed', fault, nextAttemptAt: unit.now });
      await unit.publish({
        stream: row.ref ?? `outbox:${row.id}`,
        type: 'exchange.failed',
        payload: { ref: row.ref, outboxId: row.id, kind: row.kind, documentId: row.document_id, fault },
      });
      return;
    }
    await recordFault(unit.tx, row.id, {
      state: 'sending',
      fault: { ...attempt.fault, at, permanent: false },
      nextAttemptAt: new Date(
        unit.now.getTime() + retryPauseMs(row.attempts, attempt.unreachable ? 60_000 : undefined),
      ),
    });
    if (attempt.fault.code === 'receipt-invalid')
      await raiseAlarm(unit, 'receipt-invalid', row.envelope, { reason: attempt.fault.message });
    if (attempt.fault.code === 'not-admitted')
      await raiseAlarm(unit, 'not-admitted', `line:${org}`, { reason: attempt.fault.message });
  });
}

/**
 * The counters of a sender have no gaps (R4): a number that is neither known here nor possibly that of a package
 * whose answer was lost, and a number that was given twice, are alarms.
 */
export function counterAlarm(
  counter: number,
  known: {
    readonly reused: boolean;
    readonly highest: number;
    readonly known: number;
    readonly uncertain: number;
  },
): 'counter-gap' | 'counter-reused' | null {
  if (known.reused) return 'counter-reused';
  const missing = counter - 1 - known.known;
  return counter > known.highest && missing > known.uncertain ? 'counter-gap' : null;
}

async function settleAccepted(
  unit: Unit,
  row: OutboxRow,
  acceptance: Acceptance,
  untried: readonly OutboxRow[],
): Promise<void> {
  const counters = await counterState(
    unit.tx,
    acceptance.counter,
    row.id,
    untried.map((one) => one.id),
  );
  const alarm = counterAlarm(acceptance.counter, counters);
  const at = new Date(acceptance.acceptedAt);
  await recordAcceptance(unit.tx, row.id, {
    receipt: acceptance.receipt,
    logIndex: acceptance.logIndex,
    counter: acceptance.counter,
    at,
  });
  if (alarm !== null)
    await raiseAlarm(unit, alarm, `${row.envelope}:${acceptance.counter}`, {
      envelope: row.envelope,
      counter: acceptance.counter,
      highest: counters.highest,
    });
  if (row.kind !== 'edoc') return;
  await unit.publish({
    stream: row.ref ?? `outbox:${row.id}`,
    type: 'exchange.accepted',
    payload: {
      ref: row.ref,
      outboxId: row.id,
      envelope: row.envelope,
      logIndex: acceptance.logIndex,
      counter: acceptance.counter,
      acceptedAt: at.toISOString(),
    },
  });
}
