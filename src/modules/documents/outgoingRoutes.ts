import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { record } from '#audit';
import { receiptProof } from '#exchange';
import { command, memberOf, query, refuse, unitOfWork, type Context, type Unit } from '#kernel';
import * as contract from './contract.ts';
import { createDraft, editDraft } from './drafts.ts';
import { issueOutgoing, resendOutgoing, sendIssuedNow, undoIssue } from './issue.ts';
import { listOutgoing, type ListRequest } from './listStore.ts';
import type { Outgoing } from './outgoing.ts';
import { outgoingRows, outgoingView, versionOf } from './outgoingView.ts';
import { holdersOf, readableOutgoing, seesAll, subjectsOf } from './policy.ts';
import { recallOutgoing, voidOutgoing } from './recall.ts';
import { approveDraft, giveOpinion, previewDraft, returnDraft, submitDraft } from './review.ts';
import { offerOutgoing } from './signOnDevice.ts';
import { numberOutgoing, sealOutgoing, signOutgoing } from './sign.ts';
import { dispatchesOf } from './store.ts';

const base = '/api/documents/outgoing';

/** The list request of a query, cut down to what the actor may see. */
export function listRequest(unit: Unit, asked: z.infer<typeof contract.listQuery>): ListRequest {
  const states = asked.state?.split(',').filter((state) => state !== '') ?? [];
  return {
    states: states.length === 0 ? null : states,
    text: asked.text,
    subjects: seesAll(unit.actor) ? null : subjectsOf(unit.actor),
    holders: asked.mine === undefined ? null : holdersOf(unit.actor),
    order: asked.order,
    cursor: asked.cursor,
    limit: asked.limit,
  };
}

export function outgoingRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: base,
      query: contract.listQuery,
      answer: contract.outgoingListAnswer,
      summary: 'Danh sách văn bản đi, dự thảo; tìm theo chữ hoặc số ký hiệu',
    },
    async (unit, { query: asked }) => {
      const { docs, next } = await listOutgoing(unit, listRequest(unit, asked));
      return { items: await outgoingRows(unit, docs), next };
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/:id`,
      params: contract.idParams,
      answer: contract.outgoingDetail,
      summary: 'Một văn bản đi',
    },
    async (unit, { params }) => {
      const doc = await readableOutgoing(unit, params.id);
      await record(unit, { action: 'documents.read', object: `outgoing:${doc.id}` });
      return await outgoingView(unit, doc);
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/:id/versions/:version`,
      params: contract.versionParams,
      answer: contract.versionAnswer,
      summary: 'Một phiên bản của dự thảo',
    },
    async (unit, { params }) => {
      const doc = await readableOutgoing(unit, params.id);
      const { version } = params;
      await record(unit, { action: 'documents.read', object: `outgoing:${doc.id}`, detail: { version } });
      const found = await versionOf(unit, doc, params.version);
      if (!found) throw refuse('not-found');
      return {
        ...found,
        content: {
          ...found.content,
          recipients: [...found.content.recipients],
          recipientLines: [...found.content.recipientLines],
          attachments: [...found.content.attachments],
          secrecy: 'Thường' as const,
        },
      };
    },
  );
  app.get(
    `${base}/:id/preview`,
    {
      config: { access: 'member' },
      schema: { params: contract.idParams, summary: 'Xem trước dự thảo (PDF)' },
    },
    async (request, reply) => {
      const actor = memberOf(request);
      const { id } = request.params as z.infer<typeof contract.idParams>;
      const bytes = await unitOfWork(ctx, { org: actor.orgId, actor }, (unit) => previewDraft(unit, id));
      return await reply
        .type('application/pdf')
        .header('content-disposition', 'inline; filename="du-thao.pdf"')
        .header('content-security-policy', 'sandbox')
        .header('cache-control', 'no-store')
        .send(Buffer.from(bytes));
    },
  );
  app.get(
    `${base}/:id/receipts/:dispatchId`,
    {
      config: { access: 'member' },
      schema: {
        params: contract.receiptParams,
        summary: 'Biên nhận của trục kèm bằng chứng, kiểm tra được ngoại tuyến',
      },
    },
    async (request, reply) => {
      const actor = memberOf(request);
      const { id, dispatchId } = request.params as z.infer<typeof contract.receiptParams>;
      const ref = await unitOfWork(ctx, { org: actor.orgId, actor }, async (unit) => {
        const doc = await readableOutgoing(unit, id);
        const dispatch = (await dispatchesOf(unit, doc.id)).find((row) => row.id === dispatchId);
        if (!dispatch) throw refuse('not-found');
        return dispatch.ref;
      });
      const proof = await receiptProof(ctx, actor.orgId, ref);
      return await reply
        .type('application/json')
        .header('content-disposition', 'attachment; filename="bien-nhan.json"')
        .header('cache-control', 'no-store')
        .send(proof);
    },
  );
  commands(app, ctx);
}

function commands(app: FastifyInstance, ctx: Context): void {
  command(
    app,
    ctx,
    {
      url: `${base}/sign-on-device`,
      name: 'documents.outgoing-sign-on-device',
      body: contract.deviceBody,
      answer: contract.deviceOffer,
      summary: 'Đưa các văn bản chờ ký sang thiết bị ký của mình; trả mã cho thiết bị',
    },
    (unit, { body }) => offerOutgoing(unit, body.ids),
  );
  command(
    app,
    ctx,
    {
      url: base,
      name: 'documents.create-draft',
      body: contract.draftBody,
      answer: contract.outgoingAnswer,
      summary: 'Tạo dự thảo',
    },
    async (unit, { body }) => await outgoingView(unit, await createDraft(unit, body)),
  );
  const act = <Body extends z.ZodType>(
    action: string,
    body: Body,
    summary: string,
    work: (unit: Unit, id: string, body: z.infer<Body>) => Promise<Outgoing>,
  ): void =>
    command(
      app,
      ctx,
      {
        url: `${base}/:id/${action}`,
        name: `documents.outgoing-${action}`,
        params: contract.idParams,
        body,
        answer: contract.outgoingAnswer,
        summary,
      },
      async (unit, input) => await outgoingView(unit, await work(unit, input.params.id, input.body)),
    );
  act('edit', contract.editBody, 'Lưu dự thảo (không gửi)', editDraft);
  act('submit', contract.submitBody, 'Trình duyệt', submitDraft);
  act('review', contract.reviewBody, 'Cho ý kiến', (unit, id, { opinion }) => giveOpinion(unit, id, opinion));
  act('approve', contract.approveBody, 'Duyệt', approveDraft);
  act('return', contract.returnBody, 'Trả lại', (unit, id, { reason }) => returnDraft(unit, id, reason));
  act('sign', contract.pinBody, 'Ký duyệt', (unit, id, { pin }) => signOutgoing(unit, id, pin));
  act('number', contract.numberBody, 'Cấp số', (unit, id, { register }) =>
    numberOutgoing(unit, id, register),
  );
  act('seal', contract.pinBody, 'Đóng dấu', (unit, id, { pin }) => sealOutgoing(unit, id, pin));
  act('issue', contract.issueBody, 'Gửi', (unit, id) => issueOutgoing(unit, id));
  act('undo', contract.emptyBody, 'Hoàn tác việc gửi', (unit, id) => undoIssue(unit, id));
  act('send-now', contract.emptyBody, 'Gửi ngay', (unit, id) => sendIssuedNow(unit, id));
  act('recall', contract.recallBody, 'Lấy lại', (unit, id, { reason }) => recallOutgoing(unit, id, reason));
  act('resend', contract.resendBody, 'Gửi cập nhật', resendOutgoing);
  act('void', contract.voidBody, 'Hủy số', voidOutgoing);
}
