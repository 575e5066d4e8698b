/**
 * Folds Vietnamese text for search: NFC or NFD in, lower case without marks out, đ as d, runs of white space
 * as one blank. `foldText('Nghị định') === 'nghi dinh'`.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}
