import { z } from 'zod';
import { refuse } from '#kernel';

const shape = z.tuple([z.iso.datetime(), z.string().regex(/^(\d{1,18}|[0-9a-f-]{36})$/)]);

/** Where a page ends, for the next to go on; opaque to the caller. */
export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');
}

/** @throws Refusal kernel.invalid-input */
export function decodeCursor(
  cursor: string | undefined,
): { readonly at: string; readonly id: string } | null {
  if (cursor === undefined) return null;
  try {
    const [at, id] = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at, id };
  } catch {
    throw refuse('invalid-input', { field: 'cursor', reason: 'không hợp lệ' });
  }
}
