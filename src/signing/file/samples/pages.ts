import { deflateSync } from 'node:zlib';
import {
  dict,
  name,
  timesRoman,
  type PdfDict,
  type PdfRef,
  type PdfStream,
  type PdfValue,
  type PdfWriter,
} from '#formats/pdf';
import { backgroundImage, pageImage, smallImage, type Codec } from './images.ts';
import type { Random } from './random.ts';

/** One page under construction: its operators and what they name. */
interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly operators: string[];
  readonly images: PdfStream[];
  rotate?: number;
}

const words =
  'van ban dien tu cua co quan nha nuoc duoc ky so theo quy dinh kinh gui cac bo nganh dia phuong thuc hien bao cao tinh hinh quy nam nay de tong hop trinh thu tuong xem xet quyet dinh'.split(
    ' ',
  );

function sentence(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += `${random.pick(words)} `;
  return text.slice(0, length);
}

const sheetOf = (random: Random): Sheet => {
  const [width, height] = random.chance(0.9) ? [595, 842] : random.chance(0.5) ? [842, 595] : [612, 792];
  return { width, height, operators: [], images: [] };
};

const at = (value: number): string => value.toFixed(2);

function place(
  sheet: Sheet,
  image: PdfStream,
  x: number,
  y: number,
  width: number,
  height: number,
  skew = 0,
): void {
  sheet.images.push(image);
  const b = width * Math.sin(skew);
  const c = -height * Math.sin(skew);
  sheet.operators.push(
    `q ${at(width)} ${at(b)} ${at(c)} ${at(height)} ${at(x)} ${at(y)} cm /Im${sheet.images.length - 1} Do Q`,
  );
}

/** Lines of text from the top; `mode` is the text rendering mode, 3 for text that is not to be seen. */
function text(sheet: Sheet, random: Random, lines: number, mode = 0): void {
  const size = random.number(10, 14);
  const left = random.number(50, 90);
  let y = sheet.height - random.number(50, 110);
  for (let line = 0; line < lines && y > 40; line += 1) {
    const most = Math.floor((sheet.width - left - 40) / (size * 0.42));
    const length =
      line === lines - 1 ? random.integer(12, most) : random.integer(Math.floor(most * 0.6), most);
    sheet.operators.push(
      `BT ${mode === 0 ? '' : `${mode} Tr `}/F0 ${at(size)} Tf ${at(left)} ${at(y)} Td (${sentence(random, length)}) Tj ET`,
    );
    y -= size * random.number(1.15, 1.6);
  }
  if (mode !== 0) sheet.operators.push('BT 0 Tr ET');
}

/** Letters that were turned into curves. */
function outlines(sheet: Sheet, random: Random, letters: number): void {
  for (let letter = 0; letter < letters; letter += 1) {
    const [x, y] = [random.number(50, sheet.width - 60), random.number(50, sheet.height - 60)];
    const curve = Array.from(
      { length: random.integer(4, 14) },
      () =>
        `${at(x + random.number(0, 8))} ${at(y)} ${at(x)} ${at(y + 6)} ${at(x + random.number(0, 8))} ${at(y + 9)} c`,
    );
    sheet.operators.push(`${at(x)} ${at(y)} m ${curve.join(' ')} h f`);
  }
}

function tableLines(sheet: Sheet, random: Random): void {
  for (let line = 0; line < random.integer(6, 60); line += 1)
    sheet.operators.push(
      `0.5 w 50 ${at(700 - line * 10)} m ${at(sheet.width - 50)} ${at(700 - line * 10)} l S`,
    );
}

const resolutions = [75, 96, 100, 150, 200, 240, 300] as const;

/** The image of a whole page: placed as scanners, phones and combining programs do. */
function scanned(sheet: Sheet, random: Random, part = 1): void {
  const codec = random.pick<Codec>([
    'CCITTFaxDecode',
    'JBIG2Decode',
    'DCTDecode',
    'DCTDecode',
    'DCTDecode',
    'JPXDecode',
    'FlateDecode',
    'FlateBilevel',
  ]);
  const heavy = codec === 'FlateDecode' || codec === 'DCTDecode' || codec === 'JPXDecode';
  const dots = random.pick(heavy ? resolutions.slice(0, 4) : resolutions);
  const margin = random.chance(0.25) ? random.number(0, 45) : 0;
  const width = (sheet.width - 2 * margin) * part;
  const height = (sheet.height - 2 * margin) * part;
  const pixels = (points: number): number => Math.round((points / 72) * dots);
  const gray = random.chance(0.6);
  const bands = random.chance(0.15) ? random.integer(2, 24) : 1;
  const skew = bands === 1 && random.chance(0.15) ? random.number(-0.02, 0.02) : 0;
  for (let band = 0; band < bands; band += 1) {
    const image = pageImage(random, codec, pixels(width), Math.max(1, pixels(height / bands)), gray);
    place(sheet, image, margin, margin + (band * height) / bands, width, height / bands, skew);
  }
}

export type Recipe =
  | 'letter'
  | 'letter-short'
  | 'letter-with-pictures'
  | 'letter-on-background'
  | 'letter-short-on-background'
  | 'form'
  | 'curves'
  | 'scan'
  | 'scan-ocr'
  | 'scan-ocr-under'
  | 'scan-white-text'
  | 'scan-stamped'
  | 'scan-cropped'
  | 'blank';

export const digitalRecipes: readonly Recipe[] = [
  'letter',
  'letter',
  'letter-short',
  'letter-with-pictures',
  'letter-on-background',
  'letter-short-on-background',
  'form',
  'curves',
];
export const scanRecipes: readonly Recipe[] = [
  'scan',
  'scan',
  'scan-ocr',
  'scan-ocr-under',
  'scan-white-text',
  'scan-stamped',
  'scan-cropped',
];

function background(sheet: Sheet, random: Random): void {
  const dots = random.pick([40, 72, 96, 150] as const);
  const pixels = (points: number): number => Math.round((points / 72) * dots);
  const codec = random.pick(['DCTDecode', 'FlateDecode', 'JPXDecode'] as const);
  const image = backgroundImage(random, codec, pixels(sheet.width), pixels(sheet.height));
  place(sheet, image, 0, 0, sheet.width, sheet.height);
}

const draw: Readonly<Record<Recipe, (sheet: Sheet, random: Random) => void>> = {
  letter: (sheet, random) => text(sheet, random, random.integer(12, 45)),
  'letter-short': (sheet, random) => text(sheet, random, random.integer(2, 7)),
  'letter-with-pictures': (sheet, random) => {
    text(sheet, random, random.integer(5, 30));
    for (let picture = 0; picture < random.integer(1, 4); picture += 1) {
      const side = random.number(30, 260);
      place(sheet, smallImage(random), random.number(0, 300), random.number(0, 120), side, side);
    }
  },
  'letter-on-background': (sheet, random) => {
    background(sheet, random);
    text(sheet, random, random.integer(12, 40));
  },
  'letter-short-on-background': (sheet, random) => {
    background(sheet, random);
    text(sheet, random, random.integer(3, 9));
  },
  form: (sheet, random) => {
    tableLines(sheet, random);
    text(sheet, random, random.integer(4, 15));
  },
  curves: (sheet, random) => outlines(sheet, random, random.integer(120, 700)),
  scan: (sheet, random) => scanned(sheet, random),
  'scan-ocr': (sheet, random) => {
    scanned(sheet, random);
    text(sheet, random, random.integer(6, 45), 3);
  },
  'scan-ocr-under': (sheet, random) => {
    text(sheet, random, random.integer(6, 45));
    scanned(sheet, random);
  },
  'scan-white-text': (sheet, random) => {
    scanned(sheet, random);
    sheet.operators.push('1 g');
    text(sheet, random, random.integer(6, 45));
    sheet.operators.push('0 g');
  },
  'scan-stamped': (sheet, random) => {
    scanned(sheet, random);
    if (random.chance(0.5)) text(sheet, random, random.integer(6, 45), 3);
    text(sheet, random, random.integer(1, 4));
  },
  'scan-cropped': (sheet, random) => scanned(sheet, random, random.number(0.45, 0.95)),
  blank: () => undefined,
};

/** Adds one page by a recipe to a file that is being written. */
export function addPage(writer: PdfWriter, tree: PdfRef, random: Random, recipe: Recipe): PdfRef {
  const sheet = sheetOf(random);
  draw[recipe](sheet, random);
  const objects: Record<string, PdfValue> = {};
  for (const [index, image] of sheet.images.entries()) objects[`Im${index}`] = writer.addObject(image);
  const resources: PdfDict = dict({
    Font: dict({ F0: writer.addObject(timesRoman) }),
    XObject: dict(objects),
  });
  const operators = Buffer.from(sheet.operators.join('\n'), 'latin1');
  return writer.addObject(
    dict({
      Type: name('Page'),
      Parent: tree,
      MediaBox: [0, 0, sheet.width, sheet.height],
      Rotate: random.chance(0.05) ? 90 : undefined,
      Resources: resources,
      Contents: contentsOf(writer, random, operators, resources),
    }),
  );
}

/** One stream or several, with several filters, or all in a form: as different producers write it. */
function contentsOf(writer: PdfWriter, random: Random, operators: Buffer, resources: PdfDict): PdfValue {
  const flate = (data: Uint8Array, more: Readonly<Record<string, PdfValue>> = {}): PdfRef =>
    writer.addObject({
      kind: 'stream',
      dict: dict({ ...more, Filter: name('FlateDecode') }),
      raw: deflateSync(data),
    });
  switch (random.integer(0, 5)) {
    case 0:
      return writer.addObject({ kind: 'stream', dict: dict({}), raw: operators });
    case 1: {
      const cut = operators.indexOf('\n', Math.floor(operators.length / 2));
      if (cut < 0) return flate(operators);
      return [flate(operators.subarray(0, cut)), flate(operators.subarray(cut))];
    }
    case 2: {
      const hex = Buffer.from(`${deflateSync(operators).toString('hex')}>`, 'latin1');
      return writer.addObject({
        kind: 'stream',
        dict: dict({ Filter: [name('ASCIIHexDecode'), name('FlateDecode')] }),
        raw: hex,
      });
    }
    case 3: {
      const form = flate(operators, {
        Type: name('XObject'),
        Subtype: name('Form'),
        BBox: [0, 0, 900, 900],
        Resources: resources,
      });
      (resources.entries.get('XObject') as PdfDict).entries.set('Fm0', form);
      return flate(Buffer.from('q /Fm0 Do Q'));
    }
    default:
      return flate(operators);
  }
}
