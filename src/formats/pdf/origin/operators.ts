import { PdfError } from '../errors.ts';
import { isWhite, readValue, skipSpace, type Cursor } from '../lexer.ts';
import type { PdfDict, PdfValue } from '../values.ts';

/** An operator with its operands; an inline image is the operator `BI` with its dictionary and the data's length. */
export interface Operation {
  readonly operator: string;
  readonly operands: readonly PdfValue[];
  readonly inline?: { readonly dict: PdfDict; readonly length: number };
}

const mostOperands = 600;
const letter = (code: number | undefined): boolean =>
  code !== undefined &&
  ((code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 0x27 ||
    code === 0x22 ||
    code === 0x2a);

/** Reads a content stream operator by operator (ISO 32000-1 §7.8.2); what makes no sense is passed over. */
export function* operationsOf(bytes: Uint8Array): Generator<Operation> {
  const cursor: Cursor = { bytes, at: 0, inFile: false, note: () => undefined };
  let operands: PdfValue[] = [];
  for (;;) {
    skipSpace(cursor);
    const code = bytes[cursor.at];
    if (code === undefined) return;
    const word = letter(code) ? takeOperator(cursor) : '';
    if (word === 'true' || word === 'false' || word === 'null') {
      operands.push(word === 'null' ? null : word === 'true');
    } else if (word === 'BI') {
      yield { operator: 'BI', operands: [], inline: takeInlineImage(cursor) };
      operands = [];
    } else if (word !== '') {
      yield { operator: word, operands };
      operands = [];
    } else {
      const from = cursor.at;
      try {
        const value = readValue(cursor);
        if (operands.length < mostOperands) operands.push(value);
      } catch (error) {
        if (!(error instanceof PdfError)) throw error;
        cursor.at = Math.max(cursor.at, from + 1);
      }
    }
  }
}

function takeOperator(cursor: Cursor): string {
  const from = cursor.at;
  while (letter(cursor.bytes[cursor.at]) || (cursor.at > from && digit(cursor.bytes[cursor.at])))
    cursor.at += 1;
  return Buffer.from(cursor.bytes.subarray(from, Math.min(cursor.at, from + 16))).toString('latin1');
}

const digit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57;

function takeInlineImage(cursor: Cursor): { dict: PdfDict; length: number } {
  const { bytes } = cursor;
  const entries = new Map<string, PdfValue>();
  try {
    for (;;) {
      skipSpace(cursor);
      if (bytes[cursor.at] !== 0x2f) break;
      const key = readValue(cursor);
      const value = readValue(cursor);
      if (typeof key === 'object' && key !== null && 'kind' in key && key.kind === 'name')
        entries.set(key.name, value);
    }
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
  }
  const start = cursor.at + 3;
  let at = start;
  // The data end at "EI" between white space; a chance hit inside makes the image look smaller, no more.
  while (at < bytes.length && !(bytes[at] === 0x45 && bytes[at + 1] === 0x49 && isWhite(bytes[at - 1])))
    at += 1;
  cursor.at = Math.min(bytes.length, at + 2);
  return { dict: { kind: 'dict', entries }, length: Math.max(0, at - start) };
}
