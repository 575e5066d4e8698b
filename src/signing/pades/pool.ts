import { createHash } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import {
  cmsEvidence,
  readSignedData,
  readTimestampToken,
  signatureTimestamps,
  type SignedData,
} from '#formats/cms';
import { type PdfFile } from '#formats/pdf';
import type { Certificate } from '#formats/x509';
import type { Signed } from '../path/index.ts';
import type { RevocationEvidence } from '../revocation/index.ts';
import type { SignatureContainer } from './container.ts';
import { readSecurityStore } from './dss.ts';
import { readCertificates, readEvidence } from './stored.ts';

/** What a PDF carries for its own validation: its security store, and what stands in its signatures. */
export interface EvidencePool {
  readonly certificates: readonly Certificate[];
  readonly evidence: Required<RevocationEvidence>;
  /** The first revision (from 0) by which a document timestamp proves that the object existed; undefined: not in it. */
  coveredFrom(signed: Signed): number | undefined;
}

const signedData = new WeakMap<SignatureContainer, SignedData>();

/** The CMS of a container, read once. @throws Asn1Error */
export function cmsOf(container: SignatureContainer): SignedData {
  let data = signedData.get(container);
  if (data === undefined) signedData.set(container, (data = readSignedData(container.cms)));
  return data;
}

const digests = new WeakMap<Signed, string>();

/** The object by its bytes, digested once. */
function keyOf(signed: Signed): string {
  let digest = digests.get(signed);
  if (digest === undefined)
    digests.set(signed, (digest = createHash('sha256').update(signed.der).digest('base64')));
  return digest;
}

/** Certificates and evidence that stand in one CMS and in the timestamp it carries. */
function carried(container: SignatureContainer): {
  readonly certificates: readonly Certificate[];
  readonly evidence: Required<RevocationEvidence>;
} {
  const data = cmsOf(container);
  const certificates = [...data.certificates];
  const crls: Uint8Array[] = [];
  const ocspResponses: Uint8Array[] = [];
  for (const signer of data.signers) {
    const tokens = signatureTimestamps(signer).map((der) => readTimestampToken(der).data);
    for (const one of [data, ...tokens])
      for (const own of one === data ? [signer] : one.signers) {
        const found = cmsEvidence(one, own);
        certificates.push(...readCertificates({ certificates: found.certificates.map((der) => ({ der })) }));
        crls.push(...found.crls);
        ocspResponses.push(...found.ocspResponses);
      }
    for (const token of tokens) certificates.push(...token.certificates);
  }
  const bare = (der: Uint8Array): Signed => ({ der });
  return {
    certificates,
    evidence: readEvidence({ crls: crls.map(bare), ocspResponses: ocspResponses.map(bare) }),
  };
}

/**
 * Collects what the file carries. Nothing of it is trusted: each object is judged by its own signature.
 * @throws PdfError as `readSecurityStore`
 */
export function poolOf(file: PdfFile, containers: readonly SignatureContainer[]): EvidencePool {
  const store = readSecurityStore(file);
  const evidence = readEvidence(store);
  const crls = [...evidence.crls];
  const ocspResponses = [...evidence.ocspResponses];
  const certificates = readCertificates(store);
  const from = new Map<string, number>();
  const note = (signed: Signed, revision: number): void => {
    const key = keyOf(signed);
    from.set(key, Math.min(revision, from.get(key) ?? Infinity));
  };
  const stamped = containers.some(({ subFilter }) => subFilter === 'ETSI.RFC3161');
  for (const list of [store.certificates, store.crls, store.ocspResponses])
    if (stamped) for (const one of list) note(one, one.revision);
  for (const container of containers) {
    try {
      const own = carried(container);
      crls.push(...own.evidence.crls);
      ocspResponses.push(...own.evidence.ocspResponses);
      if (!stamped) continue;
      // A signature is not covered by its own revision: its contents are what the ByteRange leaves out.
      for (const one of [...own.certificates, ...own.evidence.crls, ...own.evidence.ocspResponses])
        note(one, (container.revision ?? Infinity) + 1);
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error;
    }
  }
  return {
    certificates,
    evidence: { crls, ocspResponses },
    coveredFrom: (signed) => (from.size === 0 ? undefined : from.get(keyOf(signed))),
  };
}
