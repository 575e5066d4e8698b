/** A cell that a spreadsheet would take for a formula is written as text (OWASP CSV injection). */
const dangerous = /^[=+\-@\t\r]/;

function cell(text: string): string {
  const safe = dangerous.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180), UTF-8 with a byte-order mark so that spreadsheets read the marks of Vietnamese. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`;
}

/** Rows of a CSV (RFC 4180); the quote that `writeCsv` puts before a dangerous cell is taken off. @throws SyntaxError */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const part = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|$)/y;
  const source = text.replace(/^\uFEFF/, '');
  while (part.lastIndex < source.length) {
    const match = part.exec(source);
    if (!match) throw new SyntaxError('not a CSV');
    const [, raw = '', end = ''] = match;
    const value = raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw;
    row.push(value.startsWith("'") && dangerous.test(value.slice(1)) ? value.slice(1) : value);
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  if (row.length > 0) rows.push([...row, '']);
  return rows.filter((one) => one.some((value) => value !== ''));
}
