import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { auditRefusedAccess, readableDocument } from '#documents';
import { command, query, type Context, type Unit } from '#kernel';
import {
  acceptWork,
  confirmWork,
  delegateWork,
  finishWork,
  reassignWork,
  reportWork,
  returnWork,
  revokeWork,
  reworkWork,
  seeWork,
} from './assignments.ts';
import * as contract from './contract.ts';
import { directWork } from './direct.ts';
import { custodyPage, custodyView, mineView, workView } from './views.ts';

const base = '/api/work';

function questions(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: `${base}/mine`,
      query: contract.mineQuery,
      answer: contract.mineAnswer,
      summary: 'Việc của tôi: chờ xử lý, đang xử lý, nhận để biết, đã xử lý',
    },
    (unit, { query: asked }) => mineView(unit, asked),
  );
  query(
    app,
    ctx,
    {
      url: `${base}/custody`,
      query: contract.custodyQuery,
      answer: contract.custodyAnswer,
      summary: 'Ai đang giữ văn bản nào, từ bao giờ, còn bao lâu',
    },
    (unit, { query: asked }) => custodyPage(unit, asked),
  );
  query(
    app,
    ctx,
    {
      url: `${base}/incoming/:id`,
      params: contract.idParams,
      answer: contract.workOfDocument,
      summary: 'Bút phê, phân công và quá trình giữ của một văn bản đến',
    },
    (unit, { params }) => workView(unit, params.id),
  );
  query(
    app,
    ctx,
    {
      url: `${base}/documents/:kind/:id/custody`,
      params: contract.custodyParams,
      answer: contract.custodyHistoryAnswer,
      summary: 'Quá trình giữ văn bản theo từng nhánh',
    },
    async (unit, { params }) => {
      await readableDocument(unit, params.kind, params.id);
      return { custody: await custodyView(unit, `${params.kind}:${params.id}`) };
    },
  );
}

function commands(app: FastifyInstance, ctx: Context): void {
  command(
    app,
    ctx,
    {
      url: `${base}/incoming/:id/direct`,
      name: 'work.direct',
      params: contract.idParams,
      body: contract.directBody,
      answer: contract.workAnswer,
      summary: 'Bút phê: giao chủ trì, phối hợp, để biết, thời hạn',
    },
    async (unit, { params, body }) => {
      await directWork(unit, params.id, body);
      return await workView(unit, params.id);
    },
  );
  const act = <Body extends z.ZodType>(
    action: string,
    body: Body,
    summary: string,
    work: (unit: Unit, id: string, body: z.infer<Body>) => Promise<string>,
  ): void =>
    command(
      app,
      ctx,
      {
        url: `${base}/assignments/:id/${action}`,
        name: `work.${action}`,
        params: contract.idParams,
        body,
        answer: contract.workAnswer,
        summary,
      },
      async (unit, input) => await workView(unit, await work(unit, input.params.id, input.body)),
    );
  act('accept', contract.acceptBody, 'Nhận việc', (unit, id) => acceptWork(unit, id));
  act('return', contract.reasonBody, 'Trả lại người giao', (unit, id, { reason }) =>
    returnWork(unit, id, reason),
  );
  act('report', contract.reportBody, 'Báo cáo tiến độ', reportWork);
  act('finish', contract.finishBody, 'Hoàn thành', (unit, id, { text }) => finishWork(unit, id, text));
  act('confirm', contract.confirmBody, 'Xác nhận hoàn thành', (unit, id, { text }) =>
    confirmWork(unit, id, text),
  );
  act('rework', contract.reasonBody, 'Yêu cầu làm lại', (unit, id, { reason }) =>
    reworkWork(unit, id, reason),
  );
  act('revoke', contract.reasonBody, 'Thu hồi phân công', (unit, id, { reason }) =>
    revokeWork(unit, id, reason),
  );
  act('delegate', contract.handOnBody, 'Giao lại trong đơn vị', delegateWork);
  act('reassign', contract.handOnBody, 'Giao cho nơi khác', reassignWork);
  act('seen', contract.acceptBody, 'Đã xem', (unit, id) => seeWork(unit, id));
}

export async function workRoutes(app: FastifyInstance, ctx: Context): Promise<void> {
  await app.register((scope, _options, done) => {
    auditRefusedAccess(scope, ctx);
    questions(scope, ctx);
    commands(scope, ctx);
    done();
  });
}
