import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { inspectDataDir, readConfig, type Config } from '#kernel';
import { pagesAreBuilt } from '../web.ts';

interface Finding {
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly line: string;
}

const marks = { ok: '✓', warning: '!', wrong: '✗' } as const;

/**
 * Looks at every setting and says in plain words what is wrong and what to do.
 * @returns 0 when all is well or only warned about, 1 when something must be mended
 */
export async function doctorCommand(environment: NodeJS.ProcessEnv): Promise<number> {
  const read = readConfig(environment);
  const findings: Finding[] = read.ok
    ? await inspect(read.config)
    : read.problems.map((problem) => ({
        state: 'wrong' as const,
        line: `${problem.setting}=${problem.given} không dùng được: cần ${problem.expected}.`,
      }));
  for (const finding of findings) console.log(`${marks[finding.state]} ${finding.line}`);
  const wrong = findings.filter((finding) => finding.state === 'wrong').length;
  console.log(wrong === 0 ? 'Mọi thiết lập dùng được.' : `Có ${wrong} chỗ phải sửa.`);
  return wrong === 0 ? 0 : 1;
}

async function inspect(config: Config): Promise<Finding[]> {
  return [
    runtimeFinding(),
    dataFinding(config),
    await diskFinding(config),
    await databaseFinding(config),
    await portFinding(config),
    addressFinding(config),
    pagesAreBuilt()
      ? { state: 'ok', line: 'Trang văn phòng đã dựng.' }
      : { state: 'warning', line: 'Trang văn phòng chưa dựng: chạy "npm run build".' },
  ];
}

function runtimeFinding(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { state: 'ok', line: `Node ${process.versions.node}.` }
    : {
        state: 'wrong',
        line: `Node ${process.versions.node} quá cũ: chạy qua "npm run phigiay" hoặc ./phigiay để dùng Node 24 kèm theo.`,
      };
}

function dataFinding(config: Config): Finding {
  const folder = inspectDataDir(config.dataDir);
  if (!folder.writable)
    return {
      state: 'wrong',
      line: `Không ghi được vào thư mục dữ liệu ${config.dataDir}: đổi quyền hoặc đặt PHIGIAY_DATA.`,
    };
  return {
    state: 'ok',
    line: folder.exists
      ? `Thư mục dữ liệu ${config.dataDir}.`
      : `Thư mục dữ liệu ${config.dataDir} sẽ được tạo.`,
  };
}

async function diskFinding(config: Config): Promise<Finding> {
  let folder = config.dataDir;
  for (;;) {
    try {
      const disk = await statfs(folder);
      const free = (disk.bavail * disk.bsize) / 2 ** 30;
      return free < 2
        ? { state: 'warning', line: `Ổ đĩa chỉ còn ${free.toFixed(1)} GB trống: nên có ít nhất 2 GB.` }
        : { state: 'ok', line: `Ổ đĩa còn ${free.toFixed(0)} GB trống.` };
    } catch {
      folder = dirname(folder);
    }
  }
}

async function databaseFinding(config: Config): Promise<Finding> {
  if (config.databaseUrl === undefined)
    return { state: 'ok', line: 'PostgreSQL kèm theo, chạy trong thư mục dữ liệu.' };
  const client = new Client({ connectionString: config.databaseUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const version = await client.query<{ server_version_num: string }>('show server_version_num');
    const number = Number(version.rows[0]?.server_version_num);
    const durable = await client.query<{ fsync: string }>('show fsync');
    if (number < 150_000)
      return { state: 'wrong', line: `PostgreSQL ${Math.floor(number / 10_000)} quá cũ: cần 15 trở lên.` };
    if (durable.rows[0]?.fsync !== 'on')
      return { state: 'wrong', line: 'PostgreSQL đang tắt fsync: mất điện là mất văn bản. Bật fsync = on.' };
    return { state: 'ok', line: `PostgreSQL ${Math.floor(number / 10_000)} theo DATABASE_URL.` };
  } catch (error) {
    return {
      state: 'wrong',
      line: `Không nối được PostgreSQL theo DATABASE_URL (${(error as Error).message}): kiểm tra máy, cổng, mật khẩu.`,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function portFinding(config: Config): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () =>
      resolve({
        state: 'warning',
        line: `Cổng ${config.port} đang có chương trình dùng (có thể là Phi Giấy đang chạy); nếu không phải, đặt PHIGIAY_PORT.`,
      }),
    );
    probe.listen(config.port, config.host, () =>
      probe.close(() => resolve({ state: 'ok', line: `Cổng ${config.port} trống.` })),
    );
  });
}

function addressFinding(config: Config): Finding {
  const local = ['127.0.0.1', 'localhost', '::1'].includes(config.host);
  return !local && !config.publicUrl.startsWith('https:')
    ? {
        state: 'warning',
        line: `Đang nghe trên ${config.host} mà PHIGIAY_URL không phải https: đặt sau một cổng TLS rồi đặt PHIGIAY_URL=https://…`,
      }
    : { state: 'ok', line: `Địa chỉ ${config.publicUrl}.` };
}
