import { shell } from './en/shell.ts';
import type { Texts } from './vi.ts';

export const en: Texts = { ...shell };
