import { readFile } from 'node:fs/promises';
import { addSystem, connections, registerMember, requireOrganisation, watchBoard } from '#axis';
import { Refusal, type Context } from '#kernel';
import { z } from 'zod';

const usage = `Nối cơ quan và phần mềm vào trục:

  phigiay axis add-system --id ID --secret SECRET --org MÃ [--org MÃ…]   phần mềm dùng giao thức VXP
  phigiay axis add-member --org MÃ --cert FILE                          cơ quan dùng giao diện axis-1
  phigiay axis add-members FILE                                        mọi cơ quan trong tệp của "phigiay members"
  phigiay axis systems                                                  xem những gì đã nối
  phigiay axis watch                                                    gói tin nơi nhận chưa lấy về đúng hạn`;

interface Options {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly wrong: string | null;
}

function optionsOf(args: readonly string[], known: readonly string[]): Options {
  const values = new Map<string, string[]>();
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at] as string;
    const value = args[at + 1];
    if (!known.includes(name)) return { values, wrong: `Không có tùy chọn "${name}".` };
    if (value === undefined) return { values, wrong: `Tùy chọn ${name} cần một giá trị.` };
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const missing = known.find((name) => !values.has(name));
  return { values, wrong: missing === undefined ? null : `Thiếu ${missing}.` };
}

function refuseUsage(problem: string): number {
  console.error(`${problem}\n\n${usage}`);
  return 2;
}

async function addSystemCommand(args: readonly string[], open: () => Promise<Context>): Promise<number> {
  const { values, wrong } = optionsOf(args, ['--id', '--secret', '--org']);
  if (wrong !== null) return refuseUsage(wrong);
  const [id, secret] = [values.get('--id')!.at(-1)!, values.get('--secret')!.at(-1)!];
  if (!/^[\x21-\x7e]{1,100}$/.test(id)) return refuseUsage('--id chỉ gồm ký tự ASCII, không có dấu cách.');
  if (secret.length < 12) return refuseUsage('--secret cần ít nhất 12 ký tự.');
  const organisations = await addSystem(await open(), { id, secret, orgCodes: values.get('--org')! });
  console.log(`Đã nối hệ thống ${id} cho ${organisations.length} cơ quan:`);
  for (const org of organisations) console.log(`  ${org.code} (${org.code102})  ${org.name}`);
  console.log('Phía cơ quan chỉ cần đổi service.endpoint thành <địa chỉ trục>/vxp.');
  return 0;
}

async function addMemberCommand(args: readonly string[], open: () => Promise<Context>): Promise<number> {
  const { values, wrong } = optionsOf(args, ['--org', '--cert']);
  if (wrong !== null) return refuseUsage(wrong);
  const file = values.get('--cert')!.at(-1)!;
  let certificatePem: string;
  try {
    certificatePem = await readFile(file, 'utf8');
  } catch {
    console.error(`Không đọc được tệp chứng thư "${file}". Kiểm tra đường dẫn rồi chạy lại.`);
    return 1;
  }
  const ctx = await open();
  const org = await ctx.db.transaction(null, (tx) =>
    requireOrganisation(tx, values.get('--org')!.at(-1)!, ctx.clock.now()),
  );
  const keyId = await registerMember(ctx, { orgId: org.id, certificatePem });
  console.log(`Đã nối ${org.code} ${org.name} qua axis-1.\n  keyid  ${keyId}`);
  return 0;
}

const memberFile = z
  .array(z.object({ org: z.string().max(40), certificatePem: z.string().max(20_000) }))
  .min(1)
  .max(20_000);

/** Connects every agency of a file that `phigiay members` of an office printed. */
async function addMembersCommand(args: readonly string[], open: () => Promise<Context>): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0) return refuseUsage('Cần đúng một tệp.');
  let members: z.infer<typeof memberFile>;
  try {
    members = memberFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    console.error(`Tệp "${file}" không đọc được hoặc không phải do "phigiay members" in ra.`);
    return 1;
  }
  const ctx = await open();
  for (const { org: code, certificatePem } of members) {
    const org = await ctx.db.transaction(null, (tx) => requireOrganisation(tx, code, ctx.clock.now()));
    await registerMember(ctx, { orgId: org.id, certificatePem });
    console.log(`Đã nối ${org.code} ${org.name} qua axis-1.`);
  }
  return 0;
}

async function systemsCommand(open: () => Promise<Context>): Promise<number> {
  const { systems, members, refused } = await connections(await open());
  console.log(`Hệ thống VXP (${systems.length}):`);
  for (const system of systems) {
    console.log(`  ${system.id}`);
    for (const organisation of system.organisations) console.log(`    ${organisation}`);
  }
  console.log(`Cơ quan axis-1 (${members.length}):`);
  for (const member of members) console.log(`  ${member.organisation}  keyid ${member.keyId}`);
  if (refused.length > 0) {
    console.log('Gói tin bị nơi nhận báo lỗi (fail), cần hỏi nơi nhận:');
    for (const { organisation, count } of refused) console.log(`  ${count}  ${organisation}`);
  }
  return 0;
}

const urgencies = ['thường', 'khẩn', 'thượng khẩn', 'hỏa tốc', 'hỏa tốc hẹn giờ'] as const;
const stages = { open: 'trong hạn', duty: 'GỌI TRỰC BAN', late: 'QUÁ HẠN', watch: 'QUÁ HẠN' } as const;

/** The watch board: 0 when nothing stands on it, 1 when something does. */
async function watchCommand(open: () => Promise<Context>): Promise<number> {
  const board = await watchBoard(await open());
  for (const { age, urgency, recipientCode, recipientName, senderCode, kind, queuedAt, logIndex } of board) {
    const what = kind === 'status' ? 'trạng thái' : 'văn bản';
    console.log(
      `${stages[age.stage].padEnd(13)} ${recipientCode} ${recipientName} chưa lấy ${what} ${urgencies[urgency] ?? ''} của ${senderCode}, ` +
        `trục nhận ${queuedAt.toISOString()}, dòng ${logIndex}, hạn ${age.due}`,
    );
  }
  console.log(
    board.length === 0 ? 'Không có gói tin nào quá hạn.' : `${board.length} gói tin trên bảng theo dõi.`,
  );
  return board.length === 0 ? 0 : 1;
}

/**
 * `phigiay axis …`: connects agencies and their software to the axis.
 * @param open opens the installation; called only after the arguments have been found right
 * @returns exit code: 0 done, 1 refused, or something stands on the watch board, 2 wrong arguments
 */
export async function axisCommand(args: readonly string[], open: () => Promise<Context>): Promise<number> {
  const [name, ...others] = args;
  try {
    if (name === 'add-system') return await addSystemCommand(others, open);
    if (name === 'add-member') return await addMemberCommand(others, open);
    if (name === 'add-members') return await addMembersCommand(others, open);
    if (name === 'watch' && others.length === 0) return await watchCommand(open);
    if (name === 'systems' && others.length === 0) return await systemsCommand(open);
    return refuseUsage(name === undefined ? 'Thiếu tên lệnh.' : `Không có lệnh "axis ${args.join(' ')}".`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`${error.text.vi} ${error.text.viNext}`);
    return 1;
  }
}
