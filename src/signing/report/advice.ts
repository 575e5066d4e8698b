import type { ValidationReport } from './types.ts';

type Line = readonly [vi: string, en: string];

const unsigned: Line = [
  'Đề nghị nơi gửi gửi lại văn bản điện tử đã ký số.',
  'Ask the sender for the digitally signed document.',
];
const changed: Line = [
  'Không dùng bản này: trả lại nơi gửi trên hệ thống và xin bản gốc.',
  'Do not use this copy: return it to the sender and ask for the original.',
];
const notValid: Line = [
  'Trả lại nơi gửi trên hệ thống và đề nghị ký lại.',
  'Return it to the sender and ask for it to be signed again.',
];
const valid: Line = ['Có thể tiếp nhận văn bản.', 'The document can be accepted.'];
const validForNow: Line = [
  'Có thể tiếp nhận văn bản; nếu phải giữ lâu, bổ sung bằng chứng vào tệp khi nơi cấp chứng thư còn trả lời.',
  'The document can be accepted; if it must be kept for long, add the evidence while the issuers still answer.',
];
const unknown: Line = [
  'Chưa vào sổ: kiểm tra danh sách tin cậy và kết nối tới nơi cấp chứng thư, rồi kiểm tra lại.',
  'Do not register yet: check the list of trusted issuers and the connection to them, then check again.',
];

/** What to do about a missing ground, by the code of the finding; the first that is found speaks. */
const grounds: readonly (readonly [codes: readonly string[], line: Line])[] = [
  [
    ['no-officer-signature', 'no-organisation-signature'],
    ['Trả lại nơi gửi và đề nghị ký cho đủ.', 'Return it to the sender and ask for the missing signature.'],
  ],
  [
    ['ambiguous-structure', 'stray-certificate', 'stray-attribute', 'timestamp-invalid', 'timestamp-order'],
    [
      'Chưa vào sổ: xin nơi gửi gửi lại bản gốc.',
      'Do not register yet: ask the sender for the original again.',
    ],
  ],
  [
    ['timestamp-outlived', 'expired'],
    [
      'Chưa vào sổ: tìm ở nơi gửi hoặc kho lưu trữ bản đã gia hạn dấu thời gian, rồi kiểm tra bản đó.',
      'Do not register yet: find the copy whose timestamp was renewed, at the sender or in the archive, and check that.',
    ],
  ],
  [
    ['level-too-low', 'no-timestamp', 'weak-algorithm'],
    [
      'Chưa vào sổ: đề nghị nơi gửi gửi bản đạt mức mà quy định yêu cầu.',
      'Do not register yet: ask the sender for a copy of the level that the policy asks for.',
    ],
  ],
  [
    ['revocation-unknown'],
    [
      'Chưa vào sổ: kiểm tra lại khi hỏi được nơi cấp chứng thư, hoặc xin bản kèm đủ bằng chứng.',
      'Do not register yet: check again when the issuers answer, or ask for a copy with all evidence.',
    ],
  ],
];

function lineOf(report: ValidationReport): Line {
  if (report.unsigned) return unsigned;
  const { signatures } = report;
  switch (report.indication) {
    case 'TOTAL-FAILED':
      return signatures.some((one) => one.changes.some((change) => !change.permitted)) ? changed : notValid;
    case 'TOTAL-PASSED':
      return signatures.some(({ durability }) => durability?.selfContained === false) ? validForNow : valid;
    case 'INDETERMINATE': {
      const codes = [...signatures, report].flatMap(({ findings }) => findings.map(({ code }) => code));
      return grounds.find(([known]) => known.some((code) => codes.includes(code)))?.[1] ?? unknown;
    }
  }
}

/** One line for the clerk: what to do with the document. */
export const adviceOf = (report: ValidationReport, vi: boolean): string => lineOf(report)[vi ? 0 : 1];
