import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { refuse, sendProblem } from '#kernel';

const builtPages = fileURLToPath(new URL('../dist/web', import.meta.url));

/** True when `npm run build` has made the pages of the office. */
export function pagesAreBuilt(): boolean {
  return existsSync(`${builtPages}/index.html`);
}

/**
 * Serves the pages of the office: files with a hash in their name for ever, the page itself always fresh; every
 * address that is no file and no interface leads to the page, which finds its own way.
 */
export async function servePages(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: builtPages,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders(response, path) {
      response.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  const file: RouteOptions = {
    method: 'GET',
    url: '/*',
    config: { access: 'public' },
    schema: { hide: true },
    handler: (request, reply) => reply.sendFile((request.params as { '*': string })['*'] || 'index.html'),
  };
  app.route(file);
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    const isInterface = /^\/(api|vxp|axis|log|tsa|ocsp|crl|trust)(\/|$)/.test(request.url);
    if (wantsPage && !isInterface) return reply.header('cache-control', 'no-cache').sendFile('index.html');
    return sendProblem(request, reply, refuse('not-found'));
  });
}
