import { ProblemError } from '#formats/pdf';

/** The closed list of reasons for which a PDF is not signed, with one line and the next step. */
export const padesProblems = {
  'no-such-signature-field': {
    vi: 'Văn bản không có ô ký "{field}".',
    viNext: 'Đặt chỗ cho chữ ký trước khi trình ký.',
    en: 'The document has no signature field "{field}".',
    enNext: 'Reserve the field before the document is offered for signing.',
  },
  'already-signed': {
    vi: 'Ô "{field}" đã được ký.',
    viNext: 'Không cần ký lại.',
    en: 'The field "{field}" is already signed.',
    enNext: 'There is no need to sign again.',
  },
  'field-locked': {
    vi: 'Một chữ ký trước đã khóa ô "{field}".',
    viNext: 'Lập văn bản mới nếu cần thay đổi.',
    en: 'An earlier signature has locked the field "{field}".',
    enNext: 'Make a new document if it must change.',
  },
  'no-changes-allowed': {
    vi: 'Chữ ký chứng nhận không cho phép ký thêm.',
    viNext: 'Lập văn bản mới nếu cần ký thêm.',
    en: 'The certifying signature allows no further signature.',
    enNext: 'Make a new document if it must be signed again.',
  },
  'certify-first': {
    vi: 'Chỉ chữ ký đầu tiên mới chứng nhận được văn bản.',
    viNext: 'Ký thường, không đặt giới hạn thay đổi.',
    en: 'Only the first signature can certify a document.',
    enNext: 'Sign without certification.',
  },
  'nothing-signed': {
    vi: 'Tệp không có chữ ký số nào nguyên vẹn.',
    viNext: 'Ký văn bản trước khi thêm bằng chứng lâu dài.',
    en: 'The file has no sound digital signature.',
    enNext: 'Sign the document before evidence is added.',
  },
  'signature-too-large': {
    vi: 'Chữ ký cần {needed} byte, chỗ dành sẵn chỉ có {reserved} byte.',
    viNext: 'Ký lại với chỗ dành sẵn lớn hơn.',
    en: 'The signature needs {needed} bytes, only {reserved} are reserved.',
    enNext: 'Sign again with more space reserved.',
  },
} as const;

export type PadesProblem = keyof typeof padesProblems;

/** An expected refusal to sign. */
export class PadesError extends ProblemError<PadesProblem> {
  constructor(code: PadesProblem, details: Readonly<Record<string, unknown>> = {}) {
    super('PadesError', code, padesProblems[code], details);
  }
}
