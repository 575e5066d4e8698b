import { ProblemError } from '#formats/pdf';

const asicProblems = {
  'asic-damaged': {
    vi: 'Tệp ASiC hỏng hoặc bị sửa, không đọc được ({detail}).',
    viNext: 'Không dùng tệp này: đề nghị nơi gửi gửi lại bản gốc.',
    en: 'The ASiC container is damaged or was tampered with ({detail}).',
    enNext: 'Do not use it; ask the sender for the original.',
  },
  'asic-not-a-container': {
    vi: 'Tệp ZIP này không phải tệp ASiC có chữ ký số.',
    viNext: 'Giải nén và kiểm tra từng tệp bên trong.',
    en: 'This ZIP is not an ASiC container of signed files.',
    enNext: 'Unpack it and check each file in it.',
  },
  'asic-wrong-files': {
    vi: 'Không đóng gói được: số tệp hoặc tên tệp không hợp lệ ({detail}).',
    viNext: 'Chọn lại tệp: ASiC-S chứa đúng một tệp, tên không trùng tên dành riêng.',
    en: 'The files cannot go into a container ({detail}).',
    enNext: 'Choose again: ASiC-S holds one file, and some names are reserved.',
  },
} as const;

/** A container is not read or written. */
export class AsicError extends ProblemError<keyof typeof asicProblems> {
  constructor(code: keyof typeof asicProblems, detail: string) {
    super('AsicError', code, asicProblems[code], { detail });
  }
}
