import { startPoller, type Context, type Module } from '#kernel';
import type { Submission } from './accept.ts';
import type { Accepted } from './batch.ts';
import { registerAxis1 } from './axis1/routes.ts';
import { registerEditions } from './editionRoutes.ts';
import { publishEdition } from './editions.ts';
import { followReorganisations, forwardRound } from './forward.ts';
import { registerLog } from './logRoutes.ts';
import { sealOldSecrets } from './secrets.ts';
import { axisService } from './service.ts';
import { registerVxp } from './vxp/plugin.ts';

export { publishEdition } from './editions.ts';
export { forwardRound } from './forward.ts';
export { checkIntegrity } from './check.ts';
export { acceptedBetween, type LedgerLine } from './checkStore.ts';
export { watchBoard, type WatchedDelivery } from './watch.ts';
export { addSystem, connections, keyIdOf, registerMember, requireOrganisation } from './members.ts';

/** Accepts one package as a protocol of the axis does, for commands that send without HTTP. */
export async function acceptPackage(ctx: Context, submission: Submission): Promise<Accepted> {
  return await (await axisService(ctx)).acceptor.submit(submission);
}

/** Integrates what was accepted into the published log now, for commands and tests that run without pollers. */
export async function integrateLog(ctx: Context): Promise<void> {
  const { log } = await axisService(ctx);
  while (await log.round());
}

/** The hub: members, routing, store and forward, receipts and the log; protocols axis-1 and VXP. */
export const axisModule: Module = {
  name: 'axis',
  migrations: { schema: 'axis', folder: new URL('./migrations/', import.meta.url) },
  subscribe: followReorganisations,
  prepare: async (ctx) => {
    await axisService(ctx);
    await sealOldSecrets(ctx);
  },
  routes: async (app, ctx) => {
    await registerAxis1(app, ctx);
    await registerVxp(app, ctx);
    await registerLog(app, ctx);
    registerEditions(app, ctx);
  },
  pollers: (ctx) => {
    let poller: { wake(): void; stop(): Promise<void> } | null = null;
    const started = axisService(ctx).then(({ log }) => (poller = log.poller()));
    const forwarding = startPoller({
      name: 'axis forwarding',
      intervalMs: 30_000,
      log: ctx.log,
      round: async () => (await forwardRound(ctx)) > 0,
    });
    const editions = startPoller({
      name: 'axis editions',
      intervalMs: 5_000,
      log: ctx.log,
      round: async () => (await publishEdition(ctx)) !== null,
    });
    return [
      { wake: () => poller?.wake(), stop: async () => await (await started).stop() },
      forwarding,
      editions,
    ];
  },
};
