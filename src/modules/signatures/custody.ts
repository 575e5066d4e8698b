import { createPrivateKey, type KeyObject } from 'node:crypto';
import { certificateToPem, readCertificatesPem, type Certificate } from '#formats/x509';
import type { IssuedKey } from '#signing';

/** Interim until the PKCS#12 writer lands: PKCS#8 under the PIN, and the chain. */
export function sealKeyStore(issued: Pick<IssuedKey, 'key' | 'chain'>, pin: string, _label: string): Buffer {
  const key = issued.key.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: pin,
  }) as string;
  return Buffer.from(key + issued.chain.map(certificateToPem).join(''));
}

export function openKeyStore(
  bytes: Buffer,
  pin: string,
): { readonly key: KeyObject; readonly chain: readonly Certificate[] } | null {
  const text = bytes.toString('utf8');
  try {
    return {
      key: createPrivateKey({ key: text.slice(0, text.indexOf('-----BEGIN CERTIFICATE')), passphrase: pin }),
      chain: readCertificatesPem(text),
    };
  } catch {
    return null;
  }
}
