/** What the check of a decision found, with its plain line. Errors block signing; warnings do not. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning';
  readonly event: number | null;
  readonly vi: string;
  readonly en: string;
}

const texts = {
  'unknown-body': [
    'error',
    'Ngày {day} không có cơ quan nào mang mã {code}.',
    'On {day} no body has the code {code}.',
  ],
  'code-malformed': ['error', 'Mã {code} không đúng dạng.', 'Code {code} is malformed.'],
  'code-taken': [
    'error',
    'Mã {code} đang thuộc {name}; một mã chỉ chỉ một cơ quan.',
    'Code {code} belongs to {name}; a code names one body.',
  ],
  'code-reused': [
    'error',
    'Mã {code} trước đây thuộc {name} nên không được cấp lại: văn bản cũ vẫn trỏ tới mã này.',
    'Code {code} once belonged to {name} and is never given out again: old documents still point to it.',
  ],
  'already-ended': [
    'error',
    '{name} đã kết thúc ở sự kiện trước trong quyết định này.',
    '{name} has ended by an earlier event of this decision.',
  ],
  'heir-is-itself': ['error', '{name} không thể kế thừa chính mình.', '{name} cannot succeed itself.'],
  'no-heir': [
    'error',
    '{name} ({code}) kết thúc mà không có cơ quan kế thừa hay cơ quan lưu giữ được nêu tên.',
    '{name} ({code}) ends without a successor or a named keeper.',
  ],
  'same-heir-twice': [
    'error',
    'Mỗi cơ quan kế thừa của {name} chỉ nêu một lần; chia tách cần ít nhất hai cơ quan khác nhau.',
    'Name each heir of {name} once; a split needs at least two different ones.',
  ],
  'heir-ended': [
    'error',
    'Cơ quan kế thừa {name} ({code}) không còn hoạt động sau quyết định này.',
    'The successor {name} ({code}) does not live after this decision.',
  ],
  orphans: [
    'error',
    'Còn {count} cơ quan trực thuộc {name} ({code}) chưa có cơ quan chủ quản mới.',
    '{count} bodies under {name} ({code}) have no new superior.',
  ],
  'letters-outside': [
    'error',
    'Cơ quan nhận văn bản gửi mã cũ phải là một trong các cơ quan kế thừa.',
    'Whoever answers letters to the old code must be one of the heirs.',
  ],
  circle: ['error', '{name} sẽ đứng dưới chính mình.', '{name} would stand under itself.'],
  'dead-parent': [
    'error',
    'Ngày {day}, {name} ({code}) sẽ trực thuộc một cơ quan không còn hoạt động.',
    'On {day} {name} ({code}) would stand under a body that has ended.',
  ],
  'code-twice': [
    'error',
    'Ngày {day}, mã {code} sẽ chỉ hai cơ quan: {name} và {other}.',
    'On {day} code {code} would name two bodies: {name} and {other}.',
  ],
  overlap: ['error', 'Các giai đoạn của {name} chồng lên nhau.', 'Versions of {name} overlap.'],
  'later-decision': [
    'warning',
    '{name} ({code}) còn thay đổi khác có hiệu lực từ {day}; thay đổi đó được giữ nguyên.',
    '{name} ({code}) has another change in force from {day}; it stays.',
  ],
  'later-ended': [
    'error',
    '{name} ({code}) còn thay đổi có hiệu lực từ {day}, sau ngày kết thúc. Hủy hoặc đính chính quyết định kia trước.',
    '{name} ({code}) has a change in force from {day}, after its end. Cancel or correct that decision first.',
  ],
  'nothing-to-restore': [
    'error',
    'Mã {code} không thuộc cơ quan nào kết thúc đúng ngày {day}.',
    'Code {code} belongs to no body that ended on {day}.',
  ],
  'nothing-changes': ['error', 'Quyết định không làm thay đổi gì.', 'The decision changes nothing.'],
  'already-past': [
    'warning',
    'Ngày hiệu lực đã qua {days} ngày: việc làm trong những ngày đó cần rà soát.',
    'It took effect {days} days ago: acts of those days need a review.',
  ],
  'field-without-heir': [
    'error',
    '{count} việc đang mở của {name} thuộc lĩnh vực "{field}" chưa có cơ quan kế thừa.',
    '{count} open matters of {name} in the field "{field}" have no heir.',
  ],
} as const satisfies Record<string, readonly ['error' | 'warning', string, string]>;

export type FindingCode = keyof typeof texts;

export function finding(
  code: FindingCode,
  event: number | null,
  details: Readonly<Record<string, string | number>> = {},
): Finding {
  const [severity, vi, en] = texts[code];
  const fill = (line: string): string =>
    line.replace(/\{(\w+)\}/g, (place, name: string) => String(details[name] ?? place));
  return { code, severity, event, vi: fill(vi), en: fill(en) };
}
