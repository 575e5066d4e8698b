/** The closed list of reasons for which a PDF file is not read or written, with one line and the next step. */
export const pdfProblems = {
  'not-pdf': {
    vi: 'Tệp này không phải PDF.',
    viNext: 'Chọn tệp .pdf được xuất từ chương trình soạn thảo.',
    en: 'This file is not a PDF.',
    enNext: 'Choose a .pdf file exported by the editor.',
  },
  damaged: {
    vi: 'Tệp PDF hỏng cấu trúc: {detail}.',
    viNext: 'Xuất lại tệp PDF từ bản gốc.',
    en: 'The structure of the PDF is damaged: {detail}.',
    enNext: 'Export the PDF again from its source.',
  },
  encrypted: {
    vi: 'Tệp PDF bị khóa bằng mật khẩu hoặc mã hóa.',
    viNext: 'Xuất lại tệp không đặt mật khẩu.',
    en: 'The PDF is encrypted.',
    enNext: 'Export it again without a password.',
  },
  'too-many-objects': {
    vi: 'Tệp PDF khai có quá nhiều đối tượng (tối đa {limit}).',
    viNext: 'Tách nhỏ tài liệu hoặc xuất lại tệp PDF.',
    en: 'The PDF claims too many objects (at most {limit}).',
    enNext: 'Split the document or export it again.',
  },
  'too-many-revisions': {
    vi: 'Tệp PDF có quá nhiều lần lưu nối tiếp (tối đa {limit}).',
    viNext: 'Xuất lại tệp PDF từ bản gốc.',
    en: 'The PDF has too many incremental updates (at most {limit}).',
    enNext: 'Export the PDF again from its source.',
  },
  'too-deep': {
    vi: 'Tệp PDF lồng quá nhiều lớp (tối đa {limit}).',
    viNext: 'Xuất lại tệp PDF từ bản gốc.',
    en: 'The PDF is nested too deeply (at most {limit} levels).',
    enNext: 'Export the PDF again from its source.',
  },
  'too-much-data': {
    vi: 'Nội dung nén trong tệp PDF bung ra quá lớn (tối đa {limit} byte).',
    viNext: 'Giảm dung lượng ảnh rồi xuất lại.',
    en: 'The compressed content of the PDF is too large (at most {limit} bytes).',
    enNext: 'Reduce the images and export it again.',
  },
  loop: {
    vi: 'Tệp PDF tham chiếu vòng quanh: {detail}.',
    viNext: 'Xuất lại tệp PDF từ bản gốc.',
    en: 'The PDF refers to itself in a loop: {detail}.',
    enNext: 'Export the PDF again from its source.',
  },
  'bad-image': {
    vi: 'Ảnh không dùng được: {detail}.',
    viNext: 'Dùng ảnh PNG nền trong, mỗi cạnh không quá {limit} điểm.',
    en: 'The image cannot be used: {detail}.',
    enNext: 'Use a PNG with a transparent ground, at most {limit} pixels a side.',
  },
  'character-not-in-font': {
    vi: 'Văn bản có ký tự không in được bằng phông chữ quy định: {character}.',
    viNext: 'Bỏ hoặc thay ký tự này.',
    en: 'The text has a character that the prescribed font cannot print: {character}.',
    enNext: 'Remove or replace this character.',
  },
  'no-such-page': {
    vi: 'Tệp PDF không có trang {page}.',
    viNext: 'Chọn lại trang.',
    en: 'The PDF has no page {page}.',
    enNext: 'Choose another page.',
  },
  'field-exists': {
    vi: 'Tệp PDF đã có ô "{field}".',
    viNext: 'Dùng ô đã có.',
    en: 'The PDF already has a field "{field}".',
    enNext: 'Use the existing field.',
  },
  'no-such-field': {
    vi: 'Tệp PDF không có ô "{field}" để điền.',
    viNext: 'Đặt chỗ cho ô này trước khi trình ký.',
    en: 'The PDF has no field "{field}" to fill.',
    enNext: 'Reserve the field before the document is offered for signing.',
  },
  'place-outside-page': {
    vi: 'Chỗ đặt "{field}" nằm ngoài trang {page}.',
    viNext: 'Kéo ô vào trong trang.',
    en: 'The place of "{field}" lies outside page {page}.',
    enNext: 'Move the field onto the page.',
  },
} as const;

export type PdfProblem = keyof typeof pdfProblems;

/** One plain line in each language, and what the reader can do next. */
interface ProblemText {
  readonly vi: string;
  readonly viNext: string;
  readonly en: string;
  readonly enNext: string;
}

/** An expected refusal of work on a PDF. Its texts are lines for a person, its code is for programs. */
export class ProblemError<Code extends string> extends Error {
  readonly code: Code;
  readonly text: ProblemText;
  readonly details: Readonly<Record<string, unknown>>;

  /** `{name}` places of the texts are filled from `details`. */
  constructor(
    name: string,
    code: Code,
    { vi, viNext, en, enNext }: ProblemText,
    details: Readonly<Record<string, unknown>>,
  ) {
    const fill = (line: string): string =>
      line.replace(/\{(\w+)\}/g, (place, key: string) => (key in details ? String(details[key]) : place));
    super(`${code}: ${fill(en)}`);
    this.name = name;
    this.code = code;
    this.details = details;
    this.text = { vi: fill(vi), viNext: fill(viNext), en: fill(en), enNext: fill(enNext) };
  }
}

/** A PDF file is not read or written. */
export class PdfError extends ProblemError<PdfProblem> {
  constructor(code: PdfProblem, details: Readonly<Record<string, unknown>> = {}) {
    super('PdfError', code, pdfProblems[code], details);
  }
}

export const damaged = (detail: string): PdfError => new PdfError('damaged', { detail });
