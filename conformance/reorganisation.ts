import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditModule } from '#audit';
import { acceptPackage, axisModule, checkIntegrity, integrateLog, publishEdition } from '#axis';
import {
  addOrganisations,
  allOrganisations,
  checkDecision,
  directoryModule,
  effectRound,
  findByCode,
  prepareDecision,
  readDecisionFile,
  signDecision,
  type DecisionOfFile,
  type NewOrganisation,
} from '#directory';
import { unitOfWork, type OrgId } from '#kernel';
import { Client } from 'pg';
import { testDocument } from '../test/crash/agency.ts';
import { testSystem, type TestSystem } from '../test/support/system.ts';

const usage = 'npm run conformance -- reorganisation DIR';
const wantedBodies = 11_000;
const letters = 600;
const receiversEach = 20;

/** The directory of the folder, filled up with invented departments, districts and communes. */
async function generate(folder: string): Promise<NewOrganisation[]> {
  const given = JSON.parse(await readFile(join(folder, 'organisations-2020.json'), 'utf8')) as {
    code: string;
    code102: string;
    name: string;
    parent: string | null;
  }[];
  const all: NewOrganisation[] = given.map(({ parent, ...one }) => ({ ...one, parentCode102: parent }));
  const parents = new Set(all.map((one) => one.parentCode102));
  const empty = all.filter((one) => /^H\d\d$/.test(one.code) && !parents.has(one.code102));
  const two = (number: number): string => String(number).padStart(2, '0');
  const add = (code: string, code102: string, name: string, parentCode102: string): void =>
    void all.push({ code, code102, name, parentCode102 });
  for (const province of empty) {
    for (let unit = 1; unit <= 15; unit += 1)
      add(
        `${province.code}.${two(unit)}`,
        `000.00.${two(unit)}.${province.code}`,
        `Sở thứ ${unit}`,
        province.code102,
      );
    for (let district = 20; district < 31; district += 1)
      add(
        `${province.code}.${district}`,
        `000.00.${district}.${province.code}`,
        `UBND huyện thứ ${district - 19}`,
        province.code102,
      );
  }
  for (let commune = 20; all.length < wantedBodies; commune += 1)
    for (const province of empty)
      for (let district = 20; district < 31 && all.length < wantedBodies; district += 1)
        add(
          `${province.code}.${district}.${commune}`,
          `000.${commune}.${district}.${province.code}`,
          `UBND xã thứ ${commune - 19}`,
          `000.00.${district}.${province.code}`,
        );
  return all;
}

interface Count {
  readonly total: number;
  readonly letters: number;
  /** Open deliveries at bodies that do not live. */
  readonly stranded: number;
  readonly forwarded: number;
}

/** Counts as the owner of the tables, past every view of a party. */
async function count(system: TestSystem): Promise<Count> {
  const owner = new Client({ connectionString: system.ownerUrl });
  await owner.connect();
  try {
    const found = await owner.query<Count>(
      `select count(*)::int as total, count(distinct (envelope_id, recipient_code))::int as letters,
        count(forwarded)::int as forwarded, count(*) filter (where not exists (
          select from directory.org_version v where v.organisation_id = d.recipient_org and v.recorded_to is null
            and v.valid_from <= $1::date and (v.valid_to is null or v.valid_to > $1::date)))::int as stranded
       from axis.delivery d where state in ('queued', 'fetched')`,
      [system.ctx.clock.now().toISOString().slice(0, 10)],
    );
    return found.rows[0] as Count;
  } finally {
    await owner.end();
  }
}

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(2)} s`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function sendLetters(system: TestSystem, bodies: readonly NewOrganisation[]): Promise<void> {
  const { ctx } = system;
  const sender = (await ctx.db.transaction(null, (tx) => findByCode(tx, 'G22', ctx.clock.now())))!;
  const receivers = bodies.filter((one) => one.code !== 'G22');
  await Promise.all(
    Array.from({ length: letters }, async (_, at) => {
      // A step that shares no divisor with their number: in the end nearly everybody has a letter.
      const to = Array.from(
        { length: receiversEach },
        (_unused, place) => receivers[((at * receiversEach + place) * 7) % receivers.length]!.code,
      );
      await acceptPackage(ctx, {
        bytes: testDocument({ from: 'G22', to, number: `${at + 1}/VP`, attachment: Buffer.from('x') }),
        messageType: 'edoc',
        from: 'G22',
        to: [],
        senders: [sender.id],
        key: null,
      });
    }),
  );
}

async function decide(system: TestSystem, keeper: OrgId, decision: DecisionOfFile): Promise<boolean> {
  const { ctx } = system;
  const as = (id: string, role: string) => ({
    org: keeper,
    actor: { kind: 'person' as const, id, name: id, orgId: keeper, roles: [role] },
  });
  const id = await unitOfWork(ctx, as('soan', 'clerk'), (unit) =>
    prepareDecision(unit, { ...decision, corrects: null }),
  );
  const dry = performance.now();
  const { plan, findings } = await unitOfWork(ctx, as('soan', 'clerk'), (unit) => checkDecision(unit, id));
  const errors = findings.filter(({ severity }) => severity === 'error');
  say(
    `${decision.effective}: ${decision.events.length} sự kiện; chạy thử ${seconds(dry)}: ${plan.created.length} mới, ` +
      `${plan.ended.length} kết thúc, ${plan.diff.length} thay đổi, ${errors.length} lỗi`,
  );
  for (const error of errors.slice(0, 10)) say(`  ${error.vi}`);
  if (errors.length > 0) return false;
  const signed = performance.now();
  await unitOfWork(ctx, as('ky', 'leader'), (unit) => signDecision(unit, id, plan.hash));
  say(`  ký và ghi: ${seconds(signed)}`);
  const before = await count(system);
  ctx.clock.set(`${decision.effective}T00:00:00+07:00`);
  const effect = performance.now();
  await effectRound(ctx);
  say(`  có hiệu lực, chuyển văn bản đang trên đường: ${seconds(effect)}`);
  const after = await count(system);
  say(
    `  bản gửi trước ${before.letters}, sau ${after.letters}; đã chuyển ${after.forwarded}; ở cơ quan không còn: ${after.stranded}`,
  );
  return before.letters === after.letters && after.total === before.total && after.stranded === 0;
}

/** The reorganisations of 2025 over a directory of 11,000 bodies with letters under way: no letter is lost. */
export async function run(args: readonly string[]): Promise<number> {
  const [folder, ...more] = args;
  if (folder === undefined || more.length > 0) {
    process.stderr.write(`Cách dùng: ${usage}\n`);
    return 2;
  }
  const bodies = await generate(folder);
  const file = JSON.parse(await readFile(join(folder, 'reorganisation-2025.json'), 'utf8')) as unknown;
  const system = await testSystem([directoryModule, auditModule, axisModule], {
    now: '2025-02-20T08:00:00+07:00',
  });
  try {
    const { ctx } = system;
    const loading = performance.now();
    await ctx.db.transaction(null, (tx) => addOrganisations(tx, bodies, '2020-01-01', ctx.clock.now()));
    say(`${bodies.length} cơ quan nạp trong ${seconds(loading)}`);
    const sending = performance.now();
    await sendLetters(system, bodies);
    say(`${letters} văn bản tới ${letters * receiversEach} nơi nhận trong ${seconds(sending)}`);
    const on = (day: string) =>
      ctx.db.transaction(null, (tx) => allOrganisations(tx, new Date(`${day}T00:00:00+07:00`)));
    const provinces = async (): Promise<number> =>
      (await on(ctx.clock.now().toISOString().slice(0, 10))).filter((one) => /^H\d\d$/.test(one.code)).length;
    const provincesBefore = await provinces();
    const keeper = (await on('2025-02-20')).find((one) => one.code === 'G22')!.id;
    let good = true;
    for (const decision of await readDecisionFile(file, on))
      good = (await decide(system, keeper, decision)) && good;
    ctx.clock.set('2025-07-02T08:00:00+07:00');
    say(
      `tỉnh, thành phố: ${provincesBefore} còn ${await provinces()}; cơ quan còn ${(await on('2025-07-02')).length}`,
    );
    good &&= (await provinces()) === 34;
    const publishing = performance.now();
    await publishEdition(ctx);
    say(`ấn bản danh mục: ${seconds(publishing)}`);
    await integrateLog(ctx);
    let damaged = 0;
    for await (const finding of checkIntegrity(ctx)) if (finding.kind !== 'note') damaged += 1;
    say(`kiểm tra toàn vẹn: ${damaged} sai lệch`);
    say(good && damaged === 0 ? 'reorganisation: đạt' : 'reorganisation: KHÔNG đạt');
    return good && damaged === 0 ? 0 : 1;
  } finally {
    await system.close();
  }
}
