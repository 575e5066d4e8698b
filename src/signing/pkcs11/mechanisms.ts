import { createHash } from 'node:crypto';
import { derInteger, derNull, derOctets, derOid, derSequence } from '#formats/asn1';
import { digestOfSignature, type DigestAlgorithm, type SignatureAlgorithm } from '#formats/x509';

/** What C_SignInit is told, and the octets that C_Sign gets. */
export interface TokenOperation {
  /** CKM_*. */
  readonly mechanism: number;
  /** Of CKM_RSA_PKCS_PSS: CK_RSA_PKCS_PSS_PARAMS. */
  readonly pss?: { readonly hashAlg: number; readonly mgf: number; readonly saltLen: number };
  readonly input: Uint8Array;
}

const ckm = { rsaPkcs: 0x0001, rsaPkcsPss: 0x000d, ecdsa: 0x1041, eddsa: 0x1057 } as const;
const digestOids: Readonly<Record<DigestAlgorithm, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
/** CKM_SHA*, CKG_MGF1_SHA*, octets of the digest. */
const pssOf: Readonly<Record<DigestAlgorithm, { hashAlg: number; mgf: number; saltLen: number }>> = {
  sha256: { hashAlg: 0x250, mgf: 2, saltLen: 32 },
  sha384: { hashAlg: 0x260, mgf: 3, saltLen: 48 },
  sha512: { hashAlg: 0x270, mgf: 4, saltLen: 64 },
};

/** The mechanism (CKM_*) of PKCS#11 v2.40/3.0 for an algorithm. */
export function mechanismOf(algorithm: SignatureAlgorithm): number {
  if (algorithm === 'ed25519') return ckm.eddsa;
  if (algorithm.startsWith('rsa-pss-')) return ckm.rsaPkcsPss;
  return algorithm.startsWith('rsa-') ? ckm.rsaPkcs : ckm.ecdsa;
}

/**
 * How octets are signed on a token. The digest is made here and only it goes over the wire: a token hashes slowly,
 * and CKM_RSA_PKCS over a DigestInfo (RFC 8017 §9.2) is the one mechanism that every RSA token has.
 */
export function tokenOperation(algorithm: SignatureAlgorithm, tbs: Uint8Array): TokenOperation {
  const mechanism = mechanismOf(algorithm);
  if (algorithm === 'ed25519') return { mechanism, input: tbs };
  const digest = digestOfSignature(algorithm) as DigestAlgorithm;
  const hash = createHash(digest).update(tbs).digest();
  if (mechanism === ckm.rsaPkcsPss) return { mechanism, pss: pssOf[digest], input: hash };
  if (mechanism === ckm.ecdsa) return { mechanism, input: hash };
  const info = derSequence(derSequence(derOid(digestOids[digest]), derNull), derOctets(hash));
  return { mechanism, input: info };
}

/** Signatures as X.509 and CMS want them: PKCS#11 gives ECDSA as r‖s (v2.40 §2.3.1), the others as they are. */
export function signatureFromToken(algorithm: SignatureAlgorithm, raw: Uint8Array): Buffer {
  if (!algorithm.startsWith('ecdsa-')) return Buffer.from(raw);
  return ecdsaDer(raw);
}

/** r‖s of equal length as ECDSA-Sig-Value (RFC 3279 §2.2.3). */
export function ecdsaDer(raw: Uint8Array): Buffer {
  const half = raw.length >> 1;
  return derSequence(derInteger(raw.subarray(0, half)), derInteger(raw.subarray(half)));
}
