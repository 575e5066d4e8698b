import { inflateSync } from 'node:zlib';
import { damaged, PdfError } from './errors.ts';
import { isArray, isKind, type PdfDict, type PdfStream, type PdfValue } from './values.ts';

/** What one file may still inflate to, in bytes; shared by all its streams. */
export interface Budget {
  left: number;
  readonly limit: number;
}

export const budgetOf = (limit: number): Budget => ({ left: limit, limit });

function filterNames(dict: PdfDict, resolve: (value: PdfValue | undefined) => PdfValue): string[] {
  const filter = resolve(dict.entries.get('Filter'));
  const list = isArray(filter) ? filter.map((item) => resolve(item)) : filter === null ? [] : [filter];
  return list.map((item) => (isKind(item, 'name') ? item.name : '?'));
}

/**
 * Undoes FlateDecode with its predictors (the filters of cross-reference and object streams).
 * @returns the decoded bytes
 * @throws PdfError `too-much-data` when the file's budget is spent, `damaged` for other filters or bad data
 */
export function decodeStream(
  stream: PdfStream,
  budget: Budget,
  resolve: (value: PdfValue | undefined) => PdfValue = (value) => value ?? null,
): Uint8Array {
  const filters = filterNames(stream.dict, resolve);
  const parameters = resolve(stream.dict.entries.get('DecodeParms'));
  let bytes: Uint8Array = stream.raw;
  for (const [index, filter] of filters.entries()) {
    if (filter !== 'FlateDecode') throw damaged(`bộ lọc ${filter} không dùng ở đây`);
    bytes = inflate(bytes, budget);
    const own = isArray(parameters) ? resolve(parameters[index]) : parameters;
    if (isKind(own, 'dict')) bytes = undoPredictor(bytes, own);
  }
  return bytes;
}

function inflate(bytes: Uint8Array, budget: Budget): Uint8Array {
  try {
    const out = inflateSync(bytes, { maxOutputLength: Math.max(1, budget.left) });
    budget.left -= out.length;
    return out;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      budget.left = 0;
      throw new PdfError('too-much-data', { limit: budget.limit });
    }
    throw damaged('dữ liệu nén hỏng');
  }
}

function undoPredictor(bytes: Uint8Array, parameters: PdfDict): Uint8Array {
  const number = (key: string, otherwise: number): number => {
    const value = parameters.entries.get(key);
    return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 100_000
      ? value
      : otherwise;
  };
  const predictor = number('Predictor', 1);
  if (predictor === 1) return bytes;
  if (predictor < 10) throw damaged('bộ dự đoán TIFF không dùng ở đây');
  const pixel = Math.max(1, Math.ceil((number('Colors', 1) * number('BitsPerComponent', 8)) / 8));
  const row = Math.ceil((number('Columns', 1) * number('Colors', 1) * number('BitsPerComponent', 8)) / 8);
  const rows = Math.floor(bytes.length / (row + 1));
  const out = new Uint8Array(rows * row);
  for (let line = 0; line < rows; line += 1) {
    const kind = bytes[line * (row + 1)];
    for (let at = 0; at < row; at += 1) {
      const raw = bytes[line * (row + 1) + 1 + at] as number;
      const to = line * row + at;
      const left = at >= pixel ? (out[to - pixel] as number) : 0;
      const up = line > 0 ? (out[to - row] as number) : 0;
      const corner = line > 0 && at >= pixel ? (out[to - row - pixel] as number) : 0;
      out[to] = raw + predicted(kind, left, up, corner);
    }
  }
  return out;
}

function predicted(kind: number | undefined, left: number, up: number, corner: number): number {
  switch (kind) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const [toLeft, toUp, toCorner] = [
        Math.abs(up - corner),
        Math.abs(left - corner),
        Math.abs(left + up - 2 * corner),
      ];
      if (toLeft <= toUp && toLeft <= toCorner) return left;
      return toUp <= toCorner ? up : corner;
    }
    default:
      throw damaged('bộ dự đoán PNG sai');
  }
}
