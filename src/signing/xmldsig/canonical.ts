import {
  XmlC14NMode,
  XmlError,
  type XmlDocument,
  type XmlElement,
  type XmlOutputBufferHandler,
} from 'libxml2-wasm';
import type { Canonicalization } from './algorithms.ts';
import { XmlSignatureError } from './errors.ts';

const modes = {
  'c14n-1.0': XmlC14NMode.XML_C14N_1_0,
  'c14n-1.1': XmlC14NMode.XML_C14N_1_1,
  exclusive: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
} as const;

/**
 * Canonical octets of a document or of an element and all below it (Canonical XML 1.0, 1.1; Exclusive 1.0).
 * @param prefixes PrefixList of InclusiveNamespaces; exclusive only
 * @throws XmlSignatureError `xml-not-canonicalizable`, e.g. for relative namespace names (Canonical XML §1.3)
 */
export function canonicalize(
  scope: XmlDocument | XmlElement,
  { method, comments }: Canonicalization,
  prefixes: readonly string[] = [],
): Buffer {
  const chunks: Buffer[] = [];
  const handler: XmlOutputBufferHandler = {
    write(chunk) {
      chunks.push(Buffer.from(chunk));
      return chunk.byteLength;
    },
    close: () => true,
  };
  try {
    scope.canonicalize(handler, {
      mode: modes[method],
      withComments: comments,
      ...(prefixes.length > 0 ? { inclusiveNamespacePrefixes: [...prefixes] } : {}),
    });
  } catch (error) {
    if (error instanceof XmlError) throw new XmlSignatureError('xml-not-canonicalizable', error.message);
    throw error;
  }
  return Buffer.concat(chunks);
}
