import {
  buildTimestampRequest,
  readTimestampResponse,
  verifyTimestampToken,
  type TimestampToken,
} from '#formats/cms';
import { Asn1Error } from '#formats/asn1';
import type { DigestAlgorithm } from '#formats/x509';
import { SigningError } from './errors.ts';
import { exchange, HttpFault, type HttpFetch } from './http.ts';

/** Port: something that stamps digests with a time that others trust. */
export interface TimestampSource {
  /** @returns DER of a time-stamp token (RFC 3161) whose imprint has been checked. @throws SigningError */
  timestamp(digest: Uint8Array, algorithm: DigestAlgorithm): Promise<Uint8Array>;
}

/** A source that hands requests to a TSA in this process. */
export function localTimestamps(answer: (requestDer: Uint8Array) => Promise<Uint8Array>): TimestampSource {
  return {
    async timestamp(digest, algorithm) {
      const request = buildTimestampRequest(algorithm, digest);
      return checkAnswer(await answer(request.der), digest, request.nonce, algorithm).der;
    },
  };
}

/** Checks a TimeStampResp against what was asked for. @throws SigningError */
export function checkAnswer(
  responseDer: Uint8Array,
  digest: Uint8Array,
  nonce: Buffer,
  algorithm: DigestAlgorithm = 'sha256',
): TimestampToken {
  let response: ReturnType<typeof readTimestampResponse>;
  try {
    response = readTimestampResponse(responseDer);
  } catch (error) {
    if (error instanceof Asn1Error) throw new SigningError('timestamp-wrong', error.message, error);
    throw error;
  }
  if (!response.granted)
    throw new SigningError('timestamp-refused', `status ${response.status} ${response.text}`.trim());
  const { token } = response;
  if (!token.info.nonce?.equals(nonce)) throw new SigningError('timestamp-wrong', 'nonce');
  const verdict = verifyTimestampToken(token, () => digest);
  if (!verdict.valid || token.info.digestAlgorithm !== algorithm)
    throw new SigningError('timestamp-wrong', verdict.problems.join(', '));
  return token;
}

export interface HttpTimestampOptions {
  /** Addresses of TSAs, tried in order until one answers rightly. */
  readonly urls: readonly string[];
  readonly fetch: HttpFetch;
  /** Milliseconds for one TSA. Default ten seconds. */
  readonly timeout?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A further demand on a token that is mathematically right: that its TSA is trusted, say. */
  readonly accept?: (token: TimestampToken) => boolean;
}

/** A source that asks TSAs over HTTP (RFC 3161 §3.4), with a fresh nonce for each. */
export function httpTimestamps(options: HttpTimestampOptions): TimestampSource {
  const { urls, fetch, timeout = 10_000, accept } = options;
  const headers = { ...options.headers, 'content-type': 'application/timestamp-query' };
  return {
    async timestamp(digest, algorithm) {
      let last: unknown;
      for (const url of urls) {
        const { der, nonce } = buildTimestampRequest(algorithm, digest);
        try {
          const answer = await exchange(
            fetch,
            url,
            { method: 'POST', headers, body: der },
            { timeout, bytes: 65_536 },
          );
          const token = checkAnswer(answer, digest, nonce, algorithm);
          if (accept && !accept(token))
            throw new SigningError('timestamp-wrong', `token of ${url} is not accepted`);
          return token.der;
        } catch (error) {
          if (!(error instanceof SigningError) && !(error instanceof HttpFault)) throw error;
          last = error;
        }
      }
      if (last instanceof SigningError) throw last;
      throw new SigningError('timestamp-unreachable', urls.join(', '), last);
    },
  };
}
