import type { FastifyInstance } from 'fastify';
import { command, query, type Context } from '#kernel';
import * as contract from './contract.ts';
import { listCopies, makeCopy } from './copies.ts';

const url = '/api/documents/copies';

/** Copies with the agency's signature: sao y, sao lục, trích sao. */
export function copyRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url,
      query: contract.copiesQuery,
      answer: contract.copiesAnswer,
      summary: 'Các bản sao của một văn bản',
    },
    async (unit, { query: asked }) => ({ items: await listCopies(unit, asked.kind, asked.documentId) }),
  );
  command(
    app,
    ctx,
    {
      url,
      name: 'documents.make-copy',
      body: contract.copyBody,
      answer: contract.copyView,
      summary: 'Sao y, sao lục, trích sao có chữ ký số của cơ quan',
    },
    (unit, { body }) => makeCopy(unit, body),
  );
}
