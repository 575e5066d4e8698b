import { readFile } from 'node:fs/promises';
import {
  addOrganisations,
  allOrganisations,
  checkDecision,
  findByCode,
  prepareDecision,
  readDecisionFile,
  type NewOrganisation,
  type Organisation,
} from '#directory';
import { Refusal, unitOfWork, vietnamDate, type Actor, type Context } from '#kernel';
import { z } from 'zod';
import { readCsv, writeCsv } from './csv.ts';

const usage = `Danh mục cơ quan:

  phigiay directory export [--on YYYY-MM-DD]        in danh mục tại một ngày, CSV
  phigiay directory import FILE.csv --from YYYY-MM-DD   thêm cơ quan từ CSV (code,code102,name,parent)
  phigiay directory dry-run FILE.json               các quyết định trong tệp làm vỡ cái gì; không ghi gì
  phigiay directory apply FILE.json                 đưa các quyết định vào làm dự thảo đã kiểm tra, chờ lãnh đạo ký`;

const day = z.iso.date();
const columns = ['code', 'code102', 'name', 'parent', 'level'] as const;
const largestFile = 64 * 1_048_576;

function refuseUsage(problem: string): number {
  console.error(`${problem}\n\n${usage}`);
  return 2;
}

/** The value of `--name YYYY-MM-DD`, today when it is not given; null when it is no day. */
function dayOption(args: readonly string[], name: string, otherwise: string): string | null {
  if (args.length === 0) return otherwise;
  if (args.length !== 2 || args[0] !== name) return null;
  return day.safeParse(args[1]).data ?? null;
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > largestFile) throw new RangeError('too large');
  return bytes.toString('utf8');
}

const bodiesOn = async (ctx: Context, on: string): Promise<Organisation[]> =>
  await ctx.db.transaction(null, (tx) => allOrganisations(tx, new Date(`${on}T12:00:00+07:00`)));

async function exportCommand(args: readonly string[], ctx: Context): Promise<number> {
  const on = dayOption(args, '--on', vietnamDate(ctx.clock.now()));
  if (on === null) return refuseUsage('--on cần một ngày YYYY-MM-DD.');
  const bodies = await bodiesOn(ctx, on);
  const codes = new Map(bodies.map((body) => [body.id, body.code102]));
  const rows = bodies.map((body) => [
    body.code,
    body.code102,
    body.name,
    (body.parentId && codes.get(body.parentId)) ?? '',
    body.level,
  ]);
  console.log(writeCsv([columns, ...rows]).trimEnd());
  return 0;
}

async function importCommand(args: readonly string[], ctx: Context): Promise<number> {
  const [file, ...rest] = args;
  const from = dayOption(rest, '--from', vietnamDate(ctx.clock.now()));
  if (file === undefined || from === null) return refuseUsage('Cần một tệp và --from YYYY-MM-DD.');
  const [head, ...rows] = readCsv(await readText(file));
  const at = (name: string): number => head?.indexOf(name) ?? -1;
  const missing = columns.slice(0, 4).filter((name) => at(name) < 0);
  if (missing.length > 0) return refuseUsage(`Tệp thiếu cột: ${missing.join(', ')}.`);
  const entries = rows.map((row): NewOrganisation => ({
    code: row[at('code')] ?? '',
    code102: row[at('code102')] ?? '',
    name: row[at('name')] ?? '',
    parentCode102: row[at('parent')] || null,
  }));
  const added = await ctx.db.transaction(null, (tx) => addOrganisations(tx, entries, from, ctx.clock.now()));
  console.log(`Đã thêm ${added} cơ quan; ${entries.length - added} cơ quan đã có từ trước.`);
  return 0;
}

/** Undoes everything: a dry run leaves no trace, not even a draft. */
class NotKept extends Error {}

async function decisionsCommand(args: readonly string[], ctx: Context, keep: boolean): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0) return refuseUsage('Cần đúng một tệp.');
  const decisions = await readDecisionFile(JSON.parse(await readText(file)), (on) => bodiesOn(ctx, on));
  const keeper = await ctx.db.transaction(null, (tx) =>
    findByCode(tx, ctx.config.directoryKeeper, ctx.clock.now()),
  );
  if (!keeper) {
    console.error(`Không có cơ quan giữ danh mục mang mã ${ctx.config.directoryKeeper}.`);
    return 1;
  }
  const actor: Actor = {
    kind: 'system',
    id: 'directory-file',
    name: `Tệp ${file.split('/').at(-1) ?? file}`,
    orgId: keeper.id,
    roles: ['admin'],
  };
  let errors = 0;
  for (const decision of decisions) {
    const work = unitOfWork(ctx, { org: keeper.id, actor }, async (unit) => {
      const id = await prepareDecision(unit, { ...decision, corrects: null });
      const { plan, findings } = await checkDecision(unit, id);
      console.log(
        `${decision.number} (${decision.effective}): ${decision.events.length} sự kiện, ${plan.created.length} thành lập, ` +
          `${plan.ended.length} kết thúc, ${plan.diff.length} cơ quan thay đổi`,
      );
      for (const one of findings.slice(0, 50))
        console.log(`  ${one.severity === 'error' ? 'LỖI' : 'chú ý'}: ${one.vi}`);
      errors += findings.filter(({ severity }) => severity === 'error').length;
      if (!keep) throw new NotKept();
    });
    await work.catch((error: unknown) => {
      if (!(error instanceof NotKept)) throw error;
    });
  }
  if (keep)
    console.log('Đã đưa vào làm dự thảo. Lãnh đạo cơ quan giữ danh mục ký trên trang Danh mục cơ quan.');
  return errors > 0 ? 1 : 0;
}

/**
 * `phigiay directory …`: the directory as files. Nothing here signs: that is a second person's, on the screen.
 * @returns exit code: 0 done, 1 refused or not closed, 2 wrong arguments
 */
export async function directoryCommand(
  args: readonly string[],
  open: () => Promise<Context>,
): Promise<number> {
  const [name, ...others] = args;
  try {
    if (name === 'export') return await exportCommand(others, await open());
    if (name === 'import') return await importCommand(others, await open());
    if (name === 'dry-run') return await decisionsCommand(others, await open(), false);
    if (name === 'apply') return await decisionsCommand(others, await open(), true);
    return refuseUsage(name === undefined ? 'Thiếu tên lệnh.' : `Không có lệnh "directory ${name}".`);
  } catch (error) {
    if (error instanceof Refusal) console.error(`${error.text.vi} ${error.text.viNext}`);
    else if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof RangeError)
      console.error(`Tệp không đúng dạng. ${error instanceof z.ZodError ? z.prettifyError(error) : ''}`);
    else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      console.error('Không tìm thấy tệp. Kiểm tra đường dẫn rồi chạy lại.');
    else throw error;
    return 1;
  }
}
