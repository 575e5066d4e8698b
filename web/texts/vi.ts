import { documents } from './vi/documents.ts';
import { open } from './vi/open.ts';
import { shell } from './vi/shell.ts';
import { work } from './vi/work.ts';

/** Every text of the screens, in Vietnamese: the source. A text that is missing in another language does not compile. */
export const vi = { ...shell, documents, open, work };

/** The same texts in any words. */
export type Widen<T> = T extends readonly (infer E)[]
  ? readonly Widen<E>[]
  : T extends string
    ? string
    : T extends (...args: infer A) => string
      ? (...args: A) => string
      : { readonly [K in keyof T]: Widen<T[K]> };
export type Texts = Widen<typeof vi>;
