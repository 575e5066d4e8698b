import type { KeyObject } from 'node:crypto';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { Asn1Error } from '#formats/asn1';
import {
  isWeakSignature,
  publicKeyOf,
  sameName,
  verifyBytes,
  type Certificate,
  type ReadableDigest,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import { ecdsaToDer } from './algorithms.ts';
import { canonicalize } from './canonical.ts';
import { idsOf, isNamed, withDocument } from './document.ts';
import { XmlSignatureError, XmlSignatureFault, type XmlSignatureProblem } from './errors.ts';
import { checkKeyInfo } from './keyInfo.ts';
import { xmlSignatureLimits } from './limits.ts';
import { readSignature, type XmlSignature } from './read.ts';
import {
  budget,
  checkPlaces,
  dereference,
  isDigestRight,
  signaturesOf,
  type ExternalContent,
  type SignedPart,
  type Surroundings,
} from './references.ts';
import {
  readQualifyingProperties,
  signedPropertiesType,
  signingCertificateOf,
  xadesNamespace,
  type XadesProperties,
} from './xades.ts';

/** What one Signature element proves. Says nothing of trust. */
export interface XmlSignatureVerdict {
  /** Its Id, or its place in the document: `chữ ký 1`. */
  readonly name: string;
  readonly valid: boolean;
  readonly problems: readonly XmlSignatureProblem[];
  /** A digest or signature of SHA-1 or SHA-224, which is read but no longer made. */
  readonly weak: boolean;
  readonly certificate: Certificate | undefined;
  readonly certificates: readonly Certificate[];
  readonly signatureAlgorithm: ReadableSignatureAlgorithm | undefined;
  readonly digests: readonly ReadableDigest[];
  /** What was digested; empty unless the signature is valid. */
  readonly parts: readonly SignedPart[];
  /** Nothing in the document but the signature itself is outside the signed parts. */
  readonly coversDocument: boolean;
  readonly xades: XadesProperties | undefined;
}

export interface VerifyXmlOptions {
  /** Bytes of what lies outside the document. Nothing is fetched. */
  readonly external?: ExternalContent;
  /** Certificates to look for the signer's in where the signature carries none. */
  readonly certificates?: readonly Certificate[];
}

/**
 * Verifies every Signature element of a document (XML Signature 1.1 §3.2, XAdES EN 319 132-1 where there are
 * qualifying properties) and hands back the octets that were signed.
 * @throws XmlSignatureError when the document is refused as a whole
 */
export function verifyXmlSignatures(
  bytes: Uint8Array,
  options: VerifyXmlOptions = {},
): XmlSignatureVerdict[] {
  return withDocument(bytes, (document) => {
    const signatures = signaturesOf(document);
    if (signatures.length > xmlSignatureLimits.signatures)
      throw new XmlSignatureError('too-many-signatures', String(signatures.length));
    if (signatures.length === 0) return [];
    const around: Surroundings = {
      bytes,
      document,
      ids: idsOf(document),
      signatures,
      external: options.external ?? (() => undefined),
      spend: budget(),
    };
    return signatures.map((element, index) => verdictOf(element, index, around, options));
  });
}

function verdictOf(
  element: XmlElement,
  index: number,
  around: Surroundings,
  options: VerifyXmlOptions,
): XmlSignatureVerdict {
  const name = element.attr('Id')?.value ?? `Signature ${index + 1}`;
  const nothing = {
    name,
    weak: false,
    certificate: undefined,
    certificates: [],
    signatureAlgorithm: undefined,
    digests: [],
    parts: [],
    coversDocument: false,
    xades: undefined,
  };
  try {
    const signature = readSignature(element);
    return { ...nothing, ...examine(signature, around, options) };
  } catch (error) {
    if (error instanceof XmlSignatureFault) return { ...nothing, valid: false, problems: [error.problem] };
    // Certificates are read on demand, and these come from anybody.
    if (error instanceof Asn1Error) return { ...nothing, valid: false, problems: ['structure'] };
    throw error;
  }
}

function examine(
  signature: XmlSignature,
  around: Surroundings,
  options: VerifyXmlOptions,
): Omit<XmlSignatureVerdict, 'name'> {
  const { keyInfo, signatureAlgorithm, references } = signature;
  const problems: XmlSignatureProblem[] = [];
  const xades = readQualifyingProperties(signature);
  const certificates = [...keyInfo.certificates, ...(xades?.certificates ?? [])];
  const certificate = findSigner(signature, xades, [...certificates, ...(options.certificates ?? [])]);
  const parts = references.map((reference) => {
    const part = dereference(reference, signature.element, around);
    if (!isDigestRight(reference, part)) problems.push('digest-mismatch');
    return part;
  });
  checkPlaces(parts, signature, around.document);
  if (xades !== undefined) problems.push(...xadesProblems(signature, xades, certificate));
  if (certificate === undefined) problems.push('signer-certificate-missing');
  else {
    const key = keyOf(certificate);
    if (!checkKeyInfo(keyInfo, certificate, key)) problems.push('key-info-mismatch');
    else if (!isSignedBy(signature, key)) problems.push('wrong-signature');
  }
  const valid = problems.length === 0;
  return {
    valid,
    problems: [...new Set(problems)],
    weak:
      isWeakSignature(signatureAlgorithm) ||
      references.some(({ digestAlgorithm }) => digestAlgorithm === 'sha1' || digestAlgorithm === 'sha224'),
    certificate,
    certificates,
    signatureAlgorithm,
    digests: [...new Set(references.map((reference) => reference.digestAlgorithm))],
    parts: valid ? parts : [],
    coversDocument: valid && covers(parts, signature, around.document),
    xades,
  };
}

function keyOf(certificate: Certificate): KeyObject {
  try {
    return publicKeyOf(certificate);
  } catch (error) {
    if (error instanceof Asn1Error) throw new XmlSignatureFault('signature-method', error.message);
    throw error;
  }
}

/**
 * The certificate that was signed with: the one that XAdES names by its digest, otherwise the one in KeyInfo that
 * issued none of the others.
 */
function findSigner(
  { keyInfo }: XmlSignature,
  xades: XadesProperties | undefined,
  candidates: readonly Certificate[],
): Certificate | undefined {
  if (xades?.signingCertificate !== undefined)
    return signingCertificateOf(xades, candidates) ?? candidates[0];
  const own = keyInfo.certificates.length > 0 ? keyInfo.certificates : candidates;
  return (
    own.find((one) => !own.some((other) => other !== one && sameName(other.issuer, one.subject))) ?? own[0]
  );
}

/** SignedProperties must be signed, and name the certificate (EN 319 132-1 §4.3, §5.2.2). */
function xadesProblems(
  { references }: XmlSignature,
  xades: XadesProperties,
  certificate: Certificate | undefined,
): XmlSignatureProblem[] {
  const problems: XmlSignatureProblem[] = [];
  const signed = references.some(({ uri, type }) => uri === `#${xades.id}` && type === signedPropertiesType);
  if (!signed) problems.push('signed-properties-unsigned');
  if (certificate !== undefined && signingCertificateOf(xades, [certificate]) === undefined)
    problems.push('signing-certificate-mismatch');
  return problems;
}

function isSignedBy(signature: XmlSignature, key: KeyObject): boolean {
  const { signatureAlgorithm, signatureValue, signedInfo, canonicalizer } = signature;
  const octets = canonicalize(signedInfo, canonicalizer, canonicalizer.prefixes);
  const value = signatureAlgorithm.startsWith('ecdsa-')
    ? key.asymmetricKeyType === 'ec'
      ? ecdsaToDer(signatureValue, curveOctets(key))
      : undefined
    : signatureValue;
  return value !== undefined && verifyBytes(signatureAlgorithm, key, octets, value);
}

/** Octets of the order of a key's curve. */
export function curveOctets(key: KeyObject): number {
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return 32;
    case 'secp384r1':
      return 48;
    case 'secp521r1':
      return 66;
    default:
      throw new XmlSignatureFault('signature-method', 'curve');
  }
}

/** Whether the parts are all that a reader could take for signed. */
function covers(parts: readonly SignedPart[], signature: XmlSignature, document: XmlDocument): boolean {
  if (parts.some(({ whole }) => whole)) return true;
  if (!signature.element.isSameNode(document.root)) return false;
  // An enveloping or a detached signature that is the document: each of its objects must be signed.
  return signature.objects.every((object) => {
    const id = object.attr('Id')?.value;
    return (
      (id !== undefined && parts.some(({ uri }) => uri === `#${id}` || uri === `#xpointer(id('${id}'))`)) ||
      isQualifying(object)
    );
  });
}

const isQualifying = (object: XmlElement): boolean => {
  const first = object.firstChild;
  return first !== null && isNamed(first as XmlElement, xadesNamespace, 'QualifyingProperties');
};
