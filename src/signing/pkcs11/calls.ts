import type { TokenOperation } from './mechanisms.ts';

/** A token that is present, as the driver tells of it. */
export interface TokenFacts {
  /** Handle of its slot, hex. */
  readonly slot: string;
  readonly label: string;
  readonly serialNumber: string;
  readonly manufacturer: string;
  readonly model: string;
  /** The PIN is typed on the device itself (CKF_PROTECTED_AUTHENTICATION_PATH). */
  readonly pinPad: boolean;
  /** CKM_* that it says it has. */
  readonly mechanisms: readonly number[];
}

export interface TokenObjects {
  readonly certificates: readonly { readonly id: string; readonly label: string; readonly der: Uint8Array }[];
  readonly keys: readonly {
    readonly id: string;
    readonly label: string;
    /** Wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE). */
    readonly alwaysAuthenticate: boolean;
  }[];
}

/** What the thread of a driver is asked; one call is a few calls of PKCS#11. */
export type TokenCall =
  | { readonly kind: 'tokens' }
  | { readonly kind: 'login'; readonly slot: string; readonly pin: string | undefined }
  | { readonly kind: 'objects'; readonly slot: string }
  | {
      readonly kind: 'sign';
      readonly slot: string;
      /** CKA_ID, hex. */
      readonly key: string;
      readonly operation: TokenOperation;
      readonly reauthenticate: boolean;
      readonly pin?: string | undefined;
    }
  | { readonly kind: 'tries'; readonly slot: string }
  | { readonly kind: 'close'; readonly slot: string }
  | { readonly kind: 'finish' };

export type TokenAnswer =
  | { readonly ok: true; readonly value: unknown }
  /** A return value of the standard, or `binding-missing`, `library-unusable`. */
  | { readonly ok: false; readonly ckr: string };
