import { Asn1Error } from '#formats/asn1';
import { readSignedData } from '#formats/cms';
import {
  fingerprint,
  isCertId,
  nameKey,
  oids,
  readCertificate,
  readCertificatesPem,
  sameName,
  type BasicOcspResponse,
  type Certificate,
  type CertificateList,
  type OcspResponse,
} from '#formats/x509';
import { signingPolicy, timestampingPolicy } from './evaluate.ts';
import { HttpFault } from './http.ts';
import {
  findPath,
  type PathOptions,
  type TrustAnchor,
  type TrustPurpose,
  type ValidPath,
} from './path/index.ts';
import {
  collectEvidence,
  pathStates,
  type RevocationEvidence,
  type RevocationFetch,
} from './revocation/index.ts';

export interface GatherInput {
  readonly certificate: Certificate;
  /** Certificates that may lie between; untrusted. */
  readonly candidates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  readonly purpose: Extract<TrustPurpose, 'signing' | 'timestamping'>;
  /** The moment whose state is asked, and the present. */
  readonly at: Date;
  readonly now: Date;
  readonly fetch: RevocationFetch;
  /** What is at hand; nothing is fetched for what it settles. */
  readonly known?: RevocationEvidence;
  /** CRLs by URL, kept by the caller between calls. */
  readonly crlCache?: Map<string, CertificateList>;
  readonly acceptAlgorithm?: PathOptions['acceptAlgorithm'];
}

/** All that is needed to judge a certificate later without asking anybody. */
export interface GatheredEvidence extends Required<RevocationEvidence> {
  /** The path without its anchor, then what OCSP answers and CRL issuers need. */
  readonly certificates: readonly Certificate[];
  readonly anchor: TrustAnchor | undefined;
  /** A path was found and the state of each certificate on it is known to be good at the moment. */
  readonly complete: boolean;
  /** What did not answer, or not usably; for a log. */
  readonly failures: readonly string[];
}

/** Issuers above one another that are fetched for one certificate, and addresses tried for each. */
const hops = 4;
const addresses = 2;

/**
 * Gathers path, OCSP answers and CRLs of a certificate: issuers that are missing come from the addresses that
 * certificates name (AIA), states from the addresses of a path that is already valid.
 * Never throws on what certificates or servers say.
 */
export async function gatherEvidence(input: GatherInput): Promise<GatheredEvidence> {
  try {
    return await gather(input);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return nothing([error.message]);
  }
}

const nothing = (failures: readonly string[]): GatheredEvidence => ({
  certificates: [],
  crls: [],
  ocspResponses: [],
  anchor: undefined,
  complete: false,
  failures,
});

async function gather(input: GatherInput): Promise<GatheredEvidence> {
  const { anchors, certificate, at, now, known = {} } = input;
  const candidates = [...input.candidates];
  const failures: string[] = [];
  const trusted = anchors.filter(({ purposes }) => purposes?.includes(input.purpose) ?? true);
  const rules = input.purpose === 'timestamping' ? timestampingPolicy : signingPolicy;
  const options: PathOptions = {
    ...rules,
    at,
    ...(input.acceptAlgorithm ? { acceptAlgorithm: input.acceptAlgorithm } : {}),
  };
  const find = (): ReturnType<typeof findPath> =>
    findPath({ target: certificate, candidates, anchors: trusted, options });
  let path = find();
  if (path?.ok !== true && (await fetchIssuers(input, candidates, failures))) path = find();
  if (path?.ok !== true) return nothing(failures);
  const collected = await collectEvidence({
    path,
    candidates,
    fetch: input.fetch,
    rules: { at, now },
    known,
    ...(input.crlCache ? { crlCache: input.crlCache } : {}),
  });
  const evidence = relevantTo(path, collected);
  const states = pathStates({ path, candidates, evidence, rules: { at, now } });
  return {
    ...evidence,
    certificates: withCrlIssuers(path, candidates, evidence),
    anchor: path.anchor,
    complete: states.every(({ status }) => status === 'good'),
    failures: [...failures, ...collected.failures],
  };
}

/** Follows caIssuers addresses upwards. @returns whether anything new came */
async function fetchIssuers(
  input: GatherInput,
  candidates: Certificate[],
  failures: string[],
): Promise<boolean> {
  const { fetch } = input;
  if (fetch.issuer === undefined) return false;
  const seen = new Set(candidates.map(fingerprint));
  let open: readonly Certificate[] = [input.certificate];
  let any = false;
  for (let hop = 0; hop < hops && open.length > 0; hop += 1) {
    const next: Certificate[] = [];
    for (const certificate of open) {
      const known = [...candidates, ...input.anchors.map((anchor) => anchor.certificate)];
      const above = known.filter((one) => sameName(one.subject, certificate.issuer));
      if (above.length > 0) {
        if (hop === 0) next.push(...above.filter((one) => !sameName(one.subject, one.issuer)));
        continue;
      }
      for (const found of await issuersOf(certificate, fetch.issuer, failures)) {
        if (seen.has(fingerprint(found))) continue;
        seen.add(fingerprint(found));
        candidates.push(found);
        next.push(found);
        any = true;
      }
    }
    open = next.slice(0, 4);
  }
  return any;
}

async function issuersOf(
  certificate: Certificate,
  fetch: (url: string) => Promise<Uint8Array>,
  failures: string[],
): Promise<readonly Certificate[]> {
  try {
    for (const url of (certificate.extensions.caIssuersUrls ?? []).slice(0, addresses)) {
      try {
        return readIssuers(await fetch(url)).slice(0, 8);
      } catch (error) {
        if (!(error instanceof HttpFault) && !(error instanceof Asn1Error)) throw error;
        failures.push(error.message);
      }
    }
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    failures.push(error.message);
  }
  return [];
}

/** DER of one certificate, a certs-only CMS, or PEM. @throws Asn1Error */
function readIssuers(bytes: Uint8Array): readonly Certificate[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return readCertificatesPem(text);
  try {
    return [readCertificate(bytes)];
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return readSignedData(bytes).certificates;
  }
}

/** The newest evidence that speaks of certificates of a path: OCSP answers by CertID, CRLs by issuer and scope. */
function relevantTo(path: ValidPath, evidence: Required<RevocationEvidence>): Required<RevocationEvidence> {
  const ocsp = new Map<string, OcspResponse>();
  const lists = new Map<string, CertificateList>();
  for (const [index, certificate] of path.certificates.entries()) {
    const issuer = path.certificates[index + 1] ?? path.anchor.certificate;
    // What was said after a certificate expired need not speak of it any more.
    const says = (time: Date): boolean => time <= certificate.notAfter;
    for (const response of evidence.ocspResponses) {
      const single = response.basic?.responses.find(({ certId }) => isCertId(certId, certificate, issuer));
      if (single === undefined || !says(single.thisUpdate)) continue;
      const before = ocsp.get(fingerprint(certificate))?.basic?.producedAt;
      if (before === undefined || (response.basic as BasicOcspResponse).producedAt > before)
        ocsp.set(fingerprint(certificate), response);
    }
    const points = [
      ...(certificate.extensions.crlDistributionPoints ?? []),
      ...(certificate.extensions.freshestCrl ?? []),
    ];
    const indirect = points.flatMap((point) =>
      (point.crlIssuer ?? []).flatMap((name) => (name.type === 'directory' ? [name.name] : [])),
    );
    for (const crl of evidence.crls) {
      if (![certificate.issuer, ...indirect].some((name) => sameName(name, crl.issuer))) continue;
      if (!says(crl.thisUpdate)) continue;
      const key = `${nameKey(crl.issuer)} ${scopeOf(crl)} ${crl.deltaBase === undefined ? '' : 'delta'}`;
      const before = lists.get(key);
      if (before === undefined || crl.thisUpdate > before.thisUpdate) lists.set(key, crl);
    }
  }
  return { ocspResponses: [...new Set(ocsp.values())], crls: [...lists.values()] };
}

const scopeOf = (crl: CertificateList): string =>
  crl.extensions.find(({ oid }) => oid === oids.issuingDistributionPoint)?.value.toString('hex') ?? '';

function withCrlIssuers(
  path: ValidPath,
  candidates: readonly Certificate[],
  { crls }: RevocationEvidence,
): readonly Certificate[] {
  const chosen = new Map(path.certificates.map((one) => [fingerprint(one), one]));
  for (const candidate of candidates)
    if (crls?.some((crl) => sameName(crl.issuer, candidate.subject)))
      chosen.set(fingerprint(candidate), candidate);
  return [...chosen.values()];
}
