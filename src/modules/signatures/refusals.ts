import { defineRefusals } from '#kernel';

/** The closed list of what the keeper of keys and the verifier refuse. */
export const refuse = defineRefusals('signatures', {
  'no-key': {
    status: 409,
    vi: 'Chưa có chứng thư chữ ký số còn dùng được cho {holder}.',
    viNext: 'Đề nghị quản trị cấp chứng thư rồi ký lại.',
    en: 'There is no usable signing certificate for {holder}.',
    enNext: 'Ask the administrator to issue one, then sign again.',
  },
  'not-your-key': {
    status: 403,
    vi: 'Chỉ chính người ký mới dùng được chứng thư của mình.',
    viNext: 'Chuyển văn bản cho người có thẩm quyền ký.',
    en: 'Only the signer may use their own certificate.',
    enNext: 'Hand the document to the competent person.',
  },
  'wrong-pin': {
    status: 422,
    vi: 'Mã PIN không đúng. Còn {remaining} lần thử.',
    viNext: 'Nhập lại mã PIN của chứng thư.',
    en: 'Wrong PIN. {remaining} tries remain.',
    enNext: 'Enter the PIN of the certificate again.',
  },
  'key-locked': {
    status: 423,
    vi: 'Chứng thư đã bị khóa vì nhập sai mã PIN 5 lần.',
    viNext: 'Đề nghị quản trị cấp lại chứng thư.',
    en: 'The certificate is locked after five wrong PINs.',
    enNext: 'Ask the administrator to issue a new one.',
  },
  'pin-shape': {
    status: 422,
    vi: 'Mã PIN phải có từ 6 đến 64 ký tự.',
    viNext: 'Chọn mã PIN khác.',
    en: 'A PIN has 6 to 64 characters.',
    enNext: 'Choose another PIN.',
  },
  'file-not-signable': {
    status: 422,
    vi: 'Tệp này không ký được: {reason}.',
    viNext: 'Tạo lại tệp PDF rồi ký.',
    en: 'This file cannot be signed: {reason}.',
    enNext: 'Make the PDF again, then sign.',
  },
  'file-too-large': {
    status: 413,
    vi: 'Tệp vượt giới hạn {limit} MB.',
    viNext: 'Giảm dung lượng tệp rồi thử lại.',
    en: 'The file is larger than {limit} MB.',
    enNext: 'Make it smaller, then try again.',
  },
  'no-authority': {
    status: 503,
    vi: 'Nơi này không giữ cơ quan chứng thực thử nghiệm.',
    viNext: 'Dùng chứng thư do tổ chức chứng thực cấp.',
    en: 'This installation keeps no test authority.',
    enNext: 'Use certificates issued by a certification authority.',
  },
});
