import { organisationById, hostedOrganisations } from '#directory';
import {
  BlobDamaged,
  finding,
  MigrationError,
  systemActor,
  unitOfWork,
  type BlobUse,
  type Context,
  type Finding,
  type FindingKind,
  type OrgId,
} from '#kernel';
import { isRole, type Role } from '../roles.ts';

const usage = 'Cách dùng: phigiay fsck [axis|office|all] [--json]';
const words: Readonly<Record<FindingKind, string>> = {
  missing: 'MẤT',
  changed: 'BỊ SỬA',
  extra: 'THỪA',
  swapped: 'TRÁO',
  note: 'ghi chú',
};

/**
 * The findings of one part under its name. What was edited beyond what a part can read must not keep the others from
 * being looked at: the part itself is then the finding.
 */
async function* within(name: string, found: AsyncIterable<Finding>): AsyncGenerator<Finding> {
  try {
    for await (const one of found) yield { ...one, object: `${name}: ${one.object}` };
  } catch (error) {
    yield finding(
      'changed',
      name,
      `phần này chưa kiểm hết vì có dữ liệu không đọc được (${(error as Error).message})`,
    );
  }
}

async function nameOf(ctx: Context, org: OrgId): Promise<string> {
  const found = await ctx.db.transaction(null, (tx) => organisationById(tx, org, ctx.clock.now()));
  return found?.name ?? org;
}

/** Every blob that a row of any hosted organisation refers to must be there and hash to its name; no other may be. */
async function* checkBlobs(ctx: Context, uses: AsyncIterable<BlobUse>): AsyncGenerator<Finding> {
  const known = new Map<string, boolean>();
  // What lies there now; what comes while the check runs is not judged.
  const there = new Set<string>();
  for await (const hash of ctx.blobs.list()) there.add(hash);
  for await (const { hash, object, lastGood } of uses) {
    let good = known.get(hash);
    if (good === undefined) {
      good = await isGood(ctx, hash);
      known.set(hash, good);
    }
    if (good) continue;
    yield (await ctx.blobs.has(hash))
      ? finding('changed', object, `nội dung trong kho bị sửa (${hash.slice(0, 12)}…)`, lastGood)
      : finding('missing', object, `nội dung không còn trong kho (${hash.slice(0, 12)}…)`, lastGood);
  }
  for (const hash of there) {
    if (!known.has(hash))
      yield finding('extra', `tệp ${hash.slice(0, 12)}… trong kho`, 'không dòng nào nói tới');
  }
  yield finding('note', 'kho tệp', `${known.size} nội dung đã băm lại`);
}

async function isGood(ctx: Context, hash: string): Promise<boolean> {
  try {
    await ctx.blobs.get(hash);
    return true;
  } catch (error) {
    if (error instanceof BlobDamaged || error instanceof TypeError) return false;
    throw error;
  }
}

/** The tables of work against the replay of its record. */
async function* checkWork(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const [{ rebuildWork }, { documentLines }] = await Promise.all([import('#work'), import('#documents')]);
  const who = { org, actor: systemActor(org) };
  const found = await unitOfWork(ctx, who, async (unit) => {
    const refs = (await rebuildWork(unit)).map((id) => `incoming:${id}`);
    const lines = await documentLines(unit, refs);
    return refs.map((ref) => lines.get(ref)?.notation ?? ref);
  });
  for (const name of found)
    yield finding('changed', `việc xử lý văn bản đến ${name}`, 'dòng hiện có khác với lịch sử phân công');
}

async function* checkOffice(ctx: Context): AsyncGenerator<Finding> {
  const [exchange, documents] = await Promise.all([import('#exchange'), import('#documents')]);
  const hosted = await ctx.db.transaction(null, (tx) => hostedOrganisations(tx));
  const names = new Map<OrgId, string>();
  for (const org of hosted) names.set(org, await nameOf(ctx, org));
  const uses = async function* (): AsyncGenerator<BlobUse> {
    for (const org of hosted) {
      for await (const use of exchange.blobsInUse(ctx, org))
        yield { ...use, object: `${names.get(org)}: ${use.object}` };
      for await (const use of documents.blobsInUse(ctx, org))
        yield { ...use, object: `${names.get(org)}: ${use.object}` };
    }
  };
  for (const org of hosted) {
    yield* within(names.get(org)!, exchange.checkIntegrity(ctx, org));
    yield* within(names.get(org)!, documents.checkIntegrity(ctx, org));
    yield* within(names.get(org)!, checkWork(ctx, org));
  }
  yield* within('Văn phòng', checkBlobs(ctx, uses()));
}

/**
 * Is any byte missing, changed or extra since the beginning? Everything that a role keeps is derived again and
 * compared: log, packages, receipts, files, registers, tables. Nothing is written.
 */
export async function* checkEverything(ctx: Context, role: Role): AsyncGenerator<Finding> {
  if (role !== 'office') yield* within('Trục', (await import('#axis')).checkIntegrity(ctx));
  if (role !== 'axis') yield* checkOffice(ctx);
}

function lineOf({ kind, object, detail, lastGood }: Finding): string {
  const known = kind === 'note' ? '' : ` Lần cuối còn đúng: ${lastGood ?? 'không rõ'}.`;
  return `${words[kind].padEnd(8)} ${object}: ${detail}.${known}`;
}

function summaryOf(counts: Readonly<Record<FindingKind, number>>): string {
  const total = counts.missing + counts.changed + counts.extra + counts.swapped;
  if (total === 0) return 'KẾT LUẬN: TOÀN VẸN. Không có gì mất, bị sửa, thừa hay bị tráo.';
  const { missing, changed, extra, swapped } = counts;
  return `KẾT LUẬN: CÓ ${total} CHỖ SAI: ${missing} mất, ${changed} bị sửa, ${extra} thừa, ${swapped} bị tráo. Giữ nguyên máy, đừng sửa tay; đối chiếu với bản sao lưu và báo người phụ trách.`;
}

/**
 * `phigiay fsck [axis|office|all] [--json]`.
 * @param open opens the installation of a role; called only after the arguments have been found right
 * @returns 0 clean, 1 findings, 2 wrong call, or a database that must be migrated first
 */
export async function fsckCommand(
  args: readonly string[],
  open: (role: Role) => Promise<{ readonly ctx: Context; close(): Promise<void> }>,
): Promise<number> {
  const json = args.includes('--json');
  const [role = 'all', ...more] = args.filter((word) => word !== '--json');
  if (!isRole(role) || more.length > 0) {
    console.error(usage);
    return 2;
  }
  let runtime: Awaited<ReturnType<typeof open>>;
  try {
    runtime = await open(role);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    console.error(error.message);
    return 2;
  }
  try {
    const counts: Record<FindingKind, number> = { missing: 0, changed: 0, extra: 0, swapped: 0, note: 0 };
    const found: Finding[] = [];
    for await (const one of checkEverything(runtime.ctx, role)) {
      counts[one.kind] += 1;
      if (json) found.push(one);
      else console.log(lineOf(one));
    }
    const { note: _note, ...wrong } = counts;
    const clean = Object.values(wrong).every((count) => count === 0);
    if (json) {
      const findings = found.filter(({ kind }) => kind !== 'note');
      const notes = found.filter(({ kind }) => kind === 'note').map(({ kind: _kind, ...note }) => note);
      console.log(JSON.stringify({ clean, role, counts: wrong, findings, notes }, null, 2));
    } else console.log(`\n${summaryOf(counts)}`);
    return clean ? 0 : 1;
  } finally {
    await runtime.close();
  }
}
