import { createHash } from 'node:crypto';
import { digestFor, prepareSignedAttributes } from '#formats/cms';
import type { ValidationData } from '../ades/validationData.ts';
import { signerCertificate, type Signer } from '../signer.ts';
import type { TimestampSource } from '../tsp.ts';

export interface SignCmsOptions {
  readonly signer: Signer;
  readonly signingTime: Date;
  /** `attached`: the content travels in the signature. */
  readonly form: 'attached' | 'detached';
  /** With it CAdES B-T. */
  readonly timestamp?: TimestampSource;
  /** With it B-LT; needs a timestamp. */
  readonly evidence?: (timestampToken: Uint8Array) => Promise<ValidationData>;
}

/**
 * Signs bytes: CAdES B-B, B-T with a timestamp, B-LT with evidence (ETSI EN 319 122-1 §6).
 * @returns DER of ContentInfo with SignedData
 * @throws SigningError of key or timestamp
 */
export async function signCades(content: Uint8Array, options: SignCmsOptions): Promise<Uint8Array> {
  const { signer, signingTime, form, timestamp, evidence } = options;
  const digestAlgorithm = digestFor(signer.algorithm);
  const prepared = prepareSignedAttributes({
    digest: createHash(digestAlgorithm).update(content).digest(),
    digestAlgorithm,
    signingCertificate: signerCertificate(signer),
    signatureAlgorithm: signer.algorithm,
    signingTime,
  });
  const signature = await signer.sign(prepared.tbs);
  const token = await timestamp?.timestamp(createHash('sha256').update(signature).digest(), 'sha256');
  const data = token === undefined ? undefined : await evidence?.(token);
  return prepared.complete(signature, {
    certificates: [...new Set([...signer.certificateChain, ...(data?.certificates ?? [])])],
    ...(token === undefined ? {} : { timestampToken: token }),
    ...(form === 'attached' ? { content } : {}),
    ...(data === undefined
      ? {}
      : {
          crls: data.crls.map(({ der }) => der),
          ocspResponses: data.ocspResponses.map(({ der }) => der),
        }),
  });
}
