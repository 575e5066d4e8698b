import { createHash } from 'node:crypto';
import { Asn1Error, octetsOf, oidOf, timeOf } from '#formats/asn1';
import {
  digestOf,
  digestOfSignature,
  isWeakSignature,
  publicKeyOf,
  signatureAlgorithmOf,
  verifyBytes,
  type Certificate,
  type ReadableDigest,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import { matchesEss, readSigningCertificate } from './essCertificate.ts';
import { cmsOids, singleAttribute, type SignedData, type SignerInfo } from './read.ts';

/** Why a CMS signature does not hold. */
export type CmsProblem =
  | 'malformed'
  | 'unsupported-algorithm'
  | 'digest-algorithm-not-listed'
  | 'signer-certificate-missing'
  | 'content-missing'
  | 'content-type-mismatch'
  | 'message-digest-mismatch'
  | 'signing-certificate-mismatch'
  | 'wrong-signature';

/** What is not as the standards ask, though the signature holds. */
export type CmsWarning =
  | 'signed-attributes-not-der'
  | 'no-signed-attributes'
  | 'no-signing-certificate-attribute'
  | 'weak-algorithm'
  | 'weak-signing-certificate-attribute'
  | 'version-unexpected';

export interface SignerVerdict {
  /** Whether the signature is mathematically the certificate's over the content. Says nothing of trust. */
  readonly valid: boolean;
  readonly problems: readonly CmsProblem[];
  readonly warnings: readonly CmsWarning[];
  readonly certificate: Certificate | undefined;
  readonly digestAlgorithm: ReadableDigest | undefined;
  readonly signatureAlgorithm: ReadableSignatureAlgorithm | undefined;
  /** The signer's own claim; proves nothing. */
  readonly signingTime: Date | undefined;
}

/** Where the signed content is: encapsulated, at hand, or only as the digest of it (a PDF's byte ranges). */
export type DigestSource = (algorithm: ReadableDigest) => Uint8Array;

export interface VerifySignerOptions {
  /** Digest of the detached content. May be absent when the content is encapsulated. */
  readonly digest?: DigestSource;
  /** Certificates to look for the signer's in, besides those in the structure. */
  readonly certificates?: readonly Certificate[];
  /** Demands an ESS signing-certificate attribute, as CAdES and PAdES do. */
  readonly requireSigningCertificate?: boolean;
}

/**
 * Verifies one signer of a SignedData (RFC 5652 §5.4–5.6, RFC 5035).
 * Never throws on what stands in the structure: it comes back as a problem.
 */
export function verifySigner(
  data: SignedData,
  signer: SignerInfo,
  options: VerifySignerOptions = {},
): SignerVerdict {
  const warnings: CmsWarning[] = [];
  const digestAlgorithm = digestOf(signer.digestAlgorithm);
  const partial = {
    warnings,
    certificate: undefined,
    digestAlgorithm,
    signatureAlgorithm: undefined,
    signingTime: undefined,
  };
  try {
    return verifyWithin(data, signer, options, warnings);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return { valid: false, problems: ['malformed'], ...partial };
  }
}

function verifyWithin(
  data: SignedData,
  signer: SignerInfo,
  options: VerifySignerOptions,
  warnings: CmsWarning[],
): SignerVerdict {
  const problems: CmsProblem[] = [];
  const digestAlgorithm = digestOf(signer.digestAlgorithm);
  const signatureAlgorithm = signatureAlgorithmOf(signer.signatureAlgorithm, digestAlgorithm);
  const certificate = findSigner(signer, [...data.certificates, ...(options.certificates ?? [])]);
  const verdict = (signingTime?: Date): SignerVerdict => ({
    valid: problems.length === 0,
    problems,
    warnings,
    certificate,
    digestAlgorithm,
    signatureAlgorithm,
    signingTime,
  });
  if (!digestAlgorithm || !signatureAlgorithm) problems.push('unsupported-algorithm');
  else if (digestOfSignature(signatureAlgorithm) !== digestAlgorithm && signatureAlgorithm !== 'ed25519')
    problems.push('unsupported-algorithm');
  if (!certificate) problems.push('signer-certificate-missing');
  const content = contentDigest(data, options, digestAlgorithm);
  if (!content) problems.push('content-missing');
  if (!digestAlgorithm || !signatureAlgorithm || !certificate || !content) return verdict();
  if (!data.digestAlgorithms.some((listed) => digestOf(listed) === digestAlgorithm))
    problems.push('digest-algorithm-not-listed');
  if (isWeakSignature(signatureAlgorithm)) warnings.push('weak-algorithm');
  if (!versionsFit(data, signer)) warnings.push('version-unexpected');
  let signed: Uint8Array;
  if (signer.signedAttributes) {
    problems.push(...checkAttributes(data, signer, certificate, content, options, warnings));
    signed = signer.signedAttributes.signedBytes;
  } else {
    // RFC 5652 §5.4: without signed attributes the signature is over the content, which must be at hand.
    if (data.contentType !== cmsOids.data || options.requireSigningCertificate || !data.content) {
      problems.push('malformed');
      return verdict();
    }
    warnings.push('no-signed-attributes');
    signed = data.content;
  }
  if (
    problems.length === 0 &&
    !verifyBytes(signatureAlgorithm, publicKeyOf(certificate), signed, signer.signature)
  )
    problems.push('wrong-signature');
  const time = signer.signedAttributes && singleAttribute(signer.signedAttributes.list, cmsOids.signingTime);
  return verdict(time && timeOf(time));
}

function contentDigest(
  data: SignedData,
  options: VerifySignerOptions,
  digest: ReadableDigest | undefined,
): Buffer | undefined {
  if (!digest) return undefined;
  if (data.content) return createHash(digest).update(data.content).digest();
  return options.digest && Buffer.from(options.digest(digest));
}

/** RFC 5652 §5.1 and §5.3. */
function versionsFit(data: SignedData, signer: SignerInfo): boolean {
  const own = signer.identifier.type === 'issuerAndSerial' ? 1 : 3;
  if (signer.version !== own) return false;
  const plain = data.contentType === cmsOids.data && data.signers.every(({ version }) => version === 1);
  return data.version === (plain ? 1 : 3) || data.version === 4 || data.version === 5;
}

function checkAttributes(
  data: SignedData,
  signer: SignerInfo,
  certificate: Certificate,
  content: Buffer,
  options: VerifySignerOptions,
  warnings: CmsWarning[],
): CmsProblem[] {
  const problems: CmsProblem[] = [];
  const { list, der } = signer.signedAttributes as NonNullable<SignerInfo['signedAttributes']>;
  if (!der) warnings.push('signed-attributes-not-der');
  const contentType = singleAttribute(list, cmsOids.contentType);
  if (!contentType || oidOf(contentType) !== data.contentType) problems.push('content-type-mismatch');
  const digest = singleAttribute(list, cmsOids.messageDigest);
  if (!digest || !octetsOf(digest).equals(content)) problems.push('message-digest-mismatch');
  const second = singleAttribute(list, cmsOids.signingCertificateV2);
  const first = singleAttribute(list, cmsOids.signingCertificate);
  if (!second && !first) {
    if (options.requireSigningCertificate) problems.push('signing-certificate-mismatch');
    else warnings.push('no-signing-certificate-attribute');
  }
  if (first && !second) warnings.push('weak-signing-certificate-attribute');
  for (const [value, version] of [
    [second, 2],
    [first, 1],
  ] as const) {
    if (value && !matchesEss(readSigningCertificate(value, version), certificate))
      problems.push('signing-certificate-mismatch');
  }
  return problems;
}

/**
 * The certificate that a signer names. The issuer's name must be the same bytes: a name that was re-encoded is
 * the known defect of signers that break names with diacritics, and no honest signer needs the leniency.
 */
function findSigner(signer: SignerInfo, candidates: readonly Certificate[]): Certificate | undefined {
  const { identifier } = signer;
  if (identifier.type === 'subjectKeyIdentifier') {
    return candidates.find((candidate) =>
      candidate.extensions.subjectKeyIdentifier?.equals(identifier.keyIdentifier),
    );
  }
  return candidates.find(
    (candidate) =>
      candidate.serialNumber.equals(identifier.serialNumber) &&
      candidate.issuer.der.equals(identifier.issuer.der),
  );
}
