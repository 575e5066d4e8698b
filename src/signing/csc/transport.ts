import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { exchange, HttpFault, type HttpFetch } from '../http.ts';
import { RemoteError } from './errors.ts';

/** The address that the operator set, checked: https, or http on this machine only; no password, query or fragment. */
export function checkedBase(address: string): URL {
  const refused = (reason: string): RemoteError => new RemoteError('remote-address', { reason });
  if (!URL.canParse(address)) throw refused('not a URL');
  const url = new URL(address);
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) throw refused('not https');
  if (url.username !== '' || url.password !== '') throw refused('credentials in it');
  if (url.search !== '' || url.hash !== '') throw refused('query or fragment');
  return url;
}

/** HTTPS that believes the roots given instead of the machine's; TLS is always verified, nothing is redirected. */
export function pinnedFetch(ca: string | undefined): HttpFetch {
  return (address, init) =>
    new Promise((resolve, reject) => {
      const send = address.startsWith('https:') ? secureRequest : plainRequest;
      const request = send(
        address,
        {
          method: init.method ?? 'GET',
          headers: init.headers as Record<string, string>,
          ...(init.signal ? { signal: init.signal } : {}),
          ...(ca === undefined ? {} : { ca }),
        },
        (answer) => {
          const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
          const status = answer.statusCode ?? 0;
          if (status >= 300 && status < 400) {
            answer.destroy();
            reject(new HttpFault(`redirect of ${address}`));
          } else resolve(new Response(status === 204 ? null : body, { status }));
        },
      );
      request.on('error', reject);
      request.end(init.body as Uint8Array | undefined);
    });
}

/** One answer of a service: what it says, or its refusal (`error`, CSC API v2 §10.1). */
export interface CscAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly description?: string;
}

/** @throws HttpFault when there is no answer, RemoteError `remote-malformed` when it is no JSON object */
export async function post(
  fetch: HttpFetch,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeout: number,
): Promise<CscAnswer> {
  const bytes = await exchange(
    fetch,
    url,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(body) },
    { timeout, bytes: 2 ** 20, refusals: true },
  );
  let said: unknown;
  try {
    said = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new RemoteError('remote-malformed', { reason: 'not JSON' });
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw new RemoteError('remote-malformed', { reason: 'not a JSON object' });
  const { error, error_description: description } = said as Record<string, unknown>;
  return {
    body: said as Record<string, unknown>,
    ...(typeof error === 'string' ? { error: plainText(error) } : {}),
    ...(typeof description === 'string' ? { description: plainText(description) } : {}),
  };
}

/** A stranger's text for a line of ours: short, on one line. */
// eslint-disable-next-line no-control-regex
const plainText = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 200);
