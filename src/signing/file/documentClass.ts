import type { FileOrigin, FileOriginKind, OriginReason, PageOrigin } from '#formats/pdf';
import type { PdfReport } from '../report/types.ts';

/** Whether signatures are there, and whether one is broken. */
export type SignedState = 'signed' | 'broken' | 'unsigned';

/** Real or scanned, signed or not: what row 6 counts. */
export type DocumentClass = `${FileOriginKind}-${SignedState}`;

export interface ClassifiedDocument {
  readonly class: DocumentClass;
  /** A scan that an organisation signed: an electronic copy of a paper document (Decree 30/2020 Art. 25). */
  readonly lawfulCopy: boolean;
  readonly vi: string;
  readonly en: string;
  readonly reasons: readonly { readonly code: string; readonly vi: string; readonly en: string }[];
}

const origins: Readonly<Record<FileOriginKind, readonly [vi: string, en: string]>> = {
  'born-digital': ['văn bản điện tử gốc', 'born-digital document'],
  scan: ['bản quét hoặc ảnh chụp từ giấy', 'scan or photograph of paper'],
  mixed: ['văn bản điện tử có kèm trang quét từ giấy', 'digital document with scanned pages'],
  empty: ['tệp không có nội dung nhìn thấy được', 'file with nothing to be seen'],
};

const states: Readonly<Record<SignedState, readonly [vi: string, en: string]>> = {
  signed: ['có chữ ký số', 'digitally signed'],
  broken: ['chữ ký số không hợp lệ', 'with a broken digital signature'],
  unsigned: ['không có chữ ký số', 'without a digital signature'],
};

const reasonTexts: Readonly<Record<OriginReason, readonly [vi: string, en: string]>> = {
  'full-page-image': ['ảnh phủ kín trang', 'an image fills the page'],
  'image-only': ['trang chỉ có ảnh', 'there is only an image on the page'],
  'invisible-text': [
    'chữ nằm ẩn dưới ảnh, do phần mềm nhận dạng thêm vào',
    'the text is hidden below the image, as recognition software adds it',
  ],
  'little-text-on-image': ['chỉ có vài chữ đè trên ảnh', 'only a few words lie on the image'],
  'visible-text': ['chữ do phần mềm soạn thảo viết', 'the text was written by a program'],
  'text-over-background': ['chữ thật in trên ảnh nền', 'real text over a background picture'],
  'vector-drawing': ['chữ và hình vẽ bằng nét', 'letters and figures are drawn as lines'],
  'nothing-drawn': ['trang trắng', 'the page is empty'],
  'scanner-producer': ['tệp khai do máy quét tạo ra', 'the file says a scanner made it'],
};

const isOrganisation = ({ role, signer }: PdfReport['signatures'][number]): boolean =>
  role === 'organisation' || (signer?.organisation !== undefined && signer.name === signer.organisation);

/** Puts together how a file came to be and what its signatures say. Its name takes no part. */
export function classifyDocument(report: PdfReport, origin: FileOrigin): ClassifiedDocument {
  const signatures = report.signatures.filter((one) => one.role !== 'timestamp');
  const state: SignedState = report.unsigned
    ? 'unsigned'
    : report.indication === 'TOTAL-FAILED'
      ? 'broken'
      : signatures.length > 0
        ? 'signed'
        : 'unsigned';
  const lawfulCopy = origin.kind === 'scan' && state === 'signed' && signatures.some(isOrganisation);
  const [originVi, originEn] = origins[origin.kind];
  const [stateVi, stateEn] = lawfulCopy
    ? ([
        'có chữ ký số của cơ quan (bản sao điện tử từ giấy)',
        'digitally signed by an organisation (electronic copy of paper)',
      ] as const)
    : states[state];
  const producer =
    origin.producer === undefined
      ? []
      : [
          {
            code: 'producer',
            vi: `chương trình tạo tệp tự khai: ${origin.producer}`,
            en: `the program that made the file calls itself ${origin.producer}`,
          },
        ];
  return {
    class: `${origin.kind}-${state}`,
    lawfulCopy,
    vi: `${originVi}, ${stateVi}`,
    en: `${originEn}, ${stateEn}`,
    reasons: [
      ...origin.reasons.map((code) => reasonOf(code, origin.pages)),
      ...(report.unsigned
        ? [
            {
              code: 'no-signature-dictionary',
              vi: 'trong tệp không có dữ liệu chữ ký số',
              en: 'there is no signature dictionary in the file',
            },
          ]
        : []),
      ...producer,
    ],
  };
}

/** A reason, with the pages that it holds for when these are not all. */
function reasonOf(code: OriginReason, pages: readonly PageOrigin[]): ClassifiedDocument['reasons'][number] {
  const [vi, en] = reasonTexts[code];
  const where = pages.filter((page) => page.reasons.includes(code)).map((page) => page.page);
  if (where.length === 0 || where.length === pages.length) return { code, vi, en };
  const list = where.length > 6 ? `${where.slice(0, 6).join(', ')}…` : where.join(', ');
  return { code, vi: `${vi} (trang ${list})`, en: `${en} (page ${list})` };
}
