import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type Access, type Context } from '#kernel';
import { axisService } from '../service.ts';
import { openSecret } from '../secrets.ts';
import { systemById, type SystemRow } from '../store.ts';
import { failureOf, vxpOperations } from './operations.ts';
import { failReply, VxpFailure } from './reply.ts';
import { verifyVxpHeaders, type VxpParameters } from './request.ts';

interface VxpCaller {
  readonly system: SystemRow;
  readonly parameters: VxpParameters;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Which system called, from its signed headers; set before the body is read. */
    vxpCaller: VxpCaller | null;
  }
}

const signed: { access: Access } = { access: 'vxp' };
const smallBody = 65_536;
const jsonType = 'application/json';

function operationOf(request: FastifyRequest): string {
  return (request.raw.url ?? '').split('?')[0]!.split('/').at(-1) ?? '';
}

/** `sendEdoc` in any letter case gets its DocId, so that a wrong spelling is not a lost error as well. */
function sendFailure(request: FastifyRequest, reply: FastifyReply, failure: VxpFailure): FastifyReply {
  const operation = /^sendedoc$/i.test(operationOf(request)) ? 'sendEdoc' : operationOf(request);
  return reply
    .code(failure.httpStatus)
    .type(jsonType)
    .send(failReply(operation, failure.error, failure.message));
}

function asFailure(error: unknown, ctx: Context, request: FastifyRequest): VxpFailure {
  if (error instanceof VxpFailure) return error;
  if (error instanceof Refusal) {
    const failure = failureOf(error);
    if (failure) return failure;
  }
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status === 413) {
    return new VxpFailure('invalid-file', `Gói tin lớn hơn ${ctx.config.maxPackageBytes} byte.`, 413);
  }
  if (status >= 400 && status < 500) {
    return new VxpFailure('wrong-format', 'Yêu cầu không đúng giao thức.', status);
  }
  const code = (error as { code?: string }).code;
  if (code === 'ENOSPC' || code === '53100') {
    return new VxpFailure('system-error', 'Kho lưu trữ đã đầy, chưa ghi được gì.', 507);
  }
  ctx.log.error({ err: error, operation: operationOf(request) }, 'unexpected error in VXP');
  return new VxpFailure('system-error', 'Trục gặp lỗi, thao tác chưa được thực hiện. Gửi lại sau.', 500);
}

/** The same words whether the system is unknown or its signature is wrong. */
const unauthorised = (): VxpFailure =>
  new VxpFailure('wrong-credentials', 'Sai SystemId hoặc SecretKey.', 401);

/**
 * Registers the VXP protocol (docs/protocol/vxp.md) under /vxp, closed in itself: its own body parsers, its own
 * error replies, so that nothing of it ever answers in another form.
 */
export async function registerVxp(app: FastifyInstance, ctx: Context): Promise<void> {
  const service = await axisService(ctx);
  app.authenticators.set('vxp', (request) => {
    const caller = request.vxpCaller;
    return Promise.resolve(
      caller && {
        kind: 'system' as const,
        id: caller.system.id,
        name: caller.system.id,
        orgId: null,
        roles: ['vxp'],
      },
    );
  });
  await app.register(
    (plugin, _options, done) => {
      plugin.decorateRequest('vxpCaller', null);
      plugin.removeAllContentTypeParsers();
      plugin.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
      plugin.setErrorHandler((error, request, reply) =>
        sendFailure(request, reply, asFailure(error, ctx, request)),
      );
      plugin.setNotFoundHandler((request, reply) =>
        sendFailure(
          request,
          reply,
          new VxpFailure('wrong-format', `Không có thao tác ${operationOf(request).slice(0, 40)}.`, 404),
        ),
      );
      plugin.addHook('onRequest', async (request, reply) => {
        if (request.routeOptions.config.access !== 'vxp') return;
        if (request.routeOptions.url === '/vxp/sendEdoc') {
          reply.raw.once('close', service.committer.announce());
        }
        let system: SystemRow | null = null;
        const parameters = await verifyVxpHeaders(request.headers, async (id) => {
          system = await ctx.db.transaction(null, (tx) => systemById(tx, id));
          const kept = (system as SystemRow | null)?.secret;
          return kept === undefined ? null : await openSecret(ctx, id, kept);
        });
        if (!parameters || !system) throw unauthorised();
        request.vxpCaller = { system, parameters };
      });
      for (const [name, operation] of Object.entries(vxpOperations)) {
        plugin.route({
          method: operation.method,
          url: `/${name}`,
          config: signed,
          exposeHeadRoute: false,
          // Two bytes more: the CRLF that the SDK appends.
          bodyLimit: operation.largeBody ? ctx.config.maxPackageBytes + 2 : smallBody,
          schema: { hide: true },
          handler: async (request: FastifyRequest, reply: FastifyReply) => {
            const caller = request.vxpCaller;
            if (!caller) throw unauthorised();
            const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
            const answer = await operation.run({ ctx, service, ...caller, body });
            return await reply
              .type(typeof answer === 'string' ? jsonType : 'application/octet-stream')
              .send(answer);
          },
        });
      }
      done();
    },
    { prefix: '/vxp' },
  );
}
