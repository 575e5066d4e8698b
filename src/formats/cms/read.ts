import {
  Asn1Error,
  children,
  cursor,
  integerBytes,
  isDer,
  octetsOf,
  oidOf,
  only,
  rawBytes,
  readAsn1,
  readAsn1Prefix,
  sequence,
  smallInteger,
  tags,
  type Asn1,
  type Asn1Limits,
} from '#formats/asn1';
import {
  sharedCertificate,
  readAlgorithm,
  readName,
  type AlgorithmIdentifier,
  type Certificate,
  type Name,
} from '#formats/x509';

export const cmsOids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  signatureTimeStampToken: '1.2.840.113549.1.9.16.2.14',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  /** Adobe's revocation archive: [0] CRLs, [1] OCSP responses. */
  adobeRevocation: '1.2.840.113583.1.1.8',
  /** id-aa-ets-certValues and id-aa-ets-revocationValues (ETSI EN 319 122-1 annex A). */
  certificateValues: '1.2.840.113549.1.9.16.2.23',
  revocationValues: '1.2.840.113549.1.9.16.2.24',
  ocspResponseForm: '1.3.6.1.5.5.7.16.2',
} as const;

export interface CmsAttribute {
  readonly oid: string;
  readonly values: readonly Asn1[];
}

export interface CmsAttributes {
  /** The attributes under the tag SET, the bytes that are signed (RFC 5652 §5.4): as they stood, never re-encoded. */
  readonly signedBytes: Buffer;
  readonly list: readonly CmsAttribute[];
  /** Whether they stood in DER; signers must write them so, and some do not. */
  readonly der: boolean;
}

export type SignerIdentifier =
  | { readonly type: 'issuerAndSerial'; readonly issuer: Name; readonly serialNumber: Buffer }
  | { readonly type: 'subjectKeyIdentifier'; readonly keyIdentifier: Buffer };

export interface SignerInfo {
  readonly version: number;
  readonly identifier: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  readonly signedAttributes: CmsAttributes | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
  readonly unsignedAttributes: readonly CmsAttribute[];
}

export interface SignedData {
  readonly version: number;
  readonly digestAlgorithms: readonly AlgorithmIdentifier[];
  readonly contentType: string;
  /** The encapsulated content, or undefined when the signature is detached. */
  readonly content: Buffer | undefined;
  /** X.509 certificates, read on first use; attribute certificates are left out. @throws Asn1Error */
  readonly certificates: readonly Certificate[];
  /** How many certificates there are, without reading them. */
  readonly certificateCount: number;
  /** DER of the CRLs. */
  readonly crls: readonly Buffer[];
  /** DER of OCSPResponse structures (RFC 5940). */
  readonly ocspResponses: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
  /** Bytes of the ContentInfo. */
  readonly length: number;
}

export interface ReadSignedDataOptions {
  readonly limits?: Partial<Asn1Limits>;
  /** Zero octets may follow, as in the /Contents of a PDF; anything else behind the structure is refused. */
  readonly zeroPadded?: boolean;
}

/** Certificates in one structure: an honest one has a chain or three. */
const certificateLimit = 1000;

const defaultLimits: Partial<Asn1Limits> = { bytes: 16 * 2 ** 20, elements: 200_000 };

/**
 * Reads ContentInfo with SignedData (RFC 5652 §5), in BER or DER, without changing a byte.
 * @throws Asn1Error and nothing else
 */
export function readSignedData(bytes: Uint8Array, options: ReadSignedDataOptions = {}): SignedData {
  const limits = { ...defaultLimits, ...options.limits };
  const root = options.zeroPadded ? readAsn1Prefix(bytes, { limits }) : readAsn1(bytes, { limits });
  if (bytes.subarray(root.end).some((octet) => octet !== 0))
    throw new Asn1Error('trailing-bytes', `from ${root.end}`);
  const info = cursor(sequence(root, 'ContentInfo'));
  const type = oidOf(info.next('contentType'));
  if (type !== cmsOids.signedData) throw new Asn1Error('unexpected-element', `content type ${type}`);
  const wrapped = info.next('content', 0xa0);
  info.end('ContentInfo');
  const items = cursor(sequence(only(wrapped, 'content'), 'SignedData'));
  const version = smallInteger(items.next('version'));
  const digests = children(items.next('digestAlgorithms', tags.set)).map(readAlgorithm);
  const encapsulated = cursor(sequence(items.next('encapContentInfo'), 'EncapsulatedContentInfo'));
  const contentType = oidOf(encapsulated.next('eContentType'));
  const contentTag = encapsulated.optional(0xa0);
  encapsulated.end('EncapsulatedContentInfo');
  const certificateList = items.optional(0xa0);
  const crlList = items.optional(0xa1);
  const signers = children(items.next('signerInfos', tags.set));
  items.end('SignedData');
  const x509 = (certificateList ? children(certificateList) : []).filter((kid) => kid.tag === tags.sequence);
  if (x509.length > certificateLimit) throw new Asn1Error('too-many-elements', `${x509.length} certificates`);
  let certificates: readonly Certificate[] | undefined;
  return {
    version,
    digestAlgorithms: digests,
    contentType,
    content: contentTag && octetsOf(only(contentTag, 'eContent')),
    certificateCount: x509.length,
    get certificates() {
      certificates ??= x509.map(sharedCertificate);
      return certificates;
    },
    ...readRevocation(crlList ? children(crlList) : []),
    signers: signers.map(readSignerInfo),
    length: root.end,
  };
}

function readRevocation(choices: readonly Asn1[]): Pick<SignedData, 'crls' | 'ocspResponses'> {
  const crls: Buffer[] = [];
  const ocspResponses: Buffer[] = [];
  for (const choice of choices) {
    if (choice.tag === tags.sequence) crls.push(rawBytes(choice));
    else if (choice.tag === 0xa1) {
      const [format, value] = children(choice);
      if (format && value && oidOf(format) === cmsOids.ocspResponseForm) ocspResponses.push(rawBytes(value));
    }
  }
  return { crls, ocspResponses };
}

function readSignerInfo(element: Asn1): SignerInfo {
  const items = cursor(sequence(element, 'SignerInfo'));
  const version = smallInteger(items.next('version'));
  const identifier = readIdentifier(items.next('sid'));
  const digestAlgorithm = readAlgorithm(items.next('digestAlgorithm'));
  const signed = items.optional(0xa0);
  const signatureAlgorithm = readAlgorithm(items.next('signatureAlgorithm'));
  const signature = octetsOf(items.next('signature'));
  const unsigned = items.optional(0xa1);
  items.end('SignerInfo');
  return {
    version,
    identifier,
    digestAlgorithm,
    signedAttributes: signed && readSignedAttributes(signed),
    signatureAlgorithm,
    signature,
    unsignedAttributes: unsigned ? readAttributes(unsigned) : [],
  };
}

function readIdentifier(element: Asn1): SignerIdentifier {
  if (element.tag === 0x80) return { type: 'subjectKeyIdentifier', keyIdentifier: octetsOf(element, 0x80) };
  const items = cursor(sequence(element, 'IssuerAndSerialNumber'));
  const issuer = readName(items.next('issuer'));
  const serialNumber = integerBytes(items.next('serialNumber'));
  items.end('IssuerAndSerialNumber');
  return { type: 'issuerAndSerial', issuer, serialNumber };
}

function readAttributes(element: Asn1): readonly CmsAttribute[] {
  return children(element).map((entry) => {
    const items = cursor(sequence(entry, 'Attribute'));
    const oid = oidOf(items.next('attrType'));
    const values = children(items.next('attrValues', tags.set));
    items.end('Attribute');
    return { oid, values };
  });
}

/** [0] IMPLICIT SET OF Attribute, re-tagged as SET: only the tag changes, whatever the encoding below it. */
function readSignedAttributes(element: Asn1): CmsAttributes {
  const signedBytes = Buffer.from(rawBytes(element));
  signedBytes[0] = tags.set;
  return { signedBytes, list: readAttributes(element), der: isDer(readAsn1(signedBytes)) };
}

/**
 * The one value of an attribute that may occur once.
 * @throws Asn1Error `bad-value` when it occurs twice or has not exactly one value (RFC 5652 §11)
 */
export function singleAttribute(list: readonly CmsAttribute[], oid: string): Asn1 | undefined {
  const found = list.filter((attribute) => attribute.oid === oid);
  if (found.length === 0) return undefined;
  const [value, ...more] = found[0]?.values ?? [];
  if (found.length > 1 || value === undefined || more.length > 0)
    throw new Asn1Error('bad-value', `attribute ${oid} more than once`);
  return value;
}

/** DER of the time-stamp tokens over the signature (RFC 3161 appendix A), in order. */
export function signatureTimestamps(signer: SignerInfo): readonly Buffer[] {
  return signer.unsignedAttributes
    .filter(({ oid }) => oid === cmsOids.signatureTimeStampToken)
    .flatMap(({ values }) => values.map(rawBytes));
}
