/** What a signed XML document may ask of the reader; every number is the highest that is still read. */
export const xmlSignatureLimits = {
  /** Bytes of a document. Each signature costs a further parse of it. */
  bytes: 32 * 2 ** 20,
  depth: 64,
  elements: 200_000,
  signatures: 32,
  /** Of one signature; a container names every file in it. */
  references: 256,
  /** References of one signature that leave the signature out: each costs a further parse. */
  enveloped: 2,
  /** Of one reference. */
  transforms: 3,
  /** Bytes that all references of one document may digest and parse together: many may name the same part. */
  work: 128 * 2 ** 20,
  /** Certificates in one signature. */
  certificates: 32,
} as const;
