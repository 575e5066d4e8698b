import { randomBytes } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import {
  buildOcspRequest,
  derCertId,
  readCrl,
  readOcspResponse,
  type Certificate,
  type CertificateList,
  type OcspResponse,
} from '#formats/x509';
import { exchange, HttpFault, type HttpFetch } from '../http.ts';
import type { ValidPath } from '../path/types.ts';
import { pathStates } from './check.ts';
import type { FreshnessRules, RevocationEvidence } from './types.ts';

/** Port: where the state of certificates is asked. All throw HttpFault when there is no answer. */
export interface RevocationFetch {
  ocsp(url: string, requestDer: Uint8Array): Promise<Uint8Array>;
  crl(url: string): Promise<Uint8Array>;
  /** A certificate, or a bag of them (RFC 5280 §4.2.2.1, caIssuers); absent: issuers are not fetched. */
  issuer?(url: string): Promise<Uint8Array>;
}

/** The port over HTTP (RFC 6960 appendix A, RFC 5280 §4.2.1.13). */
export function httpRevocation(options: {
  readonly fetch: HttpFetch;
  /** Milliseconds for one exchange. Default ten seconds. */
  readonly timeout?: number;
  /** Bytes of a CRL. Default 32 MiB. */
  readonly crlBytes?: number;
}): RevocationFetch {
  const { fetch, timeout = 10_000, crlBytes = 32 * 2 ** 20 } = options;
  return {
    ocsp: (url, body) =>
      exchange(
        fetch,
        url,
        { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body },
        { timeout, bytes: 2 ** 20 },
      ),
    crl: (url) => exchange(fetch, url, { method: 'GET' }, { timeout, bytes: crlBytes }),
    issuer: (url) => exchange(fetch, url, { method: 'GET' }, { timeout, bytes: 2 ** 18 }),
  };
}

export interface CollectInput {
  /** A path that is valid but for the states: only its URLs are called, never those of a stranger's certificate. */
  readonly path: ValidPath;
  readonly fetch: RevocationFetch;
  readonly candidates: readonly Certificate[];
  readonly rules: FreshnessRules;
  /** What is at hand already; nothing is asked for certificates whose state it settles. */
  readonly known?: RevocationEvidence;
  /** CRLs by URL, kept by the caller between calls; used until their next update. */
  readonly crlCache?: Map<string, CertificateList>;
}

export interface CollectedEvidence extends Required<RevocationEvidence> {
  /** What did not answer, or not usably; for a log. */
  readonly failures: readonly string[];
}

/** URLs of one kind that are tried for one certificate. */
const urlsTried = 3;

/**
 * Fetches the state of each certificate of a path: OCSP first, CRLs when that does not settle it.
 * @returns known and fetched evidence together, ready for `evaluateCertificate` and for embedding
 */
export async function collectEvidence(input: CollectInput): Promise<CollectedEvidence> {
  const crls: CertificateList[] = [...(input.known?.crls ?? [])];
  const ocspResponses: OcspResponse[] = [...(input.known?.ocspResponses ?? [])];
  const failures: string[] = [];
  const { path, candidates, rules } = input;
  const settled = (index: number): boolean =>
    pathStates({ path, candidates, rules, evidence: { crls, ocspResponses } })[index]?.status !== 'unknown';
  const attempt = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof HttpFault) && !(error instanceof Asn1Error)) throw error;
      failures.push(error.message);
    }
  };
  for (const [index, certificate] of path.certificates.entries()) {
    const issuer = path.certificates[index + 1] ?? path.anchor.certificate;
    const { ocspUrls = [], crlDistributionPoints = [], freshestCrl = [] } = certificate.extensions;
    for (const url of ocspUrls.slice(0, urlsTried)) {
      if (settled(index)) break;
      await attempt(async () => {
        ocspResponses.push(await askOcsp(input.fetch, url, certificate, issuer));
      });
    }
    const points = [...crlDistributionPoints, ...freshestCrl].flatMap(({ fullName }) => fullName ?? []);
    for (const name of points.slice(0, urlsTried)) {
      if (settled(index)) break;
      if (name.type !== 'uri') continue;
      await attempt(async () => {
        crls.push(await askCrl(input, name.value));
      });
    }
  }
  return { crls, ocspResponses, failures };
}

async function askOcsp(
  fetch: RevocationFetch,
  url: string,
  certificate: Certificate,
  issuer: Certificate,
): Promise<OcspResponse> {
  const nonce = randomBytes(16);
  const response = readOcspResponse(
    await fetch.ocsp(url, buildOcspRequest([derCertId(certificate, issuer)], nonce)),
  );
  if (!response.basic) throw new HttpFault(`${response.status} of ${url}`);
  // Responders that answer from a store leave the nonce out (RFC 5019); a different one is another's answer.
  if (response.basic.nonce && !response.basic.nonce.equals(nonce)) throw new HttpFault(`nonce of ${url}`);
  return response;
}

async function askCrl({ fetch, crlCache, rules }: CollectInput, url: string): Promise<CertificateList> {
  const kept = crlCache?.get(url);
  const moment = rules.now ?? rules.at;
  if (kept?.nextUpdate && kept.nextUpdate > moment) return kept;
  const crl = readCrl(await fetch.crl(url));
  crlCache?.set(url, crl);
  return crl;
}
