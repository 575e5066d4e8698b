import { createHash } from 'node:crypto';
import { PNG } from 'pngjs';
import { PdfError } from './errors.ts';
import { dict, name, withEntries, type PdfRef, type PdfStream } from './values.ts';
import { deflated, type PdfWriter } from './write.ts';

interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly color: PdfStream;
  readonly alpha: PdfStream | undefined;
}

const maxSide = 3000;
const maxBytes = 8 * 2 ** 20;
const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const cache = new Map<string, DecodedImage>();
const keptImages = 64;

function decode(png: Uint8Array): DecodedImage {
  const key = createHash('sha256').update(png).digest('base64');
  const known = cache.get(key);
  if (known !== undefined) return known;
  const refuse = (detail: string): never => {
    throw new PdfError('bad-image', { detail, limit: maxSide });
  };
  const bytes = Buffer.from(png);
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(signature)) refuse('không phải PNG');
  if (bytes.length > maxBytes) refuse('tệp quá lớn');
  // The header claims the size before anything is inflated: a bomb is refused unopened.
  if (bytes.readUInt32BE(16) > maxSide || bytes.readUInt32BE(20) > maxSide) refuse('quá nhiều điểm ảnh');
  let image: PNG;
  try {
    image = PNG.sync.read(bytes);
  } catch {
    return refuse('dữ liệu PNG hỏng');
  }
  const decoded = splitAlpha(image);
  cache.set(key, decoded);
  if (cache.size > keptImages) cache.delete(cache.keys().next().value as string);
  return decoded;
}

function splitAlpha({ width, height, data }: PNG): DecodedImage {
  const pixels = width * height;
  const color = Buffer.alloc(pixels * 3);
  const alpha = Buffer.alloc(pixels);
  let opaque = true;
  for (let at = 0; at < pixels; at += 1) {
    color[at * 3] = data[at * 4] as number;
    color[at * 3 + 1] = data[at * 4 + 1] as number;
    color[at * 3 + 2] = data[at * 4 + 2] as number;
    const value = data[at * 4 + 3] as number;
    alpha[at] = value;
    if (value !== 255) opaque = false;
  }
  const entries = (space: string): ReturnType<typeof dict> =>
    dict({
      Type: name('XObject'),
      Subtype: name('Image'),
      Width: width,
      Height: height,
      ColorSpace: name(space),
      BitsPerComponent: 8,
    });
  return {
    width,
    height,
    color: deflated(color, entries('DeviceRGB')),
    alpha: opaque ? undefined : deflated(alpha, entries('DeviceGray')),
  };
}

export interface EmbeddedImage {
  readonly ref: PdfRef;
  readonly width: number;
  readonly height: number;
}

/**
 * Adds a PNG as an image XObject, its transparency as a soft mask. Decoded images are kept by their hash.
 * @throws PdfError `bad-image`
 */
export function embedPng(writer: PdfWriter, png: Uint8Array): EmbeddedImage {
  const { width, height, color, alpha } = decode(png);
  const mask = alpha === undefined ? undefined : writer.addObject(alpha);
  const ref = writer.addObject({ ...color, dict: withEntries(color.dict, { SMask: mask }) });
  return { ref, width, height };
}
