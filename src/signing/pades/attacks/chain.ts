import { layoutLetter, type LetterDraft } from '#formats/letter';
import { createTestAuthority, type TestAuthority } from '../../authority.ts';
import type { Signer } from '../../signer.ts';
import { officerSignature, organisationSignature } from '../acts.ts';
import { signPdf } from '../sign.ts';
import type { PdfPolicy } from '../trust.ts';

/** QĐ 274/QĐ-TTg in an invented organisation: enough text for two pages. */
export const sampleDraft: LetterDraft = {
  organisation: 'Thủ tướng Chính phủ',
  notation: '/QĐ-TTg',
  place: 'Hà Nội',
  year: 2019,
  type: 'Quyết định',
  abstract: 'Về việc phê duyệt Đề án thử nghiệm',
  body: [
    { kind: 'basis', text: 'Căn cứ Nghị định số 30/2020/NĐ-CP;' },
    { kind: 'heading', text: 'QUYẾT ĐỊNH:' },
    ...Array.from({ length: 14 }, (_, index) => ({
      kind: 'article' as const,
      label: `Điều ${index + 1}.`,
      text: 'Phê duyệt kinh phí 1.000.000.000 đồng; các cơ quan liên quan chịu trách nhiệm thi hành Quyết định này theo đúng chức năng, nhiệm vụ được giao.',
    })),
  ],
  signatory: { lines: ['THỦ TƯỚNG'], name: 'Trần Thử Nghiệm' },
  copies: ['Các bộ, cơ quan ngang bộ', 'Lưu: VT'],
};

/** An authority, an officer and a seal, to sign letters as an office does. */
export interface SigningOffice {
  readonly authority: TestAuthority;
  readonly officer: Signer;
  readonly seal: Signer;
  readonly policy: PdfPolicy;
  /** Signs as the competent person. */
  sign(pdf: Uint8Array): Promise<Uint8Array>;
  /** Fills number and date, and seals. */
  seals(pdf: Uint8Array): Promise<Uint8Array>;
}

export function signingOffice(
  keyType: 'p-256' | 'rsa-2048' = 'p-256',
  now: Date = new Date(),
): SigningOffice {
  const organisation = 'Văn phòng Thử nghiệm';
  const authority = createTestAuthority({ now, organisation, keyType });
  const officer = authority.issueOfficer({
    commonName: 'Trần Thử Nghiệm',
    title: 'Thủ tướng',
    organisation: 'Chính phủ',
    keyType,
  }).signer;
  const seal = authority.issueSeal({ organisation, code: 'G01', keyType }).signer;
  const timestamp = authority.timestamps;
  return {
    authority,
    officer,
    seal,
    policy: { anchors: [{ certificate: authority.root }], now },
    sign: (pdf) =>
      signPdf(pdf, {
        ...officerSignature(pdf, { signingTime: now, signerName: 'Trần Thử Nghiệm' }),
        signer: officer,
        timestamp,
      }),
    seals: (pdf) =>
      signPdf(pdf, {
        ...organisationSignature({
          signingTime: now,
          organisation,
          number: '274/QĐ-TTg',
          date: 'ngày 12 tháng 3 năm 2019',
        }),
        signer: seal,
        timestamp,
      }),
  };
}

export const unsignedLetter = (): Uint8Array => layoutLetter(sampleDraft).pdf;
