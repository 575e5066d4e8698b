import { createHash, type KeyObject } from 'node:crypto';
import { fingerprint, signatureAlgorithmOf, verifyBytes, type Certificate } from '#formats/x509';

const keyHashes = new WeakMap<KeyObject, string>();

function keyHash(key: KeyObject): string {
  let known = keyHashes.get(key);
  if (known === undefined) {
    known = createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest('base64');
    keyHashes.set(key, known);
  }
  return known;
}

/** Links that verified, newest last: the same issuers come again with every document. */
const good = new Set<string>();
const limit = 10_000;

/** Whether the key signed the certificate. Only good answers are remembered. */
export function verifyLink(certificate: Certificate, key: KeyObject): boolean {
  const algorithm = signatureAlgorithmOf(certificate.signatureAlgorithm);
  if (!algorithm) return false;
  const id = fingerprint(certificate) + keyHash(key);
  if (good.has(id)) return true;
  if (!verifyBytes(algorithm, key, certificate.tbs, certificate.signature)) return false;
  if (good.size >= limit) good.delete(good.values().next().value as string);
  good.add(id);
  return true;
}
