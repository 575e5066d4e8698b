/** An attribute; `local` is its name without a prefix. */
export interface XmlAttribute {
  readonly name: string;
  readonly local: string;
  readonly value: string;
}

/** An element as it stands in the source. Offsets count characters of the parsed text: see `rangeOf`. */
export interface XmlElement {
  /** The name as written, with its prefix. */
  readonly name: string;
  /** The name without a prefix. */
  readonly local: string;
  /** What stands before the colon, `''` if nothing does. */
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Its own text in the order of the source; a long base64 text is kept as bytes of the source. */
  readonly texts: readonly (string | Uint8Array)[];
  readonly start: number;
  readonly openEnd: number;
  /** Equal to `openEnd` where the element closes itself. */
  readonly closeStart: number;
  readonly end: number;
  readonly selfClosing: boolean;
}

/** Where an element stands, in bytes of the source. */
export interface XmlRange {
  /** Its `<`. */
  readonly start: number;
  /** Behind the `>` of its opening tag. */
  readonly openEnd: number;
  /** The `<` of its closing tag. */
  readonly closeStart: number;
  /** Behind its last `>`. */
  readonly end: number;
}

export interface XmlDocument {
  readonly root: XmlElement;
  /** Bytes before `<?xml` that were passed over; 0 unless the caller allowed them. */
  readonly junk: number;
  /** Prefixes that are used and declared nowhere around their use. */
  readonly unboundPrefixes: readonly string[];
  /** The encoding that the prolog names, if it names one. */
  readonly encoding: string | undefined;
  /** Byte offsets of an element in what was handed to `readXml`. */
  readonly rangeOf: (element: XmlElement) => XmlRange;
}

/** The text of an element without that of its children, not trimmed. */
export function textOf(element: XmlElement): string {
  if (element.texts.length === 1 && typeof element.texts[0] === 'string') return element.texts[0];
  return element.texts
    .map((part) =>
      typeof part === 'string'
        ? part
        : Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1').replace(/\r\n?/g, '\n'),
    )
    .join('');
}
