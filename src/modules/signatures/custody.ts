import type { KeyObject } from 'node:crypto';
import type { Certificate } from '#formats/x509';
import { readPkcs12, SigningError, writePkcs12, type IssuedKey } from '#signing';

/**
 * Of each of the three derivations of a file. A secret of 256 random bits needs no slow one. A PIN of six digits
 * cannot be made strong by a slow one either: what guards it is that it opens nothing without this database, and the
 * lock after five tries; so the derivation is as slow as a person who signs may be asked to wait.
 */
const iterationsOf = { pin: 60_000, secret: 2_048 } as const;

/** A key with its certificates as PKCS#12 (RFC 7292) under a PIN, or under a secret of this installation. */
export async function sealKeyStore(
  issued: Pick<IssuedKey, 'key' | 'chain'>,
  guard: { readonly kind: 'pin' | 'secret'; readonly password: string },
  label: string,
): Promise<Buffer> {
  return await writePkcs12({
    key: issued.key,
    chain: issued.chain,
    password: guard.password,
    friendlyName: label,
    iterations: iterationsOf[guard.kind],
  });
}

/** Opens it again. @returns null when the PIN is wrong */
export async function openKeyStore(
  bytes: Buffer,
  password: string,
): Promise<{ readonly key: KeyObject; readonly chain: readonly Certificate[] } | null> {
  try {
    return await readPkcs12(bytes, password);
  } catch (error) {
    if (error instanceof SigningError && error.code === 'wrong-password') return null;
    throw error;
  }
}
