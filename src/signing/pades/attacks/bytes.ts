import { documentAt, formFields, isKind, openPdf, type Span, type XrefSection } from '#formats/pdf';
import type { Attack } from './after.ts';

/** Where the parts of the last signature stand in the file. */
function lastSignature(signed: Uint8Array): { contents: Span; range: Span; text: string } {
  const document = documentAt(openPdf(signed));
  const spans = formFields(document).flatMap((field) => {
    const contents = document.dict(field.value)?.entries.get('Contents');
    return isKind(contents, 'string') && contents.span !== undefined ? [contents.span] : [];
  });
  const contents = spans.sort((left, right) => left.start - right.start).at(-1) as Span;
  const text = Buffer.from(signed).toString('latin1');
  const at = text.lastIndexOf('/ByteRange', contents.start);
  const start = text.indexOf('[', at);
  return { contents, range: { start, end: text.indexOf(']', start) + 1 }, text };
}

/** Overwrites bytes, keeping the length of the file. */
function overwrite(signed: Uint8Array, at: number, text: string): Uint8Array {
  const out = Buffer.from(signed);
  out.write(text, at, 'latin1');
  return out;
}

const setRange =
  (make: (numbers: readonly number[], file: number) => string): Attack =>
  (signed) => {
    const { range, text } = lastSignature(signed);
    const numbers = text
      .slice(range.start + 1, range.end - 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    return overwrite(signed, range.start, make(numbers, signed.length).padEnd(range.end - range.start));
  };

const setContents =
  (make: (hex: string) => string): Attack =>
  (signed) => {
    const { contents, text } = lastSignature(signed);
    return overwrite(signed, contents.start, make(text.slice(contents.start, contents.end)));
  };

const rename =
  (key: string, other: string): Attack =>
  (signed) => {
    const { range, contents, text } = lastSignature(signed);
    return overwrite(
      signed,
      text.lastIndexOf(key, key === '/Contents' ? contents.start : range.start),
      other,
    );
  };

/**
 * Signature wrapping: the signed second part is moved to the end; the gap holds an object of the attacker, and, at
 * the place where the moved `startxref` still points, a table that names it.
 */
const wrap: Attack = (signed) => {
  const { contents, range, text } = lastSignature(signed);
  const { file } = documentAt(openPdf(signed));
  const section = file.revisions.at(-1)?.sections[0] as XrefSection;
  const entries = [...section.entries].filter(([, entry]) => entry.type === 'offset');
  const close = '>>\nendobj\n';
  const evil = `${close}9 0 obj\n(thay noi dung)\nendobj\n`;
  const table = (shift: number): string => {
    const line = (offset: number): string => `${String(offset).padStart(10, '0')} 00000 n \n`;
    const own = entries.map(([num, entry]) => {
      const offset = entry.type === 'offset' ? entry.offset : 0;
      return `${num} 1\n${line(offset > contents.end ? offset + shift : offset)}`;
    });
    const trailer = text.slice(
      text.indexOf('trailer', section.offset),
      text.indexOf('startxref', section.offset),
    );
    return `xref\n9 1\n${line(contents.end + close.length)}${own.join('')}${trailer}`;
  };
  const gap = section.offset - contents.end;
  const inserted = evil.padEnd(gap) + table(gap + table(0).length);
  const moved = `[0 ${contents.start} ${contents.end + inserted.length} ${signed.length - contents.end}]`;
  const wrapped = text.slice(0, contents.end) + inserted + text.slice(contents.end);
  return overwrite(Buffer.from(wrapped, 'latin1'), range.start, moved.padEnd(range.end - range.start));
};

/** Attacks on the container of the last signature, by bytes. */
export const attacksOnContainer: Readonly<Record<string, Attack>> = {
  'signature wrapping': wrap,
  'universal forgery: no /ByteRange': rename('/ByteRange', '/XyteRange'),
  'universal forgery: no /Contents': rename('/Contents', '/Xontents'),
  'universal forgery: /ByteRange null': setRange(() => 'null'),
  'universal forgery: /ByteRange negative': setRange(([, a]) => `[0 ${a} -1 -1]`),
  'universal forgery: /ByteRange empty': setRange(() => '[]'),
  'universal forgery: /ByteRange of two numbers': setRange(([, a]) => `[0 ${a}]`),
  'universal forgery: /Contents empty': setContents((hex) => `<>${' '.repeat(hex.length - 2)}`),
  'universal forgery: /Contents of zeros': setContents((hex) => `<${'0'.repeat(hex.length - 2)}>`),
  'universal forgery: /Contents null': setContents((hex) => 'null'.padEnd(hex.length)),
  'ByteRange: begins after the header': setRange(([, a = 0, b, c]) => `[8 ${a - 8} ${b} ${c}]`),
  'ByteRange: gap one byte wider': setRange(([, a, b = 0, c = 0]) => `[0 ${a} ${b + 1} ${c - 1}]`),
  'ByteRange: gap one byte narrower': setRange(([, a = 0, b, c]) => `[0 ${a + 1} ${b} ${c}]`),
  'ByteRange: beyond the file': setRange(([, a, b, c = 0]) => `[0 ${a} ${b} ${c + 100}]`),
  'ByteRange: short of the end': setRange(([, a, b, c = 0]) => `[0 ${a} ${b} ${c - 20}]`),
  'Contents: data in the padding': setContents((hex) => `${hex.slice(0, -5)}BEEF>`),
  'Contents: written as a literal string': setContents((hex) => `(${hex.slice(1, -1)})`),
  'Contents: written twice': (signed) => {
    const { contents } = lastSignature(signed);
    return overwrite(signed, contents.end - 80, '>/Contents <');
  },
  'Contents: first byte not a sequence': setContents((hex) => `<31${hex.slice(3)}`),
};
