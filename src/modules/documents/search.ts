import { foldText } from '#kernel';

/**
 * Search terms of a document: words without marks, words with marks (prefixed `=`), pieces of the notation. The
 * index is a tsvector of these, made here and not by PostgreSQL's text search configuration: the same on every
 * server, without extensions.
 */

const oldTone: readonly (readonly [RegExp, string])[] = [
  ['oà', 'òa'],
  ['oá', 'óa'],
  ['oả', 'ỏa'],
  ['oã', 'õa'],
  ['oạ', 'ọa'],
  ['oè', 'òe'],
  ['oé', 'óe'],
  ['oẻ', 'ỏe'],
  ['oẽ', 'õe'],
  ['oẹ', 'ọe'],
  ['uỳ', 'ùy'],
  ['uý', 'úy'],
  ['uỷ', 'ủy'],
  ['uỹ', 'ũy'],
  ['uỵ', 'ụy'],
].map(([one, other]) => [new RegExp(`(?<!q)${one}(?!\\p{L})`, 'gu'), other as string] as const);

/** Lower case, composed, tone marks in their old place: "hoà" and "hòa" are one word. */
function marked(text: string): string {
  let result = text.normalize('NFC').toLowerCase();
  for (const [pattern, place] of oldTone) result = result.replace(pattern, place);
  return result;
}

const words = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const longest = 60;
const cut = (word: string): string => word.slice(0, longest);

/** The notation without marks, blanks and the printed zero: "07/STC - BCTC" → "7/stc-bctc". */
export function notationKey(notation: string): string {
  return foldText(notation)
    .replace(/\s+/g, '')
    .replace(/^0+(?=\d)/, '')
    .slice(0, 120);
}

/** All terms under which a text can be found; at most 2,000. */
export function searchTokens(
  texts: readonly (string | null | undefined)[],
  notation: string | null,
): string[] {
  const found = new Set<string>();
  const add = (text: string): void => {
    for (const word of words(foldText(text))) found.add(cut(word));
    for (const word of words(marked(text))) if (foldText(word) !== word) found.add(`=${cut(word)}`);
  };
  for (const text of texts) if (text) add(text);
  if (notation) {
    add(notation);
    // Printed with a zero, asked for without it, or the other way round.
    const number =
      /^\s*0+(\d+)/.exec(notation)?.[1] ?? /^\s*([1-9])(?!\d)/.exec(notation)?.[1]?.padStart(2, '0');
    if (number !== undefined) found.add(number);
    const key = notationKey(notation);
    if (key !== '') found.add(`/${cut(key)}`);
  }
  found.delete('');
  return [...found].slice(0, 2_000);
}

/** What to look for. */
export interface SearchQuery {
  /** As text for a cast to tsquery; null when nothing was asked. */
  readonly wanted: string | null;
  /** The words that carry marks, as typed; null when there are none. */
  readonly exact: string | null;
  /** As the start of a notation; empty when the text cannot be one. */
  readonly key: string;
}

const term = (word: string, prefix: boolean): string =>
  `'${word.replaceAll("'", "''")}'${prefix ? ':*' : ''}`;

/**
 * Parses what was typed: every word must occur, the last one may be the beginning of a word; "2491", "STC-BCTC",
 * "2491/STC", with or without blanks and marks, find 2491/STC-BCTC.
 */
export function searchQuery(text: string | undefined): SearchQuery {
  const folded = words(foldText(text ?? ''))
    .map(cut)
    .slice(0, 20);
  if (text === undefined || folded.length === 0) return { wanted: null, exact: null, key: '' };
  const withMarks = words(marked(text))
    .map(cut)
    .slice(0, 20)
    .filter((word) => foldText(word) !== word);
  return {
    wanted: folded.map((word, index) => term(word, index === folded.length - 1)).join(' & '),
    exact: withMarks.length === 0 ? null : withMarks.map((word) => term(`=${word}`, false)).join(' & '),
    key: /\d/.test(text) || text.includes('/') || text.includes('-') ? notationKey(text) : '',
  };
}
