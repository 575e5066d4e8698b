import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import {
  certificateToPem,
  readCertificatesPem,
  revocationReasons,
  type Certificate,
  type RevocationReason,
} from '#formats/x509';
import { SigningError } from './errors.ts';

export interface AuthorityKey {
  readonly key: KeyObject;
  readonly certificate: Certificate;
}

export interface AuthorityUrls {
  readonly ocsp?: string;
  /** CRL of the issuing CA: officers, seals, servers, TSA. */
  readonly crl?: string;
  /** CRL of the root: the issuing CA. */
  readonly rootCrl?: string;
  /** Certificate of the issuing CA. */
  readonly issuer?: string;
}

export interface Revocation {
  readonly reason: RevocationReason;
  readonly at: Date;
}

/** All that an authority is; keys included. */
export interface AuthorityState {
  readonly organisation: string;
  readonly urls: AuthorityUrls;
  readonly root: AuthorityKey;
  readonly issuing: AuthorityKey;
  readonly tsa: AuthorityKey;
  readonly ocsp: AuthorityKey;
  /** Serial numbers, in hex, of what the issuing CA issued. */
  readonly issued: Set<string>;
  readonly revoked: Map<string, Revocation>;
  crlNumber: number;
}

interface StoredKey {
  readonly key: string;
  readonly certificate: string;
}

/** The state as JSON: private keys as PKCS#8 PEM in the clear, for a folder that only the server reads. */
export interface StoredAuthority {
  readonly version: 1;
  readonly organisation: string;
  readonly urls: AuthorityUrls;
  readonly root: StoredKey;
  readonly issuing: StoredKey;
  readonly tsa: StoredKey;
  readonly ocsp: StoredKey;
  readonly issued: readonly string[];
  readonly revoked: readonly (readonly [serial: string, reason: RevocationReason, at: string])[];
  readonly crlNumber: number;
}

function storeKey({ key, certificate }: AuthorityKey): StoredKey {
  return {
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
    certificate: certificateToPem(certificate),
  };
}

export function storeState(state: AuthorityState): StoredAuthority {
  return {
    version: 1,
    organisation: state.organisation,
    urls: state.urls,
    root: storeKey(state.root),
    issuing: storeKey(state.issuing),
    tsa: storeKey(state.tsa),
    ocsp: storeKey(state.ocsp),
    issued: [...state.issued],
    revoked: [...state.revoked].map(([serial, { reason, at }]) => [serial, reason, at.toISOString()]),
    crlNumber: state.crlNumber,
  };
}

function restoreKey(stored: StoredKey): AuthorityKey {
  const [certificate] = readCertificatesPem(stored.certificate);
  if (!certificate) throw new SigningError('authority-state-malformed', 'certificate');
  return { key: createPrivateKey(stored.key), certificate };
}

/** @throws SigningError `authority-state-malformed` */
export function restoreState(stored: StoredAuthority): AuthorityState {
  try {
    if (stored.version !== 1) throw new SigningError('authority-state-malformed', 'version');
    return {
      organisation: stored.organisation,
      urls: stored.urls,
      root: restoreKey(stored.root),
      issuing: restoreKey(stored.issuing),
      tsa: restoreKey(stored.tsa),
      ocsp: restoreKey(stored.ocsp),
      issued: new Set(stored.issued),
      revoked: new Map(
        stored.revoked.map(([serial, reason, at]) => {
          const time = new Date(at);
          if (!(reason in revocationReasons) || Number.isNaN(time.getTime()))
            throw new SigningError('authority-state-malformed', `revocation of ${serial}`);
          return [serial, { reason, at: time }];
        }),
      ),
      crlNumber: stored.crlNumber,
    };
  } catch (error) {
    if (
      error instanceof SigningError ||
      error instanceof Asn1Error ||
      error instanceof TypeError ||
      error instanceof Error
    )
      throw error instanceof SigningError
        ? error
        : new SigningError('authority-state-malformed', 'not readable', error);
    throw error;
  }
}
