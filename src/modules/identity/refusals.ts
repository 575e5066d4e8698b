import { defineRefusals } from '#kernel';

export const refuse = defineRefusals('identity', {
  'sign-in-failed': {
    status: 401,
    vi: 'Tên đăng nhập hoặc mật khẩu không đúng.',
    viNext: 'Kiểm tra phím Caps Lock và bộ gõ, rồi nhập lại.',
    en: 'The user name or the password is wrong.',
    enNext: 'Check Caps Lock and the input method, then try again.',
  },
  'too-many-attempts': {
    status: 429,
    vi: 'Bạn đã nhập sai nhiều lần.',
    viNext: 'Chờ {seconds} giây rồi thử lại, hoặc liên hệ quản trị của cơ quan.',
    en: 'Too many wrong attempts.',
    enNext: 'Wait {seconds} seconds and try again, or ask your administrator.',
  },
  'passkey-failed': {
    status: 401,
    vi: 'Khóa truy cập không được chấp nhận.',
    viNext: 'Thử lại, hoặc đăng nhập bằng mật khẩu.',
    en: 'The passkey was not accepted.',
    enNext: 'Try again, or sign in with the password.',
  },
  'username-taken': {
    status: 409,
    vi: 'Tên đăng nhập {username} đã có người dùng.',
    viNext: 'Chọn tên khác.',
    en: 'User name {username} is taken.',
    enNext: 'Choose another one.',
  },
  'too-many-passkeys': {
    status: 409,
    vi: 'Mỗi người có tối đa {most} khóa truy cập.',
    viNext: 'Gỡ khóa của thiết bị không còn dùng rồi thêm lại.',
    en: 'A person has at most {most} passkeys.',
    enNext: 'Remove the passkey of a device that you no longer use.',
  },
});
