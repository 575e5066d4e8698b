import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  escapeAttribute,
  escapeText,
  readXml,
  textOf,
  writeNode,
  XmlError,
  type XmlErrorCode,
} from './index.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const refuses = (
  bytes: Uint8Array,
  code: XmlErrorCode,
  options: Parameters<typeof readXml>[1] = {},
): void => {
  assert.throws(
    () => readXml(bytes, options),
    (error) => error instanceof XmlError && error.code === code,
  );
};

test('an element gives its local name, prefix, attributes, text and children', () => {
  const { root } = readXml(bytesOf('<?xml version="1.0"?><a x="1"><p:b y:z="&amp;&#x41;">t&lt;u</p:b>v</a>'));
  assert.equal(root.local, 'a');
  assert.equal(textOf(root), 'v');
  const [b] = root.children;
  assert.equal(b?.prefix, 'p');
  assert.equal(b?.local, 'b');
  assert.deepEqual(b?.attributes, [{ name: 'y:z', local: 'z', value: '&A' }]);
  assert.equal(b && textOf(b), 't<u');
});

test('prefixes that nobody declared are reported and read', () => {
  const found = readXml(
    bytesOf('<a xmlns:q="u"><q:b/><r:c xlink:href=""/><q:d xmlns:r="v"><r:e/></q:d></a>'),
  );
  assert.deepEqual(found.unboundPrefixes.toSorted(), ['r', 'xlink']);
  assert.deepEqual(readXml(bytesOf('<q:a xmlns:q="u" xml:lang="vi"/>')).unboundPrefixes, []);
});

test('byte offsets point at the tags, also behind letters of several bytes, astral signs and long texts', () => {
  const payload = 'QUJD'.repeat(500);
  const source = `\ufeff<?xml version="1.0"?>\r\n<gốc><ă>𝒜Đ</ă><p>${payload}</p><cuối  a="'>'" ></cuối ><rỗng /></gốc>\n`;
  const bytes = bytesOf(source);
  const found = readXml(bytes);
  const cut = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString();
  const [a, p, last, empty] = found.root.children;
  assert.ok(a && p && last && empty);
  assert.equal(cut(found.rangeOf(a).start, found.rangeOf(a).end), '<ă>𝒜Đ</ă>');
  assert.equal(cut(found.rangeOf(a).openEnd, found.rangeOf(a).closeStart), '𝒜Đ');
  assert.equal(cut(found.rangeOf(p).openEnd, found.rangeOf(p).closeStart), payload);
  assert.equal(cut(found.rangeOf(last).start, found.rangeOf(last).openEnd), `<cuối  a="'>'" >`);
  assert.equal(cut(found.rangeOf(last).closeStart, found.rangeOf(last).end), '</cuối >');
  assert.equal(cut(found.rangeOf(empty).start, found.rangeOf(empty).end), '<rỗng />');
  assert.equal(empty.selfClosing, true);
  assert.equal(cut(found.rangeOf(found.root).closeStart, found.rangeOf(found.root).end), '</gốc>');
  assert.equal(textOf(p), payload);
});

test('a long text is the same whether it stands alone, in lines, in CDATA, in a comment or in pieces', () => {
  const payload = 'QUJD'.repeat(400);
  const lines = (payload.match(/.{1,76}/g) ?? []).join('\r\n');
  const read = (inner: string): string => textOf(readXml(bytesOf(`<a>${inner}</a>`)).root);
  assert.equal(read(payload), payload);
  assert.equal(read(lines), lines.replaceAll('\r\n', '\n'));
  assert.equal(read(`<![CDATA[${payload}]]>`), payload);
  assert.equal(read(`<![CDATA[<b>${payload}<c>]]>`), `<b>${payload}<c>`);
  assert.equal(read(`<!-- <b>${payload}</b> -->${payload}`), payload);
  assert.equal(read(`${payload}<!-- x -->${payload}`), payload + payload);
  assert.equal(
    readXml(bytesOf(`<a b=">${payload}">${payload}</a>`)).root.attributes[0]?.value,
    `>${payload}`,
  );
});

test('a long text outside the root is still an error', () => {
  const payload = 'QUJD'.repeat(400);
  refuses(bytesOf(`<a/>${payload}<!-- -->`), 'malformed');
  refuses(bytesOf(`<?xml version="1.0"?>${payload}<a/>`), 'malformed');
});

test('a document type is refused, so entities cannot be declared', () => {
  refuses(bytesOf('<!DOCTYPE a><a/>'), 'doctype');
  refuses(bytesOf('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'), 'doctype');
  const bomb = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  refuses(bytesOf(`<!DOCTYPE a [<!ENTITY l0 "lol">${bomb}]><a>&l9;</a>`), 'doctype');
  refuses(bytesOf('<a>&nbsp;</a>'), 'malformed');
});

test('limits hold: size, depth, elements, attributes, names', () => {
  refuses(bytesOf('<a>1234567890</a>'), 'too-large', { limits: { bytes: 10 } });
  refuses(bytesOf('<a>'.repeat(100_000)), 'too-deep');
  refuses(bytesOf(`<a>${'<b/>'.repeat(100_001)}</a>`), 'too-many-elements');
  const many = Array.from({ length: 200_000 }, (_, n) => `a${n}=""`).join(' ');
  refuses(bytesOf(`<a ${many}/>`), 'too-many-attributes');
  refuses(bytesOf(`<${'n'.repeat(1000)}/>`), 'name-too-long');
  refuses(bytesOf(`<a ${'n'.repeat(1000)}=""/>`), 'name-too-long');
});

test('what is not UTF-8 is refused, whatever the prolog says', () => {
  refuses(Buffer.from('<a>\u00e9</a>', 'latin1'), 'not-utf8');
  refuses(Buffer.from('\ufeff<a/>', 'utf16le'), 'not-utf8');
  refuses(Buffer.concat([bytesOf('<a>'), Buffer.from([0xc3]), bytesOf('</a>')]), 'not-utf8');
});

test('damage is refused: unclosed, crossed, two roots, nothing, zero bytes', () => {
  for (const text of [
    '',
    ' ',
    '<a>',
    '<a><b></a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a/>x',
    '<a b></a>',
    '<a>\u0000</a>',
    '<a',
  ]) {
    refuses(bytesOf(text), 'malformed');
  }
});

test('junk before the prolog is passed over only when allowed, and counted', () => {
  const bytes = bytesOf('1212<?xml version="1.0"?><a>b</a>');
  refuses(bytes, 'malformed');
  const found = readXml(bytes, { allowJunk: true });
  assert.equal(found.junk, 4);
  assert.equal(found.rangeOf(found.root).start, 25);
  refuses(bytesOf(`${'x'.repeat(2000)}<?xml version="1.0"?><a/>`), 'malformed', { allowJunk: true });
});

test('property: what is escaped reads back the same', () => {
  const carried = (value: string): boolean => {
    try {
      escapeText(value);
      return true;
    } catch {
      return false;
    }
  };
  const text = fc.string({ unit: 'grapheme' }).filter(carried);
  fc.assert(
    fc.property(text, text, (inner, attribute) => {
      const { root } = readXml(bytesOf(`<a b="${escapeAttribute(attribute)}">${escapeText(inner)}</a>`));
      assert.equal(textOf(root), inner);
      assert.equal(root.attributes[0]?.value, attribute);
    }),
  );
});

test('property: any bytes are read or refused with a code', () => {
  const pieces = fc.array(
    fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '="',
      '"',
      '&',
      ';',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      'ế',
      '\u0000',
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      try {
        readXml(bytesOf(parts.join('')), { allowJunk: true });
      } catch (error) {
        assert.ok(error instanceof XmlError);
      }
    }),
    { numRuns: 500 },
  );
});

test('the writer indents by two blanks and refuses what XML cannot carry', () => {
  const node = {
    name: 'a',
    content: [
      { name: 'b', attributes: [['x', '"<']] as const, content: 'c&d' },
      { name: 'e', content: '' },
    ],
  };
  assert.equal(writeNode(node, '\r\n'), '<a>\r\n  <b x="&quot;&lt;">c&amp;d</b>\r\n  <e />\r\n</a>\r\n');
  for (const bad of ['\u0001', '\ud800', '\udc00x', '\uffff']) {
    assert.throws(
      () => escapeText(bad),
      (error) => error instanceof XmlError && error.code === 'character-not-allowed',
    );
  }
});
