import { documents } from './en/documents.ts';
import { open } from './en/open.ts';
import { shell } from './en/shell.ts';
import { work } from './en/work.ts';
import type { Texts } from './vi.ts';

export const en: Texts = { ...shell, documents, open, work };
