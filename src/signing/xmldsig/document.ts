import {
  ParseOption,
  XmlCData,
  XmlComment,
  XmlDocument,
  XmlElement,
  XmlLibError,
  XmlText,
  XmlTreeNode,
} from 'libxml2-wasm';
import { readXml, XmlError, type XmlDocument as SourceDocument } from '#formats/xml';
import { XmlSignatureError, XmlSignatureFault } from './errors.ts';
import { xmlSignatureLimits } from './limits.ts';

const options = { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE };

/**
 * Runs over a parsed document and disposes it. Our own strict reader looks first and can only refuse (DOCTYPE, other
 * encodings, depth, counts); what is verified and used comes from libxml2 alone (signing.md trap 19).
 * @throws XmlSignatureError
 */
export function withDocument<Result>(bytes: Uint8Array, use: (document: XmlDocument) => Result): Result {
  gate(bytes);
  return withCopy(bytes, use);
}

/** The same for bytes that have been read before. */
export function withCopy<Result>(bytes: Uint8Array, use: (document: XmlDocument) => Result): Result {
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(bytes, options);
  } catch (error) {
    if (error instanceof XmlLibError) throw new XmlSignatureError('xml-malformed', error.message);
    throw error;
  }
  try {
    if (document.dtd !== null) throw new XmlSignatureError('xml-doctype', 'document type declaration');
    return use(document);
  } finally {
    document.dispose();
  }
}

const gateCodes: Readonly<Partial<Record<XmlError['code'], XmlSignatureError['code']>>> = {
  doctype: 'xml-doctype',
  'too-large': 'xml-too-large',
  'too-deep': 'xml-too-large',
  'too-many-elements': 'xml-too-large',
  'too-many-attributes': 'xml-too-large',
  'name-too-long': 'xml-too-large',
};

/** Our own reading of a document, with offsets. @throws XmlSignatureError */
export function gate(bytes: Uint8Array): SourceDocument {
  const { bytes: size, depth, elements } = xmlSignatureLimits;
  try {
    const document = readXml(bytes, { limits: { bytes: size, depth, elements } });
    if (document.unboundPrefixes.length > 0)
      throw new XmlSignatureError('xml-unbound-prefix', document.unboundPrefixes.join(', '));
    return document;
  } catch (error) {
    if (error instanceof XmlError)
      throw new XmlSignatureError(gateCodes[error.code] ?? 'xml-malformed', error.detail);
    throw error;
  }
}

/** Children of any kind, in order. */
export function nodesOf(parent: XmlElement): XmlTreeNode[] {
  const nodes: XmlTreeNode[] = [];
  for (let node = parent.firstChild; node !== null; node = node.next) nodes.push(node);
  return nodes;
}

export const elementsOf = (parent: XmlElement): XmlElement[] =>
  nodesOf(parent).filter((node) => node instanceof XmlElement);

export const isNamed = (element: XmlElement, namespace: string, name: string): boolean =>
  element.name === name && element.namespaceUri === namespace;

/** Children elements with nothing but white space between them. @throws XmlSignatureFault */
export function strictElements(parent: XmlElement): XmlElement[] {
  return nodesOf(parent).filter((node): node is XmlElement => {
    if (node instanceof XmlElement) return true;
    if (node instanceof XmlText && /^[ \t\r\n]*$/.test(node.content)) return false;
    throw new XmlSignatureFault(
      node instanceof XmlComment ? 'comment-in-signature' : 'structure',
      `in ${parent.name}`,
    );
  });
}

/** The text of an element that holds nothing else. @throws XmlSignatureFault */
export function strictText(element: XmlElement): string {
  const nodes = nodesOf(element);
  if (nodes.some((node) => node instanceof XmlComment))
    throw new XmlSignatureFault('comment-in-signature', element.name);
  if (nodes.some((node) => !(node instanceof XmlText)))
    throw new XmlSignatureFault('structure', `${element.name} holds more than text`);
  return nodes.map((node) => node.content).join('');
}

/** Bytes of a base64 text, which must be written in the one canonical way but for white space. */
export function strictBase64(element: XmlElement): Buffer {
  const text = strictText(element).replace(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text)
    throw new XmlSignatureFault('base64', element.name);
  return bytes;
}

/** An attribute without a namespace. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name && (one.namespaceUri ?? '') === '')?.value;
}

/**
 * An element and all nodes below it, in document order. By hand, because XPath of libxml2 takes the square of the
 * number of nodes to put them in order.
 */
export function* nodesBelow(root: XmlElement): Generator<XmlTreeNode> {
  yield root;
  const open: (XmlTreeNode | null)[] = [root.firstChild];
  while (open.length > 0) {
    const node = open.pop();
    if (node === undefined || node === null) continue;
    yield node;
    open.push(node.next);
    if (node instanceof XmlElement) open.push(node.firstChild);
  }
}

/** The identifiers of an element, whatever schema makes them so: Id, ID, id, xml:id, wsu:Id. */
const idsOfElement = (element: XmlElement): Set<string> =>
  new Set(element.attrs.filter(({ name }) => /^(?:Id|ID|id)$/.test(name)).map(({ value }) => value));

/**
 * Elements by their identifier.
 * @throws XmlSignatureError `duplicate-id` where two elements could be meant
 */
export function idsOf(document: XmlDocument): ReadonlyMap<string, XmlElement> {
  const ids = new Map<string, XmlElement>();
  for (const node of nodesBelow(document.root))
    for (const value of node instanceof XmlElement ? idsOfElement(node) : []) {
      if (ids.has(value)) throw new XmlSignatureError('duplicate-id', value);
      ids.set(value, node as XmlElement);
    }
  return ids;
}

/** Whether an element is another or stands inside it. */
export function isWithin(element: XmlElement, ancestor: XmlElement): boolean {
  for (let at: XmlElement | null = element; at !== null; at = at.parent)
    if (at.isSameNode(ancestor)) return true;
  return false;
}

const isText = (node: XmlTreeNode | null): boolean =>
  node instanceof XmlText || node instanceof XmlCData ? /[^ \t\r\n]/.test(node.content) : false;

/** Whether a comment cuts a text in two: canonical XML without comments joins it again, many readers do not. */
export function hasCutText(scope: XmlElement): boolean {
  for (const node of nodesBelow(scope))
    if (node instanceof XmlComment && (isText(node.prev) || isText(node.next))) return true;
  return false;
}
