import { readTimestampToken, verifySigner } from '#formats/cms';
import { fingerprint, type Certificate, type CertificateList, type OcspResponse } from '#formats/x509';
import { gatherEvidence } from '../gather.ts';
import type { TrustAnchor } from '../path/index.ts';
import type { RevocationFetch } from '../revocation/index.ts';
import type { Signer } from '../signer.ts';

/** Certificates and their states, for the signer and for the time-stamping authority (level B-LT). */
export interface ValidationData {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly CertificateList[];
  readonly ocspResponses: readonly OcspResponse[];
}

export interface ValidationDataOptions {
  readonly anchors: readonly TrustAnchor[];
  readonly now: () => Date;
  /** Where states of certificates are asked. */
  readonly fetch: RevocationFetch;
}

/** Asks for all that a signature needs to be checked later without asking anybody. */
export const validationDataFor =
  (signer: Signer, { anchors, now, fetch }: ValidationDataOptions) =>
  async (timestampToken: Uint8Array): Promise<ValidationData> => {
    const { data } = readTimestampToken(timestampToken);
    const [stamping] = data.signers;
    const stamper = stamping && verifySigner(data, stamping).certificate;
    const present = now();
    const common = { anchors, now: present, at: present, fetch };
    const [certificate] = signer.certificateChain;
    const found = [];
    if (certificate !== undefined)
      found.push(
        await gatherEvidence({
          ...common,
          certificate,
          candidates: signer.certificateChain,
          purpose: 'signing',
        }),
      );
    if (stamper !== undefined)
      found.push(
        await gatherEvidence({
          ...common,
          certificate: stamper,
          candidates: data.certificates,
          purpose: 'timestamping',
        }),
      );
    return {
      certificates: unique(found.flatMap(({ certificates }) => certificates)),
      crls: uniqueDer(found.flatMap(({ crls }) => crls)),
      ocspResponses: uniqueDer(found.flatMap(({ ocspResponses }) => ocspResponses)),
    };
  };

const unique = (certificates: readonly Certificate[]): Certificate[] => [
  ...new Map(certificates.map((one) => [fingerprint(one), one])).values(),
];

const uniqueDer = <Value extends { readonly der: Buffer }>(values: readonly Value[]): Value[] => [
  ...new Map(values.map((one) => [one.der.toString('base64'), one])).values(),
];
