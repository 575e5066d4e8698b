import { Asn1Error } from '#formats/asn1';
import {
  cmsEvidence,
  readSignedData,
  readTimestampToken,
  signatureTimestamps,
  verifySigner,
  verifyTimestampToken,
  digestOfBytes,
  type TimestampToken,
} from '#formats/cms';
import { documentAt, formFields, isKind, openPdf, type PdfFile } from '#formats/pdf';
import type { Certificate, CertificateList } from '#formats/x509';
import { gatherEvidence, type GatheredEvidence } from '../gather.ts';
import type { TrustAnchor, TrustPurpose } from '../path/index.ts';
import type { Finding, SignatureLevel } from '../report/types.ts';
import type { RevocationFetch } from '../revocation/index.ts';
import type { TimestampSource } from '../tsp.ts';
import { readContainer, type SignatureContainer } from './container.ts';
import { timestampPdf } from './docTimestamp.ts';
import { addToSecurityStore, readSecurityStore, type SignatureValidationData } from './dss.ts';
import { PadesError } from './errors.ts';
import { readCertificates, readEvidence } from './stored.ts';

export interface ExtendOptions {
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  /** Where states of certificates are asked. */
  readonly fetch: RevocationFetch;
  /** With it the file is closed by a document timestamp (B-LTA), without it by its validation data (B-LT). */
  readonly timestamps?: TimestampSource;
  /** CRLs by URL, kept by the caller between files. */
  readonly crlCache?: Map<string, CertificateList>;
}

export interface ExtendedPdf {
  readonly pdf: Uint8Array;
  /** What the least of its signatures has reached. */
  readonly level: SignatureLevel;
  /** What could not be had, in words; empty when the file stands by itself. */
  readonly missing: readonly Finding[];
  /** What did not answer; for a log. */
  readonly failures: readonly string[];
}

/** A certificate whose evidence belongs to a signature. */
interface Wanted {
  readonly certificate: Certificate;
  readonly candidates: readonly Certificate[];
  readonly purpose: Extract<TrustPurpose, 'signing' | 'timestamping'>;
  readonly at: Date;
}

interface WantedOfSignature {
  readonly field: string;
  readonly contents: Uint8Array;
  readonly timestamped: boolean;
  readonly wanted: readonly Wanted[];
}

/**
 * Brings a signed PDF to long-term level (ETSI EN 319 142-1 §5.4, §6.3): the certificates of every signature and
 * timestamp, with OCSP answers and CRLs, go into its document security store, and with `timestamps` a document
 * timestamp closes it. On a file that has one already this is the renewal: the evidence of the previous document
 * timestamp is taken in, then a new one is made. Everything is appended; no signed byte changes.
 * @throws PadesError `nothing-signed`; PdfError as `openPdf`; SigningError of the timestamp source
 */
export async function extendPdf(pdf: Uint8Array, options: ExtendOptions): Promise<ExtendedPdf> {
  const file = openPdf(pdf);
  const signatures = wantedOf(file, options.now);
  if (signatures.length === 0) throw new PadesError('nothing-signed');
  const store = readSecurityStore(file);
  // Grows as it is gathered: timestamps of one authority share their evidence.
  let known = readEvidence(store);
  const shared = readCertificates(store);
  const crlCache = options.crlCache ?? new Map<string, CertificateList>();
  const data: SignatureValidationData[] = [];
  const missing: Finding[] = [];
  const failures: string[] = [];
  for (const { field, contents, wanted } of signatures) {
    const gathered: GatheredEvidence[] = [];
    for (const one of wanted) {
      const candidates = [...one.candidates, ...shared];
      const { anchors, now, fetch } = options;
      const found = await gatherEvidence({ ...one, candidates, anchors, now, fetch, known, crlCache });
      if (!found.complete) missing.push(missingEvidence(field));
      failures.push(...found.failures);
      known = {
        crls: [...new Set([...known.crls, ...found.crls])],
        ocspResponses: [...new Set([...known.ocspResponses, ...found.ocspResponses])],
      };
      gathered.push(found);
    }
    data.push({
      contents,
      certificates: gathered.flatMap((one) => one.certificates.map(({ der }) => der)),
      crls: gathered.flatMap((one) => one.crls.map(({ der }) => der)),
      ocspResponses: gathered.flatMap((one) => one.ocspResponses.map(({ der }) => der)),
    });
  }
  let out = addToSecurityStore(pdf, data);
  if (options.timestamps !== undefined) out = await timestampPdf(out, options.timestamps);
  return { pdf: out, level: levelOf(signatures, missing, options), missing: unique(missing), failures };
}

function levelOf(
  signatures: readonly WantedOfSignature[],
  missing: readonly Finding[],
  { timestamps }: ExtendOptions,
): SignatureLevel {
  if (missing.length > 0) return signatures.every((one) => one.timestamped) ? 'B-T' : 'B-B';
  if (timestamps !== undefined) return 'B-LTA';
  return signatures.every((one) => one.timestamped) ? 'B-LT' : 'B-B';
}

const unique = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((one) => [one.vi, one])).values(),
];

const missingEvidence = (field: string): Finding => ({
  code: 'evidence-missing',
  vi: `chưa lấy được đủ bằng chứng về chứng thư của chữ ký "${field}"`,
  en: `the evidence for the certificates of the signature "${field}" could not be gathered in full`,
});

/** Every sound signature with the certificates whose evidence it needs, oldest first. */
function wantedOf(file: PdfFile, now: Date): WantedOfSignature[] {
  const containers = formFields(documentAt(file))
    .filter((field) => field.type === 'Sig' && field.value !== null)
    .map((field) => readContainer(file, field))
    .filter((container) => container.problems.length === 0)
    .sort((left, right) => (left.revision ?? 0) - (right.revision ?? 0));
  const found: WantedOfSignature[] = [];
  // What is stamped later must have been good when the later stamp was made.
  let later = now;
  for (const container of containers.toReversed()) {
    const token = container.subFilter === 'ETSI.RFC3161' ? documentToken(container) : undefined;
    const wanted = token === undefined ? signatureWants(container, later) : tokenWants(token, later);
    const contents = container.dict.entries.get('Contents');
    if (wanted === undefined || !isKind(contents, 'string')) continue;
    found.push({ field: container.field.name, contents: contents.bytes, ...wanted });
    if (token !== undefined && token.info.time < later) later = token.info.time;
  }
  return found.toReversed();
}

type Wants = Pick<WantedOfSignature, 'timestamped' | 'wanted'>;

function documentToken(container: SignatureContainer): TimestampToken | undefined {
  try {
    return readTimestampToken(container.cms);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function tokenWants(token: TimestampToken, at: Date): Wants | undefined {
  const { certificate } = verifyTimestampToken(token, () => token.info.messageImprint);
  if (certificate === undefined) return undefined;
  return {
    timestamped: true,
    wanted: [{ certificate, candidates: token.data.certificates, purpose: 'timestamping', at }],
  };
}

function signatureWants(container: SignatureContainer, later: Date): Wants | undefined {
  try {
    const data = readSignedData(container.cms);
    const [signer] = data.signers;
    if (signer === undefined) return undefined;
    const { valid, certificate } = verifySigner(data, signer, { digest: container.digest });
    if (!valid || certificate === undefined) return undefined;
    const [der] = signatureTimestamps(signer);
    const token = der === undefined ? undefined : readTimestampToken(der);
    const stamp = token && verifyTimestampToken(token, digestOfBytes(signer.signature), data.certificates);
    const stamped = stamp?.valid === true ? tokenWants(token as TimestampToken, later) : undefined;
    const at = stamped === undefined || stamp === undefined || stamp.time > later ? later : stamp.time;
    const carried = cmsEvidence(data, signer).certificates;
    const candidates = [...data.certificates, ...readCertificates({ certificates: carried.map(bare) })];
    return {
      timestamped: stamped !== undefined,
      wanted: [{ certificate, candidates, purpose: 'signing', at }, ...(stamped?.wanted ?? [])],
    };
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

const bare = (der: Uint8Array): { readonly der: Uint8Array } => ({ der });
