import type { FastifyInstance } from 'fastify';
import { query, type Context } from '#kernel';
import { organisationsAnswer, organisationsQuery, unitsAnswer } from './contract.ts';
import { browseRoutes } from './browseRoutes.ts';
import { decisionRoutes } from './decisionRoutes.ts';
import { searchOrganisations } from './store.ts';
import { unitsOf } from './unitStore.ts';

export function directoryRoutes(app: FastifyInstance, ctx: Context): void {
  browseRoutes(app, ctx);
  decisionRoutes(app, ctx);
  query(
    app,
    ctx,
    {
      url: '/api/organisations',
      query: organisationsQuery,
      answer: organisationsAnswer,
      summary: 'Tìm cơ quan theo tên hoặc mã',
    },
    async (unit, input) => ({
      items: await searchOrganisations(unit.tx, { ...input.query, at: unit.now }),
    }),
  );
  query(
    app,
    ctx,
    { url: '/api/units', answer: unitsAnswer, summary: 'Các đơn vị của cơ quan tôi' },
    async (unit) => ({ items: await unitsOf(unit) }),
  );
}
