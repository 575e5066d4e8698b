import { createHash } from 'node:crypto';
import type { DigestSource } from '#formats/cms';

/** The digest of the parts of a file that a ByteRange covers. */
export const digestOfParts =
  (parts: readonly Uint8Array[]): DigestSource =>
  (algorithm) => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
