import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as plain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { HttpFault, type HttpFetch } from './http.ts';

/** IPv4 that is not the public Internet (RFC 6890 and successors). */
const notPublic = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  notPublic.addSubnet(network, bits, 'ipv4');

/** IPv6: only global unicast is public, without the ranges in it that embed other addresses or are for documents. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
const notPublic6 = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic6.addSubnet(network, bits, 'ipv6');

/** Whether an address is on the public Internet: not loopback, private, link-local, multicast, reserved, embedded. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return !notPublic.check(bare, 'ipv4');
  return isIP(bare) === 6 && globalUnicast.check(bare, 'ipv6') && !notPublic6.check(bare, 'ipv6');
}

export interface GuardOptions {
  /** Hosts that may be called though their address is not public: `ocsp.noibo.vn`, `10.1.2.3`, or with `:port`. */
  readonly allow?: readonly string[];
  /** Redirects that are followed, each checked anew. Default three. */
  readonly redirects?: number;
}

/**
 * An HttpFetch for addresses that strangers wrote (in certificates, say): http and https only, no credentials, the
 * host resolved first and refused unless every address is public, the connection made to the address that was
 * checked (so a name cannot be re-bound in between), redirects checked like the first address. Size and time are
 * limited by `exchange`, which uses it.
 * @throws HttpFault for what is refused; errors of the connection as they come
 */
export function guardedFetch(options: GuardOptions = {}): HttpFetch {
  const { redirects = 3 } = options;
  const allowed = new Set((options.allow ?? []).map((one) => one.trim().toLowerCase()));
  return async (address, init) => {
    let url = address;
    for (let hop = 0; ; hop += 1) {
      const checked = checkUrl(url, allowed);
      const answer = await send(checked, init);
      const { statusCode = 0, headers } = answer;
      const moved = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
      if (!moved) return responseOf(answer);
      answer.destroy();
      if (init.method !== 'GET' || hop >= redirects) throw new HttpFault(`redirect of ${address}`);
      url = new URL(headers.location as string, url).href;
    }
  };
}

interface CheckedUrl {
  readonly url: URL;
  readonly private: boolean;
}

/** @throws HttpFault */
function checkUrl(text: string, allowed: ReadonlySet<string>): CheckedUrl {
  if (!URL.canParse(text)) throw new HttpFault(`address ${text.slice(0, 200)}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new HttpFault(`scheme of ${text}`);
  if (url.username !== '' || url.password !== '') throw new HttpFault(`credentials in ${url.host}`);
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  const named = allowed.has(host) || allowed.has(`${host}:${port}`);
  if (named) return { url, private: true };
  if (port < 1024 && port !== 80 && port !== 443) throw new HttpFault(`port of ${url.host}`);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new HttpFault(`${host} is not a public address`);
  return { url, private: false };
}

/** Resolves a name and refuses it when any of its addresses is not public. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '');
    const found: readonly LookupAddress[] = addresses;
    const [first] = found;
    const bad = found.find(({ address }) => !isPublicAddress(address));
    if (first === undefined || bad !== undefined)
      return done(new HttpFault(`${hostname} is not a public address`), '');
    return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
  });
};

function send(checked: CheckedUrl, init: RequestInit): Promise<IncomingMessage> {
  const { url } = checked;
  return new Promise((settle, fail) => {
    const options: RequestOptions = {
      method: init.method ?? 'GET',
      headers: { ...(init.headers as Record<string, string>), 'accept-encoding': 'identity' },
      agent: false,
      ...(init.signal ? { signal: init.signal } : {}),
      ...(checked.private ? {} : { lookup: publicLookup }),
    };
    const outgoing = (url.protocol === 'http:' ? plain : secure)(url, options, settle);
    outgoing.on('error', fail);
    outgoing.end(init.body as Uint8Array | undefined);
  });
}

function responseOf(answer: IncomingMessage): Response {
  const { statusCode = 0 } = answer;
  if (statusCode < 200 || statusCode > 599 || [204, 205, 304].includes(statusCode)) {
    answer.destroy();
    throw new HttpFault(`status ${statusCode}`);
  }
  return new Response(
    Readable.toWeb(answer) as ReadableStream<Uint8Array> as unknown as ConstructorParameters<
      typeof Response
    >[0],
    {
      status: statusCode,
    },
  );
}
