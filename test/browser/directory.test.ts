import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { samplePassword } from '../../src/sample/index.ts';
import { removeData, startPhigiay, type RunningPhigiay } from '../support/process.ts';
import { assertAccessible, openBrowser } from './chromium.ts';

/** The directory on the screen: a decision is prepared, tried out and signed by a second person, in a real browser. */
let phigiay: RunningPhigiay;
let browser: Browser;

before(async () => {
  phigiay = await startPhigiay();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await phigiay?.stop();
  if (phigiay) await removeData(phigiay.dataDir);
});

async function signIn(username: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${phigiay.url}/sign-in`);
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(samplePassword);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await page.getByRole('heading', { name: 'Việc của tôi' }).waitFor();
  return page;
}

/** PHIGIAY_SHOTS=FOLDER keeps pictures of every page, for a designer to look at. */
async function look(page: Page, name: string): Promise<void> {
  await assertAccessible(page, name);
  const folder = process.env['PHIGIAY_SHOTS'];
  await page.setViewportSize({ width: 390, height: 844 });
  const wide = await page.evaluate('document.documentElement.scrollWidth');
  assert.ok(Number(wide) <= 390, `${name} is ${String(wide)} px wide on a phone`);
  await assertAccessible(page, `${name} on a phone`);
  if (folder) await page.screenshot({ path: `${folder}/${name}-390.png`, fullPage: true });
  await page.setViewportSize({ width: 1440, height: 900 });
  if (folder) await page.screenshot({ path: `${folder}/${name}-1440.png`, fullPage: true });
}

test('a clerk tries a merger out, a leader signs it, and the directory shows it on its day', async () => {
  const clerk = await signIn('vanthu.vpcp');
  await clerk.goto(`${phigiay.url}/directory/decisions`);
  await clerk.getByText('Chưa có quyết định tổ chức lại nào.').waitFor();
  await look(clerk, 'decisions-empty');
  await clerk.getByRole('link', { name: 'Soạn quyết định' }).click();
  await clerk.getByLabel('Số quyết định').fill('12/QĐ-TTg');
  await clerk.getByLabel('Trích yếu').fill('Hợp nhất hai bộ');
  await clerk.getByLabel('Ngày hiệu lực').fill('01/03/2027');
  await clerk.getByLabel(/^Mã các cơ quan sáp nhập/).fill('G12, G05');
  await clerk.getByLabel('Mã cơ quan kế thừa').fill('G12');
  await clerk.getByRole('button', { name: 'Lưu dự thảo' }).click();
  await clerk.waitForURL(/decisions\/[0-9a-f-]{36}$/);
  await clerk.getByRole('button', { name: /Chạy thử/ }).click();
  await clerk.getByText('Khép kín: có thể trình ký.').waitFor();
  await clerk.getByText('Kết thúc, kế thừa: Bộ Tài chính').waitFor();
  await look(clerk, 'decision-dry-run');
  assert.equal(await clerk.getByRole('button', { name: 'Ký quyết định' }).count(), 0);
  const leader = await signIn('lanhdao.vpcp');
  await leader.goto(clerk.url());
  await leader.getByRole('button', { name: 'Ký quyết định' }).click();
  await leader.getByRole('dialog').getByRole('button', { name: 'Ký quyết định' }).click();
  await leader.getByText('Đã ký, chờ hiệu lực').waitFor();
  await look(leader, 'decision-signed');

  await leader.goto(`${phigiay.url}/directory`);
  await leader.getByRole('link', { name: 'Bộ Tài chính' }).waitFor();
  await leader.getByRole('button', { name: 'Mở các đơn vị trực thuộc UBND tỉnh Tây Ninh' }).press('Enter');
  await leader
    .getByRole('link', { name: /^Sở Tài chính/ })
    .first()
    .waitFor();
  await look(leader, 'directory');
  await leader.getByLabel('Tại ngày').fill('02/03/2027');
  await leader.getByLabel(/^Tìm theo tên/).fill('ke hoach va dau tu g05');
  await leader.getByText('nay do cơ quan này phụ trách:').waitFor();
  await look(leader, 'directory-search');
  await leader.getByRole('link', { name: 'Bộ Kế hoạch và Đầu tư', exact: true }).first().click();
  await leader.getByRole('heading', { name: 'Cơ quan kế thừa' }).waitFor();
  await leader.getByText(/nhận văn bản gửi mã cũ/).waitFor();
  await look(leader, 'organisation');
  await leader.goto(`${phigiay.url}/directory/editions`);
  await leader.getByRole('link', { name: '1', exact: true }).waitFor();
  await look(leader, 'editions');
});

test('an office that does not keep the directory sees it and prepares nothing', async () => {
  const page = await signIn('quantri.tayninh');
  await page.goto(`${phigiay.url}/directory/decisions`);
  await page.getByText('12/QĐ-TTg').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Soạn quyết định' }).count(), 0);
});
