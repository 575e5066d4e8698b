import { registerHostedImpact } from '#directory';
import { openAccounts } from './store.ts';
import { startPoller, type Module } from '#kernel';
import { identityRoutes } from './routes.ts';
import { sweepSignIn } from './signIn.ts';

export type { Role } from './contract.ts';
export { actorOf, createPerson, people, personById, requireRole, type Person } from './people.ts';

/** People, accounts, sessions, passwords and passkeys. */
export const identityModule: Module = {
  name: 'identity',
  migrations: { schema: 'identity', folder: new URL('./migrations/', import.meta.url) },
  subscribe: (ctx) =>
    registerHostedImpact(ctx, {
      kind: 'identity.accounts',
      vi: 'Tài khoản',
      en: 'Accounts',
      work: false,
      list: openAccounts,
    }),
  routes: identityRoutes,
  pollers: (ctx) => [
    startPoller({
      name: 'identity.sweep',
      intervalMs: 10 * 60_000,
      log: ctx.log,
      round: async () => {
        await sweepSignIn(ctx);
        return false;
      },
    }),
  ],
};
