import type { XmlElement } from 'libxml2-wasm';
import { Asn1Error } from '#formats/asn1';
import {
  readCertificate,
  type Certificate,
  type ReadableDigest,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import {
  canonicalizationOfUri,
  digestOfUri,
  dsNamespace,
  envelopedUri,
  exclusiveUri,
  isHmac,
  signatureOfUri,
  type Canonicalization,
} from './algorithms.ts';
import { attributeOf, elementsOf, isNamed, strictBase64, strictElements, strictText } from './document.ts';
import { XmlSignatureFault } from './errors.ts';
import { xmlSignatureLimits as limits } from './limits.ts';

/** A canonicalization with the PrefixList of exclusive C14N. */
export interface Canonicalizer extends Canonicalization {
  readonly prefixes: readonly string[];
}

export interface XmlReference {
  readonly element: XmlElement;
  readonly id: string | undefined;
  readonly uri: string | undefined;
  readonly type: string | undefined;
  readonly enveloped: boolean;
  readonly canonicalizer: Canonicalizer | undefined;
  readonly digestAlgorithm: ReadableDigest;
  readonly digestValue: Buffer;
}

/** What KeyInfo says of the key, certificates apart. */
export interface XmlKeyInfo {
  readonly certificates: readonly Certificate[];
  readonly keyValue: XmlElement | undefined;
  readonly issuerSerials: readonly { readonly serial: bigint }[];
}

/** A Signature element as it stands (XML Signature 1.1 §4). */
export interface XmlSignature {
  readonly element: XmlElement;
  readonly id: string | undefined;
  readonly signedInfo: XmlElement;
  readonly canonicalizer: Canonicalizer;
  readonly signatureAlgorithm: ReadableSignatureAlgorithm;
  readonly references: readonly XmlReference[];
  readonly signatureValueElement: XmlElement;
  readonly signatureValue: Buffer;
  readonly keyInfo: XmlKeyInfo;
  readonly objects: readonly XmlElement[];
}

const fault = (problem: XmlSignatureFault['problem'], detail: string): XmlSignatureFault =>
  new XmlSignatureFault(problem, detail);

/** The children by name and in the order of the schema. */
function take(parts: XmlElement[], name: string): XmlElement {
  const [first] = parts;
  if (first === undefined || !isNamed(first, dsNamespace, name)) throw fault('structure', `no ${name}`);
  parts.shift();
  return first;
}

const algorithmOf = (element: XmlElement): string => {
  const uri = attributeOf(element, 'Algorithm');
  if (uri === undefined) throw fault('structure', `${element.name} without Algorithm`);
  return uri;
};

/** A canonicalization method or transform, with InclusiveNamespaces below it. */
export function readCanonicalizer(element: XmlElement): Canonicalizer {
  const known = canonicalizationOfUri(algorithmOf(element));
  if (known === undefined) throw fault('canonicalization', algorithmOf(element));
  const [list, ...more] = strictElements(element);
  if (list === undefined) return { ...known, prefixes: [] };
  if (known.method !== 'exclusive' || more.length > 0 || !isNamed(list, exclusiveUri, 'InclusiveNamespaces'))
    throw fault('structure', 'parameters of a canonicalization');
  const prefixes = (attributeOf(list, 'PrefixList') ?? '').split(/[ \t\r\n]+/).filter(Boolean);
  if (prefixes.length > 64) throw fault('structure', 'PrefixList');
  return { ...known, prefixes };
}

/** A digest method without parameters. */
export function readDigestMethod(element: XmlElement): ReadableDigest {
  const digest = digestOfUri(algorithmOf(element));
  if (digest === undefined || elementsOf(element).length > 0)
    throw fault('digest-method', algorithmOf(element));
  return digest;
}

function readTransforms(element: XmlElement): Pick<XmlReference, 'enveloped' | 'canonicalizer'> {
  const transforms = strictElements(element);
  if (transforms.length > limits.transforms) throw fault('too-many-transforms', String(transforms.length));
  let enveloped = false;
  let canonicalizer: Canonicalizer | undefined;
  for (const transform of transforms) {
    if (!isNamed(transform, dsNamespace, 'Transform')) throw fault('structure', 'Transforms');
    const uri = algorithmOf(transform);
    // Once canonicalized a reference is octets: nothing may follow that would read them as XML again.
    if (canonicalizer !== undefined) throw fault('transform-not-allowed', `${uri} after canonicalization`);
    if (uri === envelopedUri && !enveloped && elementsOf(transform).length === 0) enveloped = true;
    else if (canonicalizationOfUri(uri) !== undefined) canonicalizer = readCanonicalizer(transform);
    else throw fault('transform-not-allowed', uri);
  }
  return { enveloped, canonicalizer };
}

function readReference(element: XmlElement): XmlReference {
  if (!isNamed(element, dsNamespace, 'Reference')) throw fault('structure', 'SignedInfo');
  const parts = strictElements(element);
  const transforms = parts[0]?.name === 'Transforms' ? take(parts, 'Transforms') : undefined;
  const digestAlgorithm = readDigestMethod(take(parts, 'DigestMethod'));
  const digestValue = strictBase64(take(parts, 'DigestValue'));
  if (parts.length > 0) throw fault('structure', 'Reference');
  return {
    element,
    id: attributeOf(element, 'Id'),
    uri: attributeOf(element, 'URI'),
    type: attributeOf(element, 'Type'),
    ...(transforms === undefined
      ? { enveloped: false, canonicalizer: undefined }
      : readTransforms(transforms)),
    digestAlgorithm,
    digestValue,
  };
}

function readKeyInfo(element: XmlElement | undefined): XmlKeyInfo {
  const certificates: Certificate[] = [];
  const issuerSerials: { serial: bigint }[] = [];
  let keyValue: XmlElement | undefined;
  for (const part of element === undefined ? [] : strictElements(element)) {
    if (isNamed(part, dsNamespace, 'KeyValue')) {
      if (keyValue !== undefined) throw fault('key-info-mismatch', 'two KeyValues');
      keyValue = part;
    } else if (isNamed(part, dsNamespace, 'X509Data')) {
      for (const item of strictElements(part)) {
        if (item.namespaceUri !== dsNamespace) continue;
        if (item.name === 'X509Certificate') certificates.push(certificateOf(strictBase64(item)));
        else if (item.name === 'X509IssuerSerial') issuerSerials.push({ serial: serialOf(item) });
      }
    } else if (!isNamed(part, dsNamespace, 'KeyName')) {
      // RetrievalMethod, KeyInfoReference, DEREncodedKeyValue …: other ways to name a key that nobody would compare.
      throw fault('key-info-mismatch', part.name);
    }
  }
  if (certificates.length > limits.certificates) throw fault('structure', 'too many certificates');
  return { certificates, keyValue, issuerSerials };
}

/** @throws XmlSignatureFault `structure` */
export function certificateOf(der: Buffer): Certificate {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof Asn1Error) throw fault('structure', 'X509Certificate');
    throw error;
  }
}

function serialOf(element: XmlElement): bigint {
  const serial = strictElements(element).find((one) => isNamed(one, dsNamespace, 'X509SerialNumber'));
  const text = serial === undefined ? '' : strictText(serial).trim();
  if (!/^\d{1,50}$/.test(text)) throw fault('structure', 'X509SerialNumber');
  return BigInt(text);
}

/**
 * Reads a Signature element strictly: schema order, no comments, no unknown transforms.
 * @throws XmlSignatureFault
 */
export function readSignature(element: XmlElement): XmlSignature {
  const parts = strictElements(element);
  const signedInfo = take(parts, 'SignedInfo');
  const signatureValueElement = take(parts, 'SignatureValue');
  const keyInfo = parts[0]?.name === 'KeyInfo' ? take(parts, 'KeyInfo') : undefined;
  if (parts.some((part) => !isNamed(part, dsNamespace, 'Object'))) throw fault('structure', 'Signature');
  const inside = strictElements(signedInfo);
  const method = take(inside, 'CanonicalizationMethod');
  const signatureMethod = take(inside, 'SignatureMethod');
  if (isHmac(algorithmOf(signatureMethod))) throw fault('hmac', algorithmOf(signatureMethod));
  const signatureAlgorithm = signatureOfUri(algorithmOf(signatureMethod));
  if (signatureAlgorithm === undefined || elementsOf(signatureMethod).length > 0)
    throw fault('signature-method', algorithmOf(signatureMethod));
  if (inside.length === 0) throw fault('structure', 'no Reference');
  if (inside.length > limits.references) throw fault('too-many-references', String(inside.length));
  const references = inside.map(readReference);
  if (references.filter(({ enveloped }) => enveloped).length > limits.enveloped)
    throw fault('too-many-references', 'enveloped');
  return {
    element,
    id: attributeOf(element, 'Id'),
    signedInfo,
    canonicalizer: readCanonicalizer(method),
    signatureAlgorithm,
    references,
    signatureValueElement,
    signatureValue: strictBase64(signatureValueElement),
    keyInfo: readKeyInfo(keyInfo),
    objects: parts,
  };
}
