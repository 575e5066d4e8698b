import {
  createHttp,
  onStorageFailure,
  PostgresError,
  type Config,
  type Context,
  type Module,
  type Poller,
} from '#kernel';
import { roles, type Role } from '../roles.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { pagesAreBuilt, servePages } from '../web.ts';

/** In role `all` both ends are ours: the axis learns the certificates of the agencies that this office hosts. */
async function introduceMembers(ctx: Context): Promise<void> {
  const [{ registerMember }, { agencyCertificates }] = await Promise.all([
    import('#axis'),
    import('#signatures'),
  ]);
  for (const member of await agencyCertificates(ctx)) await registerMember(ctx, member);
}

async function printWelcome(config: Config, role: Role, address: string, startedAt: number): Promise<void> {
  const lines = [
    '',
    `  Phi Giấy đã sẵn sàng (${role}, ${((Date.now() - startedAt) / 1000).toFixed(1)} giây)`,
    '',
  ];
  if (role !== 'axis') lines.push(`  Văn phòng   ${address}`);
  if (role !== 'office')
    lines.push(`  Trục        ${address}/axis/v1 · VXP: ${address}/vxp · Nhật ký: ${address}/log/checkpoint`);
  lines.push(
    `  Dữ liệu     ${config.databaseUrl === undefined ? config.dataDir : 'PostgreSQL theo DATABASE_URL'}`,
    '',
  );
  if (config.sampleData && role !== 'axis') {
    const { describeSample } = await import('../sample/index.ts');
    lines.push(...describeSample().map((line) => `  ${line}`), '');
  }
  lines.push('  Dừng: Ctrl-C', '');
  console.log(lines.join('\n'));
}

/**
 * Runs a role until it is told to stop (SIGINT, SIGTERM): requests end first, then background work, then the database.
 * @returns the process's exit code
 */
export async function startCommand(config: Config, role: Role): Promise<number> {
  const startedAt = Date.now();
  onStorageFailure((error) => {
    console.error(`Ổ đĩa báo lỗi khi ghi (${error.message}). Chương trình dừng để không mất gì.`);
    console.error('Kiểm tra ổ đĩa rồi khởi động lại; chạy "phigiay fsck" để biết dữ liệu còn toàn vẹn.');
    process.exit(1);
  });
  const modules = await roles[role]();
  let runtime: Runtime;
  try {
    runtime = await openRuntime(config, modules);
  } catch (error) {
    console.error(
      error instanceof PostgresError ? error.message : `Không khởi động được: ${(error as Error).message}`,
    );
    console.error('Chạy "phigiay doctor" để biết chỗ cần sửa.');
    return 1;
  }
  const { ctx } = runtime;
  let running: { stop(): Promise<void> };
  try {
    running = await serve(ctx, role, modules);
    await printWelcome(config, role, config.publicUrl, startedAt);
  } catch (error) {
    await runtime.close();
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    console.error(
      taken
        ? `Cổng ${config.port} đang có chương trình khác dùng. Chọn cổng khác: PHIGIAY_PORT=8081.`
        : `Không khởi động được: ${(error as Error).stack}`,
    );
    return 1;
  }
  await stopSignal();
  await running.stop();
  await runtime.close();
  return 0;
}

async function serve(
  ctx: Context,
  role: Role,
  modules: readonly Module[],
): Promise<{ stop(): Promise<void> }> {
  for (const module of modules) module.subscribe?.(ctx);
  for (const module of modules) await module.prepare?.(ctx);
  if (ctx.config.sampleData) {
    const { loadSample } = await import('../sample/index.ts');
    await loadSample(ctx, role);
  }
  if (role === 'all') await introduceMembers(ctx);
  const app = await createHttp(ctx);
  for (const module of modules) await module.routes?.(app, ctx);
  if (role !== 'axis' && pagesAreBuilt()) await servePages(app);
  await app.listen({ host: ctx.config.host, port: ctx.config.port });
  const pollers: Poller[] = modules.flatMap((module) => [...(module.pollers?.(ctx) ?? [])]);
  if (ctx.config.sampleData && role === 'all') {
    const { playSample } = await import('../sample/index.ts');
    await playSample(app, ctx);
  }
  return {
    async stop() {
      await Promise.all([app.close(), ...pollers.map((poller) => poller.stop())]);
    },
  };
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
