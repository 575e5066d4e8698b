import { deflateSync } from 'node:zlib';
import { dict, name, type PdfStream } from '#formats/pdf';
import type { Random } from './random.ts';

/** How the pixels of a page image are kept. */
export type Codec =
  | 'CCITTFaxDecode'
  | 'JBIG2Decode'
  | 'DCTDecode'
  | 'JPXDecode'
  | 'FlateDecode'
  | 'FlateBilevel';

const bytesOf = (random: Random, length: number): Buffer => {
  const out = Buffer.allocUnsafe(Math.max(64, Math.round(length)));
  for (let at = 0; at + 4 <= out.length; at += 4)
    out.writeInt32LE(random.integer(-(2 ** 31), 2 ** 31 - 1), at);
  return out;
};

/**
 * Sizes of page images, bytes to a pixel, as scanners and editors make them: a page of text through each codec, from
 * a sparse page at low quality to a dense one at high; and a nearly empty background.
 */
const sizes: Readonly<Record<Codec, { readonly page: readonly [number, number] }>> = {
  CCITTFaxDecode: { page: [0.004, 0.03] },
  JBIG2Decode: { page: [0.001, 0.012] },
  DCTDecode: { page: [0.035, 0.4] },
  JPXDecode: { page: [0.026, 0.25] },
  FlateDecode: { page: [0.1, 1.4] },
  FlateBilevel: { page: [0.008, 0.05] },
};

const image = (width: number, height: number, codec: Codec, gray: boolean, raw: Uint8Array): PdfStream => {
  const bilevel = codec === 'CCITTFaxDecode' || codec === 'JBIG2Decode' || codec === 'FlateBilevel';
  const filter = codec === 'FlateBilevel' ? 'FlateDecode' : codec;
  return {
    kind: 'stream',
    dict: dict({
      Type: name('XObject'),
      Subtype: name('Image'),
      Width: width,
      Height: height,
      ColorSpace: codec === 'JPXDecode' ? undefined : name(gray || bilevel ? 'DeviceGray' : 'DeviceRGB'),
      BitsPerComponent: bilevel ? 1 : 8,
      Filter: name(filter),
      DecodeParms: codec === 'CCITTFaxDecode' ? dict({ K: -1, Columns: width, Rows: height }) : undefined,
    }),
    raw,
  };
};

/**
 * An image of a scanned page. The pixels are noise, as long as the codec makes of such a page: the classifier reads
 * the sizes and never decodes, so the sizes are kept true and nothing else is.
 */
export function pageImage(
  random: Random,
  codec: Codec,
  width: number,
  height: number,
  gray: boolean,
): PdfStream {
  const [least, most] = sizes[codec].page;
  const density = least * (most / least) ** random.next();
  return image(width, height, codec, gray, bytesOf(random, density * width * height));
}

/** A background: a pale frame or a wash of colour behind the text; most of it is the same colour. */
export function backgroundImage(
  random: Random,
  codec: 'DCTDecode' | 'FlateDecode' | 'JPXDecode',
  width: number,
  height: number,
): PdfStream {
  if (codec === 'FlateDecode') {
    const pixels = Buffer.alloc(width * height, 250);
    const step = random.integer(20, 60);
    for (let row = 0; row < height; row += step) pixels.fill(235, row * width, row * width + width);
    return image(width, height, codec, true, deflateSync(pixels));
  }
  const density = codec === 'DCTDecode' ? random.number(0.006, 0.03) : random.number(0.0008, 0.02);
  return image(width, height, codec, random.chance(0.3), bytesOf(random, density * width * height));
}

/** A small picture: an emblem, a drawn signature, a seal, a figure. */
export function smallImage(random: Random): PdfStream {
  const [width, height] = [random.integer(80, 900), random.integer(80, 900)];
  const codec = random.pick(['DCTDecode', 'FlateDecode', 'JPXDecode'] as const);
  return pageImage(random, codec, width, height, random.chance(0.3));
}
