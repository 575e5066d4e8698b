/** What a document may ask of the reader; every number is the highest that is still read. */
export interface XmlLimits {
  /** Bytes of the whole source. */
  readonly bytes: number;
  /** Elements open at the same time. */
  readonly depth: number;
  /** Elements in all. */
  readonly elements: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** UTF-16 units of the name of an element or an attribute. */
  readonly nameLength: number;
  /** Bytes that may stand before `<?xml` when the caller allows junk there. */
  readonly junk: number;
}

export const defaultXmlLimits: XmlLimits = {
  bytes: 200 * 2 ** 20,
  depth: 64,
  elements: 100_000,
  attributes: 64,
  nameLength: 128,
  junk: 1024,
};
