import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { query, refuse, type Access, type Context } from '#kernel';
import { z } from 'zod';
import { editionBoard } from './contract.ts';
import { boardOfEditions } from './editions.ts';
import { editionsAfter, editionText, latestEdition } from './editionStore.ts';

const open: { access: Access } = { access: 'public' };
const listQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
const listAnswer = z.object({
  items: z.array(
    z.object({
      edition: z.number(),
      hash: z.string(),
      root: z.string(),
      bodies: z.number(),
      publishedAt: z.string(),
      logIndex: z.number(),
      salt: z.string(),
    }),
  ),
  latest: z.number(),
});
const editionParams = z.object({ n: z.coerce.number().int().min(1).max(1_000_000_000) });

/** The directory as a feed of signed editions (docs/protocol/directory-1.md), open to everybody. */
export function registerEditions(app: FastifyInstance, ctx: Context): void {
  app.route({
    method: 'GET',
    url: '/directory/v1/editions',
    config: open,
    schema: {
      summary: 'Editions after a number',
      querystring: listQuery,
      response: { 200: listAnswer },
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { after, limit } = request.query as z.infer<typeof listQuery>;
      const [rows, latest] = await ctx.db.transaction(
        null,
        async (tx) => [await editionsAfter(tx, after, limit), await latestEdition(tx)] as const,
      );
      const tag = `"${latest?.hash ?? 'none'}.${after}.${limit}"`;
      void reply.header('etag', tag).header('cache-control', 'public, no-cache');
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      return {
        items: rows.map((row) => ({
          edition: row.n,
          hash: row.hash,
          root: row.root,
          bodies: row.bodies,
          publishedAt: row.publishedAt.toISOString(),
          logIndex: row.logIndex,
          salt: row.salt.toString('base64url'),
        })),
        latest: latest?.n ?? 0,
      };
    },
  });
  app.route({
    method: 'GET',
    url: '/directory/v1/editions/:n',
    config: open,
    schema: { summary: 'One edition: a compact JWS, the same bytes for ever', params: editionParams },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { n } = request.params as z.infer<typeof editionParams>;
      const row = await ctx.db.transaction(null, (tx) => editionText(tx, n));
      if (!row) throw refuse('not-found');
      void reply
        .header('etag', `"${row.hash}"`)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('phigiay-log-index', String(row.logIndex))
        .header('phigiay-log-salt', row.salt.toString('base64url'));
      if (request.headers['if-none-match'] === `"${row.hash}"`) return await reply.code(304).send();
      return await reply.type('application/jose').send(row.text);
    },
  });
  query(
    app,
    ctx,
    { url: '/api/axis/editions', answer: editionBoard, summary: 'Ấn bản danh mục và ai đang dùng bản nào' },
    async (unit) => await boardOfEditions(unit.tx, unit.now),
  );
}
