import { readFile } from 'node:fs/promises';
import { EdxmlError, readPackage, toExpectedJson, type EdxmlErrorCode } from '#formats/edxml';

/** What is wrong, in words; writing's own refusals cannot come out of reading. */
const reasons: Readonly<Partial<Record<EdxmlErrorCode, string>>> = {
  'too-large': 'tệp quá lớn',
  'not-utf8': 'không phải bảng mã UTF-8',
  doctype: 'có khai báo DOCTYPE, không được phép',
  malformed: 'XML hỏng cấu trúc hoặc bị cắt cụt',
  'too-deep': 'các phần tử lồng nhau quá sâu',
  'too-many-elements': 'có quá nhiều phần tử',
  'too-many-attributes': 'có phần tử mang quá nhiều thuộc tính',
  'name-too-long': 'có tên phần tử hoặc thuộc tính quá dài',
  'not-edxml': 'không phải gói tin edXML',
  'no-message-header': 'thiếu phần MessageHeader',
  'too-many-attachments': 'có quá nhiều tệp đính kèm',
  'attachments-too-large': 'tệp đính kèm quá lớn',
};

/**
 * `phigiay edxml FILE`: our reading of one package as JSON on standard output, what was mended on standard error.
 * @returns 0, 2 for a wrong call, 3 when the package cannot be read
 */
export async function edxmlCommand(args: readonly string[]): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0) {
    console.error('Cách dùng: phigiay edxml FILE');
    return 2;
  }
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch {
    console.error(`Không đọc được tệp "${file}". Kiểm tra đường dẫn rồi chạy lại.`);
    return 3;
  }
  try {
    const read = readPackage(bytes);
    console.log(JSON.stringify(toExpectedJson(read), null, 1));
    for (const repair of read.repairs) console.error(`đã sửa: ${repair.code}: ${repair.detail}`);
    return 0;
  } catch (error) {
    if (!(error instanceof EdxmlError)) throw error;
    const reason = reasons[error.code] ?? error.code;
    // What the parser says may quote the package: one line, and a short one.
    const detail = error.detail.replace(/\s+/g, ' ').slice(0, 120);
    console.error(`Gói tin không đọc được: ${reason} (${error.code}: ${detail}). Đề nghị bên gửi gửi lại.`);
    return 3;
  }
}
