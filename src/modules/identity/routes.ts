import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { record } from '#audit';
import { organisationById } from '#directory';
import {
  command,
  guardAgainstForgery,
  memberOf,
  query,
  refuse as refuseKernel,
  unitOfWork,
  type Actor,
  type Context,
  type OrgId,
  type Unit,
} from '#kernel';
import { z } from 'zod';
import {
  passkeyOptions,
  passkeyParams,
  passkeyResponseBody,
  passkeysAnswer,
  peopleAnswer,
  peopleQuery,
  sessionAnswer,
  signInBody,
} from './contract.ts';
import { authenticationOptions, registerPasskey, registrationOptions, signInByPasskey } from './passkeys.ts';
import { deletePasskey, passkeysOf } from './passkeyStore.ts';
import { actorOf, people, personById } from './people.ts';
import { sessionLimits, signInActor, signInByPassword } from './signIn.ts';
import { deleteSession, deleteSessionsOf, liveSession, type Account } from './store.ts';
import type { UnitId } from '#kernel';

/** Coarse, for each process: the allowance in the database is what stops guessing. A whole office may share an address. */
const signInRate = { max: 600, timeWindow: '1 minute' } as const;

const cookieName = (ctx: Context): string =>
  ctx.config.publicUrl.startsWith('https:') ? '__Host-phigiay' : 'phigiay';

function setCookie(ctx: Context, reply: FastifyReply, token: string): void {
  void reply.setCookie(cookieName(ctx), token, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: ctx.config.publicUrl.startsWith('https:'),
    maxAge: sessionLimits.absoluteMs / 1000,
  });
}

async function describeSession(
  unit: Unit,
  actor: Actor & { orgId: OrgId },
): Promise<z.infer<typeof sessionAnswer>> {
  const person = await personById(unit, actor.personId!);
  const organisation = await organisationById(unit.tx, actor.orgId, unit.now);
  if (!person || !organisation) throw refuseKernel('sign-in-required');
  return {
    person,
    organisation: { id: organisation.id, name: organisation.name, code: organisation.code102 },
  };
}

/** Finds the person of a session's cookie; their post and roles are those of now, not of when they signed in. */
async function authenticate(ctx: Context, request: FastifyRequest): Promise<Actor | null> {
  const token = request.cookies[cookieName(ctx)];
  if (token === undefined || token.length > 200) return null;
  const session = await liveSession(ctx.db, token, ctx.clock.now(), sessionLimits);
  if (!session) return null;
  const actor = signInActor(session.orgId);
  const person = await unitOfWork(ctx, { org: session.orgId, actor }, (unit) =>
    personById(unit, session.personId),
  );
  return person && actorOf(person, session.orgId);
}

export function identityRoutes(app: FastifyInstance, ctx: Context): void {
  app.authenticators.set('member', (request) => authenticate(ctx, request));

  const enter = async (
    request: FastifyRequest,
    reply: FastifyReply,
    signedIn: { token: string; account: Account },
    method: string,
  ): Promise<unknown> => {
    const before = request.cookies[cookieName(ctx)];
    const org = signedIn.account.orgId;
    const answer = await unitOfWork(ctx, { org, actor: signInActor(org) }, async (unit) => {
      // Signing in makes a new session; the one before, if any, is worth nothing from now on.
      if (before !== undefined) await deleteSession(unit.tx, before);
      const person = await personById(unit, signedIn.account.personId);
      if (!person) throw refuseKernel('sign-in-required');
      const actor = actorOf(person, org);
      await record(
        { ...unit, actor },
        { action: 'identity.sign-in', object: `person:${person.id}`, detail: { method } },
      );
      return await describeSession(unit, { ...actor, orgId: org });
    });
    setCookie(ctx, reply, signedIn.token);
    return answer;
  };

  app.route({
    method: 'POST',
    url: '/api/session',
    config: { access: 'public', rateLimit: signInRate },
    schema: { summary: 'Đăng nhập bằng mật khẩu', body: signInBody, response: { 200: sessionAnswer } },
    handler: async (request, reply) => {
      guardAgainstForgery(request, ctx);
      const { username, password } = request.body as z.infer<typeof signInBody>;
      return await enter(
        request,
        reply,
        await signInByPassword(ctx, { username, password, address: request.ip }),
        'password',
      );
    },
  });
  app.route({
    method: 'POST',
    url: '/api/session/passkey/options',
    config: { access: 'public', rateLimit: signInRate },
    schema: { summary: 'Lấy thử thách để đăng nhập bằng khóa truy cập', response: { 200: passkeyOptions } },
    handler: async (request) => {
      guardAgainstForgery(request, ctx);
      return await authenticationOptions(ctx);
    },
  });
  app.route({
    method: 'POST',
    url: '/api/session/passkey',
    config: { access: 'public', rateLimit: signInRate },
    schema: {
      summary: 'Đăng nhập bằng khóa truy cập',
      body: passkeyResponseBody,
      response: { 200: sessionAnswer },
    },
    handler: async (request, reply) => {
      guardAgainstForgery(request, ctx);
      const { response } = request.body as z.infer<typeof passkeyResponseBody>;
      return await enter(
        request,
        reply,
        await signInByPasskey(ctx, response as unknown as Parameters<typeof signInByPasskey>[1]),
        'passkey',
      );
    },
  });
  query(app, ctx, { url: '/api/session', answer: sessionAnswer, summary: 'Tôi là ai' }, (unit) =>
    describeSession(unit, unit.actor as Actor & { orgId: OrgId }),
  );
  app.route({
    method: 'DELETE',
    url: '/api/session',
    config: { access: 'member' },
    schema: {
      summary: 'Đăng xuất; ?everywhere=1 kết thúc mọi phiên',
      querystring: z.object({ everywhere: z.enum(['1']).optional() }),
    },
    handler: async (request, reply) => {
      const actor = memberOf(request);
      const everywhere = (request.query as { everywhere?: string }).everywhere === '1';
      await unitOfWork(ctx, { org: actor.orgId, actor }, async (unit) => {
        if (everywhere) await deleteSessionsOf(unit.tx, actor.personId!);
        else await deleteSession(unit.tx, request.cookies[cookieName(ctx)] ?? '');
        await record(unit, {
          action: 'identity.sign-out',
          object: `person:${actor.id}`,
          detail: { everywhere },
        });
      });
      void reply.clearCookie(cookieName(ctx), { path: '/' });
      return await reply.code(204).send();
    },
  });

  query(
    app,
    ctx,
    { url: '/api/people', query: peopleQuery, answer: peopleAnswer, summary: 'Người của cơ quan tôi' },
    async (unit, input) => ({
      items: await people(unit, { role: input.query.role, unitId: input.query.unitId as UnitId | undefined }),
    }),
  );
  passkeyRoutes(app, ctx);
}

function passkeyRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    { url: '/api/passkeys', answer: passkeysAnswer, summary: 'Khóa truy cập của tôi' },
    async (unit) => ({
      items: (await passkeysOf(unit.tx, unit.actor.personId!)).map((passkey) => ({
        id: passkey.credentialId,
        name: passkey.name,
        createdAt: passkey.createdAt.toISOString(),
        usedAt: passkey.usedAt?.toISOString() ?? null,
      })),
    }),
  );
  command(
    app,
    ctx,
    {
      url: '/api/passkeys/options',
      name: 'identity.passkey-options',
      body: z.object({}),
      answer: passkeyOptions,
      summary: 'Lấy thử thách để thêm khóa truy cập',
    },
    async (unit) => {
      const person = await personById(unit, unit.actor.personId!);
      if (!person) throw refuseKernel('sign-in-required');
      return { ...(await registrationOptions(unit, person.id, person.username)) };
    },
  );
  command(
    app,
    ctx,
    {
      url: '/api/passkeys',
      name: 'identity.add-passkey',
      body: passkeyResponseBody,
      answer: z.object({ added: z.literal(true) }),
      summary: 'Thêm khóa truy cập',
    },
    async (unit, input) => {
      await registerPasskey(
        unit,
        unit.actor.personId!,
        input.body.response as unknown as Parameters<typeof registerPasskey>[2],
      );
      await record(unit, { action: 'identity.add-passkey', object: `person:${unit.actor.id}` });
      return { added: true as const };
    },
  );
  app.route({
    method: 'DELETE',
    url: '/api/passkeys/:id',
    config: { access: 'member' },
    schema: { summary: 'Gỡ khóa truy cập', params: passkeyParams },
    handler: async (request, reply) => {
      const actor = memberOf(request);
      await unitOfWork(ctx, { org: actor.orgId, actor }, async (unit) => {
        if (!(await deletePasskey(unit.tx, (request.params as { id: string }).id, actor.personId!)))
          throw refuseKernel('not-found');
        await record(unit, { action: 'identity.remove-passkey', object: `person:${actor.id}` });
      });
      return await reply.code(204).send();
    },
  });
}
