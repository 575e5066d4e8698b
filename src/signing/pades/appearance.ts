import {
  coordinate as at,
  createCanvas,
  deflated,
  dict,
  embedPng,
  name,
  type PdfRect,
  type PdfRef,
  type PdfStream,
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
  | { readonly kind: 'text'; readonly lines: readonly string[]; readonly rotate?: 0 | 90 | 180 | 270 };

/** Drawn so that what lies below stays readable. */
const multiply = dict({ Type: name('ExtGState'), BM: name('Multiply'), ca: 0.92, CA: 0.92 });

const drawings = new Map<string, PdfStream>();
const keptDrawings = 128;

/** A drawing under the key of what it shows; the same officer and the same seal come again with every letter. */
function kept(key: readonly unknown[], draw: () => PdfStream): PdfStream {
  const text = JSON.stringify(key);
  let drawing = drawings.get(text);
  if (drawing === undefined) drawings.set(text, (drawing = draw()));
  if (drawings.size > keptDrawings) drawings.delete(drawings.keys().next().value as string);
  return drawing;
}

/** Turns a drawing against the way in which its page is shown turned (ISO 32000-1 §12.5.5: the box is fitted). */
const turned = { 90: [0, 1, -1, 0, 0, 0], 180: [-1, 0, 0, -1, 0, 0], 270: [0, -1, 1, 0, 0, 0] } as const;

/** Adds the form XObject that shows a signature in a rectangle. */
export function addSignatureAppearance(
  writer: PdfWriter,
  appearance: SignatureAppearance,
  rect: PdfRect,
): PdfRef {
  const [width, height] = [rect[2] - rect[0], rect[3] - rect[1]];
  const rotate = appearance.kind === 'text' ? (appearance.rotate ?? 0) : 0;
  const upright = rotate === 0 || rotate === 180;
  const form = (operators: string, resources: Record<string, PdfValue>): PdfStream =>
    deflated(
      operators,
      dict({
        Type: name('XObject'),
        Subtype: name('Form'),
        BBox: upright ? [0, 0, width, height] : [0, 0, height, width],
        Matrix: rotate === 0 ? undefined : turned[rotate],
        Resources: dict(resources),
      }),
    );
  return writer.addObject(drawingOf(writer, appearance, width, height, form));
}

function drawingOf(
  writer: PdfWriter,
  appearance: SignatureAppearance,
  width: number,
  height: number,
  form: (operators: string, resources: Record<string, PdfValue>) => PdfStream,
): PdfStream {
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
      return kept(['handwriting', appearance.name, width, height], () =>
        form(`q\n${handwritingDrawing(appearance.name, width, height)}\nQ`, {}),
      );
    case 'seal': {
      const { upper, lower = '' } = appearance;
      const size = Math.min(width, height);
      const move = `1 0 0 1 ${at((width - size) / 2)} ${at((height - size) / 2)} cm`;
      return kept(['seal', upper, lower, width, height], () =>
        form(`q /GS gs ${move}\n${sealDrawing(upper, lower, size)}\nQ`, {
          ExtGState: dict({ GS: multiply }),
        }),
      );
    }
    case 'text': {
      const canvas = createCanvas();
      const tall = appearance.rotate === 90 || appearance.rotate === 270 ? width : height;
      canvas.raw('q 0 g');
      for (const [index, line] of appearance.lines.entries())
        canvas.text('regular', 10, 0, tall - 10 - index * 12.5, line);
      canvas.raw('Q');
      return form(canvas.operators(), { Font: dict(canvas.fonts.embed(writer)) });
    }
  }
}
