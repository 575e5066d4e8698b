import { defineRefusals } from '#kernel';

/** The closed list of what this room refuses. */
export const refuseWork = defineRefusals('work', {
  'lead-missing': {
    status: 422,
    vi: 'Có đơn vị phối hợp nhưng chưa có đơn vị xử lý chính. Ai chủ trì?',
    viNext: 'Chọn một đơn vị hoặc người xử lý chính rồi giao lại.',
    en: 'There are coordinators but no lead. Who leads?',
    enNext: 'Choose a lead and assign again.',
  },
  'lead-open': {
    status: 409,
    vi: 'Văn bản đã có người xử lý chính: {who}.',
    viNext: 'Thu hồi phân công cũ trước khi giao người khác.',
    en: 'The document already has a lead: {who}.',
    enNext: 'Revoke that assignment first.',
  },
  'no-deadline': {
    status: 422,
    vi: 'Phân công chưa có thời hạn.',
    viNext: 'Nhập thời hạn, hoặc chọn “không thời hạn” và ghi lý do.',
    en: 'The assignment has no deadline.',
    enNext: 'Give a deadline, or say why there is none.',
  },
  'due-past': {
    status: 422,
    vi: 'Thời hạn {due} đã qua.',
    viNext: 'Chọn thời hạn sau thời điểm hiện tại.',
    en: 'The deadline {due} has passed.',
    enNext: 'Choose a later one.',
  },
  'given-twice': {
    status: 422,
    vi: 'Một đơn vị hoặc cá nhân được giao hai lần trong cùng bút phê.',
    viNext: 'Giữ mỗi nơi một vai trò.',
    en: 'Somebody is given work twice in one direction.',
    enNext: 'Keep one role for each.',
  },
  'coordinators-open': {
    status: 409,
    vi: 'Còn nơi phối hợp chưa báo cáo: {who}.',
    viNext: 'Chờ họ báo cáo, hoặc đề nghị người giao cho thôi phối hợp.',
    en: 'Coordinators have not reported yet: {who}.',
    enNext: 'Wait for them, or have the assigner release them.',
  },
  'wrong-step': {
    status: 409,
    vi: 'Phân công đang ở bước khác, chưa làm được việc này.',
    viNext: 'Tải lại trang để xem bước hiện tại.',
    en: 'The assignment is at another step.',
    enNext: 'Reload the page to see where it stands.',
  },
  'not-yours': {
    status: 403,
    vi: 'Việc này thuộc về {who}.',
    viNext: 'Đề nghị {who} thực hiện.',
    en: 'This is for {who} to do.',
    enNext: 'Ask {who} to do it.',
  },
  'unknown-party': {
    status: 422,
    vi: 'Không tìm thấy đơn vị hoặc cá nhân được giao.',
    viNext: 'Chọn lại từ danh sách của cơ quan.',
    en: 'A unit or person was not found.',
    enNext: 'Choose again from the organisation.',
  },
  'outside-unit': {
    status: 422,
    vi: 'Chỉ giao lại được cho người trong đơn vị của bạn.',
    viNext: 'Chọn người trong đơn vị, hoặc trả lại người giao.',
    en: 'Work can be handed on inside your unit only.',
    enNext: 'Choose somebody of your unit, or return it.',
  },
});
