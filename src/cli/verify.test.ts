import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { certificateToPem } from '#formats/x509';
import { attacksAfterSigning, signingOffice, unsignedLetter } from '../signing/pades/attacks/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-verify-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
function verify(...args: string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'verify', ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const office = signingOffice();
const root = put('goc.pem', certificateToPem(office.authority.root));
const letter = unsignedLetter();
const sealed = await office.seals(await office.sign(letter));
const good = put('tot.pdf', sealed);
const painted = put('sua.pdf', attacksAfterSigning['incremental saving: page content replaced']!(sealed));
const unsigned = put('chua-ky.pdf', letter);

test('a valid letter: exit 0, who, when, what changed, what to do', () => {
  const { code, out } = verify(good, '--trust', root);
  assert.equal(code, 0);
  for (const line of [
    /^HỢP LỆ$/m,
    /Trần Thử Nghiệm, Thủ tướng, Chính phủ \(người có thẩm quyền ký\)/,
    /theo dấu thời gian của/,
    /Đã điền số ký hiệu/,
    /Không có thay đổi nào sau chữ ký này/,
    /Việc cần làm: Có thể tiếp nhận văn bản; nếu phải giữ lâu/,
  ])
    assert.match(out, line);
});

test('S3.2 a painted page: exit 1 and "trang 2 bị vẽ đè sau khi ký"', () => {
  const { code, out } = verify(painted, '--trust', root);
  assert.equal(code, 1);
  assert.match(out, /KHÔNG HỢP LỆ/);
  assert.match(out, /Trang 2 bị vẽ đè sau khi ký/);
});

test('no trusted root, or no signature: exit 2 with what to do', () => {
  const untrusted = verify(good);
  assert.equal(untrusted.code, 2);
  assert.match(untrusted.out, /thêm --trust/);
  const none = verify(unsigned, '--trust', root);
  assert.equal(none.code, 2);
  assert.match(none.out, /KHÔNG CÓ CHỮ KÝ SỐ/);
});

test('a policy is a file: it says what is enough; a malformed one is refused, never passed over', () => {
  const rules = { name: 'so-1', revocation: { signing: 'prefer' } };
  const lenient = put('rong.json', JSON.stringify(rules));
  assert.equal(verify(good, '--trust', root, '--policy', lenient, '--online').code, 0);
  const strict = put('chat.json', JSON.stringify({ ...rules, requireLevel: 'B-LT' }));
  const { code, out } = verify(good, '--trust', root, '--policy', strict);
  assert.equal(code, 2);
  assert.match(out, /mới đạt mức B-T, quy định yêu cầu mức B-LT/);
  const misspelt = verify(good, '--trust', root, '--policy', put('sai.json', '{"name":"x","requireLevl":1}'));
  assert.equal(misspelt.code, 3);
  assert.match(misspelt.err, /requireLevl/);
});

test('what cannot be read: exit 3, in one line', () => {
  assert.equal(verify(put('rac.pdf', '%PDF-1.7 rác')).code, 3);
  assert.match(verify(put('anh.png', 'PNG')).err, /Không nhận ra loại tệp/);
  assert.equal(verify(join(folder, 'khong-co.pdf')).code, 3);
  assert.equal(verify().code, 3);
  assert.equal(verify(good, '--at', 'hôm qua').code, 3);
  assert.equal(verify(good, '--trust', put('trong.pem', 'x')).code, 3);
});

test('of several files the worst counts; --json is one machine-readable list', () => {
  const { code, out } = verify(good, painted, unsigned, '--trust', root, '--json');
  assert.equal(code, 1);
  const list = JSON.parse(out) as { readonly report: { readonly indication: string } }[];
  assert.deepEqual(
    list.map(({ report }) => report.indication),
    ['TOTAL-PASSED', 'TOTAL-FAILED', 'INDETERMINATE'],
  );
});

test('a receipt goes to the verifier of receipts', () => {
  const { code, err } = verify(put('bien-nhan.json', '{}'));
  assert.notEqual(code, 0);
  assert.doesNotMatch(err, /Không nhận ra loại tệp/);
});
