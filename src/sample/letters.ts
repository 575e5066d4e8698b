/** An invented letter: who writes to whom, and how far it is when a newcomer looks. */
export interface SampleLetter {
  /** Suffix of the accounts of the writing organisation. */
  readonly from: 'vpcp' | 'btttt' | 'tayninh' | 'stc-tayninh';
  /** Codes of the receivers, QCVN 102:2016 form. */
  readonly to: readonly string[];
  readonly typeCode: string;
  readonly capacity: '' | 'TM.' | 'KT.' | 'TL.';
  /** Where it differs from the signer's own post: "Bộ trưởng / Thứ trưởng". */
  readonly signerPost?: string;
  readonly urgency: 0 | 1 | 2 | 3;
  readonly abstract: string;
  readonly body: readonly string[];
  readonly dueDate?: string;
  readonly until: 'draft' | 'submitted' | 'approved' | 'signed' | 'sent';
}

export const letters: readonly SampleLetter[] = [
  {
    from: 'stc-tayninh',
    to: ['000.00.00.G22', '000.00.00.H53'],
    typeCode: 'CV',
    capacity: '',
    urgency: 0,
    abstract: 'V/v báo cáo tình hình thực hiện dự toán ngân sách địa phương 10 tháng',
    body: [
      'Thực hiện chế độ báo cáo định kỳ, Sở Tài chính báo cáo tình hình thực hiện dự toán ngân sách địa phương 10 tháng như sau:',
      'Tổng thu ngân sách nhà nước trên địa bàn ước đạt 86,4 % dự toán năm, trong đó thu nội địa đạt 84,9 % dự toán. Tổng chi ngân sách địa phương ước đạt 78,2 % dự toán, bảo đảm các nhiệm vụ chi thường xuyên và chi đầu tư theo tiến độ.',
      'Sở Tài chính sẽ tiếp tục đôn đốc các đơn vị hoàn thành nhiệm vụ thu, chi trong hai tháng cuối năm và báo cáo kết quả trước ngày 05 tháng sau.',
    ],
    until: 'sent',
  },
  {
    from: 'btttt',
    to: ['000.00.00.G22'],
    typeCode: 'CV',
    capacity: 'KT.',
    signerPost: 'Bộ trưởng / Thứ trưởng',
    urgency: 1,
    abstract: 'V/v góp ý dự thảo Nghị định về kết nối và chia sẻ dữ liệu số của cơ quan nhà nước',
    body: [
      'Trả lời đề nghị của Văn phòng Chính phủ, Bộ Thông tin và Truyền thông cơ bản thống nhất với dự thảo Nghị định và có một số ý kiến như sau:',
      'Tại Điều 7, đề nghị quy định rõ thời hạn trả lời yêu cầu kết nối là 05 ngày làm việc. Tại Điều 12, đề nghị bổ sung trách nhiệm công bố danh mục dữ liệu mở của từng cơ quan.',
      'Bộ Thông tin và Truyền thông gửi Văn phòng Chính phủ tổng hợp, báo cáo Thủ tướng Chính phủ xem xét, quyết định.',
    ],
    until: 'sent',
  },
  {
    from: 'tayninh',
    to: ['000.00.00.G22', '000.00.00.G14'],
    typeCode: 'BC',
    capacity: 'TM.',
    urgency: 0,
    abstract: 'Kết quả gửi, nhận văn bản điện tử trên Trục liên thông văn bản quốc gia quý III',
    body: [
      'Thực hiện Quyết định số 28/2018/QĐ-TTg của Thủ tướng Chính phủ, Ủy ban nhân dân tỉnh báo cáo kết quả gửi, nhận văn bản điện tử quý III như sau:',
      'Tổng số văn bản gửi qua Trục liên thông là 12.486 văn bản, trong đó 98,7 % được ký số bởi người có thẩm quyền và ký số của cơ quan. Thời gian gửi trung bình sau khi ký là 41 phút.',
      'Còn 164 văn bản gửi kèm bản giấy theo danh mục do người đứng đầu cơ quan quyết định. Ủy ban nhân dân tỉnh tiếp tục rà soát để giảm danh mục này trong quý IV.',
    ],
    until: 'sent',
  },
  {
    from: 'vpcp',
    to: ['000.00.00.G14', '000.00.00.H53'],
    typeCode: 'CV',
    capacity: '',
    urgency: 1,
    abstract: 'V/v triển khai gửi, nhận văn bản điện tử có ký số đến cấp xã',
    body: [
      'Thực hiện chỉ đạo của Thủ tướng Chính phủ về việc gửi, nhận văn bản điện tử giữa các cơ quan trong hệ thống hành chính nhà nước, Văn phòng Chính phủ đề nghị quý cơ quan:',
      'Kết nối phần mềm quản lý văn bản của các đơn vị trực thuộc, đến cấp xã, với Trục liên thông văn bản quốc gia; bảo đảm văn bản gửi đi có đủ chữ ký số của người có thẩm quyền và của cơ quan, không gửi kèm bản giấy, trừ danh mục do người đứng đầu cơ quan quyết định.',
      'Báo cáo kết quả về Văn phòng Chính phủ trước ngày 15 tháng 12 để tổng hợp, báo cáo Thủ tướng Chính phủ.',
    ],
    until: 'sent',
  },
  {
    from: 'vpcp',
    to: ['000.00.00.G14'],
    typeCode: 'TB',
    capacity: '',
    urgency: 0,
    abstract: 'Kết luận cuộc họp về tiến độ kết nối Cổng Dịch vụ công quốc gia',
    body: [
      'Ngày 20 tháng 11, tại trụ sở Chính phủ, Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ đã chủ trì cuộc họp về tiến độ kết nối Cổng Dịch vụ công quốc gia. Sau khi nghe báo cáo và ý kiến của các đại biểu, Bộ trưởng, Chủ nhiệm kết luận như sau:',
      'Các bộ, địa phương hoàn thành tích hợp các dịch vụ công thiết yếu trước ngày 31 tháng 12; dữ liệu đã có trong cơ sở dữ liệu quốc gia thì không yêu cầu người dân khai lại.',
    ],
    until: 'signed',
  },
  {
    from: 'vpcp',
    to: ['000.00.00.H53'],
    typeCode: 'CV',
    capacity: '',
    urgency: 2,
    abstract: 'V/v xử lý văn bản quá hạn trên hệ thống theo dõi nhiệm vụ',
    body: [
      'Qua theo dõi trên hệ thống, đến nay còn 03 nhiệm vụ Thủ tướng Chính phủ giao quá hạn chưa báo cáo kết quả. Văn phòng Chính phủ đề nghị Ủy ban nhân dân tỉnh khẩn trương hoàn thành và cập nhật kết quả trên hệ thống trong 02 ngày làm việc.',
    ],
    until: 'approved',
  },
  {
    from: 'vpcp',
    to: ['000.00.00.G14', '000.00.00.H53'],
    typeCode: 'GM',
    capacity: '',
    urgency: 0,
    abstract: 'Họp đánh giá kết quả một năm vận hành Trục liên thông văn bản quốc gia',
    body: [
      'Văn phòng Chính phủ trân trọng kính mời đại diện lãnh đạo quý cơ quan dự họp đánh giá kết quả một năm vận hành Trục liên thông văn bản quốc gia.',
      'Thời gian: 14 giờ 00, ngày 04 tháng 12. Hình thức: họp trực tuyến.',
    ],
    until: 'submitted',
  },
  {
    from: 'vpcp',
    to: ['000.00.00.G14'],
    typeCode: 'CV',
    capacity: '',
    urgency: 0,
    abstract: 'V/v rà soát danh mục văn bản gửi kèm bản giấy',
    body: [
      'Văn phòng Chính phủ đề nghị Bộ Thông tin và Truyền thông rà soát, cắt giảm danh mục văn bản gửi kèm bản giấy.',
    ],
    until: 'draft',
  },
];
