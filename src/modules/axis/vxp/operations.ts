import { isUuid, type Context, type OrgId, type Refusal, type Tx } from '#kernel';
import type { DeliveryState } from '../batch.ts';
import { readDelivery } from '../deliver.ts';
import { withTrace } from '../routing.ts';
import type { AxisService } from '../service.ts';
import {
  actFor,
  countUnacknowledged,
  deliveryOf,
  sentBy,
  unacknowledged,
  type InboxRow,
  type SystemRow,
} from '../store.ts';
import { deleteAgency, registerAgency } from './agencies.ts';
import { agencies, synchronizeUnit } from './lists.ts';
import { okReply, VxpFailure, vxpTime, type VxpErrorName } from './reply.ts';
import { narrowedCodes, packageOfBody, type VxpParameters } from './request.ts';

/** One verified call. */
export interface VxpCall {
  readonly ctx: Context;
  readonly service: AxisService;
  readonly system: SystemRow;
  readonly parameters: VxpParameters;
  readonly body: Buffer;
}

/** JSON text, or the bytes of a package. */
export type VxpAnswer = string | Buffer;

export interface VxpOperation {
  readonly method: 'GET' | 'POST';
  readonly largeBody?: boolean;
  run(call: VxpCall): Promise<VxpAnswer>;
}

const mostListed = 500;

function messageTypeOf(parameters: VxpParameters): 'edoc' | 'status' {
  const type = parameters.get('messagetype')?.trim().toLowerCase() ?? 'edoc';
  if (type === 'edoc' || type === 'status') return type;
  throw new VxpFailure('wrong-format', 'messagetype phải là edoc hoặc status');
}

/** Refusals of the axis as the numbers that deployed clients know. */
const refusalNumbers: Readonly<Record<string, VxpErrorName>> = {
  'axis.unknown-recipient': 'unknown-recipient',
  'axis.no-recipient': 'unknown-recipient',
  'axis.sender-not-yours': 'sender-not-registered',
  'axis.not-a-package': 'wrong-format',
  'axis.wrong-message-type': 'wrong-format',
  'axis.identity-conflict': 'invalid-file',
  'axis.package-damaged': 'processing-error',
  'kernel.storage-full': 'system-error',
};

/** The failure that a refusal becomes; null for what VXP has no word for. */
export function failureOf(refusal: Refusal): VxpFailure | null {
  const error =
    refusalNumbers[refusal.code] ?? (refusal.text.status < 500 ? ('wrong-format' as const) : undefined);
  if (error === undefined) return null;
  const hashes =
    refusal.code === 'axis.identity-conflict'
      ? ` Đã nhận: ${String(refusal.details['acceptedHash'])}; gửi lần này: ${String(refusal.details['givenHash'])}.`
      : '';
  return new VxpFailure(
    error,
    `${refusal.text.vi}${hashes} ${refusal.text.viNext}`,
    refusal.text.status >= 500 ? refusal.text.status : 200,
  );
}

async function sendEdoc({ service, system, parameters, body }: VxpCall): Promise<VxpAnswer> {
  const messageType = messageTypeOf(parameters);
  const bytes = packageOfBody(body, parameters.get('hash-file') ?? '');
  if (!bytes || bytes.length === 0) {
    throw new VxpFailure('invalid-file', 'Nội dung nhận được không khớp với hash-file. Gửi lại gói tin.');
  }
  const to = narrowedCodes(parameters.get('to'));
  if (!to) throw new VxpFailure('wrong-format', 'Tham số to phải là mảng JSON các mã định danh');
  const accepted = await service.acceptor.submit({
    bytes,
    messageType,
    from: parameters.get('from') ?? '',
    to,
    senders: system.orgs,
    key: null,
  });
  return okReply({ DocId: accepted.id });
}

/** Runs the work once for each organisation of the system, each time seeing that organisation's rows only. */
async function forEachOrg<T>(
  ctx: Context,
  orgs: readonly OrgId[],
  work: (tx: Tx, org: OrgId) => Promise<T>,
): Promise<T[]> {
  return await ctx.db.transaction(null, async (tx) => {
    const results: T[] = [];
    for (const org of orgs) {
      await actFor(tx, org);
      results.push(await work(tx, org));
    }
    return results;
  });
}

function pageOf(parameters: VxpParameters): { readonly from: number; readonly size: number } {
  const number = (name: string, otherwise: number): number => {
    const value = Number(parameters.get(name) ?? otherwise);
    return Number.isInteger(value) && value >= 0 && value <= 1_000_000 ? value : otherwise;
  };
  const size = Math.min(Math.max(number('pagesize', mostListed), 1), mostListed);
  return { size, from: Math.max(number('pageindex', 1) - 1, 0) * size };
}

const statusWord: Readonly<Record<DeliveryState, string>> = {
  queued: 'initial',
  fetched: 'processing',
  refused: 'fail',
  stored: 'done',
};

async function getReceivedEdocList({ ctx, system, parameters }: VxpCall): Promise<VxpAnswer> {
  const kind = messageTypeOf(parameters);
  const page = pageOf(parameters);
  const lists = await forEachOrg(ctx, system.orgs, (tx, org) =>
    unacknowledged(tx, org, { kind, limit: Math.min(page.from + page.size, 10_000) }),
  );
  const rows = lists.flat().sort((a, b) => b.urgency - a.urgency || a.logIndex - b.logIndex);
  return okReply({
    data: rows.slice(page.from, page.from + page.size).map((row: InboxRow) => ({
      docId: row.id,
      serviceType: 'eDoc',
      messageType: row.kind,
      created_time: vxpTime(row.acceptedAt),
      updated_time: vxpTime(row.changedAt),
      from: row.senderCode,
      to: row.recipientCode,
      status: statusWord[row.state],
      status_desc: '',
    })),
  });
}

/** The delivery of a docId and whose it is; a docId of somebody else does not exist. */
async function ownDelivery({
  ctx,
  system,
  parameters,
}: VxpCall): Promise<{ readonly org: OrgId; readonly id: string }> {
  const id = (parameters.get('docid') ?? '').trim().toLowerCase();
  const found = isUuid(id)
    ? await forEachOrg(ctx, system.orgs, async (tx, org) => ((await deliveryOf(tx, org, id)) ? org : null))
    : [];
  const org = found.find((candidate) => candidate !== null);
  if (!org) throw new VxpFailure('invalid-file', 'Không có gói tin nào mang docId này.');
  return { org, id };
}

async function fetchPackage(call: VxpCall): Promise<Buffer> {
  const { org, id } = await ownDelivery(call);
  const found = await readDelivery(call.ctx, org, id);
  if (!found) throw new VxpFailure('invalid-file', 'Không có gói tin nào mang docId này.');
  if (found.row.state === 'queued') {
    await call.service.committer.move({
      type: 'move',
      deliveryId: id,
      recipientOrg: org,
      to: 'fetched',
      reason: null,
    });
  }
  return withTrace(found.bytes, found.row.acceptedAt);
}

async function updateStatus(call: VxpCall): Promise<VxpAnswer> {
  const status = call.parameters.get('status')?.trim().toLowerCase();
  const to = { initial: null, processing: 'fetched', done: 'stored', fail: 'refused' } as const;
  if (status === undefined || !Object.hasOwn(to, status)) {
    throw new VxpFailure('wrong-format', 'status phải là processing, done hoặc fail');
  }
  const { org, id } = await ownDelivery(call);
  const state = to[status as keyof typeof to];
  if (state !== null) {
    await call.service.committer.move({
      type: 'move',
      deliveryId: id,
      recipientOrg: org,
      to: state,
      reason: state === 'refused' ? 'VXP updateStatus fail' : null,
    });
  }
  return okReply();
}

async function getSentEdocList({ ctx, system, parameters }: VxpCall): Promise<VxpAnswer> {
  const docId = parameters.get('docid')?.trim().toLowerCase();
  if (docId !== undefined && docId !== '' && !isUuid(docId)) return okReply({ data: [] });
  const page = pageOf(parameters);
  const type = parameters.get('messagetype');
  const lists = await forEachOrg(ctx, system.orgs, (tx, org) =>
    sentBy(tx, org, {
      ...(type === undefined ? {} : { kind: messageTypeOf(parameters) }),
      ...(docId ? { envelopeId: docId } : {}),
      limit: Math.min(page.from + page.size, 10_000),
    }),
  );
  const rows = lists.flat().sort((a, b) => b.acceptedAt.getTime() - a.acceptedAt.getTime());
  return okReply({
    data: rows.slice(page.from, page.from + page.size).map((row) => ({
      serviceType: 'eDoc',
      messageType: row.kind,
      senderDocId: row.envelopeId,
      receiverDocId: row.deliveryId,
      fromCode: row.senderCode,
      toCode: row.recipientCode,
      sendStatus: 'done',
      sendStatusDesc: '',
      receiveStatus: statusWord[row.state],
      receiveStatusDesc: row.reason ?? '',
      title: row.title,
      notation: row.notation,
      sentTime: vxpTime(row.acceptedAt),
      receivedTime: row.state === 'queued' ? '' : vxpTime(row.changedAt),
    })),
  });
}

const counter =
  (kind: 'edoc' | 'status') =>
  async ({ ctx, system }: VxpCall): Promise<VxpAnswer> => {
    const counts = await forEachOrg(ctx, system.orgs, (tx, org) => countUnacknowledged(tx, org, kind));
    return okReply({ count: counts.reduce((sum, count) => sum + count, 0) });
  };

/** All operations of docs/protocol/vxp.md §3; their names are case-sensitive. */
export const vxpOperations: Readonly<Record<string, VxpOperation>> = {
  sendEdoc: { method: 'POST', largeBody: true, run: sendEdoc },
  getReceivedEdocList: { method: 'POST', run: getReceivedEdocList },
  getEdoc: {
    method: 'POST',
    run: async (call) => okReply({ data: (await fetchPackage(call)).toString('base64') }),
  },
  downloadEdoc: { method: 'GET', run: fetchPackage },
  updateStatus: { method: 'POST', run: updateStatus },
  getSentEdocList: { method: 'POST', run: getSentEdocList },
  countReceiveEdoc: { method: 'POST', run: counter('edoc') },
  countReceiveStatus: { method: 'POST', run: counter('status') },
  getAgenciesList: { method: 'POST', run: agencies('oldCode') },
  getAgenciesListQD20: { method: 'POST', run: agencies('code102') },
  getSynchronizeUnit: { method: 'POST', run: synchronizeUnit },
  registerAgency: {
    method: 'POST',
    run: async ({ ctx, system, body }) => {
      await registerAgency(ctx, system, body);
      return okReply();
    },
  },
  deleteAgency: {
    method: 'POST',
    run: async ({ ctx, system, parameters }) => {
      await deleteAgency(ctx, system, parameters.get('agencycode') ?? '');
      return okReply();
    },
  },
};
