import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';
import { PdfError } from './errors.ts';
import { dict, name, type PdfRef, type PdfValue } from './values.ts';
import { deflated, type PdfWriter } from './write.ts';

/** The faces of Tinos, whose metrics are those of Times New Roman (Decree 30/2020 Appendix I). */
export type Face = 'regular' | 'bold' | 'italic' | 'boldItalic';

const files: Readonly<Record<Face, string>> = {
  regular: '400Regular/Tinos_400Regular.ttf',
  bold: '700Bold/Tinos_700Bold.ttf',
  italic: '400Regular_Italic/Tinos_400Regular_Italic.ttf',
  boldItalic: '700Bold_Italic/Tinos_700Bold_Italic.ttf',
};
const postScript: Readonly<Record<Face, string>> = {
  regular: 'Tinos',
  bold: 'Tinos-Bold',
  italic: 'Tinos-Italic',
  boldItalic: 'Tinos-BoldItalic',
};

interface LoadedFace {
  readonly font: Font;
  readonly unit: number;
  readonly advances: Map<number, number>;
}

const loaded = new Map<Face, LoadedFace>();

function load(face: Face): LoadedFace {
  const known = loaded.get(face);
  if (known !== undefined) return known;
  const path = createRequire(import.meta.url).resolve(`@expo-google-fonts/tinos/${files[face]}`);
  const font = create(readFileSync(path)) as Font;
  const fresh = { font, unit: font.unitsPerEm, advances: new Map<number, number>() };
  loaded.set(face, fresh);
  return fresh;
}

/** Invisible or look-alike characters that are drawn with another character's glyph. */
const standIns: Readonly<Record<number, number>> = { 0xa0: 0x20, 0x202f: 0x20, 0x2011: 0x2d, 0xad: 0x2d };

function advance(face: LoadedFace, codePoint: number): number {
  let width = face.advances.get(codePoint);
  if (width === undefined) {
    const drawn = standIns[codePoint] ?? codePoint;
    if (!face.font.hasGlyphForCodePoint(drawn))
      throw new PdfError('character-not-in-font', {
        character: `${String.fromCodePoint(codePoint)} (U+${codePoint.toString(16).toUpperCase().padStart(4, '0')})`,
      });
    width = (face.font.glyphForCodePoint(drawn).advanceWidth * 1000) / face.unit;
    face.advances.set(codePoint, width);
  }
  return width;
}

/**
 * Width of one line of text in points. Text is composed (NFC) first.
 * @throws PdfError `character-not-in-font`
 */
export function textWidth(face: Face, size: number, text: string): number {
  const font = load(face);
  let width = 0;
  for (const char of text.normalize('NFC')) width += advance(font, char.codePointAt(0) as number);
  return (width * size) / 1000;
}

/** Distance from the base line to the top of capitals and of the tallest marked capitals, for size 1. */
export const capHeight = 0.66;
export const ascent = 0.89;

/** Operators that fill the outline of a text, one number of points high, its base line starting at x, y. */
export interface Outline {
  readonly path: string;
  readonly width: number;
}

const fixed = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '');

/** A place and direction on the page for one glyph: `a b c d e f` of a transformation. */
export type Matrix = readonly [number, number, number, number, number, number];

/**
 * The outlines of one character as path operators under a matrix, for pictures whose letters must not become
 * text of the document.
 * @returns path operators without painting, and the advance in thousandths
 */
export function glyphOutline(face: Face, codePoint: number, matrix: Matrix): Outline {
  const { font, unit } = load(face);
  const glyph = font.glyphForCodePoint(codePoint);
  const [a, b, c, d, e, f] = matrix;
  const point = (x: number, y: number): [number, number] => [
    ((a * x + c * y) * 1) / unit + e,
    ((b * x + d * y) * 1) / unit + f,
  ];
  const out: string[] = [];
  let [fromX, fromY] = [0, 0];
  for (const { command, args } of glyph.path.commands) {
    const numbers = [...args];
    if (command === 'quadraticCurveTo') {
      const [cx, cy, x, y] = numbers as [number, number, number, number];
      const first = point(fromX + ((cx - fromX) * 2) / 3, fromY + ((cy - fromY) * 2) / 3);
      const second = point(x + ((cx - x) * 2) / 3, y + ((cy - y) * 2) / 3);
      out.push(`${[...first, ...second, ...point(x, y)].map(fixed).join(' ')} c`);
    } else if (command === 'closePath') out.push('h');
    else {
      const pairs: number[] = [];
      for (let at = 0; at < numbers.length; at += 2)
        pairs.push(...point(numbers[at] as number, numbers[at + 1] as number));
      out.push(
        `${pairs.map(fixed).join(' ')} ${command === 'moveTo' ? 'm' : command === 'lineTo' ? 'l' : 'c'}`,
      );
    }
    if (command !== 'closePath') [fromX, fromY] = numbers.slice(-2) as [number, number];
  }
  return { path: out.join('\n'), width: (glyph.advanceWidth * 1000) / unit };
}

/** The text of one document: assigns character ids as text is shown, then embeds the subsets. */
export interface FontSet {
  /** Name of the face in /Resources /Font. */
  readonly resource: (face: Face) => string;
  /** `<…>` for the Tj operator, one two-byte id for each code point of the composed text. */
  show(face: Face, text: string): string;
  /** Embeds what was used. @returns the /Font resource dictionary's entries */
  embed(writer: PdfWriter): Record<string, PdfRef>;
}

const resourceNames: Readonly<Record<Face, string>> = {
  regular: 'TR',
  bold: 'TB',
  italic: 'TI',
  boldItalic: 'TBI',
};

/** Begins the fonts of one document or of one appearance. */
export function createFontSet(): FontSet {
  const used = new Map<Face, Map<number, number>>();
  return {
    resource: (face) => resourceNames[face],
    show(face, text) {
      const font = load(face);
      let ids = used.get(face);
      if (ids === undefined) used.set(face, (ids = new Map()));
      let hex = '';
      for (const char of text.normalize('NFC')) {
        const codePoint = char.codePointAt(0) as number;
        advance(font, codePoint);
        let id = ids.get(codePoint);
        if (id === undefined) ids.set(codePoint, (id = ids.size + 1));
        hex += id.toString(16).toUpperCase().padStart(4, '0');
      }
      return `<${hex}>`;
    },
    embed(writer) {
      const resources: Record<string, PdfRef> = {};
      for (const [face, ids] of used)
        resources[resourceNames[face]] = embedFace(writer, face, [...ids.keys()]);
      return resources;
    },
  };
}

interface Subset {
  readonly program: PdfValue;
  readonly idToGlyph: PdfValue;
  readonly toUnicode: PdfValue;
  readonly widths: readonly number[];
  readonly tag: string;
}

const subsets = new Map<string, Subset>();
const keptSubsets = 128;

function subsetOf(face: Face, codePoints: readonly number[]): Subset {
  const key = `${face} ${codePoints.join(' ')}`;
  const known = subsets.get(key);
  if (known !== undefined) {
    subsets.delete(key);
    subsets.set(key, known);
    return known;
  }
  const { font } = load(face);
  const subset = font.createSubset();
  const map = Buffer.alloc((codePoints.length + 1) * 2);
  for (const [index, codePoint] of codePoints.entries()) {
    const glyph = font.glyphForCodePoint(standIns[codePoint] ?? codePoint);
    // fontkit returns the new glyph's number; its published type says boolean.
    map.writeUInt16BE(subset.includeGlyph(glyph) as unknown as number, (index + 1) * 2);
  }
  const program = Buffer.from(subset.encode());
  const fresh: Subset = {
    program: deflated(program, dict({ Length1: program.length })),
    idToGlyph: deflated(map),
    toUnicode: deflated(toUnicode(codePoints)),
    widths: codePoints.map((codePoint) => Math.round(advance(load(face), codePoint) * 100) / 100),
    tag: tagOf(key),
  };
  subsets.set(key, fresh);
  if (subsets.size > keptSubsets) subsets.delete(subsets.keys().next().value as string);
  return fresh;
}

function tagOf(key: string): string {
  let hash = 7;
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) % 308_915_776;
  let tag = '';
  for (let count = 0; count < 6; count += 1) {
    tag += String.fromCharCode(65 + (hash % 26));
    hash = Math.floor(hash / 26);
  }
  return tag;
}

function toUnicode(codePoints: readonly number[]): string {
  const hex = (text: string): string => {
    let out = '';
    for (let at = 0; at < text.length; at += 1) out += text.charCodeAt(at).toString(16).padStart(4, '0');
    return out.toUpperCase();
  };
  const lines = codePoints.map(
    (codePoint, index) =>
      `<${(index + 1).toString(16).padStart(4, '0').toUpperCase()}> <${hex(String.fromCodePoint(codePoint))}>`,
  );
  const blocks: string[] = [];
  for (let at = 0; at < lines.length; at += 100) {
    const block = lines.slice(at, at + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return [
    '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap',
    '/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def',
    '/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def',
    '1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange',
    ...blocks,
    'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend',
  ].join('\n');
}

function embedFace(writer: PdfWriter, face: Face, codePoints: readonly number[]): PdfRef {
  const subset = subsetOf(face, codePoints);
  const { font, unit } = load(face);
  const scale = 1000 / unit;
  const baseFont = name(`${subset.tag}+${postScript[face]}`);
  const italic = face === 'italic' || face === 'boldItalic';
  const descriptor = writer.addObject(
    dict({
      Type: name('FontDescriptor'),
      FontName: baseFont,
      Flags: 4 + 2 + (italic ? 64 : 0),
      FontBBox: [font.bbox.minX, font.bbox.minY, font.bbox.maxX, font.bbox.maxY].map((value) =>
        Math.round(value * scale),
      ),
      ItalicAngle: italic ? -16 : 0,
      Ascent: Math.round(font.ascent * scale),
      Descent: Math.round(font.descent * scale),
      CapHeight: 662,
      StemV: face === 'bold' || face === 'boldItalic' ? 140 : 80,
      FontFile2: writer.addObject(subset.program),
    }),
  );
  const descendant = writer.addObject(
    dict({
      Type: name('Font'),
      Subtype: name('CIDFontType2'),
      BaseFont: baseFont,
      CIDSystemInfo: dict({
        Registry: { kind: 'string', bytes: Buffer.from('Adobe') },
        Ordering: { kind: 'string', bytes: Buffer.from('Identity') },
        Supplement: 0,
      }),
      FontDescriptor: descriptor,
      DW: 0,
      W: [1, subset.widths],
      CIDToGIDMap: writer.addObject(subset.idToGlyph),
    }),
  );
  return writer.addObject(
    dict({
      Type: name('Font'),
      Subtype: name('Type0'),
      BaseFont: baseFont,
      Encoding: name('Identity-H'),
      DescendantFonts: [descendant],
      ToUnicode: writer.addObject(subset.toUnicode),
    }),
  );
}
