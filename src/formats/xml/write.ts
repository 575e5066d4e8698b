import { XmlError } from './errors.ts';

// XML 1.0 §2.2: what may not stand in a document, not even as a character reference.
const notAllowed =
  // oxlint-disable-next-line no-control-regex -- these are the characters to find
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const inText: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const inAttribute: Readonly<Record<string, string>> = {
  ...inText,
  '"': '&quot;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

function checked(text: string): string {
  const found = notAllowed.exec(text);
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new XmlError('character-not-allowed', `U+${code} at ${found.index}`);
  }
  return text;
}

/**
 * Text as it stands between tags; reading gives the same text back.
 * @throws XmlError `character-not-allowed` for a character that XML 1.0 cannot carry
 */
export function escapeText(text: string): string {
  return checked(text).replace(/[&<>\r]/g, (character) => inText[character] ?? character);
}

/**
 * Text as it stands between the double quotes of an attribute.
 * @throws XmlError `character-not-allowed`
 */
export function escapeAttribute(text: string): string {
  return checked(text).replace(/[&<>"\r\n\t]/g, (character) => inAttribute[character] ?? character);
}

/** An element to write: its text, or its children, or nothing. */
export interface XmlNode {
  readonly name: string;
  readonly attributes?: readonly (readonly [name: string, value: string])[];
  readonly content: string | readonly XmlNode[];
}

/**
 * Lines of an element in the shape that JDOM2's "pretty" format gives: two blanks a level, text on one line with
 * its tags, `<name />` when empty.
 * @param newline the line end, also of line ends inside texts
 */
export function writeNode(node: XmlNode, newline: string, level = 0): string {
  const indent = '  '.repeat(level);
  const attributes = (node.attributes ?? [])
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join('');
  const open = `${indent}<${node.name}${attributes}`;
  if (node.content.length === 0) return `${open} />${newline}`;
  if (typeof node.content === 'string') {
    return `${open}>${escapeText(node.content).replaceAll('\n', newline)}</${node.name}>${newline}`;
  }
  const inner = node.content.map((child) => writeNode(child, newline, level + 1)).join('');
  return `${open}>${newline}${inner}${indent}</${node.name}>${newline}`;
}
