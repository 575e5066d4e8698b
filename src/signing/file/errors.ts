import { ProblemError } from '#formats/pdf';

/** The closed list of reasons for which a file is not checked, with one line and the next step. */
const fileProblems = {
  'unknown-format': {
    vi: 'Không nhận ra loại tệp này: kiểm tra được tệp PDF, gói tin edXML, tệp XML, CMS (.p7s, .p7m) và ASiC.',
    viNext: 'Chọn tệp văn bản gốc nhận được, không chọn ảnh chụp hay tệp soạn thảo.',
    en: 'This kind of file is not recognised: PDF, edXML packages, XML, CMS (.p7s, .p7m) and ASiC can be checked.',
    enNext: 'Choose the original file as received, not a photograph or a word-processor file.',
  },
  'kind-not-checked': {
    vi: 'Chưa kiểm tra được chữ ký số của loại tệp này ({kind}).',
    viNext: 'Nhờ nơi gửi cung cấp bản PDF đã ký số.',
    en: 'Signatures of this kind of file ({kind}) cannot be checked yet.',
    enNext: 'Ask the sender for the signed PDF.',
  },
  'package-damaged': {
    vi: 'Gói tin edXML hỏng, không đọc được ({detail}).',
    viNext: 'Đề nghị nơi gửi gửi lại gói tin.',
    en: 'The edXML package is damaged and cannot be read ({detail}).',
    enNext: 'Ask the sender for the package again.',
  },
} as const;

/** A file is not checked. */
export class VerifyFileError extends ProblemError<keyof typeof fileProblems> {
  constructor(code: keyof typeof fileProblems, details: Readonly<Record<string, unknown>> = {}) {
    super('VerifyFileError', code, fileProblems[code], details);
  }
}
