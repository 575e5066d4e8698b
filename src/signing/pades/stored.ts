import { Asn1Error } from '#formats/asn1';
import { readCertificate, readCrl, readOcspResponse, type Certificate } from '#formats/x509';
import type { RevocationEvidence } from '../revocation/index.ts';

type Bare = { readonly der: Uint8Array };

/** Reads each; what is malformed counts as not there. */
function readEach<Value>(items: readonly Bare[], read: (der: Uint8Array) => Value): Value[] {
  return items.flatMap(({ der }) => {
    try {
      return [read(der)];
    } catch (error) {
      if (error instanceof Asn1Error) return [];
      throw error;
    }
  });
}

/** The certificates of a store. */
export const readCertificates = (store: { readonly certificates: readonly Bare[] }): Certificate[] =>
  readEach(store.certificates, readCertificate);

/** The CRLs and OCSP answers of a store. */
export const readEvidence = (store: {
  readonly crls: readonly Bare[];
  readonly ocspResponses: readonly Bare[];
}): Required<RevocationEvidence> => ({
  crls: readEach(store.crls, readCrl),
  ocspResponses: readEach(store.ocspResponses, readOcspResponse),
});
