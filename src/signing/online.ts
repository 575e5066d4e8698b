import type { CertificateList } from '#formats/x509';
import { gatherEvidence } from './gather.ts';
import { HttpFault } from './http.ts';
import type { PdfPolicy } from './pades/index.ts';
import type { RevocationFetch } from './revocation/index.ts';

export interface OnlineOptions extends Pick<PdfPolicy, 'anchors' | 'now'> {
  /** Should stand on `guardedFetch`: the addresses come from the certificates of strangers. */
  readonly fetch: RevocationFetch;
  /** CRLs by URL, kept by the caller between files. */
  readonly crlCache?: Map<string, CertificateList>;
  /** Requests for one file. Default 40. */
  readonly requests?: number;
  /** Milliseconds for one file. Default 20 seconds. */
  readonly time?: number;
  /** What did not answer; for a log. */
  readonly onFailure?: (detail: string) => void;
}

/** Lets a port through until requests or time are spent; then nothing answers any more. */
function limited(fetch: RevocationFetch, requests: number, time: number): RevocationFetch {
  let left = requests;
  let end: number | undefined;
  const spend = (): void => {
    end ??= performance.now() + time;
    if (left <= 0 || performance.now() > end) throw new HttpFault('too many questions for one file');
    left -= 1;
  };
  const { issuer } = fetch;
  return {
    async ocsp(url, body) {
      spend();
      return await fetch.ocsp(url, body);
    },
    async crl(url) {
      spend();
      return await fetch.crl(url);
    },
    ...(issuer === undefined
      ? {}
      : {
          async issuer(url: string) {
            spend();
            return await issuer(url);
          },
        }),
  };
}

/**
 * The evidence that a file lacks, asked for where its certificates say (OCSP, CRL, AIA issuers). Make one for each
 * file: requests and time are limited for all its signatures together.
 */
export function onlineEvidence(options: OnlineOptions): NonNullable<PdfPolicy['fetchEvidence']> {
  const {
    anchors,
    now,
    crlCache = new Map<string, CertificateList>(),
    requests = 40,
    time = 20_000,
  } = options;
  const fetch = limited(options.fetch, requests, time);
  return async (question) => {
    const found = await gatherEvidence({ ...question, anchors, now, fetch, crlCache });
    for (const failure of found.failures) options.onFailure?.(failure);
    return found;
  };
}
