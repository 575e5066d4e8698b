import { createPublicKey, type KeyObject } from 'node:crypto';
import { prepareSignedAttributes, type CompleteInput, type SignedAttributesInput } from '#formats/cms';
import {
  defaultSignatureAlgorithm,
  fitsKey,
  publicKeyOf,
  signBytes,
  type Certificate,
  type SignatureAlgorithm,
} from '#formats/x509';
import { SigningError } from './errors.ts';

/** A key that signs, wherever it is: a file, a token, a remote service. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** Signing certificate first, then its issuers as far as they are known, without gaps. */
  readonly certificateChain: readonly Certificate[];
  /** Signs the octets (not a digest of them); ECDSA signatures come as DER. */
  sign(tbs: Uint8Array): Promise<Uint8Array>;
  /** Several under one authorisation of the holder, where the key's place has such a thing; all or none. */
  signMany?(tbs: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
}

/**
 * A signer whose key is in this process.
 * @throws SigningError `key-does-not-fit` when the first certificate is not the key's
 */
export function keySigner(
  key: KeyObject,
  chain: readonly Certificate[],
  algorithm?: SignatureAlgorithm,
): Signer {
  const [certificate] = chain;
  if (!certificate || !createPublicKey(key).equals(publicKeyOf(certificate)))
    throw new SigningError('key-does-not-fit', 'key and certificate');
  const chosen = algorithm ?? defaultSignatureAlgorithm(key);
  if (!fitsKey(chosen, key)) throw new SigningError('key-does-not-fit', chosen);
  return { algorithm: chosen, certificateChain: chain, sign: async (tbs) => signBytes(chosen, key, tbs) };
}

/** The signing certificate. */
export function signerCertificate(signer: Signer): Certificate {
  const [certificate] = signer.certificateChain;
  if (!certificate) throw new SigningError('key-does-not-fit', 'signer without a certificate');
  return certificate;
}

/** Both phases in one: a CMS over a digest (detached) or over `content` (encapsulated). */
export async function signCms(
  signer: Signer,
  attributes: Omit<SignedAttributesInput, 'signingCertificate' | 'signatureAlgorithm'>,
  completion: Pick<CompleteInput, 'content' | 'crls'> & {
    /** Asked for a token over the signature octets. */
    readonly timestamp?: (signature: Uint8Array) => Promise<Uint8Array>;
  } = {},
): Promise<Buffer> {
  const prepared = prepareSignedAttributes({
    ...attributes,
    signingCertificate: signerCertificate(signer),
    signatureAlgorithm: signer.algorithm,
  });
  const signature = await signer.sign(prepared.tbs);
  const { timestamp, ...rest } = completion;
  return prepared.complete(signature, {
    ...rest,
    certificates: signer.certificateChain,
    ...(timestamp ? { timestampToken: await timestamp(signature) } : {}),
  });
}
