import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { HttpFault, type HttpFetch } from '../http.ts';
import { RemoteError } from './errors.ts';
import { checkedBase, pinnedFetch, post, type CscAnswer } from './transport.ts';

export interface CscOptions {
  /** `https://host/csc/v2`; nothing that the service answers leads to another host. */
  readonly baseUrl: string;
  /** PEM of the roots that its TLS certificate must lead to; absent: those of the machine. */
  readonly ca?: string;
  /** How this system logs in (CSC API v2 §8.2, §8.3). */
  readonly account:
    | { readonly type: 'basic'; readonly userId: string; readonly password: string }
    | { readonly type: 'oauth2client'; readonly clientId: string; readonly clientSecret: string };
  /** Milliseconds for one request. Default 15 seconds. */
  readonly timeout?: number;
}

/** Reads may be repeated; an authorisation counts tries and a SAD is used once: those are sent once. */
type Method =
  | 'info'
  | 'credentials/list'
  | 'credentials/info'
  | 'credentials/authorize'
  | 'signatures/signHash';
const repeatable: ReadonlySet<Method> = new Set(['info', 'credentials/list', 'credentials/info']);
const needed: readonly Method[] = [
  'credentials/list',
  'credentials/info',
  'credentials/authorize',
  'signatures/signHash',
];

const infoAnswer = z.object({
  specs: z.string(),
  name: z.string().max(500),
  authType: z.array(z.string()).max(20),
  methods: z.array(z.string()).max(100),
  oauth2: z.string().optional(),
});
const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.number().int().positive().optional(),
});

export interface CscClient {
  readonly name: string;
  /** Calls a method and reads its answer. @throws RemoteError */
  call<T extends z.ZodType>(method: Method, body: object, shape: T): Promise<z.output<T>>;
}

/** Reads what a service can do and logs in (CSC API v2 §11.1, §11.2). @throws RemoteError */
export async function cscClient(options: CscOptions): Promise<CscClient> {
  const base = checkedBase(options.baseUrl);
  const own = new Connection(base, options);
  const info = await own.call('info', {}, infoAnswer);
  if (!info.specs.startsWith('2.'))
    throw new RemoteError('remote-unsupported', { reason: `CSC API ${info.specs}` });
  const lacking = needed.filter((method) => !info.methods.includes(method));
  if (lacking.length > 0) throw new RemoteError('remote-unsupported', { reason: lacking.join(', ') });
  if (!info.authType.includes(options.account.type))
    throw new RemoteError('remote-unsupported', { reason: options.account.type });
  own.loginUrl = loginUrl(base, options, info.oauth2);
  return { name: info.name, call: (method, body, shape) => own.call(method, body, shape) };
}

/** The token endpoint may stand under another path, never on another host: it gets the secret of this system. */
function loginUrl(base: URL, { account }: CscOptions, oauth2: string | undefined): string {
  const root = base.href.replace(/\/$/, '');
  if (account.type === 'basic') return `${root}/auth/login`;
  const at = oauth2 === undefined ? base : checkedBase(oauth2);
  if (at.origin !== base.origin) throw new RemoteError('remote-address', { reason: `oauth2 on ${at.host}` });
  return `${at.href.replace(/\/$/, '')}/oauth2/token`;
}

class Connection {
  readonly #base: string;
  readonly #fetch: HttpFetch;
  readonly #options: CscOptions;
  readonly #timeout: number;
  #token: string | undefined;
  #tokenUntil = 0;
  loginUrl = '';

  constructor(base: URL, options: CscOptions) {
    this.#base = base.href.replace(/\/$/, '');
    this.#fetch = pinnedFetch(options.ca);
    this.#options = options;
    this.#timeout = options.timeout ?? 15_000;
  }

  async call<T extends z.ZodType>(method: Method, body: object, shape: T): Promise<z.output<T>> {
    let answer = await this.#send(method, body);
    // A token that ran out was refused before anything was done: also a signature may be asked for again.
    if (answer.error === 'invalid_token' && method !== 'info') {
      this.#token = undefined;
      answer = await this.#send(method, body);
    }
    if (answer.error !== undefined) throw refusalOf(answer);
    return shaped(answer, shape, method);
  }

  async #send(method: Method, body: object): Promise<CscAnswer> {
    const headers: Record<string, string> =
      method === 'info' ? {} : { authorization: `Bearer ${await this.#bearer()}` };
    const tries = repeatable.has(method) ? 3 : 1;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await post(
          this.#fetch,
          `${this.#base}/${method}`,
          headers,
          JSON.stringify(body),
          this.#timeout,
        );
      } catch (error) {
        if (!(error instanceof HttpFault)) throw error;
        if (method === 'signatures/signHash') throw new RemoteError('remote-answer-lost');
        if (attempt >= tries) throw new RemoteError('remote-unreachable');
        await pause(150 * attempt);
      }
    }
  }

  async #bearer(): Promise<string> {
    if (this.#token !== undefined && Date.now() < this.#tokenUntil) return this.#token;
    const { account } = this.#options;
    const basic =
      account.type === 'basic'
        ? {
            authorization: `Basic ${Buffer.from(`${account.userId}:${account.password}`).toString('base64')}`,
          }
        : { 'content-type': 'application/x-www-form-urlencoded' };
    const body =
      account.type === 'basic'
        ? JSON.stringify({ rememberMe: false })
        : new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: account.clientId,
            client_secret: account.clientSecret,
          }).toString();
    let answer: CscAnswer;
    try {
      answer = await post(this.#fetch, this.loginUrl, basic as Record<string, string>, body, this.#timeout);
    } catch (error) {
      throw error instanceof HttpFault ? new RemoteError('remote-unreachable') : error;
    }
    if (answer.error !== undefined) throw new RemoteError('remote-login', { reason: answer.error });
    const { access_token: token, expires_in: seconds = 3600 } = shaped(answer, tokenAnswer, 'login');
    this.#token = token;
    this.#tokenUntil = Date.now() + Math.max(0, seconds - 10) * 1000;
    return token;
  }
}

function shaped<T extends z.ZodType>(answer: CscAnswer, shape: T, what: string): z.output<T> {
  const read = shape.safeParse(answer.body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new RemoteError('remote-malformed', {
    reason: `${what}: ${issue?.path.join('.') ?? ''} ${issue?.code ?? ''}`,
  });
}

const ofSecrets: ReadonlySet<string> = new Set([
  'invalid_pin',
  'invalid_otp',
  'locked_pin',
  'locked_otp',
  'expired_otp',
]);

function refusalOf({ error = '', description }: CscAnswer): RemoteError {
  const reason = description === undefined || description === '' ? error : `${error}: ${description}`;
  return new RemoteError(ofSecrets.has(error) ? 'wrong-pin' : 'remote-refused', { reason });
}
