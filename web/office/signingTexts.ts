import { signing as english } from '../texts/en/signing.ts';
import type { Widen } from '../texts/vi.ts';
import { signing as vietnamese } from '../texts/vi/signing.ts';
import { useLanguage } from '../ui/language.tsx';

/** Texts of signing, signing authority and copies: only pages that need them load them. */
export function useSigningTexts(): Widen<typeof vietnamese> {
  return useLanguage().language === 'en' ? english : vietnamese;
}
