import { hostedOrganisations, organisationById } from '#directory';
import type { Context, OrgId } from '#kernel';
import type { Role } from '../roles.ts';

const usage = 'Cách dùng: phigiay reconcile --day YYYY-MM-DD [--json]';
const dayMs = 86_400_000;

/** One package to one receiver on which the three lists do not agree. */
export interface Difference {
  /** Number and notation of the document, or the id that it was sent under. */
  readonly document: string;
  readonly kind: 'edoc' | 'status';
  readonly envelope: string;
  /** The two who should hold the same: who sent it and who receives it. */
  readonly sender: string;
  readonly receiver: string;
  /** Which of the three lists lacks it. */
  readonly missingAt: 'sender' | 'axis' | 'receiver';
  readonly logIndex: number | null;
  /** ISO instant of acceptance. */
  readonly acceptedAt: string;
}

/** A day's packages, of which three lists agree on all but the differences. */
export interface Reconciliation {
  readonly day: string;
  readonly sent: number;
  readonly accepted: number;
  readonly deliveries: number;
  readonly received: number;
  /** Accepted by the axis and not fetched by the receiver yet: explained, and no difference. */
  readonly waiting: readonly Omit<Difference, 'missingAt'>[];
  /** Deliveries of or to agencies whose lists are kept elsewhere. */
  readonly elsewhere: number;
  readonly differences: readonly Difference[];
}

/** A real day, yyyy-MM-dd, as the span of its instants in Viet Nam; null for anything else. */
function spanOf(day: string): { readonly from: Date; readonly to: Date } | null {
  const from = new Date(`${day}T00:00:00+07:00`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(from.getTime())) return null;
  const same = new Date(from.getTime() + 7 * 3_600_000).toISOString().slice(0, 10) === day;
  return same ? { from, to: new Date(from.getTime() + dayMs) } : null;
}

const pair = (org: string, envelope: string): string => `${org} ${envelope}`;

/**
 * Compares, for the packages that the axis accepted on a day, the senders' lists, the axis's list and the receivers'
 * lists (S1.8). All three are kept here in the role `all`; agencies that this office does not host are counted only.
 * @param day yyyy-MM-dd in Viet Nam
 * @throws RangeError when it is not a day
 */
export async function reconcileDay(ctx: Context, day: string): Promise<Reconciliation> {
  const span = spanOf(day);
  if (!span) throw new RangeError('not a day');
  const [{ acceptedBetween }, { receivedBetween, sentBetween }] = await Promise.all([
    import('#axis'),
    import('#exchange'),
  ]);
  // The receivers first and the axis last: what is accepted or fetched meanwhile makes no difference.
  const hosted = await ctx.db.transaction(null, (tx) => hostedOrganisations(tx));
  const sent = new Map<string, { org: OrgId; row: Awaited<ReturnType<typeof sentBetween>>[number] }>();
  const received = new Map<
    string,
    { org: OrgId; row: Awaited<ReturnType<typeof receivedBetween>>[number] }
  >();
  for (const org of hosted) {
    await ctx.db.transaction(org, async (tx) => {
      for (const row of await sentBetween(tx, org, span.from, span.to))
        sent.set(pair(org, row.envelope), { org, row });
    });
  }
  const lines = await acceptedBetween(ctx, span.from, span.to);
  for (const org of hosted) {
    await ctx.db.transaction(org, async (tx) => {
      for (const row of await receivedBetween(tx, org, span.from, span.to))
        received.set(pair(org, row.envelope), { org, row });
    });
  }
  const name = organisationNames(ctx);
  const own = new Set<string>(hosted);
  const differences: Difference[] = [];
  const waiting: Omit<Difference, 'missingAt'>[] = [];
  let elsewhere = 0;
  const lacking = new Set<string>();
  const onAxis = new Set<string>();
  for (const line of lines) {
    const { envelope, senderOrg, recipientOrg } = line;
    onAxis.add(pair(senderOrg, envelope)).add(pair(recipientOrg, envelope));
    const about = {
      document: line.notation || line.documentId || '(không số)',
      kind: line.kind,
      envelope,
      sender: (await name(senderOrg)) ?? line.senderCode,
      receiver: (await name(recipientOrg)) ?? line.recipientName,
      logIndex: line.logIndex,
      acceptedAt: line.acceptedAt.toISOString(),
    };
    if (!own.has(senderOrg) || !own.has(recipientOrg)) elsewhere += 1;
    const sender = pair(senderOrg, envelope);
    // A package to many is missing from its sender's list once.
    if (own.has(senderOrg) && !sent.has(sender) && !lacking.has(sender)) {
      lacking.add(sender);
      differences.push({ ...about, missingAt: 'sender' });
    }
    if (!own.has(recipientOrg) || received.has(pair(recipientOrg, envelope))) continue;
    if (line.state === 'queued' || line.state === 'fetched') waiting.push(about);
    else differences.push({ ...about, missingAt: 'receiver' });
  }
  for (const [key, { org, row }] of sent) {
    if (onAxis.has(key)) continue;
    const { envelope, kind, logIndex } = row;
    differences.push({
      document: row.documentCode || row.documentId || '(không số)',
      kind,
      envelope,
      sender: (await name(org)) ?? org,
      receiver: '(theo sổ của trục)',
      missingAt: 'axis',
      logIndex,
      acceptedAt: row.acceptedAt.toISOString(),
    });
  }
  for (const [key, { org, row }] of received) {
    if (onAxis.has(key)) continue;
    differences.push({
      document: row.documentCode || row.documentId || '(không số)',
      kind: row.kind,
      envelope: row.envelope,
      sender: row.fromCode,
      receiver: (await name(org)) ?? org,
      missingAt: 'axis',
      logIndex: row.logIndex,
      acceptedAt: row.acceptedAt.toISOString(),
    });
  }
  return {
    day,
    sent: sent.size,
    accepted: new Set(lines.map(({ logIndex }) => logIndex)).size,
    deliveries: lines.length,
    received: received.size,
    waiting,
    elsewhere,
    differences,
  };
}

function organisationNames(ctx: Context): (org: OrgId) => Promise<string | null> {
  const known = new Map<OrgId, string | null>();
  return async (org) => {
    if (!known.has(org)) {
      const found = await ctx.db.transaction(null, (tx) => organisationById(tx, org, ctx.clock.now()));
      known.set(org, found ? `${found.name} (${found.code})` : null);
    }
    return known.get(org)!;
  };
}

const places = { sender: 'sổ của bên gửi', axis: 'sổ của trục', receiver: 'sổ của bên nhận' } as const;

function lineOf(
  one: Omit<Difference, 'missingAt'> & { readonly missingAt?: Difference['missingAt'] },
): string {
  const what = one.kind === 'status' ? 'Trạng thái về văn bản' : 'Văn bản';
  const where = one.logIndex === null ? '' : `, dòng ${one.logIndex} của sổ nhật ký`;
  const lack =
    one.missingAt === undefined ? 'bên nhận chưa lấy về' : `không có trong ${places[one.missingAt]}`;
  return `${what} ${one.document}: ${lack}. Bên gửi giữ: ${one.sender}. Bên nhận giữ: ${one.receiver}. Trục tiếp nhận ${one.acceptedAt}${where}.`;
}

/**
 * `phigiay reconcile --day YYYY-MM-DD [--json]`: the nightly comparison of the three lists.
 * @returns 0 no difference, 1 differences, 2 wrong call
 */
export async function reconcileCommand(
  args: readonly string[],
  open: (role: Role) => Promise<{ readonly ctx: Context; close(): Promise<void> }>,
): Promise<number> {
  const words = args.filter((word) => word !== '--json');
  const [option, day = ''] = words;
  if (option !== '--day' || words.length !== 2 || spanOf(day) === null) {
    console.error(usage);
    return 2;
  }
  const runtime = await open('all');
  try {
    const result = await reconcileDay(runtime.ctx, day);
    if (args.includes('--json')) console.log(JSON.stringify(result, null, 2));
    else {
      const { sent, accepted, deliveries, received, waiting, elsewhere, differences } = result;
      console.log(
        `Đối soát ngày ${day}: bên gửi ${sent}, trục ${accepted} gói tin tới ${deliveries} nơi nhận, bên nhận ${received}.`,
      );
      if (elsewhere > 0) console.log(`${elsewhere} lượt gửi có bên giữ sổ ở nơi khác, không đối soát ở đây.`);
      for (const one of waiting) console.log(`CHỜ   ${lineOf(one)}`);
      for (const one of differences) console.log(`LỆCH  ${lineOf(one)}`);
      console.log(
        differences.length === 0
          ? 'KẾT LUẬN: KHỚP. Ba sổ như nhau.'
          : `KẾT LUẬN: LỆCH ${differences.length} CHỖ.`,
      );
    }
    return result.differences.length === 0 ? 0 : 1;
  } finally {
    await runtime.close();
  }
}
