import { readFile } from 'node:fs/promises';
import { EdxmlError, readPackage, toExpectedJson } from '#formats/edxml';

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
    console.error(`Gói tin không đọc được: ${error.code} (${error.detail}). Đề nghị bên gửi gửi lại.`);
    return 3;
  }
}
