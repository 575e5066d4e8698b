import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { removeData, startPhigiay, type RunningPhigiay } from '../support/process.ts';
import { assertAccessible, openBrowser } from './chromium.ts';
import { samplePassword, samplePin } from '../../src/sample/index.ts';

/**
 * Point by point what people do: a letter goes from draft at the Government Office to "đã hoàn thành" at the province,
 * in a real browser on the real system, and every page on the way is clean under axe.
 */
let phigiay: RunningPhigiay;
let browser: Browser;
const seats = new Map<string, { context: BrowserContext; page: Page }>();

before(async () => {
  phigiay = await startPhigiay();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await phigiay?.stop();
  if (phigiay) await removeData(phigiay.dataDir);
});

/** The browser of one person, signed in once. */
async function seat(username: string): Promise<Page> {
  const known = seats.get(username);
  if (known) return known.page;
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${phigiay.url}/sign-in`);
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(samplePassword);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await page.getByRole('heading', { name: 'Việc của tôi' }).waitFor();
  assert.deepEqual(complaints, [], `console of ${username}`);
  seats.set(username, { context, page });
  return page;
}

/** The input of a field; Mantine gives the label to its list of choices as well. */
const field = (page: Page | Locator, label: string | RegExp): Locator =>
  page.getByLabel(label).and(page.locator('input:visible, textarea:visible')).first();

const open = async (username: string, path: string): Promise<Page> => {
  const page = await seat(username);
  await page.goto(`${phigiay.url}${path}`);
  return page;
};

const abstract = 'V/v báo cáo tình hình gửi, nhận văn bản điện tử quý IV';
let outgoing = '';
let incoming = '';

test('the sign-in page refuses a wrong password in one line with the next step', async () => {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(`${phigiay.url}/`);
  await page.waitForURL(/sign-in/);
  await page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
  await assertAccessible(page, 'sign-in');
  await page.getByLabel('Tên đăng nhập').fill('vanthu.vpcp');
  await page.getByLabel('Mật khẩu', { exact: true }).fill('sai mật khẩu');
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /không đúng[\s\S]*Caps Lock/);
  await assertAccessible(page, 'sign-in after a refusal');
  await page.context().close();
});

test('the specialist drafts a letter; saving sends nothing (S2.11)', async () => {
  const page = await open('chuyenvien.vpcp', '/outgoing/new');
  await field(page, /^Trích yếu/).fill(abstract);
  await field(page, 'Nội dung văn bản').fill(
    'Thực hiện Quyết định số 28/2018/QĐ-TTg ngày 12 tháng 7 năm 2018 của Thủ tướng Chính phủ về việc gửi, nhận văn bản điện tử giữa các cơ quan trong hệ thống hành chính nhà nước, Văn phòng Chính phủ đề nghị Ủy ban nhân dân tỉnh báo cáo tình hình gửi, nhận văn bản điện tử quý IV.\nBáo cáo gửi về Văn phòng Chính phủ trước ngày 15 tháng 12 để tổng hợp, báo cáo Thủ tướng Chính phủ.',
  );
  await field(page, 'Nơi nhận qua trục').fill('tay ninh');
  await page
    .getByRole('option', { name: /UBND tỉnh Tây Ninh/ })
    .first()
    .click();
  await page.keyboard.press('Escape');
  await field(page, /^Người ký/).click();
  await page.getByRole('option').first().click();
  await assertAccessible(page, 'draft editor');
  await page.getByRole('button', { name: 'Lưu dự thảo' }).first().click();
  await page.waitForURL(/\/outgoing\/[0-9a-f-]{36}$/);
  outgoing = new URL(page.url()).pathname;
  await page.getByText('Văn bản chưa gửi đi.').waitFor();
  await page.locator('canvas').first().waitFor();
  await assertAccessible(page, 'draft');
  await page.getByRole('button', { name: 'Trình duyệt' }).click();
  await page.getByRole('dialog').getByLabel('Mã PIN để ký nháy').fill(samplePin);
  await page.getByRole('dialog').getByRole('button', { name: 'Trình duyệt' }).click();
  await page.getByText('Chờ duyệt').first().waitFor();
});

test('the head approves, the leader signs, the clerk numbers, seals and sends', async () => {
  const head = await open('truongphong.vpcp', outgoing);
  await head.getByRole('button', { name: 'Duyệt, trình ký' }).click();
  await head.getByRole('dialog').getByLabel('Ý kiến').fill('Đồng ý trình lãnh đạo ký.');
  await head.getByRole('dialog').getByRole('button', { name: 'Duyệt, trình ký' }).click();
  await head.getByText('Chờ ký').first().waitFor();

  const leader = await open('lanhdao.vpcp', outgoing);
  await leader.getByRole('button', { name: 'Ký số' }).click();
  await leader.getByRole('dialog').getByLabel('Mã PIN chữ ký số').fill('000000');
  await leader.getByRole('dialog').getByRole('button', { name: 'Ký số' }).click();
  await leader.getByRole('alert').waitFor();
  await leader.getByRole('dialog').getByLabel('Mã PIN chữ ký số').fill(samplePin);
  await leader.getByRole('dialog').getByRole('button', { name: 'Ký số' }).click();
  await leader.getByText('Chờ cấp số').first().waitFor();
  await leader.getByText('Chữ ký số hợp lệ').first().waitFor();
  await assertAccessible(leader, 'signed letter');

  const clerk = await open('vanthu.vpcp', outgoing);
  await clerk.getByRole('button', { name: 'Cấp số' }).click();
  await clerk.getByRole('dialog').getByRole('button', { name: 'Cấp số' }).click();
  await clerk.getByText('Chờ đóng dấu').first().waitFor();
  await clerk.getByRole('button', { name: 'Đóng dấu số' }).click();
  await clerk.getByRole('dialog').getByLabel('Mã PIN chữ ký số').fill(samplePin);
  await clerk.getByRole('dialog').getByRole('button', { name: 'Đóng dấu số' }).click();
  await clerk.getByText('Chờ gửi').first().waitFor();
  await clerk.getByRole('button', { name: 'Gửi', exact: true }).click();
  await assertAccessible(clerk, 'checklist before sending');
  await clerk.getByRole('dialog').getByRole('button', { name: 'Gửi', exact: true }).click();
  await clerk.getByText(/Trục đã nhận/).waitFor({ timeout: 30_000 });
  await clerk.getByText('Đã đến').first().waitFor({ timeout: 30_000 });
});

test('a decision that lets somebody sign is entered and taken back on its page', async () => {
  const page = await open('lanhdao.vpcp', '/authorities');
  await page.getByRole('heading', { name: 'Quyết định giao ký' }).waitFor();
  await assertAccessible(page, 'signing authority');
  await page.getByRole('button', { name: 'Ghi quyết định giao ký' }).click();
  const dialog = page.getByRole('dialog');
  await field(dialog, 'Người được giao').click();
  await page
    .getByRole('option', { name: /Vụ trưởng/ })
    .first()
    .click();
  await field(dialog, 'Căn cứ').fill('Quyết định 9/QĐ-VPCP ngày 02/11/2026');
  await assertAccessible(page, 'entering a decision');
  await dialog.getByRole('button', { name: 'Ghi quyết định giao ký' }).click();
  // KT. is for deputies only.
  await dialog.getByText(/chỉ cấp phó mới được ký thay/).waitFor();
  await field(dialog, 'Quyền hạn ký').click();
  await page.getByRole('option', { name: /^TL\./ }).click();
  await dialog.getByRole('button', { name: 'Ghi quyết định giao ký' }).click();
  const entry = page.getByRole('listitem').filter({ hasText: '9/QĐ-VPCP' });
  await entry.getByRole('button', { name: /Thu hồi/ }).click();
  await page.getByRole('dialog').getByLabel('Lý do').fill('Thôi giao ký từ hôm nay.');
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi' }).click();
  await entry.getByText('Đã thu hồi').waitFor();
});

test('the leader reads what waits, signs it with one decision and sees each result', async () => {
  const page = await open('lanhdao.vpcp', '/signing');
  await page.getByRole('heading', { name: 'Ký duyệt' }).waitFor();
  await page
    .getByRole('button', { name: /^Công văn: / })
    .first()
    .click();
  await page.locator('canvas').first().waitFor();
  await page.getByLabel(/Chọn tất cả/).check();
  await assertAccessible(page, 'what waits for a signature');
  await page.getByRole('button', { name: /^Ký số/ }).click();
  await page.getByRole('dialog').getByLabel('Mã PIN chữ ký số').fill(samplePin);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Ký số/ })
    .click();
  await page.getByText('Đã xong').waitFor();
  await page.getByText('đã ký', { exact: true }).first().waitFor();
  await assertAccessible(page, 'results of a batch');
});

test('the clerk of the province registers it by keyboard only', async () => {
  const page = await open('vanthu.tayninh', '/incoming');
  await page.getByText(abstract).first().waitFor({ timeout: 30_000 });
  await assertAccessible(page, 'incoming list');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/incoming\/[0-9a-f-]{36}$/);
  incoming = new URL(page.url()).pathname;
  await page.getByText('Chữ ký số hợp lệ').first().waitFor();
  await page.getByRole('button', { name: 'Tiếp nhận và sang văn bản tiếp theo' }).waitFor();
  await assertAccessible(page, 'registration');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL((url) => url.pathname !== incoming);
});

test('the leader directs, the specialist accepts and finishes', async () => {
  const leader = await open('lanhdao.tayninh', incoming);
  await field(leader, /^Bút phê/).fill('Giao đơn vị chủ trì tham mưu báo cáo đúng hạn.');
  await field(leader, 'Xử lý chính').click();
  await leader
    .getByRole('option', { name: /Chuyên viên/i })
    .first()
    .click();
  await field(leader, 'Hạn xử lý').fill('10/12/2026');
  await assertAccessible(leader, 'direction');
  await leader.getByRole('button', { name: 'Giao việc' }).click();
  await leader.getByText('Chờ nhận').first().waitFor();

  const specialist = await open('chuyenvien.tayninh', '/');
  await specialist.getByText(abstract).first().waitFor();
  await assertAccessible(specialist, 'my work');
  await specialist.getByText(abstract).first().click();
  await specialist.getByRole('button', { name: 'Nhận việc' }).click();
  await specialist.getByText('Đang làm').first().waitFor();
  await specialist.getByRole('button', { name: 'Hoàn thành' }).click();
  await specialist.getByRole('dialog').getByLabel('Kết quả').fill('Đã tổng hợp số liệu, báo cáo kèm theo.');
  await specialist.getByRole('dialog').getByRole('button', { name: 'Hoàn thành' }).click();
  await specialist.getByText('Đã xong').or(specialist.getByText('Đã hoàn thành')).first().waitFor();
});

test('statuses 01, 03, 04, 05 and 06 run back with who, when and their place in the log', async () => {
  const page = await open('vanthu.vpcp', outgoing);
  await page.getByText('Hoàn thành').first().waitFor({ timeout: 30_000 });
  const panel = page.locator('section', { has: page.getByRole('heading', { name: 'Tình hình ở nơi nhận' }) });
  const text = await panel.innerText();
  for (const [code, words] of [
    ['01', 'Đã đến'],
    ['03', 'Đã tiếp nhận'],
    ['04', 'Phân công'],
    ['05', 'Đang xử lý'],
    ['06', 'Hoàn thành'],
  ]) {
    assert.match(text, new RegExp(`${code}[\\s\\S]*${words}`), `status ${code}`);
  }
  assert.ok([...text.matchAll(/Vị trí trong nhật ký \d+/g)].length >= 6, text);
  await assertAccessible(page, 'sent letter');
});

/** A plain A4 page, as another program would have made it. */
function plainPdf(): Buffer {
  const content = 'BT /F1 14 Tf 100 600 Td (Van ban da trinh bay bang chuong trinh khac) Tj ET';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>',
  ];
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  text += `xref\n0 6\n0000000000 65535 f \n${offsets.join('')}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

test('an uploaded PDF is signed at the place chosen on its page', async () => {
  const page = await open('chuyenvien.vpcp', '/outgoing/new');
  await field(page, /^Trích yếu/).fill('V/v văn bản tải lên');
  await page.getByText('Tải lên PDF').click();
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'văn bản tải lên.pdf', mimeType: 'application/pdf', buffer: plainPdf() });
  const place = page.getByRole('button', { name: 'Bấm để chọn chỗ đặt chữ ký trên trang 1' });
  await place.waitFor();
  const box = (await place.boundingBox())!;
  await place.click({ position: { x: box.width * 0.3, y: box.height * 0.4 } });
  await page.getByText('Chữ ký đặt ở trang 1').waitFor();
  await assertAccessible(page, 'place of the signature');
  await field(page, /^Người ký/).click();
  await page.getByRole('option').first().click();
  await page.getByRole('button', { name: 'Lưu dự thảo' }).first().click();
  await page.waitForURL(/\/outgoing\/[0-9a-f-]{36}$/);
  const path = new URL(page.url()).pathname;
  await page.getByRole('button', { name: 'Trình duyệt' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Trình duyệt' }).click();
  await page.getByText('Chờ duyệt').first().waitFor();
  const head = await open('truongphong.vpcp', path);
  await head.getByRole('button', { name: 'Duyệt, trình ký' }).click();
  await head.getByRole('dialog').getByRole('button', { name: 'Duyệt, trình ký' }).click();
  await head.getByText('Chờ ký').first().waitFor();
  const leader = await open('lanhdao.vpcp', path);
  await leader.getByRole('button', { name: 'Ký số' }).click();
  await leader.getByRole('dialog').getByLabel('Mã PIN chữ ký số').fill(samplePin);
  await leader.getByRole('dialog').getByRole('button', { name: 'Ký số' }).click();
  await leader.getByText('Chữ ký số hợp lệ').first().waitFor();
});

test('a refusal with its reason reaches the sender (02), from the screen', async () => {
  const page = await open('vanthu.vpcp', '/incoming?state=arrived');
  await page.getByRole('link', { name: /Trục liên thông văn bản quốc gia quý III/ }).click();
  await page.getByRole('button', { name: 'Từ chối tiếp nhận' }).click();
  const reason = 'Thiếu phụ lục 2 nêu tại mục 3 của báo cáo.';
  await page.getByRole('dialog').getByLabel('Nói rõ để bên gửi sửa được').fill(reason);
  await assertAccessible(page, 'refusal');
  await page.getByRole('dialog').getByRole('button', { name: 'Từ chối tiếp nhận' }).click();
  await page.getByText('Đã từ chối').first().waitFor();
  const sender = await open('vanthu.tayninh', '/outgoing');
  await sender.getByRole('link', { name: /Trục liên thông văn bản quốc gia quý III/ }).click();
  await sender.getByText(reason).first().waitFor({ timeout: 30_000 });
  await sender.getByText('Có nơi nhận từ chối').first().waitFor();
});

test('a recall takes back at once what nobody has registered (13, 15), from the screen', async () => {
  const page = await open('vanthu.vpcp', '/outgoing');
  await page.getByRole('link', { name: /đến cấp xã/ }).click();
  await page.getByText('Đã đến').first().waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Thu hồi' }).click();
  await page
    .getByRole('dialog')
    .getByLabel('Lý do')
    .fill('Văn bản ghi sai thời hạn báo cáo, sẽ gửi bản thay thế.');
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi' }).click();
  await page.getByText('Đã thu hồi').first().waitFor({ timeout: 30_000 });
  const receiver = await open('vanthu.btttt', '/incoming');
  await receiver.getByText('Đã bị thu hồi').first().waitFor({ timeout: 30_000 });
  await assertAccessible(receiver, 'recalled document in the list');
});

test('the first view costs less than 300 KB of compressed script and style', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const wanted = new Map<string, string>();
  let bytes = 0;
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (type === 'Script' || type === 'Stylesheet') wanted.set(requestId, response.url);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (wanted.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(`${phigiay.url}/sign-in`);
  await page.getByLabel('Tên đăng nhập').fill('vanthu.vpcp');
  await page.getByLabel('Mật khẩu', { exact: true }).fill(samplePassword);
  await page.getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await page.getByRole('heading', { name: 'Việc của tôi' }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok(wanted.size > 3, 'scripts and styles were seen');
  assert.ok(bytes < 300_000, `${bytes} bytes`);
  console.log(`first view: ${bytes} bytes of script and style`);
  await context.close();
});

test('lists, custody, registers, search and account are there and accessible', async () => {
  const page = await seat('vanthu.vpcp');
  for (const [path, heading] of [
    ['/outgoing', 'Văn bản đi'],
    ['/custody', 'Ai đang giữ'],
    ['/registers?scope=outgoing', 'Sổ văn bản'],
    ['/search?text=bao%20cao%20tinh%20hinh', 'Kết quả tìm'],
    ['/account', 'Tài khoản'],
  ] as const) {
    await page.goto(`${phigiay.url}${path}`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await assertAccessible(page, path);
  }
  await page.goto(`${phigiay.url}/search?text=${encodeURIComponent('bao cao tinh hinh')}`);
  await page.getByText(abstract).first().waitFor();
});

test('the same pages hold on a phone and in English', async () => {
  const page = await seat('vanthu.vpcp');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/', '/incoming', outgoing, '/custody']) {
    await page.goto(`${phigiay.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    assert.equal(overflow, 0, `${path} scrolls sideways on a phone`);
    await assertAccessible(page, `${path} on a phone`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${phigiay.url}/`);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'My work' }).waitFor();
  assert.equal(await page.evaluate('document.documentElement.lang'), 'en');
});
