import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { vi, type Texts } from '../texts/vi.ts';
import { setApiLanguage } from './api.ts';

export type Language = 'vi' | 'en';

const LanguageContext = createContext<{ language: Language; texts: Texts; choose(next: Language): void }>({
  language: 'vi',
  texts: vi,
  choose: () => undefined,
});

const remembered = (): Language => (localStorage.getItem('phigiay.language') === 'en' ? 'en' : 'vi');

/** Vietnamese is at hand at once; English is fetched when chosen. */
export function LanguageProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState<Language>(remembered);
  const [english, setEnglish] = useState<Texts | null>(null);
  useEffect(() => {
    setApiLanguage(language);
    document.documentElement.lang = language;
    if (language === 'en' && !english) void import('../texts/en.ts').then((loaded) => setEnglish(loaded.en));
  }, [language, english]);
  const choose = useCallback((next: Language) => {
    localStorage.setItem('phigiay.language', next);
    setLanguage(next);
  }, []);
  const value = useMemo(
    () => ({ language, texts: language === 'en' && english ? english : vi, choose }),
    [language, english, choose],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useTexts(): Texts {
  return use(LanguageContext).texts;
}

export function useLanguage(): { language: Language; choose(next: Language): void } {
  return use(LanguageContext);
}
