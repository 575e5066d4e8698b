import { defineRefusals } from '#kernel';

export const refuse = defineRefusals('directory', {
  'code-taken': {
    status: 409,
    vi: 'Mã {code} đang thuộc cơ quan khác: {name}.',
    viNext: 'Chọn mã khác; một mã chỉ chỉ một cơ quan tại mỗi thời điểm.',
    en: 'Code {code} belongs to another body: {name}.',
    enNext: 'Choose another code; a code names one body at a time.',
  },
  'code-reused': {
    status: 409,
    vi: 'Mã {code} trước đây thuộc cơ quan khác ({name}) nên không được dùng lại.',
    viNext: 'Cấp một mã mới: văn bản cũ vẫn trỏ tới mã này.',
    en: 'Code {code} once belonged to another body ({name}) and is never used again.',
    enNext: 'Give a new code: old documents still point to this one.',
  },
  'code-malformed': {
    status: 422,
    vi: 'Mã cơ quan {code} không đúng dạng.',
    viNext: 'Dùng dạng 000.00.11.H53 hoặc H53.11.',
    en: 'Code {code} is malformed.',
    enNext: 'Use the form 000.00.11.H53 or H53.11.',
  },
  'unknown-parent': {
    status: 422,
    vi: 'Không có cơ quan cấp trên mang mã {code}.',
    viNext: 'Thêm cơ quan cấp trên trước.',
    en: 'There is no superior body with code {code}.',
    enNext: 'Add the superior body first.',
  },
  'unknown-organisation': {
    status: 404,
    vi: 'Không có cơ quan này trong danh mục.',
    viNext: 'Tìm lại theo tên hoặc mã.',
    en: 'There is no such organisation in the directory.',
    enNext: 'Search again by name or code.',
  },
  circle: {
    status: 422,
    vi: 'Cơ quan {name} không thể đứng dưới chính mình.',
    viNext: 'Chọn cơ quan cấp trên khác.',
    en: 'Body {name} cannot stand under itself.',
    enNext: 'Choose another superior body.',
  },
  'has-subordinates': {
    status: 409,
    vi: 'Còn {count} cơ quan, đơn vị trực thuộc nên chưa thể giải thể.',
    viNext: 'Chuyển các đơn vị trực thuộc về nơi mới trước.',
    en: '{count} bodies still stand under it, so it cannot be dissolved.',
    enNext: 'Move them to a new superior first.',
  },
});
