import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { refuse } from '#kernel';

/** Addresses of machines: what is unknown there is an error, never a page. */
const interfaces = /^\/(api|vxp|axis|log|tsa|ocsp|crl|trust|assets)(\/|$)/;

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
  const files = new Set(
    readdirSync(builtPages, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(builtPages, join(entry.parentPath, entry.name))),
  );
  const page: RouteOptions = {
    method: 'GET',
    url: '/*',
    config: { access: 'public' },
    schema: { hide: true },
    handler: (request, reply) => {
      const path = (request.params as { '*': string })['*'] || 'index.html';
      if (files.has(path)) return reply.sendFile(path);
      const wantsPage = (request.headers.accept ?? '').includes('text/html');
      if (!wantsPage || interfaces.test(`/${path}`)) throw refuse('not-found');
      return reply.sendFile('index.html');
    },
  };
  app.route(page);
}
