import type { DigestSource } from '#formats/cms';
import {
  documentAt,
  isArray,
  isKind,
  type FormField,
  type PdfDict,
  type PdfFile,
  type PdfRevision,
  type PdfString,
  type Span,
} from '#formats/pdf';
import { digestsOf } from './parts.ts';

/** Why the container of a signature is not sound. */
export type ContainerProblem =
  | 'no-dictionary'
  | 'no-contents'
  | 'contents-indirect'
  | 'no-byte-range'
  | 'byte-range-start'
  | 'byte-range-gap'
  | 'byte-range-end'
  | 'contents-not-cms'
  | 'contents-padding'
  | 'not-in-chain'
  | 'revision-not-whole'
  | 'dictionary-not-in-revision'
  | 'ambiguous'
  | 'sub-filter';

export const containerTexts: Readonly<Record<ContainerProblem, readonly [vi: string, en: string]>> = {
  'no-dictionary': ['ô ký không chứa chữ ký', 'the field holds no signature dictionary'],
  'no-contents': ['chữ ký rỗng (thiếu /Contents)', 'the signature is empty (/Contents missing)'],
  'contents-indirect': [
    'chữ ký nằm sai chỗ trong tệp',
    'the signature stands in the wrong place in the file',
  ],
  'no-byte-range': [
    'chữ ký không nói nó phủ phần nào (/ByteRange sai)',
    'the signature does not say what it covers (/ByteRange)',
  ],
  'byte-range-start': ['chữ ký không phủ từ đầu tệp', 'the signature does not cover the file from its start'],
  'byte-range-gap': [
    'chữ ký để hở phần tệp không được bảo vệ',
    'the signature leaves a part of the file uncovered',
  ],
  'byte-range-end': ['chữ ký khai phủ quá cuối tệp', 'the signature claims to cover more than the file'],
  'contents-not-cms': ['dữ liệu chữ ký hỏng', 'the signature value is malformed'],
  'contents-padding': ['chỗ chứa chữ ký có dữ liệu lạ', 'the place of the signature holds other data'],
  'not-in-chain': [
    'bản đã ký bị tách khỏi tài liệu đang xem',
    'the signed revision is cut off from the document that is shown',
  ],
  'revision-not-whole': [
    'chữ ký không phủ trọn một bản lưu của tài liệu',
    'the signature does not cover a whole revision',
  ],
  'dictionary-not-in-revision': [
    'chữ ký không nằm trong bản mà nó phủ',
    'the signature does not stand in the revision it covers',
  ],
  ambiguous: [
    'chữ ký được viết theo cách đọc được nhiều nghĩa',
    'the signature can be read in more than one way',
  ],
  'sub-filter': ['loại chữ ký không được hỗ trợ', 'the kind of signature is not supported'],
};

/** The file-side of one signature: what it covers, and its CMS. */
export interface SignatureContainer {
  readonly field: FormField;
  readonly dict: PdfDict;
  readonly subFilter: string;
  readonly problems: readonly ContainerProblem[];
  /** The CMS without its padding; empty when there is none. */
  readonly cms: Uint8Array;
  /** The parts of the file that are signed. */
  readonly parts: readonly Uint8Array[];
  /** Digest of those parts; a container without a sound range has none. */
  readonly digest: DigestSource;
  /** Index of the revision that is covered; undefined when none is. */
  readonly revision: number | undefined;
}

/**
 * Reads and checks the container of a signature (signing.md §7.5): ByteRange starts at 0, leaves out exactly
 * /Contents, ends with a revision of the chain; /Contents is one TLV and zeros, direct, in the file.
 */
export function readContainer(file: PdfFile, field: FormField): SignatureContainer {
  const document = documentAt(file);
  const dict = document.dict(field.value);
  const empty = {
    field,
    subFilter: '',
    cms: new Uint8Array(),
    parts: [],
    digest: noDigest,
    revision: undefined,
  };
  if (dict === undefined || isKind(field.value, 'stream'))
    return { ...empty, dict: { kind: 'dict', entries: new Map() }, problems: ['no-dictionary'] };
  const problems: ContainerProblem[] = [];
  const filter = dict.entries.get('SubFilter');
  const subFilter = isKind(filter, 'name') ? filter.name : '';
  if (!['ETSI.CAdES.detached', 'adbe.pkcs7.detached', 'ETSI.RFC3161'].includes(subFilter))
    problems.push('sub-filter');
  for (const key of ['Contents', 'ByteRange', 'SubFilter', 'V'])
    if (file.anomalies.has(`duplicate-key:${key}`)) problems.push('ambiguous');
  const contents = dict.entries.get('Contents');
  if (!isKind(contents, 'string')) {
    problems.push(isKind(contents, 'ref') ? 'contents-indirect' : 'no-contents');
    return { ...empty, dict, subFilter, problems: [...new Set(problems)] };
  }
  if (contents.span === undefined || contents.hex !== true) problems.push('contents-indirect');
  else if (!plainHex(file, contents, contents.span)) problems.push('ambiguous');
  const cms = takeCms(contents, problems);
  const covered = checkRange(file, dict, contents, problems);
  const revision =
    covered === undefined ? undefined : revisionCovered(file, field, contents, covered.end, problems);
  return {
    field,
    dict,
    subFilter,
    problems: [...new Set(problems)],
    cms,
    parts: covered?.parts ?? [],
    digest: covered?.digest ?? noDigest,
    revision,
  };
}

/** Digits of one case without white space: there is one way to write a signature, so that no byte can change. */
function plainHex(file: PdfFile, contents: PdfString, { start, end }: Span): boolean {
  const { buffer, byteOffset } = file.bytes;
  const text = Buffer.from(buffer, byteOffset + start + 1, end - start - 2).toString('latin1');
  const { bytes } = contents;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return text === hex || text === hex.toUpperCase();
}

function takeCms(contents: PdfString, problems: ContainerProblem[]): Uint8Array {
  const { bytes } = contents;
  if (bytes.length === 0) {
    problems.push('no-contents');
    return bytes;
  }
  const end = bytes[0] === 0x30 ? endOfTlv(bytes, 0, 0) : undefined;
  if (end === undefined) {
    problems.push(bytes.every((byte) => byte === 0) ? 'no-contents' : 'contents-not-cms');
    return new Uint8Array();
  }
  const padding = bytes.subarray(end);
  if (Buffer.compare(padding, Buffer.alloc(padding.length)) !== 0) problems.push('contents-padding');
  return bytes.subarray(0, end);
}

/** Where a BER element ends, indefinite lengths included; undefined when it does not end. */
export function endOfTlv(bytes: Uint8Array, start: number, depth: number): number | undefined {
  if (depth > 64 || start + 2 > bytes.length) return undefined;
  let at = start + 1;
  if (((bytes[start] as number) & 0x1f) === 0x1f) {
    while (((bytes[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
  }
  const first = bytes[at];
  if (first === undefined) return undefined;
  at += 1;
  if (first === 0x80) {
    while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
      const next = endOfTlv(bytes, at, depth + 1);
      if (next === undefined || next >= bytes.length) return undefined;
      at = next;
    }
    return at + 2;
  }
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4) return undefined;
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[at + index] ?? 0);
    at += count;
  }
  return at + length <= bytes.length ? at + length : undefined;
}

interface Covered {
  readonly parts: Uint8Array[];
  readonly digest: DigestSource;
  readonly end: number;
}

const noDigest: DigestSource = () => new Uint8Array();

function checkRange(
  file: PdfFile,
  dict: PdfDict,
  contents: PdfString,
  problems: ContainerProblem[],
): Covered | undefined {
  const range = dict.entries.get('ByteRange');
  const whole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
  if (
    !isArray(range) ||
    range.length !== 4 ||
    !range.every(whole) ||
    range.some((value) => (value as number) < 0)
  ) {
    problems.push('no-byte-range');
    return undefined;
  }
  const [start, length, resume, rest] = range as unknown as [number, number, number, number];
  if (start !== 0) problems.push('byte-range-start');
  if (resume + rest > file.bytes.length) {
    problems.push('byte-range-end');
    return undefined;
  }
  const { span } = contents;
  if (span === undefined || start + length !== span.start || resume !== span.end)
    problems.push('byte-range-gap');
  const end = resume + rest;
  return {
    parts: [file.bytes.subarray(start, start + length), file.bytes.subarray(resume, end)],
    digest: start !== 0 ? noDigest : digestsOf(file).of({ start: start + length, end: resume }, end),
    end,
  };
}

/** The signed bytes must be a revision of the chain, in which this very dictionary is the field's value. */
function revisionCovered(
  file: PdfFile,
  field: FormField,
  contents: PdfString,
  end: number,
  problems: ContainerProblem[],
): number | undefined {
  const revision = file.revisions.find((one) => endsWith(file, one, end));
  if (revision === undefined) {
    const text = Buffer.from(file.bytes.subarray(Math.max(0, end - 7), end)).toString('latin1');
    problems.push(/%%EOF[\r\n]{0,2}$/.test(text) ? 'not-in-chain' : 'revision-not-whole');
    return undefined;
  }
  const signed = documentAt(file, revision.index);
  const own = signed.dict({ kind: 'ref', num: field.ref.num, gen: field.ref.gen });
  const value = signed.dict(own?.entries.get('V'));
  const then = value?.entries.get('Contents');
  const previous = file.revisions[revision.index - 1]?.end ?? 0;
  const inside = contents.span !== undefined && contents.span.start >= previous && contents.span.end <= end;
  if (!inside || !isKind(then, 'string') || then.span?.start !== contents.span?.start)
    problems.push('dictionary-not-in-revision');
  return revision.index;
}

/** A revision ends after `%%EOF`, with or without the end of that line. */
function endsWith(file: PdfFile, revision: PdfRevision, end: number): boolean {
  if (end > revision.end || end < revision.end - 2) return false;
  const tail = Buffer.from(file.bytes.subarray(end, revision.end)).toString('latin1');
  return /^[\r\n]*$/.test(tail) && end > revision.startxrefAt;
}
