import { coordinate, glyphOutline, textWidth } from '#formats/pdf';

const red = '0.83 0.07 0.09';
const at = coordinate;
/** Control distance of a quarter circle drawn as a curve. */
const kappa = 0.5523;

function circle(cx: number, cy: number, radius: number, thickness: number): string {
  const k = radius * kappa;
  const point = (x: number, y: number): string => `${at(cx + x)} ${at(cy + y)}`;
  return [
    `${at(thickness)} w ${point(radius, 0)} m`,
    `${point(radius, k)} ${point(k, radius)} ${point(0, radius)} c`,
    `${point(-k, radius)} ${point(-radius, k)} ${point(-radius, 0)} c`,
    `${point(-radius, -k)} ${point(-k, -radius)} ${point(0, -radius)} c`,
    `${point(k, -radius)} ${point(radius, -k)} ${point(radius, 0)} c s`,
  ].join(' ');
}

function star(cx: number, cy: number, radius: number): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const angle = (index * Math.PI) / 5;
    const far = index % 2 === 0 ? radius : radius * 0.382;
    return `${at(cx + far * Math.sin(angle))} ${at(cy + far * Math.cos(angle))}`;
  });
  return `${points[0]} m ${points
    .slice(1)
    .map((point) => `${point} l`)
    .join(' ')} h f`;
}

/** Letters standing on a circle, their middle at the top (`up`) or the bottom. */
function arc(
  text: string,
  place: { cx: number; cy: number; radius: number; size: number; spread: number; up: boolean },
): string {
  const { cx, cy, radius, size, spread, up } = place;
  const chars = [...text];
  const widths = chars.map((char) => textWidth('bold', size, char) + spread);
  let along = -(widths.reduce((sum, width) => sum + width, 0) - spread) / 2;
  const out: string[] = [];
  for (const [index, char] of chars.entries()) {
    const own = (widths[index] as number) - spread;
    const angle = (along + own / 2) / radius;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const turn = up ? -sin : sin;
    const x = cx + radius * sin - (own / 2) * cos;
    const y = up ? cy + radius * cos + (own / 2) * sin : cy - radius * cos - (own / 2) * sin;
    const matrix = [size * cos, size * turn, -size * turn, size * cos, x, y] as const;
    const { path } = glyphOutline('bold', char.codePointAt(0) as number, matrix);
    if (path !== '') out.push(`${path} f`);
    along += own + spread;
  }
  return out.join('\n');
}

/** The largest size at which a text takes no more than an angle of a circle. */
function fitting(text: string, radius: number, angle: number, largest: number): number {
  const natural = textWidth('bold', 1, text) + [...text].length * 0.1;
  return Math.min(largest, (radius * angle) / natural);
}

/**
 * An invented round seal as vector drawing: double rim, the name on the circle, a star in the middle. Its letters
 * are outlines, so that they do not become text of the document.
 * @param upper name on the upper arc; @param lower name on the lower arc, may be empty
 * @param size width and height in points
 */
export function sealDrawing(upper: string, lower: string, size: number): string {
  const middle = size / 2;
  const rim = middle * 0.97;
  const band = { outer: rim * 0.86, inner: rim * 0.6 };
  const height = band.outer - band.inner;
  const [top, bottom] = [upper.normalize('NFC').toUpperCase(), lower.normalize('NFC').toUpperCase()];
  const topAngle = bottom === '' ? 4.9 : 3.5;
  const topSize = fitting(top, band.inner, topAngle, height * 0.86);
  const out = [
    `${red} RG ${red} rg`,
    circle(middle, middle, rim, rim * 0.035),
    circle(middle, middle, rim * 0.92, rim * 0.014),
    circle(middle, middle, rim * 0.54, rim * 0.014),
    star(middle, middle, rim * 0.36),
  ];
  const baseline = band.inner + (height - topSize * 0.72) / 2;
  out.push(
    arc(top, { cx: middle, cy: middle, radius: baseline, size: topSize, spread: topSize * 0.1, up: true }),
  );
  const separator = rim * 0.05;
  const ring = (band.inner + band.outer) / 2;
  if (bottom === '') out.push(star(middle, middle - ring, separator * 1.4));
  else {
    const size = Math.min(topSize, fitting(bottom, band.inner, 2, height * 0.8));
    const radius = band.outer - (height - size * 0.72) / 2;
    out.push(arc(bottom, { cx: middle, cy: middle, radius, size, spread: size * 0.1, up: false }));
    for (const side of [-1, 1]) {
      const angle = side * 2.02;
      out.push(star(middle + ring * Math.sin(angle), middle + ring * Math.cos(angle), separator));
    }
  }
  return out.join('\n');
}
