/** An agency's end of the axis: outbox, inbox, receipts, statuses. */
import { hostedOrganisations } from '#directory';
import { startPoller, type Context, type Module, type OrgId } from '#kernel';
import { localOf } from './context.ts';
import { inboxRound } from './inboxRound.ts';
import { outboxRound } from './outboxRound.ts';
import { exchangeRoutes } from './routes.ts';
import { transportRound } from './transportRound.ts';

export { blobsInUse, checkIntegrity, packagedFiles } from './check.ts';
export { receivedBetween, sentBetween } from './checkStore.ts';
export { enqueueDocument, sendNow, undoSend } from './enqueue.ts';
export { sendStatus, type StatusToSend } from './sendStatus.ts';
export {
  attention,
  deliveries,
  forwardedOf,
  inboxEntry,
  inboxStatuses,
  openDeliveries,
  receiptProof,
  type Attention,
  type InboxEntry,
  type OutboxView,
  type RecipientView,
  type StatusLine,
  type Timeline,
} from './deliveries.ts';
export { readPackage, type DocumentToSend } from './package.ts';
export {
  statusCodes,
  statusLabels,
  type Delivery,
  type OutboxState,
  type Recall,
  type StatusCode,
  type Transport,
} from './states.ts';
export { inboxRound, outboxRound, transportRound };

/** Runs a round for every organisation that this installation serves; one that fails does not stop the others. */
async function forEachHosted(
  ctx: Context,
  signal: AbortSignal,
  round: (org: OrgId) => Promise<boolean>,
): Promise<boolean> {
  const hosted = await ctx.db.transaction(null, (tx) => hostedOrganisations(tx));
  let more = false;
  const failures: unknown[] = [];
  for (const org of hosted) {
    if (signal.aborted) break;
    try {
      more = (await round(org)) || more;
    } catch (error) {
      failures.push(error);
    }
  }
  // All of them: the line is down, and the poller waits longer each time. Some: said once, the rest goes on.
  if (failures.length > 0 && failures.length === hosted.length) throw failures[0];
  for (const error of failures) ctx.log.error({ err: error }, 'the exchange failed for one organisation');
  return more;
}

export const exchangeModule: Module = {
  name: 'exchange',
  migrations: { schema: 'exchange', folder: new URL('./migrations/', import.meta.url) },
  routes: exchangeRoutes,
  pollers(ctx) {
    const poller = (
      name: string,
      intervalMs: number,
      round: (org: OrgId, signal: AbortSignal) => Promise<boolean>,
    ): ReturnType<typeof startPoller> =>
      startPoller({
        name,
        intervalMs,
        log: ctx.log,
        round: (signal) => forEachHosted(ctx, signal, (org) => round(org, signal)),
      });
    const outbox = poller('exchange outbox', Math.min(1_000, ctx.config.pollMs), (org, signal) =>
      outboxRound(ctx, org, signal),
    );
    localOf(ctx).outbox = outbox;
    return [
      outbox,
      poller('exchange inbox', ctx.config.pollMs, (org, signal) => inboxRound(ctx, org, signal)),
      poller('exchange deliveries', ctx.config.pollMs, (org) => transportRound(ctx, org)),
    ];
  },
};
