import { readConfig, type Config } from '#kernel';
import { isRole, roles, type Role } from './roles.ts';
import type { Runtime } from './runtime.ts';

const usage = `Phi Giấy: hệ thống mở cho chính quyền không giấy tờ.

  phigiay start [all|axis|office] [--sample] [--data FOLDER] [--port N]   khởi động
  phigiay migrate [all|axis|office]                   nâng cấp cơ sở dữ liệu
  phigiay doctor                                      kiểm tra thiết lập, nói rõ chỗ sai
  phigiay verify FILE… [--trust PEM] [--policy FILE] [--online] [--json]   kiểm tra chữ ký số hoặc biên nhận
  phigiay renew FILE… --tsa URL --trust PEM           thêm bằng chứng và gia hạn dấu thời gian lưu trữ
  phigiay edxml FILE                                  đọc một gói tin, in ra JSON
  phigiay axis add-system --id ID --secret SECRET --org CODE…   nối một hệ thống qua giao thức VXP
  phigiay axis add-member --org CODE --cert FILE      nối một cơ quan qua giao diện axis-1
  phigiay axis add-members FILE                       nối mọi cơ quan trong tệp do "phigiay members" in ra
  phigiay axis systems                                các hệ thống đã nối
  phigiay axis watch                                  gói tin nơi nhận chưa lấy về đúng hạn
  phigiay directory export|import|dry-run|apply …     danh mục cơ quan dưới dạng tệp
  phigiay fsck [axis|office|all] [--json]             có byte nào mất, bị sửa hay thừa từ ngày đầu không
  phigiay backup FOLDER                               sao lưu khi hệ thống đang chạy
  phigiay restore FOLDER [--data FOLDER]              phục hồi vào thư mục mới, rồi kiểm tra toàn bộ
  phigiay reconcile --day YYYY-MM-DD [--json]         đối soát một ngày: bên gửi, trục, bên nhận
  phigiay witness --log URL --vkey VKEY --key FILE --port N   chứng kiến sổ nhật ký của một trục
  phigiay evidence make|renew|rehash|verify …         bằng chứng lâu dài của tệp (RFC 4998)
  phigiay sign-agent --url URL --code MÃ …            ký bằng khóa ở máy này những gì văn phòng đang chờ ký
  phigiay members                                     in chứng thư các cơ quan của văn phòng này, để nối vào trục

Thiết lập qua biến môi trường: PHIGIAY_DATA, PHIGIAY_PORT, DATABASE_URL… (xem docs/operate/settings.md).`;

/** Takes `--name value` pairs out of the arguments and puts them into an environment. */
function environmentOf(args: readonly string[]): {
  rest: string[];
  environment: NodeJS.ProcessEnv;
  sample: boolean;
} {
  const environment = { ...process.env };
  const names: Record<string, string> = {
    '--data': 'PHIGIAY_DATA',
    '--port': 'PHIGIAY_PORT',
    '--host': 'PHIGIAY_HOST',
    '--url': 'PHIGIAY_URL',
    '--axis': 'PHIGIAY_AXIS_URL',
  };
  const rest: string[] = [];
  let sample = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    const name = names[word];
    if (name !== undefined) environment[name] = args[(at += 1)];
    else if (word === '--sample') sample = true;
    else rest.push(word);
  }
  return { rest, environment, sample };
}

function configOrExit(environment: NodeJS.ProcessEnv, sampleData: boolean): Config {
  const read = readConfig(environment, { sampleData });
  if (read.ok) return read.config;
  for (const problem of read.problems) {
    console.error(`${problem.setting}=${problem.given} không dùng được: cần ${problem.expected}.`);
  }
  console.error('Sửa rồi chạy lại, hoặc chạy "phigiay doctor" để kiểm tra mọi thiết lập.');
  return process.exit(2);
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...others] = args;
  switch (name) {
    case 'edxml':
      return await (await import('./cli/edxml.ts')).edxmlCommand(others);
    case 'verify':
      return await (await import('./cli/verify.ts')).verifyFileCommand(others);
    case 'renew':
      return await (await import('./cli/renew.ts')).renewCommand(others);
    case 'start':
    case 'migrate': {
      const { rest, environment, sample } = environmentOf(others);
      const role = rest[0] ?? 'all';
      if (!isRole(role) || rest.length > 1) break;
      const config = configOrExit(environment, sample);
      if (name === 'start') return await (await import('./cli/start.ts')).startCommand(config, role);
      const { openRuntime } = await import('./runtime.ts');
      const runtime = await openRuntime(config, await roles[role]());
      console.log(runtime.migrated.length === 0 ? 'Cơ sở dữ liệu đã mới nhất.' : runtime.migrated.join('\n'));
      await runtime.close();
      return 0;
    }
    case 'evidence':
      return await (await import('./cli/evidence.ts')).evidenceCommand(others);
    case 'sign-agent': {
      const { terminalWorld } = await import('./cli/terminal.ts');
      const world = terminalWorld();
      try {
        return await (await import('./cli/signAgent.ts')).signAgentCommand(others, world);
      } finally {
        world.close();
      }
    }
    case 'witness':
      return await (await import('./cli/witness.ts')).witnessCommand(others);
    case 'fsck':
    case 'reconcile': {
      const { rest, environment } = environmentOf(others);
      const open = async (role: Role): Promise<Runtime> =>
        await (
          await import('./runtime.ts')
        ).openRuntime(configOrExit(environment, false), await roles[role](), { asItIs: name === 'fsck' });
      return name === 'fsck'
        ? await (await import('./cli/fsck.ts')).fsckCommand(rest, open)
        : await (await import('./cli/reconcile.ts')).reconcileCommand(rest, open);
    }
    case 'backup':
    case 'restore': {
      const { rest, environment } = environmentOf(others);
      const config = configOrExit(environment, false);
      const { backupCommand } = await import('./cli/backup.ts');
      return await backupCommand(name, rest, config, async () => {
        const { openRuntime } = await import('./runtime.ts');
        const open = async (role: Role): Promise<Runtime> => await openRuntime(config, await roles[role]());
        return await (await import('./cli/fsck.ts')).fsckCommand([], open);
      });
    }
    case 'doctor': {
      const { environment } = environmentOf(others);
      return await (await import('./cli/doctor.ts')).doctorCommand(environment);
    }
    case 'axis':
    case 'directory':
    case 'members': {
      const { rest, environment } = environmentOf(others);
      const config = configOrExit(environment, false);
      const { openRuntime } = await import('./runtime.ts');
      const runtime = await openRuntime(config, await roles[name === 'members' ? 'office' : 'axis']());
      try {
        if (name === 'directory')
          return await (
            await import('./cli/directory.ts')
          ).directoryCommand(rest, () => Promise.resolve(runtime.ctx));
        if (name === 'axis')
          return await (await import('./cli/axis.ts')).axisCommand(rest, () => Promise.resolve(runtime.ctx));
        return await (await import('./cli/members.ts')).membersCommand(runtime.ctx);
      } finally {
        await runtime.close();
      }
    }
    case 'help':
    case '--help':
    case undefined:
      console.log(usage);
      return name === undefined ? 2 : 0;
    default:
  }
  console.error(`Không có lệnh "${args.join(' ')}".\n\n${usage}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
