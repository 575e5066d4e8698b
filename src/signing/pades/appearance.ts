import {
  coordinate as at,
  createCanvas,
  deflated,
  dict,
  embedPng,
  name,
  type PdfRect,
  type PdfRef,
  type PdfValue,
  type PdfWriter,
} from '#formats/pdf';
import { handwritingDrawing } from './handwriting.ts';
import { sealDrawing } from './seal.ts';

/** The picture of a signature (Decree 30/2020 Appendix I, II.7–II.8). */
export type SignatureAppearance =
  /** A PNG with transparent ground, centred in its place with its proportions kept. */
  | { readonly kind: 'image'; readonly png: Uint8Array }
  /** A written signature made from the name, in blue. */
  | { readonly kind: 'handwriting'; readonly name: string }
  /** An invented round seal, in red: names on the upper and the lower arc. */
  | { readonly kind: 'seal'; readonly upper: string; readonly lower?: string }
  /** Lines of text, upright, 10 pt, black: separate annexes and copies. */
  | { readonly kind: 'text'; readonly lines: readonly string[] };

/** Drawn so that what lies below stays readable. */
const multiply = dict({ Type: name('ExtGState'), BM: name('Multiply'), ca: 0.92, CA: 0.92 });

/** Adds the form XObject that shows a signature in a rectangle. */
export function addSignatureAppearance(
  writer: PdfWriter,
  appearance: SignatureAppearance,
  rect: PdfRect,
): PdfRef {
  const [width, height] = [rect[2] - rect[0], rect[3] - rect[1]];
  const form = (operators: string, resources: Record<string, PdfValue>): PdfRef =>
    writer.addObject(
      deflated(
        operators,
        dict({
          Type: name('XObject'),
          Subtype: name('Form'),
          BBox: [0, 0, width, height],
          Resources: dict(resources),
        }),
      ),
    );
  switch (appearance.kind) {
    case 'image': {
      const image = embedPng(writer, appearance.png);
      const scale = Math.min(width / image.width, height / image.height);
      const [w, h] = [image.width * scale, image.height * scale];
      const place = `${at(w)} 0 0 ${at(h)} ${at((width - w) / 2)} ${at((height - h) / 2)}`;
      return form(`q /GS gs ${place} cm /Im Do Q`, {
        XObject: dict({ Im: image.ref }),
        ExtGState: dict({ GS: multiply }),
      });
    }
    case 'handwriting':
      return form(`q\n${handwritingDrawing(appearance.name, width, height)}\nQ`, {});
    case 'seal': {
      const size = Math.min(width, height);
      const move = `1 0 0 1 ${at((width - size) / 2)} ${at((height - size) / 2)} cm`;
      const drawing = sealDrawing(appearance.upper, appearance.lower ?? '', size);
      return form(`q /GS gs ${move}\n${drawing}\nQ`, { ExtGState: dict({ GS: multiply }) });
    }
    case 'text': {
      const canvas = createCanvas();
      canvas.raw('q 0 g');
      for (const [index, line] of appearance.lines.entries())
        canvas.text('regular', 10, 0, height - 10 - index * 12.5, line);
      canvas.raw('Q');
      return form(canvas.operators(), { Font: dict(canvas.fonts.embed(writer)) });
    }
  }
}
