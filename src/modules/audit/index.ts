import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { query, refuse, type Context, type Module } from '#kernel';
import { entries } from './store.ts';

export { entries, entriesInOrder, record, type AuditEntry } from './store.ts';

const auditQuery = z.object({
  object: z.string().max(200).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const auditAnswer = z.object({
  items: z.array(
    z.object({
      id: z.number(),
      at: z.string(),
      actorKind: z.string(),
      actorName: z.string(),
      actorPost: z.string().nullable(),
      action: z.string(),
      object: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
});

function routes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    { url: '/api/audit', query: auditQuery, answer: auditAnswer, summary: 'Nhật ký truy cập của cơ quan' },
    async (unit, input) => {
      if (!unit.actor.roles.some((role) => role === 'admin' || role === 'clerk')) throw refuse('forbidden');
      const found = await entries(unit, input.query);
      return { items: found.map((entry) => ({ ...entry, at: entry.at.toISOString() })) };
    },
  );
}

/** Who did, and who read, what, when. */
export const auditModule: Module = {
  name: 'audit',
  migrations: { schema: 'audit', folder: new URL('./migrations/', import.meta.url) },
  routes,
};
