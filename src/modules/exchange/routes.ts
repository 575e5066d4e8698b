import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { command, query, refuse as refuseAccess, type Context, type Unit } from '#kernel';
import { attentionAnswer, outboxAnswer, outboxParams } from './contract.ts';
import { attention } from './deliveries.ts';
import { sendNow } from './enqueue.ts';

/** Who minds the mail of the house. */
function mustMindTheMail(unit: Unit): void {
  if (!unit.actor.roles.some((role) => role === 'clerk' || role === 'admin')) throw refuseAccess('forbidden');
}

export function exchangeRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: '/api/exchange/attention',
      answer: attentionAnswer,
      summary: 'Gói tin bị từ chối, không đọc được, và cảnh báo của trục',
    },
    async (unit) => {
      mustMindTheMail(unit);
      const { failed, unusable, alarms } = await attention(unit);
      return { failed: [...failed], unusable: [...unusable], alarms: [...alarms] };
    },
  );
  command(
    app,
    ctx,
    {
      url: '/api/exchange/outbox/:id/send-again',
      name: 'exchange.send-again',
      params: outboxParams,
      body: z.object({}),
      answer: outboxAnswer,
      summary: 'Gửi lại gói tin mà trục đã từ chối',
    },
    async (unit, { params }) => {
      mustMindTheMail(unit);
      return { state: await sendNow(unit, params.id) };
    },
  );
}
