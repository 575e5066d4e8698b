import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { command, type Context } from '#kernel';
import { completeOnDevice, itemsOfCode, offerEnrolment } from './device.ts';
import { refuse } from './refusals.ts';

const base = '/api/signing-device/requests';
/** A signature and a chain of certificates. */
const bodyLimit = 131_072;
const open = { access: 'public', rateLimit: { max: 300, timeWindow: '1 minute' } } as const;

const algorithms = z.enum([
  'rsa-sha256',
  'rsa-sha384',
  'rsa-sha512',
  'rsa-pss-sha256',
  'rsa-pss-sha384',
  'rsa-pss-sha512',
  'ecdsa-sha256',
  'ecdsa-sha384',
  'ecdsa-sha512',
  'ed25519',
]);

/** A code for a device; its requests expire. */
export const deviceOffer = z.object({ code: z.string(), expiresAt: z.string() });

const handedIn = z.object({
  signature: z.base64().max(4096),
  algorithm: algorithms.optional(),
  chain: z.string().max(65_536).optional(),
});
const answer = z.object({
  person: z.string(),
  expiresAt: z.string(),
  items: z.array(
    z.object({
      id: z.uuid(),
      act: z.string(),
      title: z.string(),
      documentHash: z.string().nullable(),
      algorithm: z.string().nullable(),
      certificatePem: z.string().nullable(),
      tbs: z.string(),
      state: z.enum(['waiting', 'signed']),
    }),
  ),
});

function codeOf(request: FastifyRequest): string {
  const code = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (code === undefined) throw refuse('device-code-unknown');
  return code;
}

/** docs/protocol/sign-device.md: what the bearer of a code may do, and how a certificate is enrolled. */
export function deviceRoutes(app: FastifyInstance, ctx: Context): void {
  command(
    app,
    ctx,
    {
      url: '/api/signatures/own-certificate',
      name: 'signatures.offer-enrolment',
      body: z.object({}),
      answer: deviceOffer,
      summary: 'Lấy mã để đăng ký chứng thư của thiết bị ký riêng',
    },
    (unit) => offerEnrolment(unit),
  );
  app.route({
    method: 'GET',
    url: base,
    config: open,
    schema: { summary: 'Những gì đang chờ thiết bị ký (theo mã)', response: { 200: answer } },
    handler: async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return await itemsOfCode(ctx, codeOf(request));
    },
  });
  app.route({
    method: 'POST',
    url: `${base}/:id/signature`,
    config: open,
    bodyLimit,
    schema: {
      summary: 'Nộp chữ ký của một yêu cầu (theo mã)',
      params: z.object({ id: z.uuid() }),
      body: handedIn,
      response: { 200: z.object({ state: z.literal('signed') }) },
    },
    handler: async (request) => {
      const { signature, algorithm, chain } = request.body as z.infer<typeof handedIn>;
      const { id } = request.params as { id: string };
      await completeOnDevice(ctx, codeOf(request), id, {
        signature: Buffer.from(signature, 'base64'),
        algorithm,
        chain,
      });
      return { state: 'signed' as const };
    },
  });
}
