import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type Context } from '#kernel';
import { heldAuthority } from '../authorityStore.ts';
import { checkAnswer, checkLimits, type CheckAnswer } from '../contract.ts';
import { refuse } from '../refusals.ts';
import { trustSet } from '../trust.ts';
import { checkPool, type CheckPool, type PoolFailure } from './pool.ts';
import type { CheckReply } from './task.ts';

const megabyte = 1_048_576;
/** Bytes of all uploads that may be in memory at one time, as multiples of the largest file. */
const filesInMemory = 4;
const uploads = 64;

const failures: Readonly<Record<PoolFailure, 'check-busy' | 'check-too-heavy'>> = {
  busy: 'check-busy',
  'too-slow': 'check-too-heavy',
  died: 'check-too-heavy',
};

/**
 * The public check: a file comes as the body, its report is the answer, and nothing of it is kept: no blob, no row,
 * no line in the log. Uploads are admitted by their announced size before a byte is read.
 */
export async function checkRoutes(
  app: FastifyInstance,
  ctx: Context,
  pool: CheckPool = checkPool(),
): Promise<void> {
  const limit = ctx.config.maxCheckBytes;
  const open = admission(limit);
  await app.register((plugin, _options, registered) => {
    plugin.addHook('onClose', () => pool.close());
    plugin.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: limit },
      (_request, body, parsed) => parsed(null, body),
    );
    plugin.route({
      method: 'POST',
      url: '/api/check',
      config: { access: 'public', rateLimit: { max: 60, timeWindow: '1 minute' } },
      bodyLimit: limit,
      schema: {
        summary: 'Kiểm tra chữ ký số của một tệp; không lưu tệp',
        consumes: ['application/octet-stream'],
        response: { 200: checkAnswer },
      },
      onRequest: open,
      handler: async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
        if (body.length === 0) throw refuse('check-empty');
        return await checked(ctx, pool, body);
      },
    });
    plugin.route({
      method: 'GET',
      url: '/api/check',
      config: { access: 'public', rateLimit: { max: 600, timeWindow: '1 minute' } },
      schema: { summary: 'Tệp lớn nhất kiểm tra được, tính bằng byte', response: { 200: checkLimits } },
      handler: () => ({ mostBytes: limit }),
    });
    registered();
  });
}

const tooLarge = (limit: number): Refusal =>
  refuse('file-too-large', { limit: Math.floor(limit / megabyte) });

async function checked(ctx: Context, pool: CheckPool, body: Buffer): Promise<CheckAnswer> {
  const [trust, held] = await Promise.all([trustSet(ctx), heldAuthority(ctx)]);
  const crls = held ? await held.crls() : [];
  const reply: CheckReply | PoolFailure = await pool.run({
    bytes: body,
    anchors: trust.anchors.map(({ certificate }) => Uint8Array.from(certificate.der)),
    crls: crls.map(({ der }) => Uint8Array.from(der)),
    now: ctx.clock.now().getTime(),
  });
  if (typeof reply === 'string') throw refuse(failures[reply]);
  if ('answer' in reply) return reply.answer;
  if ('failed' in reply) {
    // The kind of the error only: its words may quote the file.
    ctx.log.error({ error: reply.failed }, 'a public check failed unexpectedly');
    throw refuse('check-too-heavy');
  }
  const { problem } = reply;
  throw new Refusal(`signatures.check-${problem.code}`, { status: 422, ...problem });
}

/** Lets uploads in as long as the bytes that they announce find room. */
function admission(limit: number): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  let [bytes, count] = [0, 0];
  return (request, reply) => {
    const length = Number(request.headers['content-length']);
    if (!Number.isInteger(length) || length <= 0) return Promise.reject(refuse('check-empty'));
    if (length > limit) return Promise.reject(tooLarge(limit));
    if (count >= uploads || bytes + length > filesInMemory * limit)
      return Promise.reject(refuse('check-busy'));
    bytes += length;
    count += 1;
    reply.raw.once('close', () => {
      bytes -= length;
      count -= 1;
    });
    return Promise.resolve();
  };
}
