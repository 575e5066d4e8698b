import { z } from 'zod';
import { Asn1Error } from '#formats/asn1';
import { readCertificatesPem } from '#formats/x509';
import type { TrustAnchor } from '../path/index.ts';

const date = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => new Date(text));
const until = date.optional();
const revocation = z.enum(['require', 'prefer', 'ignore']);
const role = z.enum(['initials', 'officer', 'organisation']);

const anchorSchema = z.strictObject({
  /** PEM of the trusted certificate. */
  certificate: z.string().max(20_000),
  from: until,
  until,
  purposes: z
    .array(z.enum(['signing', 'timestamping', 'server']))
    .min(1)
    .optional(),
});

const algorithmSchema = z.strictObject({
  digests: z
    .array(z.strictObject({ digest: z.enum(['sha1', 'sha224', 'sha256', 'sha384', 'sha512']), until }))
    .max(50),
  keys: z
    .array(
      z.strictObject({
        key: z.enum(['rsa', 'dsa', 'ec', 'ed25519']),
        bits: z.int().min(1).max(65_536),
        until,
      }),
    )
    .max(50),
});

/**
 * A validation policy as data (JSON): by what signatures are judged (EN 319 102-1 §4.2, TS 119 172-1). What is left
 * out is as in `defaultPolicy`.
 */
export const policySchema = z.strictObject({
  /** Name and version, printed in every report. */
  name: z.string().min(1).max(200),
  /** Who is trusted, from when to when, and for what. */
  anchors: z.array(anchorSchema).max(1000).default([]),
  /** Which algorithms count until when; each signature is judged by the date it is proven to have existed at. */
  algorithms: algorithmSchema.optional(),
  revocation: z
    .strictObject({
      /** `require`: no verdict without the state of every certificate; `prefer`: said, not demanded. */
      signing: revocation.default('require'),
      timestamping: revocation.default('prefer'),
      /** Evidence must have been issued at the time of signing or later, not only be current then. */
      issuedAfterSigning: z.boolean().default(false),
      /** Hours for which evidence without a next update is believed. */
      maxAgeHours: z.number().positive().max(8760).default(24),
    })
    .prefault({}),
  time: z
    .strictObject({
      /** A signature without a trusted timestamp is not enough. */
      requireTimestamp: z.boolean().default(false),
      /** Seconds that clocks may differ. */
      skewSeconds: z.int().min(0).max(86_400).default(300),
    })
    .prefault({}),
  /** The level that every signature must have reached. */
  requireLevel: z.enum(['B-B', 'B-T', 'B-LT', 'B-LTA']).default('B-B'),
  /** Signatures that must be there. */
  requireSignatures: z.array(role).default([]),
  /** Changes after signing that are permitted where the signature itself permits them; absent: all of them. */
  allowedChanges: z
    .array(
      z.enum([
        'field-filled',
        'signature-added',
        'signature-field-added',
        'visible-signature-added',
        'timestamp-added',
        'validation-data-added',
        'metadata-changed',
        'form-resources-added',
      ]),
    )
    .optional(),
});

/** A policy that has been read and completed. */
export interface ValidationPolicy extends Omit<z.output<typeof policySchema>, 'anchors' | 'algorithms'> {
  readonly anchors: readonly TrustAnchor[];
  readonly algorithms: NonNullable<z.output<typeof policySchema>['algorithms']>;
}

/** Why a policy is refused; `detail` is for the person who writes it. */
export class PolicyError extends Error {
  readonly code = 'policy-malformed';
  readonly detail: string;

  constructor(detail: string, cause?: unknown) {
    super(`policy-malformed: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'PolicyError';
    this.detail = detail;
  }
}

/** SHA-1 and RSA-1024 count for what is proven to be of their days; SHA-256, RSA-2048 and P-256 count today. */
const defaultAlgorithms: ValidationPolicy['algorithms'] = {
  digests: [
    { digest: 'sha1', until: new Date('2017-01-01T00:00:00Z') },
    { digest: 'sha224', until: new Date('2024-01-01T00:00:00Z') },
    { digest: 'sha256', until: undefined },
    { digest: 'sha384', until: undefined },
    { digest: 'sha512', until: undefined },
  ],
  keys: [
    { key: 'rsa', bits: 1024, until: new Date('2014-01-01T00:00:00Z') },
    { key: 'rsa', bits: 2048, until: undefined },
    { key: 'dsa', bits: 2048, until: new Date('2020-01-01T00:00:00Z') },
    { key: 'ec', bits: 224, until: new Date('2017-01-01T00:00:00Z') },
    { key: 'ec', bits: 256, until: undefined },
    { key: 'ed25519', bits: 256, until: undefined },
  ],
};

/**
 * Reads a policy from JSON.
 * @throws PolicyError with the place and the reason
 */
export function readPolicy(json: unknown): ValidationPolicy {
  const parsed = policySchema.safeParse(json);
  if (!parsed.success) throw new PolicyError(z.prettifyError(parsed.error), parsed.error);
  const { anchors, algorithms = defaultAlgorithms, ...rest } = parsed.data;
  return { ...rest, algorithms, anchors: anchors.flatMap(readAnchor) };
}

function readAnchor(anchor: z.output<typeof anchorSchema>, index: number): TrustAnchor[] {
  const { certificate: pem, from, until: end, purposes } = anchor;
  try {
    const certificates = readCertificatesPem(pem);
    if (certificates.length === 0) throw new PolicyError(`anchors[${index}]: no certificate`);
    return certificates.map((certificate) => ({
      certificate,
      ...(from ? { from } : {}),
      ...(end ? { until: end } : {}),
      ...(purposes ? { purposes } : {}),
    }));
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new PolicyError(`anchors[${index}]: ${error.message}`, error);
  }
}

/** The policy where none is given: nobody is trusted yet, everything else as documented in `docs/signing.md`. */
export const defaultPolicy: ValidationPolicy = readPolicy({ name: 'phigiay-default-1' });
