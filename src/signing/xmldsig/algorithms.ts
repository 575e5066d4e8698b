import {
  Asn1Error,
  cursor,
  derIntegerRaw,
  derSequence,
  integerBytes,
  readAsn1,
  sequence,
} from '#formats/asn1';
import type {
  DigestAlgorithm,
  ReadableDigest,
  ReadableSignatureAlgorithm,
  SignatureAlgorithm,
} from '#formats/x509';

/** Identifiers of XML Signature 1.1 §6 and RFC 9231. */
export const dsNamespace = 'http://www.w3.org/2000/09/xmldsig#';
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const more2007 = 'http://www.w3.org/2007/05/xmldsig-more#';
const xmlenc = 'http://www.w3.org/2001/04/xmlenc#';

export const digestUris: Readonly<Record<ReadableDigest, string>> = {
  sha1: `${dsNamespace}sha1`,
  sha224: `${more}sha224`,
  sha256: `${xmlenc}sha256`,
  sha384: `${more}sha384`,
  sha512: `${xmlenc}sha512`,
};

export const signatureUris: Readonly<Record<SignatureAlgorithm | 'rsa-sha1' | 'ecdsa-sha1', string>> = {
  'rsa-sha1': `${dsNamespace}rsa-sha1`,
  'rsa-sha256': `${more}rsa-sha256`,
  'rsa-sha384': `${more}rsa-sha384`,
  'rsa-sha512': `${more}rsa-sha512`,
  'rsa-pss-sha256': `${more2007}sha256-rsa-MGF1`,
  'rsa-pss-sha384': `${more2007}sha384-rsa-MGF1`,
  'rsa-pss-sha512': `${more2007}sha512-rsa-MGF1`,
  'ecdsa-sha1': `${more}ecdsa-sha1`,
  'ecdsa-sha256': `${more}ecdsa-sha256`,
  'ecdsa-sha384': `${more}ecdsa-sha384`,
  'ecdsa-sha512': `${more}ecdsa-sha512`,
  ed25519: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519',
};

const invert = <Key extends string>(table: Readonly<Record<Key, string>>): ReadonlyMap<string, Key> =>
  new Map(Object.entries(table).map(([name, uri]) => [uri as string, name as Key]));
const digests = invert(digestUris);
const signatures = invert(signatureUris);

export const digestOfUri = (uri: string): ReadableDigest | undefined => digests.get(uri);
export const signatureOfUri = (uri: string): ReadableSignatureAlgorithm | undefined => signatures.get(uri);
/** A message authentication code, which anybody who knows the "key" can make: never a signature. */
export const isHmac = (uri: string): boolean => /#hmac-/i.test(uri);

/** A way to canonicalize: which specification, and whether comments stay. */
export interface Canonicalization {
  readonly method: 'c14n-1.0' | 'c14n-1.1' | 'exclusive';
  readonly comments: boolean;
}

const c14n10 = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const c14n11 = 'http://www.w3.org/2006/12/xml-c14n11';
export const exclusiveUri = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const envelopedUri = `${dsNamespace}enveloped-signature`;

/** Canonicalization by its identifier; exclusive's own names its namespace too. */
export const canonicalizationUris: Readonly<Record<Canonicalization['method'], string>> = {
  'c14n-1.0': c14n10,
  'c14n-1.1': c14n11,
  exclusive: exclusiveUri,
};

export function canonicalizationOfUri(uri: string): Canonicalization | undefined {
  switch (uri) {
    case c14n10:
      return { method: 'c14n-1.0', comments: false };
    case `${c14n10}#WithComments`:
      return { method: 'c14n-1.0', comments: true };
    case c14n11:
      return { method: 'c14n-1.1', comments: false };
    case `${c14n11}#WithComments`:
      return { method: 'c14n-1.1', comments: true };
    case exclusiveUri:
      return { method: 'exclusive', comments: false };
    case `${exclusiveUri}WithComments`:
      return { method: 'exclusive', comments: true };
    default:
      return undefined;
  }
}

/** The digest to use beside a signature algorithm. */
export const digestBeside = (algorithm: SignatureAlgorithm): DigestAlgorithm =>
  algorithm === 'ed25519' ? 'sha512' : (algorithm.slice(-6) as DigestAlgorithm);

/** ECDSA as XML has it: r and s side by side, each as long as the curve's order (RFC 9231 §2.3.6). */
export function ecdsaFromDer(der: Uint8Array, octets: number): Buffer {
  const parts = cursor(sequence(readAsn1(der), 'ECDSA-Sig-Value'));
  const fixed = (bytes: Buffer): Buffer => {
    const bare = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    if (bare.length > octets) throw new Asn1Error('bad-value', 'ECDSA integer');
    return Buffer.concat([Buffer.alloc(octets - bare.length), bare]);
  };
  const r = fixed(integerBytes(parts.next('r')));
  return Buffer.concat([r, fixed(integerBytes(parts.next('s')))]);
}

/** DER of an ECDSA signature of XML; undefined when it has not the length of the curve. */
export function ecdsaToDer(value: Buffer, octets: number): Buffer | undefined {
  if (value.length !== 2 * octets) return undefined;
  const integer = (bytes: Buffer): Buffer => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
    const bare = bytes.subarray(at);
    return derIntegerRaw((bare[0] as number) & 0x80 ? Buffer.concat([Buffer.of(0), bare]) : bare);
  };
  return derSequence(integer(value.subarray(0, octets)), integer(value.subarray(octets)));
}
