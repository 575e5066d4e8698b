import { z } from 'zod';

export const roles = ['clerk', 'specialist', 'head', 'leader', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A person of my organisation. */
export const person = z.object({
  id: z.uuid(),
  fullName: z.string(),
  username: z.string(),
  unitId: z.uuid().nullable(),
  unitName: z.string().nullable(),
  post: z.string(),
  roles: z.array(z.enum(roles)),
  /** What stands before the post when they sign (Decree 30/2020 App. I). */
  capacity: z.enum(['', 'TM.', 'KT.', 'TL.', 'TUQ.', 'Q.']),
  absentUntil: z.string().nullable(),
});

/** POST /api/session */
export const signInBody = z.object({
  username: z.string().min(1).max(100),
  password: z.string().min(1).max(200),
});
/** GET /api/session, and the answer to every way of signing in. */
export const sessionAnswer = z.object({
  person,
  organisation: z.object({ id: z.uuid(), name: z.string(), code: z.string() }),
});

/** GET /api/people */
export const peopleQuery = z.object({ unitId: z.uuid().optional(), role: z.enum(roles).optional() });
export const peopleAnswer = z.object({ items: z.array(person) });

/** WebAuthn messages are checked by the library that reads them; here only their outer shape. */
export const passkeyResponseBody = z.object({ response: z.looseObject({ id: z.string().max(2_000) }) });
export const passkeyOptions = z.looseObject({ challenge: z.string() });
export const passkeysAnswer = z.object({
  items: z.array(
    z.object({ id: z.string(), name: z.string(), createdAt: z.string(), usedAt: z.string().nullable() }),
  ),
});
export const passkeyParams = z.object({ id: z.string().min(1).max(2_000) });
