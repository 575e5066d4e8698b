/** Port: how HTTP is spoken; `globalThis.fetch` fits. */
export type HttpFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpLimits {
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  /** Bytes of an answer. */
  readonly bytes: number;
  /** Whether an answer of status 4xx is an answer too: a refusal to be read. */
  readonly refusals?: boolean;
}

/** Why an exchange gave nothing; for a log. */
export class HttpFault extends Error {
  constructor(detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'HttpFault';
  }
}

/**
 * One exchange within limits: only http and https, no redirects but those that the port itself checks, status 200, an answer that is not too long.
 * @throws HttpFault and nothing else
 */
export async function exchange(
  fetch: HttpFetch,
  url: string,
  init: {
    readonly method: 'GET' | 'POST';
    readonly headers?: Record<string, string>;
    readonly body?: Uint8Array;
  },
  limits: HttpLimits,
): Promise<Buffer> {
  if (!/^https?:\/\//i.test(url)) throw new HttpFault(`scheme of ${url}`);
  const signal = AbortSignal.timeout(limits.timeout);
  try {
    const { body, ...rest } = init;
    const response = await fetch(url, {
      ...rest,
      ...(body ? { body: new Uint8Array(body) } : {}),
      redirect: 'error',
      signal,
    });
    const refused = limits.refusals === true && response.status >= 400 && response.status < 500;
    if (response.status !== 200 && !refused) {
      await response.body?.cancel();
      throw new HttpFault(`status ${response.status} of ${url}`);
    }
    return await readBody(response, limits.bytes);
  } catch (error) {
    if (error instanceof HttpFault) throw error;
    throw new HttpFault(`no answer of ${url}`, error);
  }
}

async function readBody(response: Response, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (!response.body) return Buffer.alloc(0);
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > limit) {
      await reader.cancel();
      throw new HttpFault(`answer of more than ${limit} bytes`);
    }
    parts.push(next.value);
  }
  return Buffer.concat(parts);
}
