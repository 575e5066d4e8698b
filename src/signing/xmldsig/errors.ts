import { ProblemError } from '#formats/pdf';

/** Why one XML signature does not hold, or is not read at all; a closed list. */
export type XmlSignatureProblem =
  | 'structure'
  | 'comment-in-signature'
  | 'comment-in-text'
  | 'base64'
  | 'canonicalization'
  | 'signature-method'
  | 'hmac'
  | 'digest-method'
  | 'transform-not-allowed'
  | 'too-many-references'
  | 'too-many-transforms'
  | 'reference-not-found'
  | 'reference-external'
  | 'wrapped'
  | 'digest-mismatch'
  | 'signer-certificate-missing'
  | 'key-info-mismatch'
  | 'signing-certificate-mismatch'
  | 'signed-properties-unsigned'
  | 'wrong-signature';

/** Why a document is refused as a whole: a closed list, with one line and the next step. */
const documentProblems = {
  'xml-malformed': {
    vi: 'Tệp XML hỏng, không đọc được.',
    viNext: 'Đề nghị nơi gửi gửi lại tệp.',
    en: 'The XML file is damaged and cannot be read.',
    enNext: 'Ask the sender for the file again.',
  },
  'xml-doctype': {
    vi: 'Tệp XML có khai báo DOCTYPE, không được phép trong tệp đã ký.',
    viNext: 'Đề nghị nơi gửi ký lại tệp không có DOCTYPE.',
    en: 'The XML file has a DOCTYPE, which a signed file must not have.',
    enNext: 'Ask the sender to sign a file without a DOCTYPE.',
  },
  'xml-too-large': {
    vi: 'Tệp XML quá lớn hoặc lồng quá sâu.',
    viNext: 'Đề nghị nơi gửi tách tệp hoặc gửi bản PDF đã ký số.',
    en: 'The XML file is too large or too deeply nested.',
    enNext: 'Ask the sender to divide it, or for a signed PDF.',
  },
  'xml-unbound-prefix': {
    vi: 'Tệp XML dùng tiền tố không khai báo.',
    viNext: 'Đề nghị nơi gửi xuất lại tệp và ký lại.',
    en: 'The XML file uses a prefix that it does not declare.',
    enNext: 'Ask the sender to export and sign it again.',
  },
  'xml-not-canonicalizable': {
    vi: 'Không đưa được tệp XML về dạng chuẩn để kiểm tra chữ ký.',
    viNext: 'Đề nghị nơi gửi xuất lại tệp và ký lại.',
    en: 'The XML file cannot be brought into canonical form.',
    enNext: 'Ask the sender to export and sign it again.',
  },
  'duplicate-id': {
    vi: 'Tệp XML có hai phần trùng định danh, không biết chữ ký phủ phần nào.',
    viNext: 'Không dùng tệp này: đề nghị nơi gửi gửi lại bản gốc.',
    en: 'Two parts of the XML file have the same Id; which of them is signed cannot be told.',
    enNext: 'Do not use this file; ask the sender for the original.',
  },
  'too-many-signatures': {
    vi: 'Tệp XML có quá nhiều chữ ký.',
    viNext: 'Đề nghị nơi gửi tách tệp.',
    en: 'The XML file has too many signatures.',
    enNext: 'Ask the sender to divide it.',
  },
  'root-not-open': {
    vi: 'Tệp XML rỗng, không có chỗ đặt chữ ký.',
    viNext: 'Chọn tệp có nội dung.',
    en: 'The XML file is empty; there is no place for a signature.',
    enNext: 'Choose a file with content.',
  },
  'bad-target': {
    vi: 'Không ký được: phần cần ký không được nêu rõ.',
    viNext: 'Chọn lại tệp cần ký.',
    en: 'It cannot be signed: what to sign is not clear.',
    enNext: 'Choose the files to sign again.',
  },
} as const;

export type XmlSignatureErrorCode = keyof typeof documentProblems;

/** An expected refusal of this room. `detail` is for a log, not for a screen. */
export class XmlSignatureError extends ProblemError<XmlSignatureErrorCode> {
  constructor(code: XmlSignatureErrorCode, detail: string) {
    super('XmlSignatureError', code, documentProblems[code], { detail });
  }
}

/** A fault of one signature, on its way to the verdict about it. */
export class XmlSignatureFault extends Error {
  readonly problem: XmlSignatureProblem;

  constructor(problem: XmlSignatureProblem, detail: string) {
    super(`${problem}: ${detail}`);
    this.name = 'XmlSignatureFault';
    this.problem = problem;
  }
}

type Words = readonly [vi: string, en: string];

/** Each problem in words. */
export const problemTexts: Readonly<Record<XmlSignatureProblem, Words>> = {
  structure: ['cấu trúc chữ ký XML sai', 'the XML signature is malformed'],
  'comment-in-signature': ['chữ ký XML có chú thích chen vào', 'a comment stands inside the XML signature'],
  'comment-in-text': [
    'phần đã ký có chú thích cắt ngang chữ, mỗi chương trình có thể đọc một khác',
    'a comment cuts a signed text, so that programs may read it differently',
  ],
  base64: ['dữ liệu chữ ký hỏng', 'the signature value is malformed'],
  canonicalization: ['cách chuẩn hóa XML không được hỗ trợ', 'the canonicalization method is not supported'],
  'signature-method': ['thuật toán ký không được hỗ trợ', 'the algorithm is not supported'],
  hmac: [
    'chữ ký dùng khóa chung (HMAC), không phải chữ ký số',
    'the signature is keyed with a shared secret (HMAC), which is not a digital signature',
  ],
  'digest-method': ['thuật toán băm không được hỗ trợ', 'the digest algorithm is not supported'],
  'transform-not-allowed': [
    'chữ ký dùng phép biến đổi không được phép (XPath, XSLT)',
    'the signature uses a transform that is not allowed (XPath, XSLT)',
  ],
  'too-many-references': ['chữ ký phủ quá nhiều phần', 'the signature has too many references'],
  'too-many-transforms': ['chữ ký có quá nhiều phép biến đổi', 'the signature has too many transforms'],
  'reference-not-found': [
    'không tìm thấy phần mà chữ ký phủ',
    'the part that the signature covers is not there',
  ],
  'reference-external': [
    'chữ ký phủ tệp khác chưa được đưa vào để kiểm tra',
    'the signature covers another file that was not handed in',
  ],
  wrapped: [
    'phần đã ký bị chuyển khỏi chỗ của nó (tráo nội dung)',
    'the signed part was moved from its place (signature wrapping)',
  ],
  'digest-mismatch': [
    'nội dung đã bị sửa: không khớp với chữ ký',
    'the content was altered: it does not match the signature',
  ],
  'signer-certificate-missing': [
    'không kèm chứng thư số của người ký',
    'the signer’s certificate is missing',
  ],
  'key-info-mismatch': [
    'khóa ghi trong chữ ký không phải khóa của chứng thư đã dùng',
    'the key named in the signature is not that of the certificate',
  ],
  'signing-certificate-mismatch': [
    'chứng thư kèm theo không phải chứng thư đã dùng để ký',
    'the certificate is not the one that was signed with',
  ],
  'signed-properties-unsigned': [
    'thuộc tính của chữ ký không được ký kèm',
    'the signature’s properties are not signed',
  ],
  'wrong-signature': ['chữ ký không đúng với khóa của người ký', 'the signature is not the signer’s'],
};
