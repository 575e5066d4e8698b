import { createHash } from 'node:crypto';
import { escapeAttribute, escapeText } from '#formats/xml';
import { serialHex, type Certificate, type DigestAlgorithm, type SignatureAlgorithm } from '#formats/x509';
import {
  canonicalizationUris,
  digestUris,
  dsNamespace,
  envelopedUri,
  signatureUris,
  type Canonicalization,
} from './algorithms.ts';
import { signedPropertiesType, xadesNamespace } from './xades.ts';

/** A reference of a signature that is being made. */
export interface ReferencePlan {
  readonly uri: string;
  readonly type?: string;
  readonly enveloped?: boolean;
  /** Octets from outside are digested as they are. */
  readonly canonicalized: boolean;
  readonly mimeType?: string;
}

export interface TemplateInput {
  readonly id: string;
  readonly references: readonly ReferencePlan[];
  /** XML of Object elements. */
  readonly objects: readonly string[];
  readonly certificates: readonly Certificate[];
  readonly algorithm: SignatureAlgorithm;
  readonly digest: DigestAlgorithm;
  readonly canonicalization: Canonicalization['method'];
  /** Makes it XAdES. */
  readonly xades: { readonly signingTime: Date } | undefined;
}

/** Marks of what is filled in later: base64 of them is never mistaken for a value. */
export const digestMark = (index: number): string => `@digest-${index}@`;
export const valueMark = '@signature-value@';
export const unsignedMark = '<!--@unsigned@-->';

const algorithm = (name: string, uri: string): string => `<ds:${name} Algorithm="${uri}"/>`;

function reference(plan: ReferencePlan, index: number, input: TemplateInput): string {
  const transforms = [
    ...(plan.enveloped === true ? [algorithm('Transform', envelopedUri)] : []),
    ...(plan.canonicalized ? [algorithm('Transform', canonicalizationUris[input.canonicalization])] : []),
  ];
  const type = plan.type === undefined ? '' : ` Type="${escapeAttribute(plan.type)}"`;
  const list = transforms.length === 0 ? '' : `<ds:Transforms>${transforms.join('')}</ds:Transforms>`;
  return `<ds:Reference Id="${input.id}-r${index}"${type} URI="${escapeAttribute(plan.uri)}">${list}${algorithm('DigestMethod', digestUris[input.digest])}<ds:DigestValue>${digestMark(index)}</ds:DigestValue></ds:Reference>`;
}

/** Id of SignedProperties. */
export const propertiesId = (id: string): string => `${id}-xades`;

/** A Signature element with marks in place of digests and value. */
export function signatureTemplate(input: TemplateInput): string {
  const { id, xades } = input;
  const plans: readonly ReferencePlan[] = [
    ...input.references,
    ...(xades === undefined
      ? []
      : [{ uri: `#${propertiesId(id)}`, type: signedPropertiesType, canonicalized: true }]),
  ];
  const certificates = input.certificates
    .map(({ der }) => `<ds:X509Certificate>${Buffer.from(der).toString('base64')}</ds:X509Certificate>`)
    .join('');
  return [
    `<ds:Signature xmlns:ds="${dsNamespace}" Id="${id}"><ds:SignedInfo>`,
    algorithm('CanonicalizationMethod', canonicalizationUris[input.canonicalization]),
    algorithm('SignatureMethod', signatureUris[input.algorithm]),
    ...plans.map((plan, index) => reference(plan, index, input)),
    `</ds:SignedInfo><ds:SignatureValue Id="${id}-value">${valueMark}</ds:SignatureValue>`,
    `<ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo>`,
    ...input.objects,
    xades === undefined ? '' : `<ds:Object>${qualifyingProperties(input, xades.signingTime)}</ds:Object>`,
    '</ds:Signature>',
  ].join('');
}

/** QualifyingProperties of level B-B (EN 319 132-1 §6.3). */
function qualifyingProperties(input: TemplateInput, signingTime: Date): string {
  const { id, digest } = input;
  const [certificate] = input.certificates as [Certificate];
  const hash = createHash(digest).update(certificate.der).digest('base64');
  const formats = input.references
    .map(({ mimeType }, index) => [mimeType, index] as const)
    .filter(([mimeType]) => mimeType !== undefined)
    .map(
      ([mimeType, index]) =>
        `<xades:DataObjectFormat ObjectReference="#${id}-r${index}"><xades:MimeType>${escapeText(mimeType as string)}</xades:MimeType></xades:DataObjectFormat>`,
    )
    .join('');
  return [
    `<xades:QualifyingProperties xmlns:xades="${xadesNamespace}" Target="#${id}">`,
    `<xades:SignedProperties Id="${propertiesId(id)}"><xades:SignedSignatureProperties>`,
    `<xades:SigningTime>${signingTime.toISOString().replace(/\.\d+/, '')}</xades:SigningTime>`,
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${algorithm('DigestMethod', digestUris[digest])}<ds:DigestValue>${hash}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>`,
    '</xades:SignedSignatureProperties>',
    formats === '' ? '' : `<xades:SignedDataObjectProperties>${formats}</xades:SignedDataObjectProperties>`,
    `</xades:SignedProperties>${unsignedMark}</xades:QualifyingProperties>`,
  ].join('');
}

/** What a signature is stamped and proven with later. */
export interface UnsignedInput {
  readonly timestampToken: Uint8Array;
  readonly canonicalization: Canonicalization['method'];
  readonly certificates?: readonly Certificate[];
  readonly crls?: readonly { readonly der: Uint8Array }[];
  readonly ocspResponses?: readonly { readonly der: Uint8Array }[];
}

const encapsulated = (name: string, values: readonly { readonly der: Uint8Array }[]): string =>
  values.map(({ der }) => `<xades:${name}>${Buffer.from(der).toString('base64')}</xades:${name}>`).join('');

/** UnsignedProperties of level B-T, or B-LT with values (EN 319 132-1 §5.3, §5.4). */
export function unsignedProperties(input: UnsignedInput): string {
  const { certificates = [], crls = [], ocspResponses = [] } = input;
  const list = (name: string, inner: string): string =>
    inner === '' ? '' : `<xades:${name}>${inner}</xades:${name}>`;
  const states =
    list('CRLValues', encapsulated('EncapsulatedCRLValue', crls)) +
    list('OCSPValues', encapsulated('EncapsulatedOCSPValue', ocspResponses));
  const unique = [
    ...new Map(
      certificates.map((one) => [`${serialHex(one)} ${one.issuer.der.toString('hex')}`, one]),
    ).values(),
  ];
  return [
    '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>',
    algorithm('CanonicalizationMethod', canonicalizationUris[input.canonicalization]),
    `<xades:EncapsulatedTimeStamp>${Buffer.from(input.timestampToken).toString('base64')}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>`,
    list('CertificateValues', encapsulated('EncapsulatedX509Certificate', unique)),
    list('RevocationValues', states),
    '</xades:UnsignedSignatureProperties></xades:UnsignedProperties>',
  ].join('');
}
