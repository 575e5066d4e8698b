import { z } from 'zod';

export const grantedCapacities = ['KT.', 'TL.', 'TUQ.', 'Q.'] as const;
export type GrantedCapacity = (typeof grantedCapacities)[number];

const text = (most: number) => z.string().trim().max(most);

/** One authorisation to sign (SigningAuthority) as the register shows it. */
export const signingAuthority = z.object({
  id: z.uuid(),
  person: z.object({ id: z.uuid(), name: z.string(), post: z.string() }),
  capacity: z.enum(grantedCapacities),
  types: z.array(z.string()),
  units: z.array(z.object({ id: z.uuid(), name: z.string() })),
  basis: z.string(),
  validFrom: z.iso.date(),
  /** The last day; null: until it is revoked. */
  validTo: z.iso.date().nullable(),
  grantedBy: z.string(),
  grantedAt: z.string(),
  revoked: z.object({ from: z.iso.date(), at: z.string(), by: z.string(), reason: z.string() }).nullable(),
  state: z.enum(['in-force', 'future', 'ended', 'revoked']),
});
export type SigningAuthority = z.infer<typeof signingAuthority>;

/** Whoever signs by virtue of their post, with no authorisation. */
export const signingHead = z.object({ id: z.uuid(), name: z.string(), post: z.string(), basis: z.string() });

/** GET /api/signatures/authorities */
export const authoritiesAnswer = z.object({
  heads: z.array(signingHead),
  items: z.array(signingAuthority),
  mayChange: z.boolean(),
});

/** POST /api/signatures/authorities */
export const grantBody = z.object({
  personId: z.uuid(),
  capacity: z.enum(grantedCapacities),
  types: z.array(text(10).min(1)).max(40).default([]),
  units: z.array(z.uuid()).max(100).default([]),
  /** The document that gives it: "Quyết định 15/QĐ-BTC ngày 02/01/2026". */
  basis: text(300).min(5),
  validFrom: z.iso.date(),
  validTo: z.iso.date().nullable().default(null),
});
/** POST /api/signatures/authorities/:id/revoke */
export const revokeBody = z.object({ from: z.iso.date(), reason: text(500).min(5) });
export const authorityParams = z.object({ id: z.uuid() });
export {
  checkAnswer,
  checkLimits,
  type CheckAnswer,
  type CheckedFacts,
  type CheckVerdict,
} from './contractCheck.ts';
