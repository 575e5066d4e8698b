/** A type of administrative document (Decree 30/2020 Art. 7) with its abbreviation (App. III) and edXML code. */
export interface DocumentType {
  /** Stable code: the abbreviation, `CV` for the official letter (công văn), which prints none. */
  readonly code: string;
  readonly name: string;
  /** As it stands in the notation; empty for công văn. */
  readonly abbreviation: string;
  /** edXML `DocumentType/TypeDetail` in group 2 (QCVN 102 amendment 1:2022). */
  readonly typeDetail: number;
}

/** The 29 types of Decree 30/2020 Art. 7; công văn first, because it is the one most used. */
export const documentTypes: readonly DocumentType[] = [
  { code: 'CV', name: 'Công văn', abbreviation: '', typeDetail: 18 },
  { code: 'NQ', name: 'Nghị quyết', abbreviation: 'NQ', typeDetail: 1 },
  { code: 'QĐ', name: 'Quyết định', abbreviation: 'QĐ', typeDetail: 2 },
  { code: 'CT', name: 'Chỉ thị', abbreviation: 'CT', typeDetail: 3 },
  { code: 'QC', name: 'Quy chế', abbreviation: 'QC', typeDetail: 4 },
  { code: 'QyĐ', name: 'Quy định', abbreviation: 'QyĐ', typeDetail: 5 },
  { code: 'TC', name: 'Thông cáo', abbreviation: 'TC', typeDetail: 6 },
  { code: 'TB', name: 'Thông báo', abbreviation: 'TB', typeDetail: 7 },
  { code: 'HD', name: 'Hướng dẫn', abbreviation: 'HD', typeDetail: 8 },
  { code: 'CTr', name: 'Chương trình', abbreviation: 'CTr', typeDetail: 9 },
  { code: 'KH', name: 'Kế hoạch', abbreviation: 'KH', typeDetail: 10 },
  { code: 'PA', name: 'Phương án', abbreviation: 'PA', typeDetail: 11 },
  { code: 'ĐA', name: 'Đề án', abbreviation: 'ĐA', typeDetail: 12 },
  { code: 'DA', name: 'Dự án', abbreviation: 'DA', typeDetail: 13 },
  { code: 'BC', name: 'Báo cáo', abbreviation: 'BC', typeDetail: 14 },
  { code: 'BB', name: 'Biên bản', abbreviation: 'BB', typeDetail: 15 },
  { code: 'TTr', name: 'Tờ trình', abbreviation: 'TTr', typeDetail: 16 },
  { code: 'HĐ', name: 'Hợp đồng', abbreviation: 'HĐ', typeDetail: 17 },
  { code: 'CĐ', name: 'Công điện', abbreviation: 'CĐ', typeDetail: 19 },
  { code: 'BGN', name: 'Bản ghi nhớ', abbreviation: 'BGN', typeDetail: 20 },
  { code: 'BTT', name: 'Bản thỏa thuận', abbreviation: 'BTT', typeDetail: 22 },
  { code: 'GUQ', name: 'Giấy ủy quyền', abbreviation: 'GUQ', typeDetail: 24 },
  { code: 'GM', name: 'Giấy mời', abbreviation: 'GM', typeDetail: 25 },
  { code: 'GGT', name: 'Giấy giới thiệu', abbreviation: 'GGT', typeDetail: 26 },
  { code: 'GNP', name: 'Giấy nghỉ phép', abbreviation: 'GNP', typeDetail: 27 },
  { code: 'PG', name: 'Phiếu gửi', abbreviation: 'PG', typeDetail: 30 },
  { code: 'PC', name: 'Phiếu chuyển', abbreviation: 'PC', typeDetail: 31 },
  { code: 'PB', name: 'Phiếu báo', abbreviation: 'PB', typeDetail: -1 },
  { code: 'TCg', name: 'Thư công', abbreviation: '', typeDetail: 32 },
];

export function documentTypeOf(code: string): DocumentType | undefined {
  return documentTypes.find((type) => type.code === code);
}

/** Reasons for which a receiver may refuse (edXML status 02; Decision 28/2018 Art. 9). */
export const refusalReasons = [
  { code: 'wrong-address', name: 'Gửi nhầm địa chỉ' },
  { code: 'bad-content', name: 'Nội dung sai hoặc tệp không đọc được' },
  { code: 'out-of-authority', name: 'Không thuộc thẩm quyền' },
  { code: 'invalid-signature', name: 'Chữ ký số không hợp lệ' },
  { code: 'missing-appendix', name: 'Thiếu phụ lục, tài liệu kèm theo' },
  { code: 'other', name: 'Lý do khác' },
] as const;
export type RefusalReason = (typeof refusalReasons)[number]['code'];

export const urgencies = [
  { code: 0, name: 'Thường' },
  { code: 1, name: 'Khẩn' },
  { code: 2, name: 'Thượng khẩn' },
  { code: 3, name: 'Hỏa tốc' },
  { code: 4, name: 'Hỏa tốc hẹn giờ' },
] as const;

/** What stands before the signer's post (Decree 30/2020 App. I). */
export const capacities = ['', 'TM.', 'KT.', 'TL.', 'TUQ.', 'Q.'] as const;
