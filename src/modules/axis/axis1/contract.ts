import { z } from 'zod';

/** Shapes of axis-1 (docs/protocol/axis-1.md); the OpenAPI document at /axis/v1/openapi.json comes out of them. */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const moment = z.iso.datetime();

export const messageType = z.enum(['edoc', 'status']);

export const sendHeaders = z.looseObject({
  'content-digest': z.string().max(8_192),
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/)
    .describe('One for each thing to be sent; the same for every repeat'),
  'phigiay-message-type': messageType,
  'phigiay-from': z.string().min(1).max(64).describe('Code of the sender, as in the package'),
  'phigiay-to': z
    .string()
    .max(8_192)
    .optional()
    .describe('Codes of the package to deliver to, separated by commas; absent: all of them'),
});

export const acceptance = z.object({
  receipt: z.string().describe('Compact JWS, ES256'),
  envelope: sha256,
  logIndex: z.int().nonnegative(),
  counter: z.int().positive(),
  acceptedAt: moment,
  recipients: z.array(z.object({ code: z.string(), orgName: z.string() })),
});

export const inboxQuery = z.object({
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const forwardNote = z.object({
  code: z.string().describe('The code that the letter was written to'),
  name: z.string().describe('Last name of the body that had it'),
  basis: z.string().describe('Number of the decision; empty when the body itself has a new code'),
  on: z.string().describe('Day of the decision, yyyy-MM-dd'),
  toCode: z.string(),
  toName: z.string(),
});

const inboxItem = z.object({
  id: z.uuid(),
  envelope: sha256,
  contentHash: sha256.describe('SHA-256 of the package'),
  messageType,
  from: z.string(),
  to: z.string(),
  documentId: z.string(),
  urgency: z.int(),
  size: z.int(),
  acceptedAt: moment,
  logIndex: z.int(),
  receipt: z.string(),
  forwarded: forwardNote.optional(),
});

export const inboxPage = z.object({ items: z.array(inboxItem), next: z.string() });

export const deliveryParams = z.object({ id: z.uuid() });

export const acknowledgement = z.strictObject({
  result: z.enum(['stored', 'refused']),
  reason: z.string().max(1_000).optional(),
});

export const acknowledged = z.object({
  state: z.enum(['stored', 'refused']),
  logIndex: z.int().nonnegative(),
});

export const changesPage = z.object({
  items: z.array(
    z.object({
      envelope: sha256,
      recipientCode: z.string(),
      recipientName: z.string(),
      state: z.enum(['queued', 'fetched', 'refused', 'stored']),
      at: moment,
      reason: z.string().optional(),
      logIndex: z.int().optional(),
      forwarded: forwardNote.optional(),
    }),
  ),
  next: z.string(),
});

export const envelopeParams = z.object({ envelope: sha256 });

export const directoryQuery = z.object({ edition: z.string().max(64).optional() });

export const directoryAnswer = z.object({
  edition: z.string(),
  unchanged: z.boolean(),
  organisations: z.array(
    z.object({
      code: z.string(),
      code102: z.string(),
      name: z.string(),
      parentCode: z.string().nullable(),
      level: z.string(),
    }),
  ),
});

export const appliedEdition = z.strictObject({
  edition: z.int().positive(),
  root: sha256.describe('Root of the copy after it'),
});
export const appliedAnswer = z.object({ edition: z.int(), agrees: z.boolean() });

export const axisKey = z.object({
  jwk: z.looseObject({ kty: z.string() }),
  kid: z.string(),
  logKey: z.string().describe('Verifier key of the log (C2SP signed note)'),
  origin: z.string(),
});

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  next: z.string(),
});
