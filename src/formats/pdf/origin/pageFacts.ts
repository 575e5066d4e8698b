import type { PdfDocument } from '../document.ts';
import type { PdfPage } from '../pages.ts';
import { isArray, isKind, isName, type PdfDict, type PdfValue } from '../values.ts';
import { contentBytes, filterNames, mostContent } from './contentData.ts';
import {
  drawImage,
  drawInline,
  grid,
  identity,
  times,
  type Drawing,
  type Matrix,
  type PageFacts,
  type State,
} from './drawing.ts';
import { operationsOf, type Operation } from './operators.ts';

const limits = { depth: 12, operations: 2_000_000, forms: 2_000, states: 512 };

/** Looks at what a page draws, without decoding its images. @throws PdfError `too-much-data` */
export function factsOfPage(document: PdfDocument, page: PdfPage): PageFacts {
  const drawing: Drawing = {
    document,
    box: page.cropBox,
    covered: new Uint8Array(grid.columns * grid.rows),
    text: new Float64Array(grid.columns * grid.rows),
    visible: 0,
    hidden: 0,
    segments: 0,
    pending: 0,
    images: 0,
    operations: 0,
    forms: 0,
    content: 0,
    main: undefined,
  };
  const contents = document.resolve(page.dict.entries.get('Contents'));
  const streams = (isArray(contents) ? contents : [contents])
    .map((item) => document.resolve(item))
    .filter((item) => isKind(item, 'stream'));
  const parts = streams.flatMap((stream) => [contentBytes(document, stream), Buffer.from('\n')]);
  run(drawing, Buffer.concat(parts), resourcesOf(document, page), start, 0);
  const covered = drawing.covered.reduce((sum, cell) => sum + cell, 0) / drawing.covered.length;
  return {
    imageCover: covered,
    visible: Math.round(drawing.visible),
    hidden: Math.round(drawing.hidden),
    segments: drawing.segments,
    images: drawing.images,
    ...(drawing.main === undefined ? {} : { mainImage: drawing.main }),
  };
}

const start: State = {
  matrix: identity,
  render: 0,
  white: false,
  clear: false,
  font: undefined,
  size: 1,
  leading: 0,
};

function resourcesOf(document: PdfDocument, page: PdfPage): PdfDict | undefined {
  let node: PdfDict | undefined = page.dict;
  for (let depth = 0; node !== undefined && depth < 60; depth += 1) {
    const found = document.dict(node.entries.get('Resources'));
    if (found !== undefined) return found;
    node = document.dict(node.entries.get('Parent'));
  }
  return undefined;
}

const numbers = (operands: readonly PdfValue[]): number[] =>
  operands.map((value) => (typeof value === 'number' ? value : 0));
const matrixOf = (operands: readonly PdfValue[]): Matrix | undefined =>
  operands.length === 6 && operands.every((value) => typeof value === 'number')
    ? (operands as unknown as Matrix)
    : undefined;

function run(
  drawing: Drawing,
  bytes: Uint8Array,
  resources: PdfDict | undefined,
  from: State,
  depth: number,
): void {
  drawing.content += bytes.length;
  if (depth > limits.depth || drawing.content > mostContent) return;
  const stack: State[] = [];
  let state = from;
  let line: Matrix = identity;
  let place: Matrix = identity;
  const move = (x: number, y: number): void => void (place = line = times([1, 0, 0, 1, x, y], line));
  const show = (value: PdfValue | undefined): void => {
    place = times([1, 0, 0, 1, showText(drawing, state, place, value), 0], place);
  };
  for (const operation of operationsOf(bytes)) {
    if ((drawing.operations += 1) > limits.operations) return;
    const { operator, operands } = operation;
    const [first = 0, second = 0] = numbers(operands);
    switch (operator) {
      case 'q':
        if (stack.length < limits.states) stack.push(state);
        break;
      case 'Q':
        state = stack.pop() ?? state;
        break;
      case 'cm':
        state = { ...state, matrix: times(matrixOf(operands) ?? identity, state.matrix) };
        break;
      case 'BT':
        place = line = identity;
        break;
      case 'Tm':
        place = line = matrixOf(operands) ?? identity;
        break;
      case 'TD':
        state = { ...state, leading: -second };
        move(first, second);
        break;
      case 'Td':
        move(first, second);
        break;
      case 'T*':
        move(0, -state.leading);
        break;
      case "'":
      case '"':
        move(0, -state.leading);
        show(operands.at(-1));
        break;
      case 'Tj':
      case 'TJ':
        show(operands[0]);
        break;
      case 'Do':
        drawObject(drawing, operands[0], resources, state, depth);
        break;
      case 'BI':
        if (operation.inline) drawInline(drawing, operation.inline, state);
        break;
      default:
        state = changed(drawing, operation, resources, state);
        countPath(drawing, operator, state);
    }
  }
}

/** The operators that set the state in which text is shown. */
function changed(
  drawing: Drawing,
  { operator, operands }: Operation,
  resources: PdfDict | undefined,
  state: State,
): State {
  const [first = 0] = numbers(operands);
  switch (operator) {
    case 'Tr':
      return { ...state, render: first };
    case 'TL':
      return { ...state, leading: first };
    case 'Tf':
      return {
        ...state,
        font: lookUp(drawing, resources, 'Font', operands[0]),
        size: numbers(operands)[1] ?? 1,
      };
    case 'gs': {
      const alpha = lookUp(drawing, resources, 'ExtGState', operands[0])?.entries.get('ca');
      return typeof alpha === 'number' ? { ...state, clear: alpha < 0.02 } : state;
    }
    case 'g':
    case 'rg':
      return { ...state, white: numbers(operands).every((value) => value > 0.985) };
    case 'k':
      return { ...state, white: numbers(operands).every((value) => value < 0.015) };
    case 'sc':
    case 'scn':
      return { ...state, white: false };
    default:
      return state;
  }
}

/** White shapes and those that clip are not drawings. */
function countPath(drawing: Drawing, operator: string, state: State): void {
  switch (operator) {
    case 'l':
    case 'c':
    case 'v':
    case 'y':
    case 're':
      drawing.pending += 1;
      break;
    case 'f':
    case 'F':
    case 'f*':
    case 'B':
    case 'B*':
    case 'b':
    case 'b*':
      if (!state.white) drawing.segments += drawing.pending;
      drawing.pending = 0;
      break;
    case 'S':
    case 's':
      drawing.segments += drawing.pending;
      drawing.pending = 0;
      break;
    case 'n':
      drawing.pending = 0;
      break;
    default:
  }
}

function lookUp(
  { document }: Drawing,
  resources: PdfDict | undefined,
  kind: string,
  value: PdfValue | undefined,
): PdfDict | undefined {
  if (!isKind(value, 'name')) return undefined;
  return document.dict(document.dict(resources?.entries.get(kind))?.entries.get(value.name));
}

/** Text whose font has no shapes: what Tesseract and its like write. */
const shapeless = /GlyphLess|Invisible/i;

/** Counts the characters of a string where they stand. @returns how far the text moves on, about, in text space */
function showText(drawing: Drawing, state: State, place: Matrix, value: PdfValue | undefined): number {
  const { font, size } = state;
  const base = font?.entries.get('BaseFont');
  const wide = isName(font?.entries.get('Subtype'), 'Type0');
  const unseen =
    state.clear ||
    (state.white && (state.render === 0 || state.render === 4)) ||
    state.render === 3 ||
    state.render === 7 ||
    (isKind(base, 'name') && shapeless.test(base.name));
  const matrix = times(place, state.matrix);
  const step = size * 0.5;
  let at = 0;
  for (const item of isArray(value) ? value : [value]) {
    if (typeof item === 'number') at -= (item / 1000) * size;
    if (!isKind(item, 'string')) continue;
    const count = wide ? item.bytes.length >> 1 : item.bytes.length;
    for (let index = 0; index < count; index += 1, at += step) {
      if (!wide && item.bytes[index] === 0x20) continue;
      const cell = cellAt(drawing, matrix[0] * at + matrix[4], matrix[1] * at + matrix[5]);
      if (unseen) drawing.hidden += 1;
      else if (cell >= 0) {
        drawing.visible += 1;
        (drawing.text[cell] as number) += 1;
      }
    }
  }
  return at;
}

function cellAt({ box: [left, bottom, right, top] }: Drawing, x: number, y: number): number {
  const column = Math.floor(((x - left) / (right - left)) * grid.columns);
  const row = Math.floor(((y - bottom) / (top - bottom)) * grid.rows);
  const inside = column >= 0 && column < grid.columns && row >= 0 && row < grid.rows;
  return inside ? row * grid.columns + column : -1;
}

function drawObject(
  drawing: Drawing,
  value: PdfValue | undefined,
  resources: PdfDict | undefined,
  state: State,
  depth: number,
): void {
  const { document } = drawing;
  if (!isKind(value, 'name')) return;
  const object = document.resolve(document.dict(resources?.entries.get('XObject'))?.entries.get(value.name));
  if (!isKind(object, 'stream')) return;
  if (isName(object.dict.entries.get('Subtype'), 'Image')) {
    const filter = filterNames(document, object).at(-1) ?? 'none';
    drawImage(drawing, object, filter, state);
    return;
  }
  if ((drawing.forms += 1) > limits.forms) return;
  const own = document.resolve(object.dict.entries.get('Matrix'));
  const matrix = isArray(own) ? matrixOf(own.map((item) => document.resolve(item))) : undefined;
  const inside = { ...state, matrix: times(matrix ?? identity, state.matrix) };
  const inner = document.dict(object.dict.entries.get('Resources')) ?? resources;
  run(drawing, contentBytes(document, object), inner, inside, depth + 1);
}
