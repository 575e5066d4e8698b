import { z } from 'zod';
import { fileInfo, id, instant, line } from './contractParts.ts';

/** Sao y (the whole), sao lục (of what was received), trích sao (some pages): Decree 30/2020 Art. 25. */
export const copyForms = ['SY', 'SL', 'TrS'] as const;
export type CopyForm = (typeof copyForms)[number];

/** POST /copies: makes a copy, signed by the agency, with the original inside. */
export const copyBody = z.object({
  kind: z.enum(['outgoing', 'incoming']),
  documentId: id,
  form: z.enum(copyForms),
  /** The file to copy; the letter itself when absent. */
  fileId: id.optional(),
  /** Only for trích sao: pages from 1. */
  pages: z.array(z.number().int().min(1).max(10_000)).max(500).default([]),
  /** Who decided on the copy (Art. 26). */
  authoriserId: id,
  purpose: line(500).min(5),
  pin: z.string().min(4).max(64),
});
export const copyView = z.object({
  id,
  form: z.enum(copyForms),
  notation: z.string(),
  purpose: z.string(),
  authoriser: z.object({ id: z.string(), name: z.string() }),
  by: z.string(),
  at: instant,
  file: fileInfo,
});
export type CopyView = z.infer<typeof copyView>;
/** GET /copies?kind=&documentId= */
export const copiesQuery = z.object({ kind: z.enum(['outgoing', 'incoming']), documentId: id });
export const copiesAnswer = z.object({ items: z.array(copyView) });
