import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuse, type Access, type Context } from '#kernel';
import { axisService } from './service.ts';

const open: { access: Access } = { access: 'public' };

/**
 * Publishes the log under /log (C2SP tlog-tiles): tiles never change and may be kept for ever, the checkpoint is
 * asked for each time.
 */
export async function registerLog(app: FastifyInstance, ctx: Context): Promise<void> {
  const { log, notary } = await axisService(ctx);
  app.route({
    method: 'GET',
    url: '/log/checkpoint',
    config: open,
    schema: { hide: true },
    handler: async (_request: FastifyRequest, reply: FastifyReply) => {
      const checkpoint = await log.storage.readCheckpoint();
      if (checkpoint === undefined) throw refuse('not-found');
      return await reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(checkpoint);
    },
  });
  app.route({
    method: 'GET',
    url: '/log/key',
    config: open,
    schema: { hide: true },
    handler: async (_request: FastifyRequest, reply: FastifyReply) =>
      await reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'public, max-age=3600')
        .send(`${notary.published.logKey}\n`),
  });
  app.route({
    method: 'GET',
    url: '/log/tile/*',
    config: open,
    schema: { hide: true },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const path = `tile/${(request.params as { '*': string })['*']}`;
      // A path that is not the one spelling of a tile is refused by the store before it touches a file.
      const tile = await log.storage.readTile(path).catch(() => undefined);
      if (!tile) throw refuse('not-found');
      return await reply
        .type('application/octet-stream')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(Buffer.from(tile));
    },
  });
}
