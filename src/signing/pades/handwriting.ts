import { createHash } from 'node:crypto';
import { coordinate, glyphOutline, textWidth } from '#formats/pdf';

const blue = '0.05 0.18 0.62';
const at = coordinate;

/** A pen stroke along a curve, thick in its middle and thin at its ends. */
function stroke(points: readonly (readonly [number, number])[], thickness: number): string {
  const [from, first, second, to] = points as readonly [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const shift = thickness * 0.75;
  return [
    `${at(from[0])} ${at(from[1])} m`,
    `${at(first[0])} ${at(first[1] + shift)} ${at(second[0])} ${at(second[1] + shift)} ${at(to[0])} ${at(to[1])} c`,
    `${at(second[0])} ${at(second[1] - shift)} ${at(first[0])} ${at(first[1] - shift)} ${at(from[0])} ${at(from[1])} c`,
    'h f',
  ].join(' ');
}

/**
 * A signature written for a person who has given no picture: the last name in slanted letters with a sweep of
 * the pen, in blue, as outlines. The same name always gives the same drawing.
 * @param width and height in points of the place
 */
export function handwritingDrawing(fullName: string, width: number, height: number): string {
  const words = fullName.normalize('NFC').trim().split(/\s+/);
  const initial = words.length > 1 ? `${([...(words[0] as string)][0] as string).toUpperCase()}.` : '';
  const text = `${initial}${words.at(-1) ?? ''}`;
  const hash = createHash('sha256').update(text).digest();
  const vary = (index: number, low: number, high: number): number =>
    low + ((hash[index] as number) / 255) * (high - low);
  const size = Math.min(height * 0.5, (width * 0.62) / textWidth('italic', 1, text));
  const written = textWidth('italic', size, text);
  const tilt = vary(0, 0.08, 0.16);
  const slant = vary(1, 0.16, 0.28);
  const left = (width - written) / 2;
  const base = height * 0.36;
  const out = [`${blue} rg`];
  let x = 0;
  for (const [index, char] of [...text].entries()) {
    const grow = index === 0 ? 1.28 : 1;
    const scale = size * grow;
    const matrix = [
      scale * 0.96,
      scale * tilt,
      scale * slant,
      scale,
      left + x * 0.96,
      base + x * tilt - (grow - 1) * size * 0.2,
    ] as const;
    const { path } = glyphOutline('italic', char.codePointAt(0) as number, matrix);
    if (path !== '') out.push(`${path} f`);
    x += textWidth('italic', scale, char) * (index === 0 ? 0.94 : 0.97);
  }
  const end: [number, number] = [
    Math.min(width * 0.97, left + written * 1.12),
    base + written * tilt + size * 0.3,
  ];
  out.push(
    stroke(
      [
        [width * 0.06, base - size * vary(2, 0.16, 0.3)],
        [width * 0.32, base - size * vary(3, 0.5, 0.62)],
        [width * 0.66, base - size * 0.12 + written * tilt * 0.3],
        end,
      ],
      size * 0.057,
    ),
    stroke(
      [
        end,
        [end[0] - width * 0.1, end[1] + size * 0.36],
        [left + written * 0.62, base + size * 0.1],
        [left + written * vary(4, 0.3, 0.45), base - size * vary(5, 0.48, 0.6)],
      ],
      size * 0.04,
    ),
  );
  return out.join('\n');
}
