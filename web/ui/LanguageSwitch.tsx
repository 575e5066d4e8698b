import { Button } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useLanguage, useTexts } from './language.tsx';

export function LanguageSwitch(): ReactNode {
  const texts = useTexts();
  const { language, choose } = useLanguage();
  const other = language === 'vi' ? 'en' : 'vi';
  return (
    <Button
      variant="subtle"
      size="compact-md"
      leftSection={<IconLanguage size={18} />}
      lang={other}
      title={texts.nav.languageLabel}
      onClick={() => choose(other)}
    >
      {texts.nav.language}
    </Button>
  );
}
