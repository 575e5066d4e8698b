import { check as en } from '../../../texts/en/check.ts';
import { check as vi } from '../../../texts/vi/check.ts';
import type { Widen } from '../../../texts/vi.ts';
import { useLanguage } from '../../../ui/language.tsx';

/** The texts of the public page; they come with the page, so that the office does not carry them. */
export function useCheckTexts(): Widen<typeof vi> {
  return useLanguage().language === 'en' ? en : vi;
}
