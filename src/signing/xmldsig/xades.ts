import { createHash } from 'node:crypto';
import type { XmlElement } from 'libxml2-wasm';
import type { Certificate, ReadableDigest } from '#formats/x509';
import { dsNamespace } from './algorithms.ts';
import { canonicalize } from './canonical.ts';
import { attributeOf, elementsOf, isNamed, strictBase64, strictElements, strictText } from './document.ts';
import { XmlSignatureFault } from './errors.ts';
import { xmlSignatureLimits } from './limits.ts';
import { certificateOf, readCanonicalizer, readDigestMethod, type XmlSignature } from './read.ts';

export const xadesNamespace = 'http://uri.etsi.org/01903/v1.3.2#';
/** Type of the reference to SignedProperties (EN 319 132-1 §4.4.2). */
export const signedPropertiesType = 'http://uri.etsi.org/01903#SignedProperties';

/** What a XAdES signature says of itself (EN 319 132-1 §5). */
export interface XadesProperties {
  /** Id of SignedProperties. */
  readonly id: string;
  readonly signingTime: Date | undefined;
  /** Digest of the signing certificate; undefined when the signature does not name it. */
  readonly signingCertificate: { readonly digest: ReadableDigest; readonly value: Buffer } | undefined;
  /** MIME types by the Id of the reference. */
  readonly formats: ReadonlyMap<string, string>;
  /** Time-stamp tokens with the octets that each stamps. */
  readonly timestamps: readonly XadesTimestamp[];
  /** CertificateValues, and those of timestamps. */
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Buffer[];
  readonly ocspResponses: readonly Buffer[];
  /** Unsigned properties that are not known here. */
  readonly unknown: readonly string[];
}

export interface XadesTimestamp {
  readonly token: Buffer;
  /** Canonical SignatureValue element (EN 319 132-1 §5.3). */
  readonly stamped: Buffer;
}

const child = (parent: XmlElement | undefined, name: string): XmlElement | undefined => {
  const found =
    parent === undefined ? [] : elementsOf(parent).filter((one) => isNamed(one, xadesNamespace, name));
  if (found.length > 1) throw new XmlSignatureFault('structure', `two ${name}`);
  return found[0];
};

/**
 * The qualifying properties of a signature; undefined when it has none.
 * @throws XmlSignatureFault when there are several, or they belong to another signature
 */
export function readQualifyingProperties(signature: XmlSignature): XadesProperties | undefined {
  const found = signature.objects
    .flatMap((object) => elementsOf(object))
    .filter((one) => isNamed(one, xadesNamespace, 'QualifyingProperties'));
  const [properties, ...more] = found;
  if (properties === undefined) return undefined;
  if (more.length > 0) throw new XmlSignatureFault('structure', 'two QualifyingProperties');
  if (signature.id === undefined || attributeOf(properties, 'Target') !== `#${signature.id}`)
    throw new XmlSignatureFault('structure', 'Target of QualifyingProperties');
  const signed = child(properties, 'SignedProperties');
  const id = signed && attributeOf(signed, 'Id');
  if (signed === undefined || id === undefined)
    throw new XmlSignatureFault('signed-properties-unsigned', 'none');
  const ofSignature = child(signed, 'SignedSignatureProperties');
  const time = child(ofSignature, 'SigningTime');
  return {
    id,
    signingTime: time && dateOf(strictText(time)),
    signingCertificate: readSigningCertificate(ofSignature),
    formats: readFormats(child(signed, 'SignedDataObjectProperties')),
    ...readUnsigned(child(child(properties, 'UnsignedProperties'), 'UnsignedSignatureProperties'), signature),
  };
}

function dateOf(text: string): Date {
  const time = text.trim();
  const date = new Date(time);
  if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(time) ||
    Number.isNaN(date.getTime())
  )
    throw new XmlSignatureFault('structure', 'SigningTime');
  return date;
}

/** The first certificate of SigningCertificateV2, or of the older SigningCertificate. */
function readSigningCertificate(parent: XmlElement | undefined): XadesProperties['signingCertificate'] {
  const list = child(parent, 'SigningCertificateV2') ?? child(parent, 'SigningCertificate');
  if (list === undefined) return undefined;
  const [first] = strictElements(list);
  const digest = child(first, 'CertDigest');
  const [method, value] = digest === undefined ? [] : strictElements(digest);
  if (
    !method ||
    !value ||
    !isNamed(method, dsNamespace, 'DigestMethod') ||
    !isNamed(value, dsNamespace, 'DigestValue')
  )
    throw new XmlSignatureFault('structure', 'CertDigest');
  return { digest: readDigestMethod(method), value: strictBase64(value) };
}

/** The certificate among several that the signature names; without a name, none is wrong. */
export function signingCertificateOf(
  { signingCertificate }: XadesProperties,
  candidates: readonly Certificate[],
): Certificate | undefined {
  if (signingCertificate === undefined) return undefined;
  const { digest, value } = signingCertificate;
  return candidates.find(({ der }) => createHash(digest).update(der).digest().equals(value));
}

function readFormats(parent: XmlElement | undefined): ReadonlyMap<string, string> {
  const formats = new Map<string, string>();
  for (const format of parent === undefined ? [] : elementsOf(parent)) {
    const reference = attributeOf(format, 'ObjectReference');
    const type = child(format, 'MimeType');
    if (reference?.startsWith('#') && type) formats.set(reference.slice(1), strictText(type));
  }
  return formats;
}

const known = new Set([
  'SignatureTimeStamp',
  'CertificateValues',
  'RevocationValues',
  'TimeStampValidationData',
]);

function readUnsigned(
  parent: XmlElement | undefined,
  signature: XmlSignature,
): Pick<XadesProperties, 'timestamps' | 'certificates' | 'crls' | 'ocspResponses' | 'unknown'> {
  const properties = parent === undefined ? [] : strictElements(parent);
  const named = (name: string): XmlElement[] => properties.filter((one) => one.name === name);
  const below = (elements: readonly XmlElement[], name: string): XmlElement[] =>
    elements.flatMap((one) => elementsOf(one)).filter((one) => one.name === name);
  const extra = named('TimeStampValidationData');
  const values = (list: string, item: string): XmlElement[] =>
    below([...named(list), ...below(extra, list)], item);
  const revocation = [...named('RevocationValues'), ...below(extra, 'RevocationValues')];
  const certificates = values('CertificateValues', 'EncapsulatedX509Certificate');
  if (certificates.length > xmlSignatureLimits.certificates)
    throw new XmlSignatureFault('structure', 'too many certificates');
  return {
    timestamps: named('SignatureTimeStamp').map((one) => readTimestamp(one, signature)),
    certificates: certificates.map((one) => certificateOf(strictBase64(one))),
    crls: below(below(revocation, 'CRLValues'), 'EncapsulatedCRLValue').map(strictBase64),
    ocspResponses: below(below(revocation, 'OCSPValues'), 'EncapsulatedOCSPValue').map(strictBase64),
    unknown: properties.filter(({ name }) => !known.has(name)).map(({ name }) => name),
  };
}

function readTimestamp(element: XmlElement, signature: XmlSignature): XadesTimestamp {
  const parts = strictElements(element);
  const method = parts.find((one) => isNamed(one, dsNamespace, 'CanonicalizationMethod'));
  const token = parts.find((one) => isNamed(one, xadesNamespace, 'EncapsulatedTimeStamp'));
  if (token === undefined || parts.length !== (method === undefined ? 1 : 2))
    throw new XmlSignatureFault('structure', 'SignatureTimeStamp');
  const chosen = method === undefined ? undefined : readCanonicalizer(method);
  return {
    token: strictBase64(token),
    stamped: canonicalize(
      signature.signatureValueElement,
      chosen ?? { method: 'c14n-1.0', comments: false },
      chosen?.prefixes,
    ),
  };
}
