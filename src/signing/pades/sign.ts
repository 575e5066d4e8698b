import { createHash } from 'node:crypto';
import { digestFor, prepareSignedAttributes } from '#formats/cms';
import type { Certificate, SignatureAlgorithm } from '#formats/x509';
import { signerCertificate, type Signer } from '../signer.ts';
import type { TimestampSource } from '../tsp.ts';
import {
  completePdfSignature,
  preparePdfSignature,
  type PdfSignatureOptions,
  type PreparedPdfSignature,
} from './prepare.ts';

/** Between the phases when the key is elsewhere: octets to sign, and how the signature becomes the signed file. */
export interface PadesSession {
  /** Octets to sign, not a digest of them. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly prepared: Omit<PreparedPdfSignature, 'digestAlgorithm'>;
  /** @throws PadesError `signature-too-large` */
  complete(signature: Uint8Array, timestampToken?: Uint8Array): Uint8Array;
}

/**
 * First phase of a PAdES baseline signature with any key (ETSI EN 319 142-1 §6: CMS with ESS
 * signing-certificate-v2, no signing-time attribute).
 * @param chain the signing certificate first
 * @throws PadesError, PdfError
 */
export function preparePades(
  pdf: Uint8Array,
  options: Omit<PdfSignatureOptions, 'digestAlgorithm'>,
  chain: readonly Certificate[],
  algorithm: SignatureAlgorithm,
): PadesSession {
  const digestAlgorithm = digestFor(algorithm);
  return resumePades(preparePdfSignature(pdf, { ...options, digestAlgorithm }), chain, algorithm);
}

/**
 * Continues a session from what `preparePades` left: everything else follows from certificate and algorithm.
 * @param prepared as it came, kept in between or not
 * @param once the session is completed at most once, and may write into `prepared`
 */
export function resumePades(
  prepared: Omit<PreparedPdfSignature, 'digestAlgorithm'>,
  chain: readonly Certificate[],
  algorithm: SignatureAlgorithm,
  once = false,
): PadesSession {
  const digestAlgorithm = digestFor(algorithm);
  const cms = prepareSignedAttributes({
    digest: prepared.digest,
    digestAlgorithm,
    signingCertificate: chain[0] as Certificate,
    signatureAlgorithm: algorithm,
  });
  return {
    tbs: cms.tbs,
    signatureAlgorithm: algorithm,
    prepared,
    complete: (signature, timestampToken) =>
      completePdfSignature(
        prepared,
        cms.complete(signature, {
          certificates: chain,
          ...(timestampToken === undefined ? {} : { timestampToken }),
        }),
        once,
      ),
  };
}

export interface SignPdfOptions extends Omit<PdfSignatureOptions, 'digestAlgorithm'> {
  readonly signer: Signer;
  /** With it the signature is B-T, without it B-B. */
  readonly timestamp?: TimestampSource;
}

/**
 * Signs a reserved field: PAdES B-B, or B-T with a timestamp over the signature.
 * @throws PadesError, PdfError, SigningError of the timestamp source
 */
export async function signPdf(pdf: Uint8Array, options: SignPdfOptions): Promise<Uint8Array> {
  const { signer, timestamp, ...rest } = options;
  signerCertificate(signer);
  const digestAlgorithm = digestFor(signer.algorithm);
  const prepared = preparePdfSignature(pdf, { ...rest, digestAlgorithm });
  const session = resumePades(prepared, signer.certificateChain, signer.algorithm, true);
  const signature = await signer.sign(session.tbs);
  const token = await timestamp?.timestamp(createHash('sha256').update(signature).digest(), 'sha256');
  return session.complete(signature, token);
}
