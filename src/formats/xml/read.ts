import { SaxesParser } from 'saxes';
import { XmlError } from './errors.ts';
import { defaultXmlLimits, type XmlLimits } from './limits.ts';
import { prepareSource, type Source } from './source.ts';
import type { XmlAttribute, XmlDocument, XmlElement } from './tree.ts';

type Growing = {
  -readonly [Key in keyof XmlElement]: XmlElement[Key] extends readonly (infer Item)[]
    ? Item[]
    : XmlElement[Key];
};

interface Parsed {
  readonly root: XmlElement;
  readonly unboundPrefixes: readonly string[];
  readonly encoding: string | undefined;
  /** Long texts that no text of an element asked for (they stand in a comment or a CDATA section). */
  readonly unclaimed: number;
}

const colon = ':';
/** More unbound prefixes than this are not named one by one. */
const mostUnbound = 20;

function split(name: string): { prefix: string; local: string } {
  const at = name.indexOf(colon);
  return at === -1 ? { prefix: '', local: name } : { prefix: name.slice(0, at), local: name.slice(at + 1) };
}

/** Follows which prefixes are declared, to name those that are not (Namespaces in XML 1.0, §5). */
function prefixWatch(): {
  enter: (prefix: string, attributes: readonly XmlAttribute[]) => void;
  leave: () => void;
  unbound: Set<string>;
} {
  const always = new Set(['', 'xml', 'xmlns']);
  /** How many open elements declare a prefix; counted, so that a look-up costs the same however many there are. */
  const declared = new Map<string, number>();
  const scopes: string[][] = [];
  const unbound = new Set<string>();
  const count = (prefix: string, by: 1 | -1): void => {
    declared.set(prefix, (declared.get(prefix) ?? 0) + by);
  };
  const use = (prefix: string): void => {
    if (always.has(prefix) || (declared.get(prefix) ?? 0) > 0 || unbound.size >= mostUnbound) return;
    unbound.add(prefix);
  };
  return {
    unbound,
    enter: (prefix, attributes) => {
      const own = attributes.flatMap(({ name, local }) => (name.startsWith('xmlns:') ? [local] : []));
      scopes.push(own);
      for (const declaration of own) count(declaration, 1);
      if (prefix !== '') use(prefix);
      for (const { name, local } of attributes) {
        if (name.length !== local.length) use(name.slice(0, -local.length - 1));
      }
    },
    leave: () => {
      for (const declaration of scopes.pop() ?? []) count(declaration, -1);
    },
  };
}

/**
 * Whether a document type declaration stands before the root. The prolog has nothing else that begins with `<!`
 * but comments (XML 1.0, [22]); behind the root the parser refuses one itself.
 */
function hasDoctype(text: string, rootStart: number): boolean {
  let at = text.indexOf('<');
  while (at !== -1 && at < rootStart) {
    const isComment = text.startsWith('<!--', at);
    if (!isComment && text.startsWith('<!', at)) return true;
    const end = isComment ? text.indexOf('-->', at + 4) : text.indexOf('?>', at);
    at = end === -1 ? -1 : text.indexOf('<', end);
  }
  return false;
}

function attributesOf(given: Readonly<Record<string, string>>, limits: XmlLimits): XmlAttribute[] {
  const attributes: XmlAttribute[] = [];
  for (const name in given) {
    if (attributes.length >= limits.attributes)
      throw new XmlError('too-many-attributes', `more than ${limits.attributes}`);
    if (name.length > limits.nameLength)
      throw new XmlError('name-too-long', `more than ${limits.nameLength}`);
    attributes.push({ name, local: split(name).local, value: given[name] ?? '' });
  }
  return attributes;
}

/** Runs the parser; whatever it says itself is one code, since nobody can do anything but mend the source. */
function run(parser: Pick<SaxesParser, 'write' | 'close' | 'xmlDecl'>, text: string): string | undefined {
  try {
    parser.write(text);
    const { encoding } = parser.xmlDecl;
    parser.close();
    return encoding;
  } catch (error) {
    if (error instanceof XmlError) throw error;
    throw new XmlError('malformed', error instanceof Error ? error.message : String(error), error);
  }
}

// No more than four handlers: saxes keeps them as properties that it adds by a computed name, and V8 turns the
// parser into a dictionary, five times slower, at the fifth.
function parse(source: Source, limits: XmlLimits): Parsed {
  const { text, skipped } = source;
  const parser = new SaxesParser({ position: false, xmlns: false });
  const prefixes = prefixWatch();
  const open: Growing[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let nextSkipped = 0;
  let claimed = 0;

  parser.on('opentag', (tag) => {
    const at = parser.position;
    // No "<" stands inside a tag, not even in the value of an attribute (XML 1.0, [10]).
    const start = text.lastIndexOf('<', at - 1);
    if (elements === 0 && hasDoctype(text, start))
      throw new XmlError('doctype', 'a document type declaration is not allowed');
    if ((elements += 1) > limits.elements)
      throw new XmlError('too-many-elements', `more than ${limits.elements}`);
    if (open.length >= limits.depth) throw new XmlError('too-deep', `more than ${limits.depth} levels`);
    if (tag.name.length > limits.nameLength)
      throw new XmlError('name-too-long', `more than ${limits.nameLength}`);
    const attributes = attributesOf(tag.attributes, limits);
    const { prefix, local } = split(tag.name);
    prefixes.enter(prefix, attributes);
    open.push({
      name: tag.name,
      local,
      prefix,
      attributes,
      children: [],
      texts: [],
      start,
      openEnd: at,
      closeStart: at,
      end: at,
      selfClosing: tag.isSelfClosing,
    });
  });
  parser.on('closetag', (tag) => {
    const element = open.pop();
    if (element === undefined) return;
    prefixes.leave();
    if (!tag.isSelfClosing) {
      element.end = parser.position;
      element.closeStart = text.lastIndexOf('<', element.end - 1);
    }
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });
  parser.on('text', (part) => {
    const element = open.at(-1);
    if (element === undefined) return;
    const until = parser.position - 1;
    while ((skipped[nextSkipped]?.at ?? Infinity) < until) nextSkipped += 1;
    const tail = skipped[nextSkipped];
    if (tail !== undefined && tail.at === until) {
      claimed += 1;
      element.texts.push(tail.bytes);
    } else element.texts.push(part);
  });
  parser.on('cdata', (part) => {
    open.at(-1)?.texts.push(part);
  });

  const encoding = run(parser, text);
  if (root === undefined) throw new XmlError('malformed', 'there is no element');
  return {
    root,
    unboundPrefixes: [...prefixes.unbound],
    encoding,
    unclaimed: skipped.length - claimed,
  };
}

/**
 * Reads an XML 1.0 document into a small tree. Names are not resolved: a prefix that is declared nowhere is
 * reported, not refused. There are no entities but the five predefined ones and character references.
 * @param bytes UTF-8, with or without a byte order mark; what the prolog says of the encoding is not believed
 * @param options `limits` (see `XmlLimits`) and `allowJunk`: pass over bytes before `<?xml`
 * @throws XmlError
 */
export function readXml(
  bytes: Uint8Array,
  options: { readonly limits?: Partial<XmlLimits>; readonly allowJunk?: boolean } = {},
): XmlDocument {
  const limits = { ...defaultXmlLimits, ...options.limits };
  const junk = options.allowJunk === true;
  let source = prepareSource(bytes, limits, { junk, skip: true });
  let parsed = parse(source, limits);
  if (parsed.unclaimed > 0) {
    source = prepareSource(bytes, limits, { junk, skip: false });
    parsed = parse(source, limits);
  }
  const { byteOffset } = source;
  return {
    root: parsed.root,
    junk: source.junk,
    unboundPrefixes: parsed.unboundPrefixes,
    encoding: parsed.encoding,
    rangeOf: (element) => ({
      start: byteOffset(element.start),
      openEnd: byteOffset(element.openEnd),
      closeStart: byteOffset(element.closeStart),
      end: byteOffset(element.end),
    }),
  };
}
