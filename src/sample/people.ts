import type { Role } from '#identity';

/** An invented person. */
export interface SamplePerson {
  readonly account: string;
  readonly name: string;
  readonly unit: string;
  readonly post: string;
  readonly isHead?: true;
  readonly role: Role;
  readonly capacity?: 'TM.' | 'KT.' | 'TL.';
}

/** An organisation whose office runs in the sample installation. */
export interface SampleOffice {
  /** Suffix of its accounts: `vanthu.vpcp`. */
  readonly suffix: string;
  readonly code102: string;
  /** As in notations: 1600/VPCP-KTTH. */
  readonly abbreviation: string;
  readonly place: string;
  readonly units: readonly (readonly [name: string, abbreviation: string])[];
  readonly people: readonly SamplePerson[];
}

/** All people are invented. */
export const offices: readonly SampleOffice[] = [
  {
    suffix: 'vpcp',
    code102: '000.00.00.G22',
    abbreviation: 'VPCP',
    place: 'Hà Nội',
    units: [
      ['Lãnh đạo Văn phòng', 'LĐVP'],
      ['Phòng Văn thư', 'VT'],
      ['Vụ Kinh tế tổng hợp', 'KTTH'],
      ['Vụ Pháp luật', 'PL'],
      ['Vụ Nông nghiệp', 'NN'],
      ['Cục Kiểm soát thủ tục hành chính', 'KSTT'],
    ],
    people: [
      {
        account: 'lanhdao',
        name: 'Trần Quốc Bảo',
        unit: 'Lãnh đạo Văn phòng',
        post: 'Bộ trưởng, Chủ nhiệm',
        isHead: true,
        role: 'leader',
      },
      { account: 'vanthu', name: 'Nguyễn Thị Hoa', unit: 'Phòng Văn thư', post: 'Văn thư', role: 'clerk' },
      {
        account: 'truongphong',
        name: 'Lê Minh Tuấn',
        unit: 'Vụ Kinh tế tổng hợp',
        post: 'Vụ trưởng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien',
        name: 'Phạm Thu Hà',
        unit: 'Vụ Kinh tế tổng hợp',
        post: 'Chuyên viên',
        role: 'specialist',
      },
      {
        account: 'truongphong2',
        name: 'Vũ Đức Thịnh',
        unit: 'Vụ Pháp luật',
        post: 'Vụ trưởng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien2',
        name: 'Hoàng Ngọc Lan',
        unit: 'Vụ Pháp luật',
        post: 'Chuyên viên',
        role: 'specialist',
      },
      {
        account: 'truongphong3',
        name: 'Đỗ Thanh Sơn',
        unit: 'Vụ Nông nghiệp',
        post: 'Vụ trưởng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'quantri',
        name: 'Bùi Anh Dũng',
        unit: 'Phòng Văn thư',
        post: 'Quản trị hệ thống',
        role: 'admin',
      },
    ],
  },
  {
    suffix: 'btttt',
    code102: '000.00.00.G14',
    abbreviation: 'BTTTT',
    place: 'Hà Nội',
    units: [
      ['Lãnh đạo Bộ', 'LĐB'],
      ['Văn phòng Bộ', 'VP'],
      ['Vụ Pháp chế', 'PC'],
      ['Cục Chuyển đổi số', 'CĐS'],
    ],
    people: [
      {
        account: 'lanhdao',
        name: 'Ngô Việt Hùng',
        unit: 'Lãnh đạo Bộ',
        post: 'Thứ trưởng',
        isHead: true,
        role: 'leader',
        capacity: 'KT.',
      },
      { account: 'vanthu', name: 'Đặng Thị Mai', unit: 'Văn phòng Bộ', post: 'Văn thư', role: 'clerk' },
      {
        account: 'truongphong',
        name: 'Phan Quang Huy',
        unit: 'Cục Chuyển đổi số',
        post: 'Cục trưởng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien',
        name: 'Trịnh Hải Yến',
        unit: 'Cục Chuyển đổi số',
        post: 'Chuyên viên',
        role: 'specialist',
      },
      {
        account: 'quantri',
        name: 'Lý Gia Khánh',
        unit: 'Văn phòng Bộ',
        post: 'Quản trị hệ thống',
        role: 'admin',
      },
    ],
  },
  {
    suffix: 'tayninh',
    code102: '000.00.00.H53',
    abbreviation: 'UBND',
    place: 'Tây Ninh',
    units: [
      ['Thường trực Ủy ban', 'TTUB'],
      ['Phòng Hành chính - Tổ chức', 'HCTC'],
      ['Phòng Kinh tế', 'KT'],
      ['Phòng Nội chính', 'NC'],
    ],
    people: [
      {
        account: 'lanhdao',
        name: 'Huỳnh Thanh Phong',
        unit: 'Thường trực Ủy ban',
        post: 'Chủ tịch',
        isHead: true,
        role: 'leader',
        capacity: 'TM.',
      },
      {
        account: 'vanthu',
        name: 'Võ Thị Kim Ngân',
        unit: 'Phòng Hành chính - Tổ chức',
        post: 'Văn thư',
        role: 'clerk',
      },
      {
        account: 'truongphong',
        name: 'Trương Công Danh',
        unit: 'Phòng Kinh tế',
        post: 'Trưởng phòng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien',
        name: 'Lâm Bảo Châu',
        unit: 'Phòng Kinh tế',
        post: 'Chuyên viên',
        role: 'specialist',
      },
      {
        account: 'truongphong2',
        name: 'Mai Văn Lộc',
        unit: 'Phòng Nội chính',
        post: 'Trưởng phòng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'quantri',
        name: 'Đinh Tấn Tài',
        unit: 'Phòng Hành chính - Tổ chức',
        post: 'Quản trị hệ thống',
        role: 'admin',
      },
    ],
  },
  {
    suffix: 'stc-tayninh',
    code102: '000.00.11.H53',
    abbreviation: 'STC',
    place: 'Tây Ninh',
    units: [
      ['Ban Giám đốc', 'BGĐ'],
      ['Văn phòng Sở', 'VP'],
      ['Phòng Quản lý ngân sách', 'QLNS'],
    ],
    people: [
      {
        account: 'lanhdao',
        name: 'Nguyễn Hữu Nghĩa',
        unit: 'Ban Giám đốc',
        post: 'Giám đốc',
        isHead: true,
        role: 'leader',
      },
      {
        account: 'vanthu',
        name: 'Phùng Thị Thu Trang',
        unit: 'Văn phòng Sở',
        post: 'Văn thư',
        role: 'clerk',
      },
      {
        account: 'truongphong',
        name: 'Cao Xuân Trường',
        unit: 'Phòng Quản lý ngân sách',
        post: 'Trưởng phòng',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien',
        name: 'Tô Diễm Quỳnh',
        unit: 'Phòng Quản lý ngân sách',
        post: 'Chuyên viên',
        role: 'specialist',
      },
      {
        account: 'quantri',
        name: 'Hồ Nhật Minh',
        unit: 'Văn phòng Sở',
        post: 'Quản trị hệ thống',
        role: 'admin',
      },
    ],
  },
  {
    suffix: 'xa-anthanh',
    code102: '000.21.31.H53',
    abbreviation: 'UBND',
    place: 'An Thạnh',
    units: [
      ['Thường trực Ủy ban', 'TTUB'],
      ['Văn phòng - Thống kê', 'VPTK'],
    ],
    people: [
      {
        account: 'lanhdao',
        name: 'Nguyễn Văn Thuận',
        unit: 'Thường trực Ủy ban',
        post: 'Chủ tịch',
        isHead: true,
        role: 'leader',
        capacity: 'TM.',
      },
      {
        account: 'vanthu',
        name: 'Lê Thị Cẩm Tú',
        unit: 'Văn phòng - Thống kê',
        post: 'Văn thư',
        role: 'clerk',
      },
      {
        account: 'truongphong',
        name: 'Phạm Hoàng Nam',
        unit: 'Văn phòng - Thống kê',
        post: 'Trưởng bộ phận',
        isHead: true,
        role: 'head',
      },
      {
        account: 'chuyenvien',
        name: 'Trần Thị Bích Ngọc',
        unit: 'Văn phòng - Thống kê',
        post: 'Công chức',
        role: 'specialist',
      },
      {
        account: 'quantri',
        name: 'Võ Minh Khoa',
        unit: 'Văn phòng - Thống kê',
        post: 'Quản trị hệ thống',
        role: 'admin',
      },
    ],
  },
];
