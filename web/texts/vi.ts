import { shell } from './vi/shell.ts';

/** Every text of the screens, in Vietnamese: the source. A text that is missing in another language does not compile. */
export const vi = { ...shell };

type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Widen<T[K]> };
export type Texts = Widen<typeof vi>;
