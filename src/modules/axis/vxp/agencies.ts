import { z } from 'zod';
import { record } from '#audit';
import { addOrganisations, findByCode, organisationById, type Organisation } from '#directory';
import { systemActor, unitOfWork, vietnamDate, type Context, type OrgId, type Tx } from '#kernel';
import { codePairOf } from '../routing.ts';
import { bindSystem, unbindRegistered, type SystemRow } from '../store.ts';
import { VxpFailure } from './reply.ts';

const agency = z.looseObject({
  pcode: z.string().trim().min(1).max(64),
  code: z.string().trim().min(1).max(64),
  name: z.string().trim().min(1).max(500),
});

const deepest = 12;

/** The organisation of the system's own that stands at or above the given one; null when none does. */
async function boundAbove(tx: Tx, system: SystemRow, from: Organisation, at: Date): Promise<OrgId | null> {
  let current: Organisation | null = from;
  for (let depth = 0; current && depth < deepest; depth += 1) {
    if (system.orgs.includes(current.id)) return current.id;
    current = current.parentId ? await organisationById(tx, current.parentId, at) : null;
  }
  return null;
}

/**
 * registerAgency: its body is not signed in this protocol, so that it may only add an organisation below one that
 * the operator has bound to the system, in that body's own code space, and is put on record.
 */
export async function registerAgency(ctx: Context, system: SystemRow, body: Buffer): Promise<void> {
  let parsed: z.infer<typeof agency>;
  try {
    parsed = agency.parse(JSON.parse(body.toString('utf8')));
  } catch {
    throw new VxpFailure('wrong-format', 'Cần JSON có pcode, code và name.');
  }
  const codes = codePairOf(parsed.code);
  const parentCodes = codePairOf(parsed.pcode);
  if (!codes) throw new VxpFailure('wrong-format', `Mã ${parsed.code} không đúng dạng mã định danh.`);
  const now = ctx.clock.now();
  const parent = await ctx.db.transaction(null, (tx) => findByCode(tx, parsed.pcode, now));
  const owner = parent && (await ctx.db.transaction(null, (tx) => boundAbove(tx, system, parent, now)));
  const inside = codes.code.split('.')[0] === parentCodes?.code.split('.')[0];
  if (!parent || !owner || !inside) {
    throw new VxpFailure(
      'sender-not-registered',
      `Chỉ được đăng ký đơn vị thuộc cơ quan đã nối với hệ thống này (pcode ${parsed.pcode}).`,
    );
  }
  await unitOfWork(ctx, { org: owner, actor: systemActor(owner) }, async (unit) => {
    const known = await findByCode(unit.tx, codes.code, now);
    if (known && !system.orgs.includes(known.id)) {
      throw new VxpFailure('invalid-file', `Mã ${parsed.code} đã có trong danh bạ.`);
    }
    if (known) return;
    await addOrganisations(
      unit.tx,
      [{ ...codes, name: parsed.name, parentCode102: parent.code102 }],
      vietnamDate(now),
      now,
    );
    const added = await findByCode(unit.tx, codes.code, now);
    if (!added) throw new Error('the organisation just added is not there');
    await bindSystem(unit.tx, system.id, [added.id], true);
    await record(unit, {
      action: 'axis.agency-registered',
      object: `organisation:${added.id}`,
      detail: { system: system.id, code: codes.code, name: parsed.name, parent: parent.code },
    });
  });
}

/** deleteAgency: takes back what registerAgency of the same system did; the directory keeps its history. */
export async function deleteAgency(ctx: Context, system: SystemRow, code: string): Promise<void> {
  const now = ctx.clock.now();
  const found = await ctx.db.transaction(null, (tx) => findByCode(tx, code, now));
  const notYours = new VxpFailure(
    'sender-not-registered',
    `Mã ${code.slice(0, 64)} không phải đơn vị do hệ thống này đăng ký.`,
  );
  if (!found || !system.orgs.includes(found.id)) throw notYours;
  const parent = found.parentId
    ? await ctx.db.transaction(null, (tx) => organisationById(tx, found.parentId!, now))
    : null;
  const owner =
    (parent && (await ctx.db.transaction(null, (tx) => boundAbove(tx, system, parent, now)))) ?? found.id;
  await unitOfWork(ctx, { org: owner, actor: systemActor(owner) }, async (unit) => {
    if (!(await unbindRegistered(unit.tx, system.id, found.id))) throw notYours;
    await record(unit, {
      action: 'axis.agency-removed',
      object: `organisation:${found.id}`,
      detail: { system: system.id, code: found.code },
    });
  });
}
