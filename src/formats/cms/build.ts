import {
  Asn1Error,
  derExplicit,
  derInteger,
  derOctets,
  derOid,
  derRetag,
  derSequence,
  derSetOf,
  derTime,
  encode,
  tags,
} from '#formats/asn1';
import {
  defaultSignatureAlgorithm,
  derDigestAlgorithm,
  derIssuerAndSerial,
  derSignatureAlgorithm,
  digestOfSignature,
  publicKeyOf,
  type Certificate,
  type DigestAlgorithm,
  type SignatureAlgorithm,
} from '#formats/x509';
import { derSigningCertificateV2 } from './essCertificate.ts';
import { cmsOids } from './read.ts';

export interface SignedAttributesInput {
  /** Digest of the content with `digestAlgorithm`. */
  readonly digest: Uint8Array;
  /** Must be the digest of the signature algorithm; for Ed25519 SHA-512 is asked for (RFC 8419 §3.1). */
  readonly digestAlgorithm?: DigestAlgorithm;
  readonly signingCertificate: Certificate;
  /** Default: what the certificate's key signs with, with `digestAlgorithm` if given. */
  readonly signatureAlgorithm?: SignatureAlgorithm;
  /** Default id-data. */
  readonly contentType?: string;
  /** Left out of PAdES signatures, where /M of the dictionary says it (ETSI EN 319 142-1 §6.3). */
  readonly signingTime?: Date;
  /** Further attributes: type and DER of the one value. */
  readonly extra?: readonly { readonly oid: string; readonly value: Uint8Array }[];
}

export interface CompleteInput {
  /** Certificates to put into the structure; the signing certificate is put first whether listed or not. */
  readonly certificates?: readonly Certificate[];
  /** DER of a time-stamp token over the signature octets. */
  readonly timestampToken?: Uint8Array;
  /** Encapsulated content; absent for a detached signature. */
  readonly content?: Uint8Array;
  /** DER of CRLs. */
  readonly crls?: readonly Uint8Array[];
  /** DER of OCSPResponse structures (RFC 5940). */
  readonly ocspResponses?: readonly Uint8Array[];
}

/** Between the phases of a signature: what is to be signed, and how the signature becomes a CMS. */
export interface PreparedSignature {
  /** Octets to sign (not a digest of them): the signed attributes under the tag SET. */
  readonly tbs: Buffer;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** DER of ContentInfo with SignedData. */
  complete(signature: Uint8Array, input?: CompleteInput): Buffer;
}

const attribute = (oid: string, ...values: readonly Uint8Array[]): Buffer =>
  derSequence(derOid(oid), derSetOf(values));

/** The digest that belongs to the signature algorithm. */
export function digestFor(algorithm: SignatureAlgorithm): DigestAlgorithm {
  return digestOfSignature(algorithm) as DigestAlgorithm;
}

/** The key's own kind of signature, with the digest asked for. */
function algorithmWith(certificate: Certificate, digest: DigestAlgorithm | undefined): SignatureAlgorithm {
  const own = defaultSignatureAlgorithm(publicKeyOf(certificate));
  if (own === 'ed25519' || !digest) return own;
  return `${own.slice(0, own.lastIndexOf('-')) as 'rsa' | 'rsa-pss' | 'ecdsa'}-${digest}`;
}

/**
 * First phase of a CMS signature (RFC 5652 §5.3, CAdES baseline): builds the attributes that the signer's key signs.
 * The key may be anywhere; nothing is kept here between the phases.
 */
export function prepareSignedAttributes(input: SignedAttributesInput): PreparedSignature {
  const certificate = input.signingCertificate;
  const algorithm = input.signatureAlgorithm ?? algorithmWith(certificate, input.digestAlgorithm);
  const digest = input.digestAlgorithm ?? digestFor(algorithm);
  if (algorithm !== 'ed25519' && digest !== digestFor(algorithm))
    throw new Asn1Error('bad-value', `content digested with ${digest}, signed with ${algorithm}`);
  const contentType = input.contentType ?? cmsOids.data;
  const tbs = derSetOf([
    attribute(cmsOids.contentType, derOid(contentType)),
    attribute(cmsOids.messageDigest, derOctets(input.digest)),
    attribute(cmsOids.signingCertificateV2, derSigningCertificateV2(certificate, digest)),
    ...(input.signingTime ? [attribute(cmsOids.signingTime, derTime(input.signingTime))] : []),
    ...(input.extra ?? []).map(({ oid, value }) => attribute(oid, value)),
  ]);
  return {
    tbs,
    signatureAlgorithm: algorithm,
    complete(signature, completion = {}) {
      const token = completion.timestampToken;
      const signerInfo = derSequence(
        derInteger(1),
        derIssuerAndSerial(certificate),
        derDigestAlgorithm(digest),
        derRetag(0xa0, tbs),
        derSignatureAlgorithm(algorithm),
        derOctets(signature),
        ...(token ? [encode(0xa1, attribute(cmsOids.signatureTimeStampToken, token))] : []),
      );
      return wrap(certificate, derDigestAlgorithm(digest), contentType, completion, signerInfo);
    },
  };
}

function wrap(
  certificate: Certificate,
  digest: Buffer,
  contentType: string,
  input: CompleteInput,
  signerInfo: Buffer,
): Buffer {
  const others = (input.certificates ?? []).filter((other) => !other.der.equals(certificate.der));
  const certificates = [certificate, ...others].map((each) => each.der);
  const content = input.content ? [derExplicit(0, derOctets(input.content))] : [];
  const answers = (input.ocspResponses ?? []).map((der) =>
    encode(0xa1, derOid(cmsOids.ocspResponseForm), der),
  );
  const states = [...(input.crls ?? []), ...answers];
  const crls = states.length > 0 ? [derSetOf(states, 0xa1)] : [];
  const plain = contentType === cmsOids.data ? 1 : 3;
  return derSequence(
    derOid(cmsOids.signedData),
    derExplicit(
      0,
      derSequence(
        // RFC 5652 §5.1: revocation information of another format makes it version 5.
        derInteger(answers.length > 0 ? 5 : plain),
        encode(tags.set, digest),
        derSequence(derOid(contentType), ...content),
        derSetOf(certificates, 0xa0),
        ...crls,
        encode(tags.set, signerInfo),
      ),
    ),
  );
}
