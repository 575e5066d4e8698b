import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { record } from '#audit';
import { command, memberOf, query, unitOfWork, type Context, type Unit } from '#kernel';
import * as contract from './contract.ts';
import type { Incoming } from './incoming.ts';
import { incomingRow, incomingView } from './incomingView.ts';
import { listIncoming } from './listStore.ts';
import { listRequest } from './outgoingRoutes.ts';
import { readableIncoming, requireRole } from './policy.ts';
import { answerRecall } from './recallIncoming.ts';
import { closeByHand, forwardIncoming, refuseIncoming, registerIncoming, registerPaper } from './register.ts';
import { registerPage } from './registerView.ts';
import { stampedLetter } from './stamped.ts';
import { nextArrived } from './store.ts';

const base = '/api/documents/incoming';

export function incomingRoutes(app: FastifyInstance, ctx: Context): void {
  app.get(
    `${base}/:id/stamped`,
    {
      config: { access: 'member' },
      schema: { params: contract.idParams, summary: 'Bản xem có dấu ĐẾN; tệp nhận được giữ nguyên' },
    },
    async (request, reply) => {
      const actor = memberOf(request);
      const { id } = request.params as z.infer<typeof contract.idParams>;
      const bytes = await unitOfWork(ctx, { org: actor.orgId, actor }, (unit) => stampedLetter(unit, id));
      return await reply
        .type('application/pdf')
        .header('content-disposition', 'inline; filename="van-ban-den.pdf"')
        .header('content-security-policy', 'sandbox')
        .header('cache-control', 'no-store')
        .send(Buffer.from(bytes));
    },
  );
  query(
    app,
    ctx,
    {
      url: base,
      query: contract.listQuery,
      answer: contract.incomingListAnswer,
      summary: 'Danh sách văn bản đến; tìm theo chữ hoặc số ký hiệu',
    },
    async (unit, { query: asked }) => {
      const { docs, next } = await listIncoming(unit, listRequest(unit, asked));
      return { items: docs.map((doc) => incomingRow(unit, doc)), next };
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/next`,
      query: contract.nextQuery,
      answer: contract.nextAnswer,
      summary: 'Văn bản đến tiếp theo chờ tiếp nhận',
    },
    async (unit, { query: asked }) => {
      requireRole(unit.actor, 'clerk');
      const { doc, waiting } = await nextArrived(unit, asked.after);
      return { item: doc === null ? null : await incomingView(unit, doc), waiting };
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/:id`,
      params: contract.idParams,
      answer: contract.incomingDetail,
      summary: 'Một văn bản đến',
    },
    async (unit, { params }) => {
      const doc = await readableIncoming(unit, params.id);
      await record(unit, { action: 'documents.read', object: `incoming:${doc.id}` });
      return await incomingView(unit, doc);
    },
  );
  query(
    app,
    ctx,
    {
      url: '/api/documents/registers',
      query: contract.registerQuery,
      answer: contract.registerAnswer,
      summary: 'Sổ đăng ký văn bản đi, đến (Nghị định 30/2020, Phụ lục IV)',
    },
    (unit, { query: asked }) => registerPage(unit, asked),
  );
  commands(app, ctx);
}

function commands(app: FastifyInstance, ctx: Context): void {
  command(
    app,
    ctx,
    {
      url: base,
      name: 'documents.register-paper',
      body: contract.paperBody,
      answer: contract.incomingAnswer,
      summary: 'Vào sổ văn bản giấy',
    },
    async (unit, { body }) => await incomingView(unit, await registerPaper(unit, body)),
  );
  const act = <Body extends z.ZodType>(
    action: string,
    body: Body,
    summary: string,
    work: (unit: Unit, id: string, body: z.infer<Body>) => Promise<Incoming>,
  ): void =>
    command(
      app,
      ctx,
      {
        url: `${base}/:id/${action}`,
        name: `documents.incoming-${action}`,
        params: contract.idParams,
        body,
        answer: contract.incomingAnswer,
        summary,
      },
      async (unit, input) => await incomingView(unit, await work(unit, input.params.id, input.body)),
    );
  act('register', contract.registerBody, 'Vào sổ', registerIncoming);
  act('refuse', contract.refuseBody, 'Từ chối tiếp nhận', refuseIncoming);
  act('forward', contract.forwardBody, 'Trình lãnh đạo', forwardIncoming);
  act('answer-recall', contract.answerRecallBody, 'Trả lời yêu cầu lấy lại', answerRecall);
  act('close', contract.closeBody, 'Kết thúc xử lý', closeByHand);
}
