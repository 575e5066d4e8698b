import { createHash } from 'node:crypto';
import {
  cursor,
  derOctets,
  derSequence,
  integerBytes,
  octetsOf,
  sequence,
  tags,
  type Asn1,
} from '#formats/asn1';
import {
  derDigestAlgorithm,
  derSerial,
  digestOf,
  readAlgorithm,
  readGeneralNames,
  type Certificate,
  type DigestAlgorithm,
  type ReadableDigest,
} from '#formats/x509';
import { derExplicit } from '#formats/asn1';

/** What an ESS attribute says of the signing certificate. */
export interface EssCertificate {
  readonly digest: ReadableDigest | undefined;
  readonly hash: Buffer;
  readonly serialNumber: Buffer | undefined;
  /** DER of the issuer's names when there is exactly one directoryName. */
  readonly issuer: Buffer | undefined;
}

/** SigningCertificateV2 (RFC 5035): hash and issuerSerial; SHA-256 is the default and therefore left out. */
export function derSigningCertificateV2(certificate: Certificate, digest: DigestAlgorithm): Buffer {
  const issuerSerial = derSequence(
    derSequence(derExplicit(4, certificate.issuer.der)),
    derSerial(certificate),
  );
  return derSequence(
    derSequence(
      derSequence(
        ...(digest === 'sha256' ? [] : [derDigestAlgorithm(digest)]),
        derOctets(createHash(digest).update(certificate.der).digest()),
        issuerSerial,
      ),
    ),
  );
}

/** First ESSCertID or ESSCertIDv2: the signing certificate itself. @throws Asn1Error */
export function readSigningCertificate(value: Asn1, version: 1 | 2): EssCertificate {
  const certs = cursor(sequence(value, 'SigningCertificate')).next('certs');
  const first = cursor(sequence(certs, 'certs')).next('ESSCertID');
  const items = cursor(sequence(first, 'ESSCertID'));
  const algorithm = version === 2 ? items.optional(tags.sequence) : undefined;
  const hash = octetsOf(items.next('certHash'));
  const issuerSerial = items.optional(tags.sequence);
  items.end('ESSCertID');
  const implied = version === 1 ? 'sha1' : 'sha256';
  const digest = algorithm ? digestOf(readAlgorithm(algorithm)) : implied;
  if (!issuerSerial) return { digest, hash, serialNumber: undefined, issuer: undefined };
  const parts = cursor(sequence(issuerSerial, 'IssuerSerial'));
  const names = readGeneralNames(parts.next('issuer', tags.sequence));
  const serialNumber = integerBytes(parts.next('serialNumber'));
  parts.end('IssuerSerial');
  const [name, ...more] = names;
  const issuer = name?.type === 'directory' && more.length === 0 ? name.name.der : undefined;
  return { digest, hash, serialNumber, issuer };
}

export function matchesEss(ess: EssCertificate, certificate: Certificate): boolean {
  if (!ess.digest) return false;
  if (!createHash(ess.digest).update(certificate.der).digest().equals(ess.hash)) return false;
  if (ess.serialNumber && !ess.serialNumber.equals(certificate.serialNumber)) return false;
  return ess.issuer === undefined || ess.issuer.equals(certificate.issuer.der);
}
