export { XmlError, type XmlErrorCode } from './errors.ts';
export { defaultXmlLimits, type XmlLimits } from './limits.ts';
export { readXml } from './read.ts';
export { textOf, type XmlAttribute, type XmlDocument, type XmlElement, type XmlRange } from './tree.ts';
export { escapeAttribute, escapeText, writeNode, type XmlNode } from './write.ts';
