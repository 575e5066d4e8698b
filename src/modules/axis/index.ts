import type { Context, Module } from '#kernel';
import { registerAxis1 } from './axis1/routes.ts';
import { registerLog } from './logRoutes.ts';
import { sealOldSecrets } from './secrets.ts';
import { axisService } from './service.ts';
import { registerVxp } from './vxp/plugin.ts';

export { checkIntegrity } from './check.ts';
export { acceptedBetween, type LedgerLine } from './checkStore.ts';
export { addSystem, connections, keyIdOf, registerMember, requireOrganisation } from './members.ts';

/** Integrates what was accepted into the published log now, for commands and tests that run without pollers. */
export async function integrateLog(ctx: Context): Promise<void> {
  const { log } = await axisService(ctx);
  while (await log.round());
}

/** The hub: members, routing, store and forward, receipts and the log; protocols axis-1 and VXP. */
export const axisModule: Module = {
  name: 'axis',
  migrations: { schema: 'axis', folder: new URL('./migrations/', import.meta.url) },
  prepare: async (ctx) => {
    await axisService(ctx);
    await sealOldSecrets(ctx);
  },
  routes: async (app, ctx) => {
    await registerAxis1(app, ctx);
    await registerVxp(app, ctx);
    await registerLog(app, ctx);
  },
  pollers: (ctx) => {
    let poller: { wake(): void; stop(): Promise<void> } | null = null;
    const started = axisService(ctx).then(({ log }) => (poller = log.poller()));
    return [{ wake: () => poller?.wake(), stop: async () => await (await started).stop() }];
  },
};
