/** One plain line in each language, and what the reader can do next. */
export interface RefusalText {
  /** HTTP status at the edge. */
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 423 | 429 | 500 | 502 | 503 | 507;
  readonly vi: string;
  readonly viNext: string;
  readonly en: string;
  readonly enNext: string;
}

/**
 * An expected refusal: the caller asked for something that the rules do not allow. Its code comes from the
 * closed list of the room that refuses; its text is one line and the next step (lesson L18).
 */
export class Refusal extends Error {
  readonly code: string;
  readonly text: RefusalText;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, text: RefusalText, details: Readonly<Record<string, unknown>> = {}) {
    super(`${code}: ${text.en}`);
    this.name = 'Refusal';
    this.code = code;
    this.text = text;
    this.details = details;
  }
}

function worded(value: unknown, language: 'vi' | 'en'): string {
  const inBoth = typeof value === 'object' && value !== null && language in value;
  return String(inBoth ? (value as Record<string, unknown>)[language] : value);
}

/**
 * Declares a room's closed list of refusals.
 * @returns a function that makes the refusal of one code; texts may hold `{name}` places, filled from details. A
 *   detail that is worded in both languages is an object `{ vi, en }`.
 */
export function defineRefusals<const Table extends Record<string, RefusalText>>(
  room: string,
  table: Table,
): (code: keyof Table & string, details?: Readonly<Record<string, unknown>>) => Refusal {
  return (code, details = {}) => {
    const text = table[code] as RefusalText;
    const fill = (language: 'vi' | 'en', line: string): string =>
      line.replace(/\{(\w+)\}/g, (place, name: string) =>
        name in details ? worded(details[name], language) : place,
      );
    return new Refusal(
      `${room}.${code}`,
      {
        ...text,
        vi: fill('vi', text.vi),
        viNext: fill('vi', text.viNext),
        en: fill('en', text.en),
        enNext: fill('en', text.enNext),
      },
      details,
    );
  };
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The refusal's code, stable for programs. */
  readonly code: string;
  /** What the reader can do next, one line. */
  readonly next: string;
  readonly [extension: string]: unknown;
}

/** The problem details of a refusal, in the language asked for. */
export function toProblem(refusal: Refusal, language: 'vi' | 'en'): Problem {
  const { text } = refusal;
  return {
    type: `urn:phigiay:problem:${refusal.code}`,
    title: language === 'vi' ? text.vi : text.en,
    status: text.status,
    detail: language === 'vi' ? text.vi : text.en,
    code: refusal.code,
    next: language === 'vi' ? text.viNext : text.enNext,
    ...(Object.keys(refusal.details).length > 0 ? { details: refusal.details } : {}),
  };
}

/** Refusals that any room may make. */
export const refuse = defineRefusals('kernel', {
  'sign-in-required': {
    status: 401,
    vi: 'Bạn chưa đăng nhập hoặc phiên làm việc đã hết.',
    viNext: 'Hãy đăng nhập rồi làm lại.',
    en: 'You are not signed in, or the session has ended.',
    enNext: 'Sign in and try again.',
  },
  forbidden: {
    status: 403,
    vi: 'Bạn không có quyền làm việc này.',
    viNext: 'Nếu cần, đề nghị quản trị của cơ quan cấp quyền.',
    en: 'You may not do this.',
    enNext: 'If you need to, ask the administrator of your organisation.',
  },
  'not-found': {
    status: 404,
    vi: 'Không tìm thấy nội dung này.',
    viNext: 'Kiểm tra lại đường dẫn hoặc tìm theo số ký hiệu.',
    en: 'Not found.',
    enNext: 'Check the address or search by notation.',
  },
  'invalid-input': {
    status: 422,
    vi: 'Dữ liệu chưa đúng: {field} {reason}.',
    viNext: 'Sửa ô được đánh dấu rồi gửi lại.',
    en: 'Invalid input: {field} {reason}.',
    enNext: 'Correct the marked field and send again.',
  },
  'idempotency-key-required': {
    status: 400,
    vi: 'Yêu cầu thiếu khóa chống lặp (Idempotency-Key).',
    viNext: 'Gửi lại kèm tiêu đề Idempotency-Key.',
    en: 'The Idempotency-Key header is missing.',
    enNext: 'Send again with an Idempotency-Key header.',
  },
  'idempotency-key-reused': {
    status: 409,
    vi: 'Khóa chống lặp này đã dùng cho một yêu cầu khác.',
    viNext: 'Dùng khóa mới cho yêu cầu mới.',
    en: 'This idempotency key was used for a different request.',
    enNext: 'Use a new key for a new request.',
  },
  'csrf-failed': {
    status: 403,
    vi: 'Yêu cầu không đến từ trang của hệ thống.',
    viNext: 'Tải lại trang rồi làm lại.',
    en: 'The request did not come from a page of this system.',
    enNext: 'Reload the page and try again.',
  },
  'too-many-requests': {
    status: 429,
    vi: 'Bạn thao tác quá nhanh.',
    viNext: 'Chờ {seconds} giây rồi làm lại.',
    en: 'Too many requests.',
    enNext: 'Wait {seconds} seconds and try again.',
  },
  'too-large': {
    status: 413,
    vi: 'Tệp hoặc yêu cầu quá lớn.',
    viNext: 'Giảm dung lượng xuống dưới {limit} rồi gửi lại.',
    en: 'The file or request is too large.',
    enNext: 'Keep it below {limit} and send again.',
  },
  'storage-full': {
    status: 507,
    vi: 'Kho lưu trữ đã đầy, chưa ghi được gì.',
    viNext: 'Báo quản trị hệ thống giải phóng dung lượng rồi gửi lại.',
    en: 'Storage is full; nothing was written.',
    enNext: 'Ask the operator to free space, then send again.',
  },
  internal: {
    status: 500,
    vi: 'Hệ thống gặp lỗi, thao tác chưa được thực hiện.',
    viNext: 'Làm lại sau ít phút; nếu vẫn lỗi, báo quản trị kèm mã {reference}.',
    en: 'The system failed; nothing was done.',
    enNext: 'Try again in a few minutes; if it fails again, tell the operator reference {reference}.',
  },
});
