import type { Role } from '#identity';

/** An invented person. */
export interface SamplePerson {
  readonly account: string;
  readonly name: string;
  readonly unit: string;
  readonly post: string;
  readonly role: Role;
  readonly isHead?: true;
  /** What stands before their post when they sign (Decree 30/2020 App. I). */
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

type More = Pick<SamplePerson, 'isHead' | 'capacity'>;
const person = (account: string, name: string, unit: string, post: string, role: Role, more: More = {}) => ({
  account,
  name,
  unit,
  post,
  role,
  ...more,
});
/** Leads a unit, and signs "thừa lệnh" for those above. */
const leadsUnit: More = { isHead: true, capacity: 'TL.' };

/** All people are invented. Every unit has a head, so that whoever drafts there has a reviewer. */
export const offices: readonly SampleOffice[] = [
  {
    suffix: 'vpcp',
    code102: '000.00.00.G22',
    abbreviation: 'VPCP',
    place: 'Hà Nội',
    units: [
      ['Lãnh đạo Văn phòng', 'LĐVP'],
      ['Vụ Hành chính', 'HC'],
      ['Phòng Văn thư', 'VT'],
      ['Vụ Kinh tế tổng hợp', 'KTTH'],
      ['Vụ Pháp luật', 'PL'],
      ['Vụ Nông nghiệp', 'NN'],
      ['Cục Kiểm soát thủ tục hành chính', 'KSTT'],
    ],
    people: [
      person('lanhdao', 'Trần Quốc Bảo', 'Lãnh đạo Văn phòng', 'Bộ trưởng, Chủ nhiệm', 'leader', {
        isHead: true,
      }),
      person('lanhdao2', 'Đoàn Thị Minh Nguyệt', 'Lãnh đạo Văn phòng', 'Phó Chủ nhiệm', 'leader', {
        capacity: 'KT.',
      }),
      person('vanthu', 'Nguyễn Thị Hoa', 'Phòng Văn thư', 'Văn thư', 'clerk'),
      person('truongphong', 'Lê Minh Tuấn', 'Vụ Kinh tế tổng hợp', 'Vụ trưởng', 'head', leadsUnit),
      person('chuyenvien', 'Phạm Thu Hà', 'Vụ Kinh tế tổng hợp', 'Chuyên viên', 'specialist'),
      person('truongphong2', 'Vũ Đức Thịnh', 'Vụ Pháp luật', 'Vụ trưởng', 'head', leadsUnit),
      person('chuyenvien2', 'Hoàng Ngọc Lan', 'Vụ Pháp luật', 'Chuyên viên', 'specialist'),
      person('truongphong3', 'Đỗ Thanh Sơn', 'Vụ Nông nghiệp', 'Vụ trưởng', 'head', leadsUnit),
      person('chuyenvien3', 'Chu Văn Khôi', 'Vụ Nông nghiệp', 'Chuyên viên', 'specialist'),
      person(
        'truongphong4',
        'Nguyễn Khắc Hiếu',
        'Cục Kiểm soát thủ tục hành chính',
        'Cục trưởng',
        'head',
        leadsUnit,
      ),
      person(
        'chuyenvien4',
        'Lưu Thị Hồng Vân',
        'Cục Kiểm soát thủ tục hành chính',
        'Chuyên viên chính',
        'specialist',
      ),
      person('truongphong5', 'Tạ Quang Vinh', 'Vụ Hành chính', 'Vụ trưởng', 'head', leadsUnit),
      person('truongphong6', 'Nghiêm Thị Thanh', 'Phòng Văn thư', 'Trưởng phòng', 'head', leadsUnit),
      person('quantri', 'Bùi Anh Dũng', 'Phòng Văn thư', 'Quản trị hệ thống', 'admin'),
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
      person('lanhdao', 'Ngô Việt Hùng', 'Lãnh đạo Bộ', 'Thứ trưởng', 'leader', { capacity: 'KT.' }),
      person('lanhdao2', 'Dương Trọng Nghĩa', 'Lãnh đạo Bộ', 'Bộ trưởng', 'leader', { isHead: true }),
      person('vanthu', 'Đặng Thị Mai', 'Văn phòng Bộ', 'Văn thư', 'clerk'),
      person('truongphong', 'Phan Quang Huy', 'Cục Chuyển đổi số', 'Cục trưởng', 'head', leadsUnit),
      person('chuyenvien', 'Trịnh Hải Yến', 'Cục Chuyển đổi số', 'Chuyên viên', 'specialist'),
      person('truongphong2', 'Hà Mạnh Cường', 'Văn phòng Bộ', 'Chánh Văn phòng', 'head', leadsUnit),
      person('truongphong3', 'Quách Thu Phương', 'Vụ Pháp chế', 'Vụ trưởng', 'head', leadsUnit),
      person('chuyenvien2', 'Nguyễn Đình Lâm', 'Vụ Pháp chế', 'Chuyên viên', 'specialist'),
      person('quantri', 'Lý Gia Khánh', 'Văn phòng Bộ', 'Quản trị hệ thống', 'admin'),
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
      person('lanhdao', 'Huỳnh Thanh Phong', 'Thường trực Ủy ban', 'Chủ tịch', 'leader', {
        isHead: true,
        capacity: 'TM.',
      }),
      person('lanhdao2', 'Lê Thị Ánh Tuyết', 'Thường trực Ủy ban', 'Phó Chủ tịch', 'leader', {
        capacity: 'KT.',
      }),
      person('vanthu', 'Võ Thị Kim Ngân', 'Phòng Hành chính - Tổ chức', 'Văn thư', 'clerk'),
      person('truongphong', 'Trương Công Danh', 'Phòng Kinh tế', 'Trưởng phòng', 'head', leadsUnit),
      person('chuyenvien', 'Lâm Bảo Châu', 'Phòng Kinh tế', 'Chuyên viên', 'specialist'),
      person('truongphong2', 'Mai Văn Lộc', 'Phòng Nội chính', 'Trưởng phòng', 'head', leadsUnit),
      person('chuyenvien2', 'Đào Thị Mỹ Dung', 'Phòng Nội chính', 'Chuyên viên', 'specialist'),
      person(
        'truongphong3',
        'Phan Thành Trung',
        'Phòng Hành chính - Tổ chức',
        'Trưởng phòng',
        'head',
        leadsUnit,
      ),
      person('quantri', 'Đinh Tấn Tài', 'Phòng Hành chính - Tổ chức', 'Quản trị hệ thống', 'admin'),
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
      person('lanhdao', 'Nguyễn Hữu Nghĩa', 'Ban Giám đốc', 'Giám đốc', 'leader', { isHead: true }),
      person('lanhdao2', 'Trần Kim Chi', 'Ban Giám đốc', 'Phó Giám đốc', 'leader', { capacity: 'KT.' }),
      person('vanthu', 'Phùng Thị Thu Trang', 'Văn phòng Sở', 'Văn thư', 'clerk'),
      person('truongphong', 'Cao Xuân Trường', 'Phòng Quản lý ngân sách', 'Trưởng phòng', 'head', leadsUnit),
      person('chuyenvien', 'Tô Diễm Quỳnh', 'Phòng Quản lý ngân sách', 'Chuyên viên', 'specialist'),
      person('truongphong2', 'Lương Bá Phước', 'Văn phòng Sở', 'Chánh Văn phòng', 'head', leadsUnit),
      person('quantri', 'Hồ Nhật Minh', 'Văn phòng Sở', 'Quản trị hệ thống', 'admin'),
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
      person('lanhdao', 'Nguyễn Văn Thuận', 'Thường trực Ủy ban', 'Chủ tịch', 'leader', {
        isHead: true,
        capacity: 'TM.',
      }),
      person('lanhdao2', 'Bùi Thị Ngọc Diễm', 'Thường trực Ủy ban', 'Phó Chủ tịch', 'leader', {
        capacity: 'KT.',
      }),
      person('vanthu', 'Lê Thị Cẩm Tú', 'Văn phòng - Thống kê', 'Văn thư', 'clerk'),
      person('truongphong', 'Phạm Hoàng Nam', 'Văn phòng - Thống kê', 'Trưởng bộ phận', 'head', leadsUnit),
      person('chuyenvien', 'Trần Thị Bích Ngọc', 'Văn phòng - Thống kê', 'Công chức', 'specialist'),
      person('quantri', 'Võ Minh Khoa', 'Văn phòng - Thống kê', 'Quản trị hệ thống', 'admin'),
    ],
  },
];
