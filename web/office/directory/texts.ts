import { directory as en } from '../../texts/en/directory.ts';
import { directory as vi } from '../../texts/vi/directory.ts';
import { useLanguage } from '../../ui/language.tsx';

export type DirectoryTexts = typeof vi;

/** Texts of the directory's pages, which load with them and not with the first view. */
export function useDirectoryTexts(): DirectoryTexts {
  return useLanguage().language === 'vi' ? vi : en;
}
