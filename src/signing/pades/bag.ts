import { Asn1Error, children, readAsn1, tags } from '#formats/asn1';
import { fingerprint, publicKeyOf, sameName, type Certificate } from '#formats/x509';
import { verifyLink } from '../path/links.ts';

/** More certificates than any honest signature carries. */
const maxCertificates = 64;

/**
 * Whether every certificate that a signature carries is genuine: a known one, or signed by another that is at hand.
 * The bag of certificates is not signed, so a byte changed in it would otherwise go unnoticed.
 * @param anchors trusted certificates, compared byte for byte and asked for as issuers
 */
export function isGenuineBag(bag: readonly Certificate[], anchors: readonly Certificate[]): boolean {
  if (bag.length > maxCertificates) return false;
  const known = new Set(anchors.map((anchor) => fingerprint(anchor)));
  const issuers = [...anchors, ...bag];
  return bag.every(
    (certificate) =>
      known.has(fingerprint(certificate)) ||
      issuers.some((issuer) => sameName(issuer.subject, certificate.issuer) && signed(certificate, issuer)),
  );
}

function signed(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return verifyLink(certificate, publicKeyOf(issuer));
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/**
 * Whether a SignedData carries X.509 certificates only, as ETSI EN 319 142-1 asks: anything of another tag would
 * be passed over by readers.
 */
export function holdsOnlyCertificates(cms: Uint8Array): boolean {
  const [, wrapped] = children(readAsn1(cms));
  const [data] = wrapped === undefined ? [] : children(wrapped);
  const bag = (data === undefined ? [] : children(data)).find((item) => item.tag === 0xa0);
  return bag === undefined || children(bag).every((item) => item.tag === tags.sequence);
}
