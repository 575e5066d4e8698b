export const open = {
  title: 'Chờ tiếp nhận',
  about: 'Văn bản đã gửi hoặc đã đến mà chưa có kết quả. Không văn bản nào tự rơi khỏi danh sách này.',
  lists: { sending: 'Gửi đi', receiving: 'Đến' },
  counts: (late: number, duty: number) =>
    late + duty === 0
      ? 'Không có văn bản nào quá hạn.'
      : `${late} văn bản quá hạn, ${duty} văn bản cần gọi trực ban.`,
  party: { sending: 'Nơi nhận', receiving: 'Nơi gửi' },
  waits: 'Đang chờ',
  waitsFor: {
    ourselves: 'Cơ quan mình: trục từ chối gói tin',
    axis: 'Trục tiếp nhận',
    'receiver-system': 'Hệ thống nơi nhận lấy về',
    'receiver-clerk': 'Văn thư nơi nhận tiếp nhận',
    'recall-answer': 'Nơi nhận trả lời xin thu hồi',
  },
  ourClerk: 'Văn thư tiếp nhận hoặc trả lại',
  stage: { open: 'Trong hạn', duty: 'Gọi trực ban', late: 'Quá hạn', watch: 'Quá hạn, lên bảng theo dõi' },
  age: 'Đã chờ',
  due: 'Hạn',
  ageOf: (minutes: number) =>
    minutes < 60 ? `${minutes} phút` : `${Math.floor(minutes / 60)} giờ ${minutes % 60} phút`,
  ageNote: 'Thời gian chờ tính theo giờ làm việc; riêng hỏa tốc tính cả ngoài giờ.',
  empty: {
    sending: 'Mọi văn bản đã gửi đều có kết quả.',
    receiving: 'Không có văn bản đến nào chờ tiếp nhận.',
  },
  emptyNext: 'Văn bản gửi đi nằm ở đây cho tới khi nơi nhận tiếp nhận, từ chối hoặc đồng ý thu hồi.',
};
