import type { IncomingState, OutgoingState } from './states.ts';

/** The words of the states, as clerks know them. */
export const outgoingStateNames: Readonly<Record<OutgoingState, string>> = {
  drafting: 'Đang soạn',
  'in-review': 'Chờ duyệt',
  returned: 'Bị trả lại',
  approved: 'Chờ ký',
  'leader-signed': 'Chờ cấp số',
  numbered: 'Chờ đóng dấu',
  sealed: 'Chờ phát hành',
  issued: 'Đang gửi',
  dispatched: 'Đã gửi',
  acknowledged: 'Nơi nhận đã tiếp nhận',
  recalling: 'Đang thu hồi',
  recalled: 'Đã thu hồi',
  void: 'Đã hủy số',
};

export const incomingStateNames: Readonly<Record<IncomingState, string>> = {
  arrived: 'Chờ tiếp nhận',
  registered: 'Đã vào sổ',
  'awaiting-direction': 'Chờ bút phê',
  assigned: 'Đã phân công',
  'in-work': 'Đang xử lý',
  closed: 'Đã xử lý',
  refused: 'Đã từ chối',
  'recall-requested': 'Nơi gửi xin lấy lại',
  'recalled-by-sender': 'Nơi gửi đã lấy lại',
};

const eventTexts: Readonly<Record<string, string>> = {
  'draft-created': 'Tạo dự thảo',
  'draft-edited': 'Sửa dự thảo',
  submitted: 'Trình duyệt',
  reviewed: 'Cho ý kiến',
  approved: 'Duyệt',
  returned: 'Trả lại',
  signed: 'Ký số',
  numbered: 'Cấp số',
  sealed: 'Đóng dấu cơ quan',
  issued: 'Phát hành',
  undone: 'Hoàn tác việc gửi',
  'sent-now': 'Gửi ngay',
  resent: 'Gửi cập nhật',
  dispatched: 'Văn bản đã lên trục liên thông',
  'status-received': 'Trạng thái từ nơi nhận',
  acknowledged: 'Mọi nơi nhận đã tiếp nhận',
  recalled: 'Yêu cầu lấy lại',
  'recall-settled': 'Kết thúc việc lấy lại',
  voided: 'Hủy số',
  copied: 'Sao văn bản',
  arrived: 'Văn bản đến',
  registered: 'Vào sổ',
  refused: 'Từ chối tiếp nhận',
  forwarded: 'Trình lãnh đạo',
  directed: 'Bút phê, phân công',
  'handed-back': 'Trả lại người giao',
  'work-started': 'Bắt đầu xử lý',
  'held-by': 'Chuyển người xử lý',
  'recall-requested': 'Nơi gửi xin lấy lại',
  'recall-answered': 'Trả lời yêu cầu lấy lại',
  'taken-back': 'Nơi gửi đã lấy lại',
  closed: 'Kết thúc xử lý',
};

/** One plain line for an event of the record. */
export function eventText(type: string, payload: Readonly<Record<string, unknown>>): string {
  const name = eventTexts[type] ?? type;
  const said =
    payload['reason'] ??
    payload['opinion'] ??
    payload['notation'] ??
    payload['text'] ??
    payload['description'];
  return typeof said === 'string' && said !== '' ? `${name}: ${said}` : name;
}
