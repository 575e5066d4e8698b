/** Code lists of QCVN 102:2016 and its amendment 1:2022, as really used (edXML §7). */

/** Group 1: legal documents. */
export const legalTypes = [
  'Hiến pháp',
  'Luật',
  'Pháp lệnh',
  'Lệnh',
  'Nghị quyết',
  'Nghị quyết liên tịch',
  'Nghị định',
  'Quyết định',
  'Thông tư',
  'Thông tư liên tịch',
  'Chỉ thị của UBND',
  'Bộ luật',
  'Văn bản quy phạm pháp luật của đơn vị hành chính - kinh tế đặc biệt',
] as const;

/** Group 2: administrative documents; the position plus one is `TypeDetail`. */
export const administrativeTypes = [
  'Nghị quyết',
  'Quyết định',
  'Chỉ thị',
  'Quy chế',
  'Quy định',
  'Thông cáo',
  'Thông báo',
  'Hướng dẫn',
  'Chương trình',
  'Kế hoạch',
  'Phương án',
  'Đề án',
  'Dự án',
  'Báo cáo',
  'Biên bản',
  'Tờ trình',
  'Hợp đồng',
  'Công văn',
  'Công điện',
  'Bản ghi nhớ',
  'Bản cam kết',
  'Bản thỏa thuận',
  'Giấy chứng nhận',
  'Giấy ủy quyền',
  'Giấy mời',
  'Giấy giới thiệu',
  'Giấy nghỉ phép',
  'Giấy đi đường',
  'Giấy biên nhận hồ sơ',
  'Phiếu gửi',
  'Phiếu chuyển',
  'Thư công',
] as const;

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();

/** The name of a document's type: by its TypeName first, marks optional, then by its codes; never refused. */
export function documentTypeName(type: {
  readonly type: number;
  readonly typeDetail: number;
  readonly typeName?: string;
}): string {
  const given = type.typeName?.trim() ?? '';
  const named = [...administrativeTypes, ...legalTypes].find((name) => fold(name) === fold(given));
  if (named !== undefined) return named;
  if (given !== '') return given;
  const list: readonly string[] = type.type === 1 ? legalTypes : type.type === 2 ? administrativeTypes : [];
  return list[type.typeDetail - 1] ?? 'Văn bản';
}

export const bussinessDocTypes = { '0': 'new', '1': 'recall', '2': 'update', '3': 'replace' } as const;
export type Business = (typeof bussinessDocTypes)[keyof typeof bussinessDocTypes];
/** Missing and unknown values mean a new document (edXML §5). */
export function businessOf(docType: string | undefined): Business {
  const code = (docType ?? '0').trim();
  return Object.hasOwn(bussinessDocTypes, code)
    ? bussinessDocTypes[code as keyof typeof bussinessDocTypes]
    : 'new';
}

export const priorities = ['Thường', 'Khẩn', 'Thượng khẩn', 'Hỏa tốc', 'Hỏa tốc hẹn giờ'] as const;
export type Priority = 0 | 1 | 2 | 3 | 4;
/** One vendor writes 5 for ordinary mail; what nobody knows is ordinary too. */
export function priorityOf(value: number): Priority {
  return value >= 0 && value <= 4 && Number.isInteger(value) ? (value as Priority) : 0;
}

export const statusCodes = {
  '01': 'Đã đến',
  '02': 'Từ chối tiếp nhận',
  '03': 'Đã tiếp nhận',
  '04': 'Phân công',
  '05': 'Đang xử lý',
  '06': 'Hoàn thành',
  '13': 'Lấy lại',
  '15': 'Đồng ý cập nhật / lấy lại',
  '16': 'Từ chối cập nhật / lấy lại',
} as const;
export type StatusCode = keyof typeof statusCodes;
export function isStatusCode(code: string): code is StatusCode {
  return Object.hasOwn(statusCodes, code);
}
