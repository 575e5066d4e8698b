import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { allOrganisations } from '#directory';
import { refuse, sha256Hex, type Access, type Context } from '#kernel';
import { checkContentDigest, contentDigest } from '#signing';
import { stateOrder } from '../batch.ts';
import { readDelivery } from '../deliver.ts';
import { refuseAxis } from '../refusals.ts';
import { axisService, type AxisService } from '../service.ts';
import { changesOf, envelopeOf, unacknowledged, type InboxCursor, type InboxRow } from '../store.ts';
import { acknowledgeEdition } from '../editions.ts';
import { latestEdition, noteAsked } from '../editionStore.ts';
import { createAuthenticator, type Caller } from './authenticate.ts';
import * as shapes from './contract.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed an axis-1 request; set before its body is read. */
    axisCaller: Caller | null;
  }
}

const agency: { access: Access } = { access: 'agency' };
const open: { access: Access } = { access: 'public' };
const packageType = 'application/edxml+xml';

function callerOf(request: FastifyRequest): Caller {
  if (!request.axisCaller) throw refuse('sign-in-required');
  return request.axisCaller;
}

/** Registers axis-1 (docs/protocol/axis-1.md) under /axis/v1. */
export async function registerAxis1(app: FastifyInstance, ctx: Context): Promise<void> {
  const service = await axisService(ctx);
  const authenticate = createAuthenticator(ctx);
  app.authenticators.set('agency', (request) => {
    const caller = request.axisCaller;
    return Promise.resolve(
      caller && {
        kind: 'agency' as const,
        id: caller.keyId,
        name: 'axis-1',
        orgId: caller.orgId,
        roles: ['agency'],
      },
    );
  });
  await app.register(
    (plugin, _options, done) => {
      plugin.decorateRequest('axisCaller', null);
      plugin.addHook('onRequest', async (request, reply) => {
        if (request.routeOptions.config.access !== 'agency') return;
        if (request.method === 'POST') reply.raw.once('close', service.committer.announce());
        request.axisCaller = await authenticate(request);
      });
      plugin.addContentTypeParser(packageType, { parseAs: 'buffer' }, (_request, body, parsed) =>
        parsed(null, body),
      );
      sendRoute(plugin, ctx, service);
      inboxRoutes(plugin, ctx, service);
      senderRoutes(plugin, ctx, service);
      editionRoutes(plugin, ctx);
      publicRoutes(plugin, ctx, service);
      done();
    },
    { prefix: '/axis/v1' },
  );
}

/** @returns the body's SHA-256 in hex, so that a package is hashed once. @throws `axis.digest-mismatch` */
function checkDigest(request: FastifyRequest, bytes: Uint8Array): string {
  const header = request.headers['content-digest'];
  const digest = hash('sha256', bytes, 'buffer');
  // The one spelling that nearly everybody sends needs no parser.
  if (header !== `sha-256=:${digest.toString('base64')}:`) {
    if (!checkContentDigest(typeof header === 'string' ? header : undefined, bytes)) {
      throw refuseAxis('digest-mismatch');
    }
  }
  return digest.toString('hex');
}

function sendRoute(app: FastifyInstance, ctx: Context, service: AxisService): void {
  app.route({
    method: 'POST',
    url: '/packages',
    config: agency,
    bodyLimit: ctx.config.maxPackageBytes,
    schema: {
      summary: 'Send a package',
      headers: shapes.sendHeaders,
      consumes: [packageType],
      response: { 201: shapes.acceptance, default: shapes.problem },
    },
    // The answer to a repeat must be the same bytes: it is written here, not by a serializer.
    serializerCompiler: () => (answer) => answer as string,
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = callerOf(request);
      const headers = request.headers as unknown as z.infer<typeof shapes.sendHeaders>;
      const bytes = request.body;
      if (!(bytes instanceof Buffer)) throw refuseAxis('not-a-package', { reason: 'rỗng' });
      const contentHash = checkDigest(request, bytes);
      const accepted = await service.acceptor.submit({
        bytes,
        contentHash,
        messageType: headers['phigiay-message-type'],
        from: headers['phigiay-from'],
        to: (headers['phigiay-to'] ?? '')
          .split(',')
          .map((code) => code.trim())
          .filter((code) => code !== ''),
        senders: [caller.orgId],
        key: headers['idempotency-key'],
      });
      const { receipt, envelope, logIndex, counter, acceptedAt } = accepted;
      const head = JSON.stringify({ receipt, envelope, logIndex, counter, acceptedAt });
      return reply
        .code(201)
        .type('application/json; charset=utf-8')
        .send(`${head.slice(0, -1)},"recipients":${accepted.recipients}}`);
    },
  });
}

/** `urgency.logIndex`; empty is the beginning. */
function inboxCursor(text: string | undefined): InboxCursor | null {
  if (text === undefined || text === '') return null;
  const parts = /^(\d{1,2})\.(\d{1,15})$/.exec(text);
  if (!parts) throw refuseAxis('cursor-invalid');
  return { urgency: Number(parts[1]), logIndex: Number(parts[2]) };
}

function inboxItem(row: InboxRow): z.input<typeof shapes.inboxPage>['items'][number] {
  return {
    id: row.id,
    envelope: row.envelope,
    contentHash: row.contentHash,
    messageType: row.kind,
    from: row.senderCode,
    to: row.recipientCode,
    documentId: row.documentId,
    urgency: row.urgency,
    size: row.size,
    acceptedAt: row.acceptedAt.toISOString(),
    logIndex: row.logIndex,
    receipt: row.receipt,
    ...(row.forwarded === null ? {} : { forwarded: row.forwarded }),
  };
}

function inboxRoutes(app: FastifyInstance, ctx: Context, service: AxisService): void {
  app.route({
    method: 'GET',
    url: '/inbox',
    config: agency,
    schema: {
      summary: 'Deliveries not acknowledged yet, most urgent first',
      querystring: shapes.inboxQuery,
      response: { 200: shapes.inboxPage, default: shapes.problem },
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { orgId } = callerOf(request);
      const { after, limit } = request.query as z.infer<typeof shapes.inboxQuery>;
      const cursor = inboxCursor(after);
      const rows = await ctx.db.transaction(orgId, (tx) =>
        unacknowledged(tx, orgId, { after: cursor, limit }),
      );
      const last = rows.at(-1);
      void reply.header('cache-control', 'no-store');
      return {
        items: rows.map(inboxItem),
        next: last ? `${last.urgency}.${last.logIndex}` : (after ?? ''),
      };
    },
  });
  app.route({
    method: 'GET',
    url: '/inbox/:id/package',
    config: agency,
    schema: {
      summary: 'The bytes of a delivered package',
      params: shapes.deliveryParams,
      produces: [packageType],
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { orgId } = callerOf(request);
      const { id } = request.params as z.infer<typeof shapes.deliveryParams>;
      const found = await readDelivery(ctx, orgId, id);
      if (!found) throw refuse('not-found');
      if (found.row.state === 'queued') {
        await service.committer.move({
          type: 'move',
          deliveryId: id,
          recipientOrg: orgId,
          to: 'fetched',
          reason: null,
        });
      }
      return reply
        .type(packageType)
        .header('content-digest', contentDigest(found.bytes))
        .header('cache-control', 'no-store')
        .send(found.bytes);
    },
  });
  app.route({
    method: 'POST',
    url: '/inbox/:id/ack',
    config: agency,
    bodyLimit: 16_384,
    schema: {
      summary: 'Acknowledge a delivery: it is stored, or it is refused',
      params: shapes.deliveryParams,
      body: shapes.acknowledgement,
      response: { 200: shapes.acknowledged, default: shapes.problem },
    },
    handler: async (request: FastifyRequest) => {
      const { orgId } = callerOf(request);
      const { id } = request.params as z.infer<typeof shapes.deliveryParams>;
      const { result, reason } = request.body as z.infer<typeof shapes.acknowledgement>;
      const moved = await service.committer.move({
        type: 'move',
        deliveryId: id,
        recipientOrg: orgId,
        to: result,
        reason: reason ?? null,
      });
      return {
        state: moved.state === 'refused' ? ('refused' as const) : ('stored' as const),
        logIndex: moved.logIndex!,
      };
    },
    preParsing: digestOfBody,
  });
}

/** The signed digest also binds the small JSON bodies, whose bytes the parser would not keep. */
async function digestOfBody(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: import('node:stream').Readable,
): Promise<import('node:stream').Readable> {
  const { PassThrough } = await import('node:stream');
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of payload) {
    size += (piece as Buffer).length;
    if (size > 16_384) throw refuse('too-large', { limit: '16384 byte' });
    pieces.push(piece as Buffer);
  }
  const bytes = Buffer.concat(pieces);
  checkDigest(request, bytes);
  const again = new PassThrough();
  again.end(bytes);
  return again;
}

function senderRoutes(app: FastifyInstance, ctx: Context, service: AxisService): void {
  app.route({
    method: 'GET',
    url: '/deliveries',
    config: agency,
    schema: {
      summary: 'How far the deliveries of own packages have come, by latest change',
      querystring: shapes.inboxQuery,
      response: { 200: shapes.changesPage, default: shapes.problem },
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { orgId } = callerOf(request);
      const { after, limit } = request.query as z.infer<typeof shapes.inboxQuery>;
      if (after !== undefined && !/^\d{0,15}$/.test(after)) throw refuseAxis('cursor-invalid');
      const rows = await ctx.db.transaction(orgId, (tx) =>
        changesOf(tx, orgId, { after: Number(after ?? 0), limit }),
      );
      void reply.header('cache-control', 'no-store');
      return {
        items: rows.map((row) => ({
          envelope: row.envelope,
          recipientCode: row.recipientCode,
          recipientName: row.recipientName,
          state: stateOrder.includes(row.state) ? row.state : 'queued',
          at: row.changedAt.toISOString(),
          ...(row.reason === null ? {} : { reason: row.reason }),
          ...(row.logIndex === null ? {} : { logIndex: row.logIndex }),
          ...(row.forwarded === null ? {} : { forwarded: row.forwarded }),
        })),
        next: String(rows.at(-1)?.change ?? (after || '0')),
      };
    },
  });
  app.route({
    method: 'GET',
    url: '/receipts/:envelope/proof',
    config: agency,
    schema: {
      summary: 'The proof that a receipt stands in the published log',
      params: shapes.envelopeParams,
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const { orgId } = callerOf(request);
      const { envelope } = request.params as z.infer<typeof shapes.envelopeParams>;
      const row = await ctx.db.transaction(orgId, (tx) => envelopeOf(tx, envelope));
      if (!row) throw refuse('not-found');
      const proof = await service.log.proofOf(row);
      if (proof === null) throw refuseAxis('proof-pending');
      return reply.type('application/json; charset=utf-8').send(proof);
    },
  });
  app.route({
    method: 'GET',
    url: '/directory',
    config: agency,
    schema: {
      summary: 'The address book; with the edition at hand only if it has changed',
      querystring: shapes.directoryQuery,
      response: { 200: shapes.directoryAnswer, default: shapes.problem },
    },
    handler: async (request: FastifyRequest) => {
      const { edition: known } = request.query as z.infer<typeof shapes.directoryQuery>;
      const { orgId } = callerOf(request);
      const at = ctx.clock.now();
      const all = await ctx.db.transaction(orgId, async (tx) => {
        const latest = (await latestEdition(tx))?.n ?? 0;
        const subscriber = `axis-1:${callerOf(request).keyId}`;
        await noteAsked(tx, { subscriber, org: orgId, edition: latest, at });
        return await allOrganisations(tx, at);
      });
      const codes = new Map(all.map((org) => [org.id, org.code]));
      const organisations = all
        .map((org) => ({
          code: org.code,
          code102: org.code102,
          name: org.name,
          parentCode: (org.parentId && codes.get(org.parentId)) ?? null,
          level: org.level as string,
        }))
        .sort((a, b) => (a.code < b.code ? -1 : 1));
      const edition = sha256Hex(Buffer.from(JSON.stringify(organisations))).slice(0, 32);
      const unchanged = edition === known;
      return { edition, unchanged, organisations: unchanged ? [] : organisations };
    },
  });
}

function editionRoutes(app: FastifyInstance, ctx: Context): void {
  app.route({
    method: 'POST',
    url: '/directory/applied',
    config: agency,
    bodyLimit: 16_384,
    schema: {
      summary: 'Say which edition of the directory is in use here',
      body: shapes.appliedEdition,
      response: { 200: shapes.appliedAnswer, default: shapes.problem },
    },
    handler: async (request: FastifyRequest) => {
      const { orgId, keyId } = callerOf(request);
      const said = request.body as z.infer<typeof shapes.appliedEdition>;
      const agrees = await acknowledgeEdition(ctx, { ...said, org: orgId, subscriber: `axis-1:${keyId}` });
      if (agrees === null) throw refuse('not-found');
      return { edition: said.edition, agrees };
    },
    preParsing: digestOfBody,
  });
}

function publicRoutes(app: FastifyInstance, ctx: Context, service: AxisService): void {
  app.route({
    method: 'GET',
    url: '/key',
    config: open,
    schema: { summary: 'Keys of the receipts and of the log', response: { 200: shapes.axisKey } },
    handler: () => Promise.resolve({ ...service.notary.published, origin: service.notary.origin }),
  });
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: open,
    schema: { hide: true },
    handler: async (_request: FastifyRequest, reply: FastifyReply) => {
      const document = app.swagger() as { paths?: Record<string, unknown> };
      const paths = Object.entries(document.paths ?? {}).filter(([path]) => path.startsWith('/axis/v1'));
      return await reply.type('application/json; charset=utf-8').send(
        JSON.stringify({
          ...document,
          info: { title: 'Phi Giấy axis-1', version: '1.0' },
          servers: [{ url: ctx.config.publicUrl }],
          paths: Object.fromEntries(paths),
        }),
      );
    },
  });
}
