import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { samplePassword, samplePin } from '../../src/sample/secrets.ts';
import { freePort, removeData, startPhigiay, type RunningPhigiay } from '../support/process.ts';

/** The roles apart: an axis and an office, each with a database of its own, over HTTP; kill -9 of both in between. */
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const running: RunningPhigiay[] = [];
const folders: string[] = [];
after(async () => {
  for (const one of running) await one.stop();
  for (const folder of folders) await removeData(folder);
});

const command = (dataDir: string, ...args: string[]): string => {
  const result = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PHIGIAY_DATA: dataDir, DATABASE_URL: '', PHIGIAY_LOG: 'error' },
  });
  assert.equal(result.status, 0, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result.stdout;
};

/** A signed-in person, speaking the office's interface. */
async function signIn(url: string, username: string) {
  const headers = { 'x-phigiay': '1', 'content-type': 'application/json' };
  const entered = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ username, password: samplePassword }),
  });
  assert.equal(entered.status, 200, await entered.clone().text());
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
  const read = async (response: Response): Promise<Record<string, never>> => {
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as Record<string, never>;
  };
  return {
    get: async (path: string) => read(await fetch(url + path, { headers: { cookie } })),
    post: async (path: string, body: object) =>
      read(
        await fetch(url + path, {
          method: 'POST',
          headers: { ...headers, cookie, 'idempotency-key': crypto.randomUUID() },
          body: JSON.stringify(body),
        }),
      ),
  };
}

test(
  'axis and office run apart, and nothing acknowledged is lost when both are killed',
  { timeout: 240_000 },
  async () => {
    const axisFolder = await mkdtemp(join(tmpdir(), 'phigiay-axis-'));
    const officeFolder = await mkdtemp(join(tmpdir(), 'phigiay-office-'));
    folders.push(axisFolder, officeFolder);
    const [axisPort, officePort] = [await freePort(), await freePort()];
    const environment = { PHIGIAY_AXIS_URL: `http://127.0.0.1:${axisPort}`, PHIGIAY_UNDO_SECONDS: '0' };
    const startAxis = () => startPhigiay({ role: 'axis', dataDir: axisFolder, port: axisPort });
    const startOffice = () =>
      startPhigiay({ role: 'office', dataDir: officeFolder, port: officePort, environment });
    const axis = await startAxis();
    const office = await startOffice();

    const members = join(officeFolder, 'members.json');
    await writeFile(members, command(officeFolder, 'members'));
    assert.match(command(axisFolder, 'axis', 'add-members', members), /Đã nối G22/);

    const specialist = await signIn(office.url, 'chuyenvien.vpcp');
    const people = (await specialist.get('/api/people?role=leader')) as unknown as {
      items: { id: string }[];
    };
    const found = (await specialist.get('/api/organisations?text=000.00.00.H53')) as unknown as {
      items: { id: string; code102: string }[];
    };
    const province = found.items.find((item) => item.code102 === '000.00.00.H53')!;
    const draft = (await specialist.post('/api/documents/outgoing', {
      typeCode: 'CV',
      abstract: 'V/v thử vận hành trục và văn phòng tách rời',
      recipients: [province.id],
      body: 'Văn phòng Chính phủ gửi văn bản thử nghiệm.',
      signerId: people.items[0]!.id,
    })) as unknown as { id: string };
    const path = `/api/documents/outgoing/${draft.id}`;
    await specialist.post(`${path}/submit`, {});
    await (await signIn(office.url, 'truongphong.vpcp')).post(`${path}/approve`, {});
    await (await signIn(office.url, 'lanhdao.vpcp')).post(`${path}/sign`, { pin: samplePin });
    const clerk = await signIn(office.url, 'vanthu.vpcp');
    await clerk.post(`${path}/number`, {});
    await clerk.post(`${path}/seal`, { pin: samplePin });
    await clerk.post(`${path}/issue`, { confirm: true });
    // Acknowledged: from here on the letter must arrive, whatever happens.
    await Promise.all([axis.kill(), office.kill()]);
    running.push(await startAxis(), await startOffice());
    const again = await signIn(`http://localhost:${officePort}`, 'vanthu.tayninh');
    let arrived: { notation: string }[] = [];
    for (let round = 0; round < 150 && arrived.length === 0; round += 1) {
      arrived = ((await again.get('/api/documents/incoming')) as unknown as { items: { notation: string }[] })
        .items;
      if (arrived.length === 0) await pause(200);
    }
    assert.deepEqual(
      arrived.map((item) => item.notation),
      ['01/VPCP-KTTH'],
      'arrived, once',
    );
  },
);
