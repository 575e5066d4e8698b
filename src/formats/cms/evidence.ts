import {
  Asn1Error,
  children,
  derEnumerated,
  derExplicit,
  derOctets,
  derOid,
  derSequence,
  rawBytes,
  sequence,
  type Asn1,
} from '#formats/asn1';
import { ocspOids } from '#formats/x509';
import { cmsOids, type CmsAttribute, type SignedData, type SignerInfo } from './read.ts';

/** DER of what a CMS carries for its own validation. */
export interface CmsEvidence {
  readonly certificates: readonly Buffer[];
  readonly crls: readonly Buffer[];
  /** OCSPResponse structures. */
  readonly ocspResponses: readonly Buffer[];
}

/** OCSPResponse around a BasicOCSPResponse, the form of CAdES revocation values. */
const wrapBasic = (basic: Buffer): Buffer =>
  derSequence(derEnumerated(0), derExplicit(0, derSequence(derOid(ocspOids.basic), derOctets(basic))));

/** The lists [0] of CRLs and [1] of OCSP answers, explicitly tagged. */
function revocationLists(value: Asn1, wrap: (der: Buffer) => Buffer): Omit<CmsEvidence, 'certificates'> {
  const lists = sequence(value, 'revocation values');
  const inside = (tag: number): Buffer[] =>
    lists
      .filter((list) => list.tag === tag)
      .flatMap((list) =>
        children(list)
          .flatMap((inner) => children(inner))
          .map(rawBytes),
      );
  return { crls: inside(0xa0), ocspResponses: inside(0xa1).map(wrap) };
}

function attributeEvidence({ oid, values }: CmsAttribute): Partial<CmsEvidence> {
  const [value] = values;
  if (value === undefined) return {};
  try {
    if (oid === cmsOids.revocationValues) return revocationLists(value, wrapBasic);
    if (oid === cmsOids.adobeRevocation) return revocationLists(value, (der) => der);
    if (oid === cmsOids.certificateValues)
      return { certificates: sequence(value, 'certificate values').map(rawBytes) };
    return {};
  } catch (error) {
    if (error instanceof Asn1Error) return {};
    throw error;
  }
}

/**
 * What a signature carries beside itself: CRLs and OCSP answers of the SignedData (RFC 5652 §10.2.1, RFC 5940),
 * Adobe's signed revocation archive, and CAdES certificate and revocation values (ETSI EN 319 122-1 annex A).
 * Malformed attributes count as none.
 */
export function cmsEvidence(data: SignedData, signer: SignerInfo): CmsEvidence {
  const attributes = [...(signer.signedAttributes?.list ?? []), ...signer.unsignedAttributes];
  const found = attributes.map(attributeEvidence);
  return {
    certificates: found.flatMap(({ certificates = [] }) => certificates),
    crls: [...data.crls, ...found.flatMap(({ crls = [] }) => crls)],
    ocspResponses: [...data.ocspResponses, ...found.flatMap(({ ocspResponses = [] }) => ocspResponses)],
  };
}
