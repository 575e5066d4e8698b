import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Access, Context } from '#kernel';
import { certificateToPem } from '#formats/x509';
import { heldAuthority, type HeldAuthority } from './authorityStore.ts';
import { deviceRoutes } from './deviceRoutes.ts';
import { checkRoutes } from './check/routes.ts';
import { refuse } from './refusals.ts';
import { authorityRoutes } from './signingAuthorityRoutes.ts';

const open: { access: Access; rateLimit: { max: number; timeWindow: string } } = {
  access: 'public',
  rateLimit: { max: 600, timeWindow: '1 minute' },
};
/** A request for a time-stamp or a certificate's state has some hundred bytes. */
const requestLimit = 16_384;

async function authorityHere(ctx: Context): Promise<HeldAuthority> {
  const held = await heldAuthority(ctx);
  if (!held) throw refuse('no-authority');
  return held;
}

/** The public faces of the test authority: TSA (RFC 3161 §3.4), OCSP (RFC 6960 App. A), CRLs, its certificates. */
export async function signaturesRoutes(app: FastifyInstance, ctx: Context): Promise<void> {
  authorityRoutes(app, ctx);
  await checkRoutes(app, ctx);
  await app.register((plugin, _options, done) => {
    plugin.addContentTypeParser(
      ['application/timestamp-query', 'application/ocsp-request'],
      { parseAs: 'buffer', bodyLimit: requestLimit },
      (_request, body, parsed) => parsed(null, body),
    );
    deviceRoutes(plugin, ctx);
    answering(plugin, ctx);
    publishing(plugin, ctx);
    done();
  });
}

function answering(app: FastifyInstance, ctx: Context): void {
  const route = (
    url: string,
    summary: string,
    asked: string,
    answered: string,
    answer: (held: HeldAuthority, request: Buffer) => Buffer | Promise<Buffer>,
  ): void => {
    app.route({
      method: 'POST',
      url,
      config: open,
      bodyLimit: requestLimit,
      schema: { summary, consumes: [asked], produces: [answered] },
      handler: async (request, reply) => {
        const held = await authorityHere(ctx);
        const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
        return await reply
          .header('cache-control', 'no-store')
          .type(answered)
          .send(await answer(held, body));
      },
    });
  };
  route('/tsa', 'RFC 3161', 'application/timestamp-query', 'application/timestamp-reply', (held, body) =>
    held.authority.timestamp(body),
  );
  route('/ocsp', 'RFC 6960', 'application/ocsp-request', 'application/ocsp-response', (held, body) =>
    held.authority.answerOcsp(body),
  );
}

function publishing(app: FastifyInstance, ctx: Context): void {
  const crl = async (held: HeldAuthority, which: 0 | 1): Promise<Buffer> =>
    Buffer.from((await held.crls())[which].der);
  const route = (
    url: string,
    summary: string,
    type: string,
    content: (held: HeldAuthority) => string | Buffer | Promise<Buffer>,
  ): void => {
    app.route({
      method: 'GET',
      url,
      config: open,
      schema: { summary, produces: [type] },
      handler: async (_request, reply: FastifyReply) => {
        const held = await authorityHere(ctx);
        return await reply
          .header('cache-control', 'public, max-age=300')
          .type(type)
          .send(await content(held));
      },
    });
  };
  route('/crl/ca.crl', 'CRL of the issuing CA', 'application/pkix-crl', (held) => crl(held, 0));
  route('/crl/root.crl', 'CRL of the root', 'application/pkix-crl', (held) => crl(held, 1));
  route(
    '/trust/root.pem',
    'The root of the test authority',
    'application/x-pem-file',
    (held) => held.rootPem,
  );
  route('/trust/ca.pem', 'The issuing CA', 'application/x-pem-file', (held) =>
    certificateToPem(held.authority.issuing),
  );
  route('/trust/tsa.pem', 'The certificate of the TSA', 'application/x-pem-file', (held) =>
    certificateToPem(held.authority.tsa),
  );
  route('/trust/ca.crt', 'The issuing CA (DER)', 'application/pkix-cert', (held) =>
    Buffer.from(held.authority.issuing.der),
  );
}
