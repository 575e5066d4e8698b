import type { FastifyInstance } from 'fastify';
import { record } from '#audit';
import { memberOf, Refusal, unitOfWork, type Context } from '#kernel';
import { batchRoutes } from './batchRoutes.ts';
import { copyRoutes } from './copyRoutes.ts';
import { fileRoutes } from './fileRoutes.ts';
import { incomingRoutes } from './incomingRoutes.ts';
import { openRoutes } from './openRoutes.ts';
import { outgoingRoutes } from './outgoingRoutes.ts';

/**
 * A 404 on a document or file asked for directly leaves an audit line, whether the thing does not exist or is not
 * theirs: the two cannot be told apart from outside, and are not told apart here (S2.14). The line is written after
 * the refused transaction has ended, in one of its own.
 */
export function auditRefusedAccess(scope: FastifyInstance, ctx: Context): void {
  scope.addHook('onError', async (request, _reply, error) => {
    if (!(error instanceof Refusal) || error.code !== 'kernel.not-found') return;
    if (request.actor?.orgId === undefined || request.actor.orgId === null) return;
    const actor = memberOf(request);
    await unitOfWork(ctx, { org: actor.orgId, actor }, (unit) =>
      record(unit, {
        action: 'access.refused',
        object: request.url.slice(0, 500),
        detail: { method: request.method },
      }),
    );
  });
}

export async function documentRoutes(app: FastifyInstance, ctx: Context): Promise<void> {
  await app.register((scope, _options, done) => {
    auditRefusedAccess(scope, ctx);
    outgoingRoutes(scope, ctx);
    incomingRoutes(scope, ctx);
    fileRoutes(scope, ctx);
    batchRoutes(scope, ctx);
    openRoutes(scope, ctx);
    copyRoutes(scope, ctx);
    done();
  });
}
