import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, systemActor, type Context, type OrgId, type Poller, type Unit } from '#kernel';
import { axisClient, type AxisClient, type AxisKey } from './axisClient.ts';
import { insertAlarm } from './lineStore.ts';

/** What the room keeps in memory for one process. */
interface Local {
  readonly client: AxisClient;
  /** Names this process on the line of an organisation. */
  readonly sender: string;
  pinned: Promise<AxisKey> | undefined;
  outbox: Poller | undefined;
}

const locals = new WeakMap<Context, Local>();

export function localOf(ctx: Context): Local {
  let local = locals.get(ctx);
  if (!local) {
    local = {
      client: axisClient(ctx.config.axisUrl, ctx.config.maxPackageBytes, () => ctx.clock.now()),
      sender: ctx.ids.uuid(),
      pinned: undefined,
      outbox: undefined,
    };
    locals.set(ctx, local);
  }
  return local;
}

export const asSystem = (org: OrgId): { org: OrgId; actor: ReturnType<typeof systemActor> } => ({
  org,
  actor: systemActor(org),
});

/**
 * The key of the axis, pinned at first contact in `axis-key.json`: from then on only receipts of this key are taken,
 * whoever answers at the address. A change of key is the operator's decision: they replace the file.
 */
export async function pinnedAxisKey(ctx: Context): Promise<AxisKey> {
  const local = localOf(ctx);
  local.pinned ??= loadOrPin(ctx, local.client);
  try {
    return await local.pinned;
  } catch (error) {
    local.pinned = undefined;
    throw error;
  }
}

async function loadOrPin(ctx: Context, client: AxisClient): Promise<AxisKey> {
  const file = join(ctx.config.dataDir, 'axis-key.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as AxisKey;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = await client.key();
  const temporary = `${file}.${ctx.ids.uuid()}`;
  await writeFile(temporary, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(temporary, file);
  await syncFolder(ctx.config.dataDir);
  ctx.log.warn({ kid: key.kid, origin: key.origin }, 'the key of the axis was pinned at first contact');
  return key;
}

/** What must be seen by a person; a closed list. */
export const alarms = {
  'counter-gap': 'Biên nhận của trục nhảy số: có thể thiếu một văn bản trong sổ của trục.',
  'counter-reused': 'Trục cấp cùng một số thứ tự cho hai gói tin khác nhau.',
  'receipt-invalid': 'Biên nhận của trục không đúng chữ ký hoặc không nói về gói tin này.',
  'not-admitted': 'Trục không nhận chữ ký của cơ quan: chứng thư chưa được đăng ký hoặc đồng hồ lệch.',
  'package-damaged': 'Gói tin tới nơi đã bị sửa so với biên nhận của trục.',
  'package-not-processed': 'Gói tin đã tới nhưng hệ thống chưa xử lý được; đang thử lại.',
} as const;
export type AlarmCode = keyof typeof alarms;

/** Raises an alarm once for each thing it is about, as a row and an event in the caller's transaction. */
export async function raiseAlarm(
  unit: Unit,
  code: AlarmCode,
  about: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const isNew = await insertAlarm(unit.tx, {
    id: unit.ctx.ids.uuid(),
    orgId: unit.org,
    code,
    about,
    detail,
    now: unit.now,
  });
  if (!isNew) return;
  unit.ctx.metrics
    .counter('phigiay_exchange_alarms_total', 'Alarms of the exchange', ['code'])
    .labels(code)
    .inc();
  unit.ctx.log.error({ code, about, ...detail }, 'exchange alarm');
  await unit.publish({
    stream: `exchange-alarm:${about}`,
    type: 'exchange.alarm-raised',
    payload: { code, about, message: alarms[code], ...detail },
  });
}
