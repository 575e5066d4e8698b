import { entriesInOrder } from '#audit';
import { readPackage } from '#exchange';
import { finding, Refusal, vietnamIso, type Context, type Finding, type OrgId, type Unit } from '#kernel';
import { asChecker, checkFiles } from './checkFiles.ts';
import { documentNames, type NamedDocument } from './checkNames.ts';
import {
  arrivalsWithoutDocument,
  eventCounts,
  oddNumbers,
  oddRows,
  registerCounts,
  type OddNumber,
  type RegisterCount,
} from './checkStore.ts';
import { documentEventTypes } from './eventTypes.ts';
import { registersOf } from './numberStore.ts';
import { factsOfPackage } from './packageFacts.ts';
import { rebuild } from './replay.ts';

const auditPage = 5_000;
const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, '.');

/**
 * Checks the documents of one organisation: files, registers (every number resolves, S8.2), tables against the replay
 * of the record, record against audit, and that a document was made of each package that arrived.
 */
export async function* checkIntegrity(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  yield* checkFiles(ctx, org);
  yield* checkRegisters(ctx, org);
  yield* checkTables(ctx, org);
  yield* checkRecord(ctx, org);
  yield* checkArrivals(ctx, org);
}

/** A line for each register and year, and a finding for each number that does not resolve (S8.2). */
export async function* checkRegisters(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const run = asChecker(ctx, org);
  const names = documentNames();
  const titles = new Map((await run(registersOf)).map(({ code, name }) => [code, name]));
  for (const register of await run(registerCounts)) {
    const title = `${titles.get(register.register) ?? register.register} năm ${register.year}`;
    const odd = await run((unit) => oddNumbers(unit, register));
    for (const number of odd) {
      const stream = number.recordedStream;
      const document = stream === null ? null : await run((unit) => names(unit, stream));
      yield oddNumber(title, number, document);
    }
    const { counter, highest } = register;
    if (highest !== null && counter === null)
      yield finding('missing', `bộ đếm của ${title}`, 'dòng không còn');
    else if (highest !== null && counter! < highest)
      yield finding('changed', `bộ đếm của ${title}`, `đứng ở ${counter} khi sổ đã có số ${highest}`);
    const lost = odd.filter((one) => one.state === null || !one.documentThere).length;
    yield finding('note', title, summaryOf(register, lost));
  }
}

function summaryOf({ last, used, reserved, voided }: RegisterCount, lost: number): string {
  const parts = [
    `${thousands(used)} văn bản`,
    `${thousands(voided)} số hủy`,
    `${thousands(reserved)} số giữ chỗ`,
  ];
  return `${thousands(last)} số: ${parts.join(', ')}${lost === 0 ? ', không thiếu số nào' : `, ${lost} số không rõ`}`;
}

function oddNumber(title: string, number: OddNumber, document: NamedDocument | null): Finding {
  const object = `số ${thousands(number.value)} của ${title}`;
  const at = number.allocatedAt ?? number.recordedAt;
  const lastGood = at ? vietnamIso(at) : number.before && `sau ${vietnamIso(number.before)}`;
  if (number.state === null) {
    const about = document === null ? '' : `, lịch sử ghi là của ${document.text}`;
    return finding(
      'missing',
      object,
      `sổ nhảy số: số không phải văn bản, số hủy hay số giữ chỗ${about}`,
      lastGood,
    );
  }
  if (!number.documentThere) return finding('missing', object, 'số đã cấp nhưng văn bản không còn', lastGood);
  if (number.documentNumber !== number.value) {
    const now = number.documentNumber === null ? 'không mang số' : `mang số ${number.documentNumber}`;
    return finding('changed', object, `văn bản được cấp số này nay ${now}`, lastGood);
  }
  return finding(
    'changed',
    object,
    'số trong sổ và văn bản nói khác nhau về sổ, năm hoặc việc hủy số',
    lastGood,
  );
}

/** The tables against the replay of the record, and each row against itself. */
async function* checkTables(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const run = asChecker(ctx, org);
  const names = documentNames();
  const different = await run(rebuild);
  for (const stream of different) {
    const { text, hasRow, lastGood } = await run((unit) => names(unit, stream));
    yield hasRow
      ? finding('changed', text, 'dòng hiện có khác với lịch sử của văn bản', lastGood)
      : finding('missing', text, 'lịch sử có ghi mà dòng không còn', lastGood);
  }
  for (const kind of ['outgoing', 'incoming'] as const) {
    for (const { stream, hasEvents } of await run((unit) => oddRows(unit, kind))) {
      if (different.includes(stream)) continue;
      const { text, lastGood } = await run((unit) => names(unit, stream));
      yield hasEvents
        ? finding('changed', text, 'các cột của dòng không khớp với nhau', lastGood)
        : finding('extra', text, 'không có lịch sử nào nói tới');
    }
  }
}

/** Record and audit are written together: where they do not hold the same acts, one of them has lost lines. */
async function* checkRecord(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const run = asChecker(ctx, org);
  const names = documentNames();
  const key = (stream: string, type: string): string => `${stream}\n${type}`;
  const acts = new Map<string, { count: number; at: Date }>();
  for (let after = 0; ;) {
    const from = after;
    const page = await run((unit) =>
      entriesInOrder(unit, { actions: documentEventTypes, after: from, limit: auditPage }),
    );
    for (const { object, action, at } of page) {
      const before = acts.get(key(object, action));
      acts.set(key(object, action), { count: (before?.count ?? 0) + 1, at });
    }
    if (page.length < auditPage) break;
    after = page.at(-1)!.id;
  }
  for (const { stream, type, count, at } of await run(eventCounts)) {
    const act = acts.get(key(stream, type));
    acts.delete(key(stream, type));
    if (act?.count === count) continue;
    const { text } = await run((unit) => names(unit, stream));
    yield (act?.count ?? 0) < count
      ? finding(
          'missing',
          `dòng nhật ký truy cập "${type}" của ${text}`,
          'lịch sử có ghi mà nhật ký không còn',
          vietnamIso(at),
        )
      : finding(
          'missing',
          `sự kiện "${type}" của ${text}`,
          'nhật ký truy cập có ghi mà lịch sử không còn',
          vietnamIso(act!.at),
        );
  }
  for (const [name, { at }] of acts) {
    const [stream, type] = name.split('\n') as [string, string];
    const { text } = await run((unit) => names(unit, stream));
    yield finding(
      'missing',
      `sự kiện "${type}" của ${text}`,
      'nhật ký truy cập có ghi mà lịch sử không còn',
      vietnamIso(at),
    );
  }
}

/** A package that takes a document back makes none of its own. */
async function isRecall(unit: Unit, inboxId: string, fromCode: string): Promise<boolean> {
  try {
    return factsOfPackage(await readPackage(unit, inboxId), fromCode).business === 'recall';
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

async function* checkArrivals(ctx: Context, org: OrgId): AsyncGenerator<Finding> {
  const run = asChecker(ctx, org);
  for (const { inboxId, documentId, fromCode, at } of await run(arrivalsWithoutDocument)) {
    if (await run((unit) => isRecall(unit, inboxId, fromCode))) continue;
    const object = `văn bản đến ${documentId ?? '(không có mã)'} của ${fromCode}`;
    yield finding('missing', object, 'gói tin đã tới nhưng văn bản không còn', vietnamIso(at));
  }
}
