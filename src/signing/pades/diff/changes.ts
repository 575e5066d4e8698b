/** What may change after a signature, and what may not; the closed list of this validator. */
export type ChangeKind =
  // Permitted, under conditions
  | 'field-filled'
  | 'signature-added'
  | 'signature-field-added'
  | 'visible-signature-added'
  | 'timestamp-added'
  | 'validation-data-added'
  | 'metadata-changed'
  | 'form-resources-added'
  // Never permitted
  | 'page-content'
  | 'page-resources'
  | 'page-box'
  | 'page-tree'
  | 'annotation'
  | 'field-altered'
  | 'field-added'
  | 'field-removed'
  | 'signature-altered'
  | 'signature-picture'
  | 'form-switch'
  | 'catalog'
  | 'catalog-switch'
  | 'object-replaced'
  | 'object-shared'
  | 'stray-data'
  | 'structure';

/** One thing that a later revision changed. */
export interface Change {
  readonly kind: ChangeKind;
  /** The revision that made it, from 1. */
  readonly revision: number;
  readonly page?: number;
  readonly field?: string;
  /** A key, an object number or another hint for the technician. */
  readonly detail?: string;
}

/** At which level of certification a change is permitted; `never` for attacks. */
export const permittedFrom: Readonly<Record<ChangeKind, 1 | 2 | 'uncertified' | 'never'>> = {
  'field-filled': 2,
  'signature-added': 2,
  'signature-field-added': 2,
  'visible-signature-added': 'uncertified',
  'timestamp-added': 1,
  'validation-data-added': 1,
  'metadata-changed': 2,
  'form-resources-added': 2,
  'page-content': 'never',
  'page-resources': 'never',
  'page-box': 'never',
  'page-tree': 'never',
  annotation: 'never',
  'field-altered': 'never',
  'field-added': 'never',
  'field-removed': 'never',
  'signature-altered': 'never',
  'signature-picture': 'never',
  'form-switch': 'never',
  catalog: 'never',
  'catalog-switch': 'never',
  'object-replaced': 'never',
  'object-shared': 'never',
  'stray-data': 'never',
  structure: 'never',
};

const fieldNames: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  so_ky_hieu: ['số ký hiệu', 'the number and notation'],
  ngay_ban_hanh: ['ngày ban hành', 'the date of issue'],
  ky_nhay: ['chữ ký nháy', 'the initials'],
  ky_nhay_don_vi: ['chữ ký nháy của đơn vị soạn thảo', 'the initials of the drafting unit'],
  ky_nguoi_co_tham_quyen: ['chữ ký của người có thẩm quyền', 'the signature of the competent person'],
  ky_co_quan: ['chữ ký của cơ quan', 'the signature of the organisation'],
};

const fieldName = (field: string | undefined): readonly [string, string] =>
  fieldNames[field ?? ''] ?? [`ô "${field ?? '?'}"`, `the field "${field ?? '?'}"`];

/** A change in words, in Vietnamese and English. */
export function describeChange(change: Change): { readonly vi: string; readonly en: string } {
  const [fieldVi, fieldEn] = fieldName(change.field);
  const pageVi = change.page === undefined ? 'một trang' : `trang ${change.page}`;
  const pageEn = change.page === undefined ? 'a page' : `page ${change.page}`;
  const { detail = '' } = change;
  const say = (vi: string, en: string): { vi: string; en: string } => ({ vi, en });
  switch (change.kind) {
    case 'field-filled':
      return say(`đã điền ${fieldVi}`, `filled ${fieldEn}`);
    case 'signature-added':
      return say(`đã thêm ${fieldVi}`, `added ${fieldEn}`);
    case 'signature-field-added':
      return say(
        `đã thêm ô ký không hiển thị "${change.field}"`,
        `added the invisible signature field "${change.field}"`,
      );
    case 'visible-signature-added':
      return say(`đã thêm ô ký có hình trên ${pageVi}`, `added a visible signature field on ${pageEn}`);
    case 'timestamp-added':
      return say('đã thêm dấu thời gian', 'added a timestamp');
    case 'validation-data-added':
      return say('đã thêm dữ liệu kiểm tra lâu dài', 'added validation data');
    case 'metadata-changed':
      return say('thông tin mô tả tệp được cập nhật', 'the description of the file was updated');
    case 'form-resources-added':
      return say('đã thêm phông chữ cho ô điền', 'added fonts for fields');
    case 'page-content':
      return say(`${pageVi} bị vẽ đè sau khi ký`, `${pageEn} was painted over after signing`);
    case 'page-resources':
      return say(
        `phông chữ hoặc hình của ${pageVi} bị thay sau khi ký`,
        `fonts or images of ${pageEn} were replaced after signing`,
      );
    case 'page-box':
      return say(
        `khung hiển thị của ${pageVi} bị đổi sau khi ký`,
        `the visible box of ${pageEn} was changed after signing`,
      );
    case 'page-tree':
      return say(
        'có trang bị thêm, bớt hoặc thay sau khi ký',
        'pages were added, removed or replaced after signing',
      );
    case 'annotation':
      return say(
        `${pageVi} bị phủ thêm hoặc đổi chú thích sau khi ký`,
        `annotations of ${pageEn} were added or changed after signing`,
      );
    case 'field-altered':
      return say(`${fieldVi} bị sửa trái phép sau khi ký`, `${fieldEn} was altered after signing`);
    case 'field-added':
      return say(`biểu mẫu bị thêm ${fieldVi} sau khi ký`, `${fieldEn} was added to the form after signing`);
    case 'field-removed':
      return say('biểu mẫu bị bớt ô sau khi ký', 'fields were removed after signing');
    case 'signature-altered':
      return say(`${fieldVi} bị gỡ hoặc thay sau khi ký`, `${fieldEn} was removed or replaced after signing`);
    case 'signature-picture':
      return say(
        `hình của ${fieldVi} bị thay sau khi ký`,
        `the picture of ${fieldEn} was replaced after signing`,
      );
    case 'form-switch':
      return say(
        `biểu mẫu bị đổi cách hiển thị (${detail}) sau khi ký`,
        `the form was switched (${detail}) after signing`,
      );
    case 'catalog':
      return say(
        `cách mở tài liệu bị đổi (${detail}) sau khi ký`,
        `the catalog was changed (${detail}) after signing`,
      );
    case 'catalog-switch':
      return say('toàn bộ tài liệu bị tráo sau khi ký', 'the whole document was switched after signing');
    case 'object-replaced':
      return say(
        `nội dung tài liệu bị thay sau khi ký (${detail})`,
        `the document was changed after signing (${detail})`,
      );
    case 'object-shared':
      return say(
        `phần được phép điền lại dùng vào chỗ khác của tài liệu (${detail})`,
        `a permitted change is also used elsewhere in the document (${detail})`,
      );
    case 'stray-data':
      return say('có dữ liệu lạ được nối thêm sau khi ký', 'stray data was appended after signing');
    case 'structure':
      return say(
        `cấu trúc tệp bị sửa sau khi ký (${detail})`,
        `the structure was changed after signing (${detail})`,
      );
  }
}
