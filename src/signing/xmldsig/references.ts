import { createHash } from 'node:crypto';
import { XmlElement, type XmlDocument } from 'libxml2-wasm';
import { dsNamespace } from './algorithms.ts';
import { canonicalize } from './canonical.ts';
import { hasCutText, idsOf, isNamed, isWithin, nodesBelow, withCopy, withDocument } from './document.ts';
import { XmlSignatureError, XmlSignatureFault } from './errors.ts';
import { xmlSignatureLimits } from './limits.ts';
import type { Canonicalizer, XmlReference, XmlSignature } from './read.ts';

/** Looks up what a URI outside the document names; undefined when it is not at hand. Nothing is ever fetched. */
export type ExternalContent = (uri: string) => Uint8Array | undefined;

/** What a reference digested: the octets themselves, so that nobody has to look for them again. */
export interface SignedPart {
  /** URI as written; `''` is the document. */
  readonly uri: string;
  readonly kind: 'document' | 'element' | 'own-object' | 'external';
  /** Type of the reference, e.g. that of XAdES SignedProperties. */
  readonly type: string | undefined;
  /** Id of the Reference element. */
  readonly referenceId: string | undefined;
  /** Name of the signed element. */
  readonly name: string | undefined;
  /** The digested octets: canonical XML, or the file. */
  readonly bytes: Uint8Array;
  /** It is the document, or its root element. */
  readonly whole: boolean;
}

/** The document a signature stands in. */
export interface Surroundings {
  readonly bytes: Uint8Array;
  readonly document: XmlDocument;
  readonly ids: ReadonlyMap<string, XmlElement>;
  /** All Signature elements in document order. */
  readonly signatures: readonly XmlElement[];
  readonly external: ExternalContent;
  /** Counts the bytes that are digested and parsed. @throws XmlSignatureError `xml-too-large` */
  readonly spend: (bytes: number) => void;
}

/** A budget for one document. */
export function budget(): Surroundings['spend'] {
  let left: number = xmlSignatureLimits.work;
  return (bytes) => {
    left -= bytes;
    if (left < 0) throw new XmlSignatureError('xml-too-large', 'references digest too much');
  };
}

const implicit: Canonicalizer = { method: 'c14n-1.0', comments: false, prefixes: [] };

/** A same-document URI (XML Signature 1.1 §4.4.3.2, §4.4.3.3); undefined when it leads outside. */
function sameDocument(
  uri: string,
): { readonly id: string | undefined; readonly comments: boolean } | undefined {
  if (uri === '') return { id: undefined, comments: false };
  if (uri === '#xpointer(/)') return { id: undefined, comments: true };
  const pointer = /^#xpointer\(id\((['"])([^'"]+)\1\)\)$/.exec(uri);
  if (pointer) return { id: pointer[2] as string, comments: true };
  if (!uri.startsWith('#')) return undefined;
  if (!/^#[\p{L}\p{N}_.:-]+$/u.test(uri)) throw new XmlSignatureFault('reference-not-found', uri);
  return { id: uri.slice(1), comments: false };
}

/** The octets that a reference digests, and where they stand. @throws XmlSignatureFault, XmlSignatureError */
export function dereference(
  reference: XmlReference,
  signature: XmlElement,
  around: Surroundings,
): SignedPart {
  const { uri, type, id: referenceId } = reference;
  if (uri === undefined) throw new XmlSignatureFault('reference-not-found', 'a reference without URI');
  const inside = sameDocument(uri);
  const common = { uri, type, referenceId };
  if (inside === undefined) return { ...common, ...externalPart(uri, reference, around) };
  const target = inside.id === undefined ? undefined : around.ids.get(inside.id);
  if (inside.id !== undefined && target === undefined)
    throw new XmlSignatureFault('reference-not-found', uri);
  const { root } = around.document;
  const chosen = reference.canonicalizer ?? implicit;
  const canonicalizer = { ...chosen, comments: chosen.comments && inside.comments };
  const holds = target === undefined || isWithin(signature, target);
  if (reference.enveloped && !holds) throw new XmlSignatureFault('transform-not-allowed', 'not enveloped');
  if (!canonicalizer.comments && hasCutText(target ?? root))
    throw new XmlSignatureFault('comment-in-text', uri);
  const kind = placeOf(target, signature, around.document);
  if (reference.enveloped) around.spend(around.bytes.length);
  const bytes = reference.enveloped
    ? withoutSignature(around, signature, inside.id, canonicalizer)
    : canonicalize(target ?? around.document, canonicalizer, canonicalizer.prefixes);
  around.spend(bytes.length);
  return {
    ...common,
    kind,
    name: (target ?? root).name,
    bytes,
    whole: target === undefined || target.isSameNode(root),
  };
}

/**
 * A signed element must stand where a reader expects it: around the signature, in its own Object, or directly below
 * the root. Elsewhere it has been moved aside, so that something else is read in its place.
 */
function placeOf(
  target: XmlElement | undefined,
  signature: XmlElement,
  document: XmlDocument,
): SignedPart['kind'] {
  if (target === undefined) return 'document';
  if (target.isSameNode(signature)) throw new XmlSignatureFault('wrapped', 'the signature itself');
  if (isWithin(target, signature)) return 'own-object';
  const { root } = document;
  if (isWithin(signature, target) || target.parent?.isSameNode(root) === true) return 'element';
  throw new XmlSignatureFault('wrapped', target.name);
}

function withoutSignature(
  { bytes, signatures }: Surroundings,
  signature: XmlElement,
  id: string | undefined,
  canonicalizer: Canonicalizer,
): Buffer {
  const index = signatures.findIndex((one) => one.isSameNode(signature));
  return withCopy(bytes, (copy) => {
    const own = signaturesOf(copy)[index] as XmlElement;
    const target = id === undefined ? copy : (idsOf(copy).get(id) as XmlElement);
    own.remove();
    return canonicalize(target, canonicalizer, canonicalizer.prefixes);
  });
}

/** All Signature elements, in document order. */
export const signaturesOf = (document: XmlDocument): XmlElement[] =>
  [...nodesBelow(document.root)].filter(
    (node): node is XmlElement => node instanceof XmlElement && isNamed(node, dsNamespace, 'Signature'),
  );

function externalPart(
  uri: string,
  { enveloped, canonicalizer }: XmlReference,
  { external, spend }: Surroundings,
): Omit<SignedPart, 'uri' | 'type' | 'referenceId'> {
  if (enveloped) throw new XmlSignatureFault('transform-not-allowed', 'enveloped in another file');
  const content = external(uri);
  if (content === undefined) throw new XmlSignatureFault('reference-external', uri);
  spend(content.length);
  const bytes =
    canonicalizer === undefined
      ? content
      : withDocument(content, (document) => {
          if (!canonicalizer.comments && hasCutText(document.root))
            throw new XmlSignatureFault('comment-in-text', uri);
          return canonicalize(document, canonicalizer, canonicalizer.prefixes);
        });
  return { kind: 'external', name: undefined, bytes, whole: false };
}

/** Whether the octets are those that the reference was made for. */
export const isDigestRight = ({ digestAlgorithm, digestValue }: XmlReference, part: SignedPart): boolean =>
  createHash(digestAlgorithm).update(part.bytes).digest().equals(digestValue);

/**
 * References only into a signature's own objects sign nothing of the document around it: with the signed element
 * moved into an Object the rest could be anything.
 */
export function checkPlaces(
  parts: readonly SignedPart[],
  { element }: XmlSignature,
  document: XmlDocument,
): void {
  const outside = parts.some(({ kind }) => kind !== 'own-object');
  if (!outside && !element.isSameNode(document.root))
    throw new XmlSignatureFault('wrapped', 'own objects only');
}
