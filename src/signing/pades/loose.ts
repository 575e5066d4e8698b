import {
  cmsOids,
  signatureTimestamps,
  type CmsWarning,
  type SignedData,
  type SignerInfo,
} from '#formats/cms';
import type { Certificate } from '#formats/x509';
import type { Finding } from '../report/types.ts';
import { holdsOnlyCertificates, isGenuineBag } from './bag.ts';

/** The timestamp, and values for validation: what is not genuine in them is not used. */
const known: ReadonlySet<string> = new Set([
  cmsOids.signatureTimeStampToken,
  cmsOids.certificateValues,
  cmsOids.revocationValues,
]);

export interface LooseInput {
  readonly cms: Uint8Array;
  readonly data: SignedData;
  readonly signer: SignerInfo;
  readonly warnings: readonly CmsWarning[];
  /** All certificates that are carried. */
  readonly bag: readonly Certificate[];
  /** Certificates that are trusted or vouched for. */
  readonly genuine: readonly Certificate[];
  /** A PAdES baseline signature or a document timestamp: nothing else may stand beside the signature. */
  readonly baseline: boolean;
}

/**
 * What a signature carries without signing it: certificates, unsigned attributes, versions. Whatever there is not
 * genuine makes the signature not enough, so that no byte of it can change unnoticed.
 */
export function looseParts(input: LooseInput): Finding[] {
  const { cms, data, signer, warnings, bag, genuine, baseline } = input;
  const findings: Finding[] = [];
  if (!isGenuineBag(bag, genuine))
    findings.push({
      code: 'stray-certificate',
      vi: 'chữ ký kèm chứng thư lạ hoặc đã bị sửa',
      en: 'the signature carries a certificate that is altered or that nothing vouches for',
    });
  // ETSI EN 319 142-1 §6.3: a PAdES signature has no other unsigned attribute.
  const others = signer.unsignedAttributes.some(({ oid }) => !known.has(oid));
  const untidy =
    warnings.includes('version-unexpected') ||
    data.version > 3 ||
    !holdsOnlyCertificates(cms) ||
    signatureTimestamps(signer).some((token) => !holdsOnlyCertificates(token));
  if (baseline && (others || untidy))
    findings.push({
      code: 'stray-attribute',
      vi: 'phần không được ký của chữ ký có dữ liệu lạ',
      en: 'the unsigned part of the signature holds unexpected data',
    });
  return findings;
}
