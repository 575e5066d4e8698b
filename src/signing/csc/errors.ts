import { ProblemError } from '#formats/pdf';

/** The closed list of reasons for which a remote service does not sign, with one line and the next step. */
export const remoteProblems = {
  'remote-address': {
    vi: 'Địa chỉ dịch vụ ký từ xa không dùng được: {reason}.',
    viNext: 'Sửa địa chỉ trong thiết lập; phải là https và không kèm mật khẩu.',
    en: 'The address of the remote signing service cannot be used: {reason}.',
    enNext: 'Correct it in the settings; it must be https without a password.',
  },
  'remote-unreachable': {
    vi: 'Không nối được với dịch vụ ký từ xa; chưa ký gì.',
    viNext: 'Kiểm tra mạng và chứng thư TLS của dịch vụ rồi ký lại.',
    en: 'The remote signing service cannot be reached; nothing was signed.',
    enNext: 'Check the network and the TLS certificate of the service, then sign again.',
  },
  'remote-answer-lost': {
    vi: 'Dịch vụ ký từ xa không trả lời khi đang ký; văn bản chưa đổi.',
    viNext: 'Xem lịch sử ký ở dịch vụ rồi ký lại.',
    en: 'The remote service did not answer while signing; the document is unchanged.',
    enNext: 'Look at the history at the service, then sign again.',
  },
  'remote-login': {
    vi: 'Dịch vụ ký từ xa không nhận tài khoản của hệ thống.',
    viNext: 'Kiểm tra tài khoản dịch vụ trong thiết lập.',
    en: 'The remote service does not accept the account of this system.',
    enNext: 'Check the account in the settings.',
  },
  'wrong-pin': {
    vi: 'Dịch vụ ký từ xa không nhận mã PIN hoặc mã OTP ({reason}).',
    viNext: 'Nhập lại; chương trình không tự thử lại vì dịch vụ có thể khóa.',
    en: 'The remote service does not accept the PIN or OTP ({reason}).',
    enNext: 'Enter it again; the program never retries by itself, since the service may lock.',
  },
  'remote-refused': {
    vi: 'Dịch vụ ký từ xa từ chối: {reason}.',
    viNext: 'Làm theo lý do trên rồi ký lại, hoặc liên hệ nơi cung cấp dịch vụ.',
    en: 'The remote service refuses: {reason}.',
    enNext: 'Act on the reason and sign again, or ask the provider.',
  },
  'remote-malformed': {
    vi: 'Dịch vụ ký từ xa trả lời sai chuẩn CSC ({reason}); chưa ký gì.',
    viNext: 'Báo nơi cung cấp dịch vụ.',
    en: 'The remote service answers against the CSC standard ({reason}); nothing was signed.',
    enNext: 'Tell the provider.',
  },
  'remote-unsupported': {
    vi: 'Dịch vụ ký từ xa không có điều đang cần: {reason}.',
    viNext: 'Chọn thuật toán hoặc dịch vụ khác.',
    en: 'The remote service lacks what is needed: {reason}.',
    enNext: 'Choose another algorithm or service.',
  },
  'remote-key': {
    vi: 'Không chọn được khóa ở dịch vụ ký từ xa: {reason}.',
    viNext: 'Nói rõ mã khóa (credentialID) còn hiệu lực.',
    en: 'No key of the remote service can be chosen: {reason}.',
    enNext: 'Name a valid credentialID.',
  },
} as const;

export type RemoteProblem = keyof typeof remoteProblems;

/** An expected refusal of a remote service. Never holds a PIN, an OTP, a token or a SAD. */
export class RemoteError extends ProblemError<RemoteProblem> {
  constructor(code: RemoteProblem, details: Readonly<Record<string, unknown>> = {}) {
    super('RemoteError', code, remoteProblems[code], details);
  }
}
