import type { FastifyInstance } from 'fastify';
import { command, query, type Context } from '#kernel';
import { createBatch, listBatches, pauseBatch, runBatch, skipItem, watchBatch } from './batch.ts';
import * as contract from './contract.ts';

const base = '/api/documents/batches';

/** A leader's batch of signatures: one decision, a result for each document (S3.3). */
export function batchRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    { url: base, answer: contract.batchesAnswer, summary: 'Các lô ký chưa xong của tôi' },
    async (unit) => ({ items: await listBatches(unit) }),
  );
  query(
    app,
    ctx,
    { url: `${base}/:id`, params: contract.idParams, answer: contract.batchView, summary: 'Một lô ký' },
    (unit, { params }) => watchBatch(unit, params.id),
  );
  command(
    app,
    ctx,
    {
      url: base,
      name: 'documents.create-batch',
      body: contract.batchBody,
      answer: contract.batchView,
      summary: 'Lập lô ký từ các văn bản chờ ký',
    },
    (unit, { body }) => createBatch(unit, body.documentIds),
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/run`,
      name: 'documents.run-batch',
      params: contract.idParams,
      body: contract.runBatchBody,
      answer: contract.batchView,
      summary: 'Ký, hoặc ký tiếp phần còn chờ của lô',
    },
    (unit, { params, body }) => runBatch(unit, params.id, body),
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/pause`,
      name: 'documents.pause-batch',
      params: contract.idParams,
      body: contract.emptyBody,
      answer: contract.batchView,
      summary: 'Tạm dừng lô ký',
    },
    (unit, { params }) => pauseBatch(unit, params.id),
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/skip`,
      name: 'documents.skip-batch-item',
      params: contract.idParams,
      body: contract.skipBody,
      answer: contract.batchView,
      summary: 'Bỏ một văn bản khỏi lô ký',
    },
    (unit, { params, body }) => skipItem(unit, params.id, body.documentId),
  );
}
