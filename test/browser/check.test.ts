import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { certificateToPem } from '#formats/x509';
import { attacksAfterSigning, signingOffice, unsignedLetter } from '../../src/signing/pades/attacks/index.ts';
import { startPhigiay, type RunningPhigiay } from '../support/process.ts';
import { assertAccessible, openBrowser } from './chromium.ts';

/** The public page "Kiểm tra": anybody, without an account, in a real browser; and that nothing of it is kept. */
const office = signingOffice();
const marker = `dau-vet-${randomBytes(8).toString('hex')}`;
const letter = unsignedLetter();
const sealed = Buffer.from(await office.seals(await office.sign(letter)));
const painted = Buffer.from(attacksAfterSigning['incremental saving: page content replaced']!(sealed));
const marked = Buffer.concat([painted, Buffer.from(`% ${marker}\n`)]);
const shots = process.env['PHIGIAY_SHOTS'];

let phigiay: RunningPhigiay;
let browser: Browser;
let page: Page;
const dataDir = mkdtempSync(join(tmpdir(), 'phigiay-check-'));
// The database's own user must reach it, or its files lie elsewhere and are not looked through.
chmodSync(dataDir, 0o755);

before(async () => {
  mkdirSync(join(dataDir, 'trust'), { recursive: true });
  writeFileSync(join(dataDir, 'trust', 'goc.pem'), certificateToPem(office.authority.root));
  phigiay = await startPhigiay({ role: 'office', dataDir, environment: { PHIGIAY_LOG: 'trace' } });
  browser = await openBrowser();
  page = await browser.newPage({ locale: 'vi-VN', viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await browser?.close();
  await phigiay?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const shot = async (name: string): Promise<void> => {
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) });
};
const pdf = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/pdf', buffer });

/** Both widths: nothing scrolls sideways, axe has nothing to say. */
async function assertHolds(where: string): Promise<void> {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    assert.equal(overflow, 0, `${where} scrolls sideways at ${width}`);
    await assertAccessible(page, `${where} at ${width}`);
    await shot(`${where}-${width}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('without an account and by keyboard alone, a file is chosen and its verdict comes first', async () => {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${phigiay.url}/kiem-tra`);
  await page.getByRole('heading', { name: 'Kiểm tra văn bản' }).waitFor();
  await assertHolds('start');
  const choose = page.getByRole('button', { name: 'Chọn tệp từ máy' });
  for (let step = 0; step < 8; step += 1) {
    if ((await page.evaluate('document.activeElement.textContent')) === (await choose.innerText())) break;
    await page.keyboard.press('Tab');
  }
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(pdf('quyet-dinh.pdf', sealed));
  const verdict = page.getByRole('heading', { name: 'HỢP LỆ', exact: true });
  await verdict.waitFor();
  assert.equal(await page.evaluate('document.activeElement.id'), 'verdict', 'the verdict is read out first');
  await page.getByText('Trần Thử Nghiệm, Thủ tướng, Chính phủ').first().waitFor();
  await page.getByText('Văn bản điện tử gốc, có chữ ký số').waitFor();
  await page.locator('canvas').first().waitFor();
  await page.waitForLoadState('networkidle');
  await assertHolds('valid');
  assert.deepEqual(complaints, []);
});

test('as it was when signed: the first version, before anybody signed, and what each saving changed', async () => {
  await page.getByRole('button', { name: /Lần lưu 3/ }).waitFor();
  await page.getByText('Đã điền số ký hiệu').last().waitFor();
  await page.getByRole('button', { name: /Lần lưu 1/ }).click();
  await page.getByText('Chưa có chữ ký nào trước lần lưu này').waitFor();
  await page
    .getByRole('region', { name: /quyet-dinh\.pdf · Lần lưu 1/ })
    .locator('canvas')
    .first()
    .waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Tải báo cáo' }).click();
  const report = JSON.parse(readFileSync(await (await saved).path(), 'utf8')) as Record<string, unknown>;
  assert.equal(report['indication'], 'TOTAL-PASSED');
  assert.equal(report['sha256'], createHash('sha256').update(sealed).digest('hex'));
});

test('S3.2 dropped on the page: a painted page is not valid, and said where', async () => {
  await page.getByRole('button', { name: 'Kiểm tra tệp khác' }).click();
  const handle = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob('${marked.toString('base64')}'), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], '${marker}.pdf', { type: 'application/pdf' }));
    return transfer;
  })()`);
  await page.getByRole('group', { name: 'Chọn tệp từ máy' }).dispatchEvent('drop', { dataTransfer: handle });
  await page.getByRole('heading', { name: 'KHÔNG HỢP LỆ' }).waitFor();
  await page.getByText('Trang 2 bị vẽ đè sau khi ký').first().waitFor();
  await page.getByText('không được phép').first().waitFor();
  await page.locator('canvas').first().waitFor();
  await assertHolds('invalid');
});

test('no signature, and no PDF: said in one line with the next step, in English as well', async () => {
  await page.getByRole('button', { name: 'Kiểm tra tệp khác' }).click();
  await page.locator('input[type=file]').setInputFiles(pdf('khong-ky.pdf', Buffer.from(letter)));
  await page.getByRole('heading', { name: 'KHÔNG CÓ CHỮ KÝ SỐ' }).waitFor();
  await assertHolds('unsigned');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'NOT SIGNED' }).waitFor();
  await page.getByText('Born-digital document, without a digital signature').waitFor();
  await page.getByRole('button', { name: 'Check another file' }).click();
  await page.locator('input[type=file]').setInputFiles({
    name: 'anh.png',
    mimeType: 'image/png',
    buffer: Buffer.from('GIF89a'),
  });
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /not recognised[\s\S]*Choose the original file/);
  await assertHolds('refused');
});

test('nothing of what was uploaded is kept: not in the data folder with its database, not in the log', async () => {
  await phigiay.stop();
  const traces = [marker, createHash('sha256').update(marked).digest('hex')].map((text) => Buffer.from(text));
  let looked = 0;
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = readFileSync(join(entry.parentPath, entry.name));
    looked += content.length;
    for (const trace of traces)
      assert.ok(!content.includes(trace), `${join(entry.parentPath, entry.name)} holds a trace`);
  }
  assert.ok(looked > 10_000_000, 'the database was looked through');
  for (const trace of traces)
    assert.ok(!phigiay.output().includes(trace.toString()), 'the log holds a trace');
});
