import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
} from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { refuse, Refusal, toProblem } from './errors.ts';
import type { Context } from './module.ts';
import { commandOnce, unitOfWork, type Actor, type Unit } from './unit.ts';

/** Who may call a route: anybody, a signed-in person, an agency by message signature, a VXP system by HMAC. */
export type Access = 'public' | 'member' | 'agency' | 'vxp';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authenticator of the route's access; null on public routes without a session. */
    actor: Actor | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyInstance {
    /** How each kind of access finds its actor; a room registers the kind that it knows. */
    authenticators: Map<Access, (request: FastifyRequest) => Promise<Actor | null>>;
    /** Every route that was registered, for the property tests over all routes. */
    allRoutes: { readonly method: string; readonly url: string; readonly access: Access }[];
  }
}

const language = (request: FastifyRequest): 'vi' | 'en' =>
  /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'vi';

/** Sends a refusal as RFC 9457 problem details. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.text.status)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(refusal, language(request))));
}

function asRefusal(error: unknown, ctx: Context, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error;
  const known = error as {
    code?: string;
    statusCode?: number;
    validation?: { instancePath?: string; message?: string }[];
    validationContext?: string;
  };
  if (known.validation) {
    const first = known.validation[0];
    return refuse('invalid-input', {
      field:
        first?.instancePath?.replace(/^\//, '').replaceAll('/', '.') || known.validationContext || 'dữ liệu',
      reason: first?.message ?? '',
    });
  }
  if (known.statusCode === 413) return refuse('too-large', { limit: `${ctx.config.maxPackageBytes} byte` });
  if (known.statusCode === 429) return refuse('too-many-requests', { seconds: 60 });
  if (known.statusCode !== undefined && known.statusCode >= 400 && known.statusCode < 500) {
    return refuse('invalid-input', { field: 'yêu cầu', reason: (error as Error).message });
  }
  if (known.code === 'ENOSPC' || known.code === '53100') return refuse('storage-full');
  const reference = randomUUID().slice(0, 8);
  ctx.log.error(
    { err: error, reference, method: request.method, url: request.routeOptions.url },
    'unexpected error',
  );
  return refuse('internal', { reference });
}

/** The headers by which a browser keeps our pages to themselves. The same for every answer: helmet is asked once. */
async function guardingHeaders(ctx: Context): Promise<Readonly<Record<string, string>>> {
  const probe = Fastify();
  await probe.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        styleSrcAttr: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: ctx.config.publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
  });
  probe.get('/', (_request, reply) => reply.code(204).send());
  const { headers } = await probe.inject('/');
  await probe.close();
  const ofTransport = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !ofTransport.has(name) ? [[name, value]] : [],
    ),
  );
}

/** The HTTP server with its guards; rooms add their routes. */
export async function createHttp(ctx: Context): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: 1_048_576,
    requestTimeout: 120_000,
    trustProxy: ctx.config.trustProxy === '' ? false : ctx.config.trustProxy.split(','),
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('actor', null);
  app.decorate('authenticators', new Map());
  app.decorate('allRoutes', []);

  app.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (access === undefined)
      throw new Error(`route ${String(route.method)} ${route.url} does not say who may call it`);
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD') app.allRoutes.push({ method, url: route.url, access });
    }
  });

  await app.register(cookie);
  const guards = await guardingHeaders(ctx);
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(guards);
    done();
  });
  await app.register(rateLimit, { global: false });
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Phi Giấy', version: '1' } },
    transform: jsonSchemaTransform,
  });

  const duration = ctx.metrics.histogram(
    'phigiay_http_seconds',
    'HTTP requests',
    ['method', 'route', 'status'],
    [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10],
  );
  app.addHook('onResponse', (request, reply, done) => {
    duration
      .labels(request.method, request.routeOptions.url ?? 'none', String(reply.statusCode))
      .observe(reply.elapsedTime / 1000);
    done();
  });

  app.addHook('preValidation', async (request) => {
    const access = request.routeOptions.config.access ?? 'public';
    const authenticate = app.authenticators.get(access === 'public' ? 'member' : access);
    if (access === 'public') return;
    if (access === 'member') guardAgainstForgery(request, ctx);
    request.actor = (await authenticate?.(request)) ?? null;
    if (!request.actor) throw refuse('sign-in-required');
  });

  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, asRefusal(error, ctx, request)));
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, refuse('not-found')));

  app.get('/healthz', { config: { access: 'public' }, schema: { hide: true } }, () => ({ status: 'ok' }));
  app.get('/readyz', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    try {
      await ctx.db.pool.query('select 1');
      return { status: 'ready' };
    } catch {
      return await reply.code(503).send({ status: 'database unreachable' });
    }
  });
  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!mayReadMetrics(request, ctx)) throw refuse('forbidden');
    return reply.type(ctx.metrics.registry.contentType).send(await ctx.metrics.registry.metrics());
  });
  return app;
}

/** With the token of the settings, or from this machine itself and not through a proxy on it. */
function mayReadMetrics(request: FastifyRequest, ctx: Context): boolean {
  const { authorization, forwarded } = request.headers;
  const { metricsToken } = ctx.config;
  if (metricsToken !== undefined) {
    const [given, wanted] = [authorization ?? '', `Bearer ${metricsToken}`].map((text) =>
      hash('sha256', text, 'buffer'),
    );
    return timingSafeEqual(given!, wanted!);
  }
  const from = request.raw.socket.remoteAddress ?? '';
  const isHere = from === '::1' || /^(::ffff:)?127\./.test(from);
  return isHere && forwarded === undefined && request.headers['x-forwarded-for'] === undefined;
}

/**
 * Cross-site request forgery: session cookies are SameSite=Strict, and beyond that every request that changes
 * something must carry a header that no form or foreign page can send, from our own origin.
 */
export function guardAgainstForgery(request: FastifyRequest, ctx: Context): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (request.headers['x-phigiay'] !== '1') throw refuse('csrf-failed');
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw refuse('csrf-failed');
  const origin = request.headers.origin;
  if (
    origin !== undefined &&
    origin !== ctx.config.publicUrl &&
    !(URL.canParse(origin) && new URL(origin).host === request.headers.host)
  ) {
    throw refuse('csrf-failed');
  }
}

/** The acting person and their organisation, on a member route. */
export function memberOf(request: FastifyRequest): Actor & { readonly orgId: NonNullable<Actor['orgId']> } {
  const actor = request.actor;
  if (!actor || actor.orgId === null) throw refuse('sign-in-required');
  return actor as Actor & { readonly orgId: NonNullable<Actor['orgId']> };
}

const none = z.object({});

/** Registers a question of a signed-in person: reads in one transaction that sees their organisation only. */
export function query<Params extends z.ZodType, Query extends z.ZodType, Answer extends z.ZodType>(
  app: FastifyInstance,
  ctx: Context,
  route: {
    readonly url: string;
    readonly params?: Params;
    readonly query?: Query;
    readonly answer: Answer;
    readonly summary: string;
  },
  work: (
    unit: Unit,
    input: { readonly params: z.infer<Params>; readonly query: z.infer<Query> },
  ) => Promise<z.input<Answer>>,
): void {
  const questionSchema: FastifySchema = {
    summary: route.summary,
    params: route.params ?? none,
    querystring: route.query ?? none,
    response: { 200: route.answer },
  };
  app.route({
    method: 'GET',
    url: route.url,
    config: { access: 'member' },
    schema: questionSchema,
    handler: async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const actor = memberOf(request);
      void reply.header('cache-control', 'no-store');
      return await unitOfWork(ctx, { org: actor.orgId, actor }, (unit) =>
        work(unit, { params: request.params as z.infer<Params>, query: request.query as z.infer<Query> }),
      );
    },
  });
}

/**
 * Registers a command of a signed-in person: one transaction, once for each Idempotency-Key (lesson L10, S2.10).
 * Expected refusals are thrown as `Refusal`.
 */
export function command<Params extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  app: FastifyInstance,
  ctx: Context,
  route: {
    readonly url: string;
    readonly name: string;
    readonly params?: Params;
    readonly body: Body;
    readonly answer: Answer;
    readonly summary: string;
    readonly bodyLimit?: number;
  },
  work: (
    unit: Unit,
    input: { readonly params: z.infer<Params>; readonly body: z.infer<Body> },
  ) => Promise<z.input<Answer>>,
): void {
  const commandSchema: FastifySchema = {
    summary: route.summary,
    params: route.params ?? none,
    body: route.body,
    response: { 200: route.answer },
  };
  app.route({
    method: 'POST',
    url: route.url,
    config: { access: 'member' },
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    schema: commandSchema,
    handler: async (request: FastifyRequest): Promise<unknown> => {
      const actor = memberOf(request);
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || key.length < 8 || key.length > 200)
        throw refuse('idempotency-key-required');
      const input = { params: request.params as z.infer<Params>, body: request.body as z.infer<Body> };
      return await commandOnce(
        ctx,
        { org: actor.orgId, actor },
        { key, name: route.name, request: redactSecrets(input) },
        (unit) => work(unit, input),
      );
    },
  });
}

/** PINs and passwords take no part in the stored request hash. */
function redactSecrets(input: unknown): unknown {
  return JSON.parse(
    JSON.stringify(input, (name, value: unknown) =>
      name === 'pin' || name === 'password' ? undefined : value,
    ),
  );
}
