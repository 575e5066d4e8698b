import { ProblemError } from '#formats/pdf';

/** The closed list of reasons for which a token or an HSM does not sign, with one line and the next step. */
export const tokenProblems = {
  'driver-missing': {
    vi: 'Máy này chưa cài phần nối với thiết bị ký (PKCS#11).',
    viNext: 'Cài gói pkcs11js (cần trình biên dịch C++) rồi chạy lại.',
    en: 'The PKCS#11 binding is not installed on this machine.',
    enNext: 'Install the package pkcs11js (it needs a C++ compiler), then try again.',
  },
  'library-unusable': {
    vi: 'Không nạp được trình điều khiển của thiết bị ký ({reason}).',
    viNext: 'Kiểm tra đường dẫn tới tệp trình điều khiển do nhà cung cấp token giao.',
    en: 'The driver of the token cannot be loaded ({reason}).',
    enNext: "Check the path of the vendor's PKCS#11 library.",
  },
  'token-not-found': {
    vi: 'Không thấy thiết bị ký{wanted}.',
    viNext: 'Cắm thiết bị vào máy rồi thử lại.',
    en: 'No such token is present{wanted}.',
    enNext: 'Plug it in, then try again.',
  },
  'token-ambiguous': {
    vi: 'Có {count} thiết bị ký cùng lúc: {labels}.',
    viNext: 'Nói rõ nhãn hoặc số sê-ri của thiết bị cần dùng.',
    en: '{count} tokens are present: {labels}.',
    enNext: 'Say which one by its label or serial number.',
  },
  'token-in-use': {
    vi: 'Thiết bị ký này đang được mở ở một phiên khác của chương trình.',
    viNext: 'Đóng phiên đó rồi thử lại.',
    en: 'This token is already open in this program.',
    enNext: 'Close it there, then try again.',
  },
  'token-removed': {
    vi: 'Thiết bị ký đã bị rút ra hoặc mất kết nối; chưa ký gì.',
    viNext: 'Cắm lại thiết bị rồi ký lại.',
    en: 'The token was removed or has lost its connection; nothing was signed.',
    enNext: 'Plug it in again, then sign again.',
  },
  'wrong-pin': {
    vi: 'Mã PIN của thiết bị không đúng. {remaining}',
    viNext: 'Nhập lại mã PIN; chương trình không tự thử lại vì thiết bị sẽ khóa.',
    en: 'Wrong PIN of the token. {remainingEn}',
    enNext: 'Enter it again; the program never retries by itself, since the token would lock.',
  },
  'pin-locked': {
    vi: 'Mã PIN của thiết bị đã bị khóa.',
    viNext: 'Liên hệ nơi cấp thiết bị để mở khóa.',
    en: 'The PIN of the token is locked.',
    enNext: 'Ask whoever issued the token to unlock it.',
  },
  'pin-unusable': {
    vi: 'Mã PIN này thiết bị không nhận được (hết hạn, chưa đặt, hoặc sai độ dài).',
    viNext: 'Đổi mã PIN bằng phần mềm của nhà cung cấp rồi thử lại.',
    en: 'The token does not take this PIN (expired, never set, or of the wrong length).',
    enNext: "Change the PIN with the vendor's software, then try again.",
  },
  'key-not-found': {
    vi: 'Thiết bị không có khóa ký kèm chứng thư{wanted}.',
    viNext: 'Chọn khóa khác, hoặc nạp chứng thư vào thiết bị.',
    en: 'The token holds no signing key with a certificate{wanted}.',
    enNext: 'Choose another key, or load the certificate into the token.',
  },
  'key-ambiguous': {
    vi: 'Thiết bị có {count} khóa ký: {labels}.',
    viNext: 'Nói rõ nhãn hoặc mã của khóa cần dùng.',
    en: 'The token holds {count} signing keys: {labels}.',
    enNext: 'Say which one by its label or id.',
  },
  'algorithm-not-supported': {
    vi: 'Thiết bị không ký được bằng thuật toán {algorithm}.',
    viNext: 'Chọn thuật toán khác, hoặc dùng khóa khác.',
    en: 'The token cannot sign with {algorithm}.',
    enNext: 'Choose another algorithm or another key.',
  },
  'token-timeout': {
    vi: 'Thiết bị ký không trả lời trong {seconds} giây.',
    viNext: 'Kiểm tra đèn hoặc nút bấm trên thiết bị, rút ra cắm lại rồi ký lại.',
    en: 'The token did not answer within {seconds} seconds.',
    enNext: 'Look at its light or button, replug it, then sign again.',
  },
  'token-failed': {
    vi: 'Thiết bị ký báo lỗi {reason}; chưa ký gì.',
    viNext: 'Rút thiết bị ra cắm lại rồi ký lại; nếu vẫn lỗi, báo nơi cấp thiết bị.',
    en: 'The token failed with {reason}; nothing was signed.',
    enNext: 'Replug it and sign again; if it fails again, tell whoever issued it.',
  },
} as const;

export type TokenProblem = keyof typeof tokenProblems;

/** An expected refusal of a token. Never holds a PIN: it is made of names of the standard only. */
export class TokenError extends ProblemError<TokenProblem> {
  constructor(code: TokenProblem, details: Readonly<Record<string, unknown>> = {}) {
    super('TokenError', code, tokenProblems[code], details);
  }
}

/** How many tries a token lets one guess: PKCS#11 says no number (v2.40 §3.2, CK_TOKEN_INFO flags). */
export type PinTries = 'unknown' | 'few' | 'one' | 'none';

const triesTexts: Readonly<Record<PinTries, readonly [vi: string, en: string]>> = {
  unknown: ['Thiết bị không cho biết còn mấy lần thử.', 'The token does not say how many tries remain.'],
  few: ['Chỉ còn ít lần thử trước khi thiết bị khóa.', 'Few tries remain before it locks.'],
  one: ['Chỉ còn MỘT lần thử trước khi thiết bị khóa.', 'ONE try remains before it locks.'],
  none: ['Thiết bị đã khóa.', 'It is locked.'],
};

export function wrongPin(tries: PinTries): TokenError {
  if (tries === 'none') return new TokenError('pin-locked');
  const [remaining, remainingEn] = triesTexts[tries];
  return new TokenError('wrong-pin', { tries, remaining, remainingEn });
}

/** What a session may have died of without the token being gone: it is opened anew, once. */
export const lostSession: ReadonlySet<string> = new Set([
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SESSION_CLOSED',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_CRYPTOKI_NOT_INITIALIZED',
]);

const codeOf: Readonly<Record<string, TokenProblem>> = {
  CKR_TOKEN_NOT_PRESENT: 'token-removed',
  CKR_TOKEN_NOT_RECOGNIZED: 'token-removed',
  CKR_DEVICE_REMOVED: 'token-removed',
  CKR_SLOT_ID_INVALID: 'token-removed',
  CKR_PIN_LOCKED: 'pin-locked',
  CKR_PIN_EXPIRED: 'pin-unusable',
  CKR_PIN_INVALID: 'pin-unusable',
  CKR_PIN_LEN_RANGE: 'pin-unusable',
  CKR_USER_PIN_NOT_INITIALIZED: 'pin-unusable',
};

/** The refusal for a return value of the standard. */
export function tokenError(ckr: string): TokenError {
  const code = codeOf[ckr];
  return code === undefined ? new TokenError('token-failed', { reason: ckr }) : new TokenError(code);
}
