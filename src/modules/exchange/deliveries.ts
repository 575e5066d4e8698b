import { agencySigner } from '#signatures';
import type { Context, OrgId, Unit } from '#kernel';
import { AxisRefused, AxisUncertain, type ForwardNote } from './axisClient.ts';
import { alarms, localOf, type AlarmCode } from './context.ts';
import { refuse } from './refusals.ts';
import {
  statusLabels,
  type Delivery,
  type OutboxState,
  type Recall,
  type StatusCode,
  type Transport,
} from './states.ts';
import { inboxByEnvelope, inboxById, listUnusable, statusesOfInbox, statusesOfOutbox } from './inboxStore.ts';
import { listAlarms } from './lineStore.ts';
import { latestOutboxOf, listFailed, openDeliveriesOf, recipientsOf } from './outboxStore.ts';
import type { Fault, InboxRow, OutboxRow, Staff, StatusRow } from './tables.ts';

/** One business status as the screen shows it. */
export interface StatusLine {
  readonly code: StatusCode;
  readonly label: string;
  readonly description: string;
  /** ISO instant at which its author says it happened. */
  readonly at: string;
  readonly staff: Staff;
  /** Its place in the log of the axis; null for our own until it is accepted. */
  readonly logIndex: number | null;
  readonly receivedAt: string;
  /** It came after a later one and changed nothing. */
  readonly late: boolean;
  /** `sent`: said by us. */
  readonly direction: 'sent' | 'received';
}

export interface OutboxView {
  readonly id: string;
  readonly state: OutboxState;
  readonly notBefore: string;
  readonly envelope: string;
  readonly documentId: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly receipt: string | null;
  readonly logIndex: number | null;
  readonly counter: number | null;
  readonly acceptedAt: string | null;
  readonly lastError: Fault | null;
}

export interface RecipientView {
  readonly orgId: OrgId;
  readonly code: string;
  readonly name: string;
  readonly transport: Transport;
  readonly transportAt: string | null;
  readonly delivery: Delivery;
  readonly recall: Recall;
  /** The latest code that moved its state. */
  readonly status: StatusCode | null;
  /** It reached another body, which answers for this one. */
  readonly forwarded: ForwardNote | null;
  readonly statuses: readonly StatusLine[];
}

/** Who is how far with a document of ours. */
export interface Timeline {
  readonly outbox: OutboxView;
  readonly recipients: readonly RecipientView[];
}

const lineOf = (row: StatusRow): StatusLine => ({
  code: row.code,
  label: statusLabels[row.code].vi,
  description: row.description,
  at: row.said_at.toISOString(),
  staff: row.staff,
  logIndex: row.log_index,
  receivedAt: row.received_at.toISOString(),
  late: row.late,
  direction: row.direction,
});

const outboxView = (row: OutboxRow): OutboxView => ({
  id: row.id,
  state: row.state,
  notBefore: row.not_before.toISOString(),
  envelope: row.envelope,
  documentId: row.document_id,
  attempts: row.attempts,
  createdAt: row.created_at.toISOString(),
  receipt: row.receipt,
  logIndex: row.log_index,
  counter: row.counter,
  acceptedAt: row.accepted_at?.toISOString() ?? null,
  lastError: row.last_error,
});

/** The timeline of what was last sent under a reference, or null when nothing was. */
export async function deliveries(unit: Unit, ref: string): Promise<Timeline | null> {
  const outbox = await latestOutboxOf(unit.tx, ref);
  if (!outbox) return null;
  const statuses = Map.groupBy(await statusesOfOutbox(unit.tx, outbox.id), (row) => row.peer_id);
  const recipients = await recipientsOf(unit.tx, outbox.id);
  return {
    outbox: outboxView(outbox),
    recipients: recipients.map((row) => ({
      orgId: row.recipient_id as OrgId,
      code: row.code,
      name: row.name,
      transport: row.transport,
      transportAt: row.transport_at?.toISOString() ?? null,
      delivery: row.delivery,
      recall: row.recall,
      status: row.status,
      forwarded: row.forwarded,
      statuses: [row.recipient_id, ...(row.forwarded?.toOrg ? [row.forwarded.toOrg] : [])]
        .flatMap((peer) => statuses.get(peer) ?? [])
        .map(lineOf),
    })),
  };
}

/** Whose turn it is with an open delivery. */
export type WaitsFor = 'ourselves' | 'axis' | 'receiver-system' | 'receiver-clerk' | 'recall-answer';

export interface OpenDelivery {
  readonly ref: string | null;
  readonly notation: string;
  readonly urgency: number;
  readonly recipientCode: string;
  readonly recipientName: string;
  readonly waitsFor: WaitsFor;
  readonly since: Date;
}

/** Every delivery of the organisation that is not at an end signed by who made it so (R3): nothing leaves this list by itself. */
export async function openDeliveries(unit: Unit, limit: number): Promise<readonly OpenDelivery[]> {
  const rows = await openDeliveriesOf(unit.tx, unit.org, limit);
  return rows.map(({ ref, documentCode, urgency, recipientCode, recipientName, since, ...row }) => {
    const waitsFor: WaitsFor =
      row.outboxState === 'failed'
        ? 'ourselves'
        : row.outboxState !== 'accepted'
          ? 'axis'
          : row.recall === 'requested'
            ? 'recall-answer'
            : row.transport === 'stored'
              ? 'receiver-clerk'
              : 'receiver-system';
    return { ref, notation: documentCode, urgency, recipientCode, recipientName, waitsFor, since };
  });
}

/** What was said, by us and by the sender, about a document that we received; oldest first. */
export async function inboxStatuses(unit: Unit, inboxId: string): Promise<readonly StatusLine[]> {
  return (await statusesOfInbox(unit.tx, inboxId)).map(lineOf);
}

/**
 * The proof that the axis's receipt of a document stands in its log: one file that a third party checks without
 * network (src/ledger).
 * @throws Refusal not-found, not-accepted-yet, proof-pending, axis-unreachable
 * Asks the axis, and therefore holds no transaction: a slow axis must not hold up the database.
 */
export async function receiptProof(ctx: Context, org: OrgId, ref: string): Promise<unknown> {
  const outbox = await ctx.db.transaction(org, (tx) => latestOutboxOf(tx, ref));
  if (!outbox) throw refuse('not-found');
  if (outbox.state !== 'accepted') throw refuse('not-accepted-yet');
  const signer = await agencySigner(ctx, org);
  try {
    const proof = await localOf(ctx).client.proof(signer, outbox.envelope);
    if (proof === null) throw refuse('proof-pending');
    return proof;
  } catch (error) {
    if (error instanceof AxisUncertain || error instanceof AxisRefused) throw refuse('axis-unreachable');
    throw error;
  }
}

/** An entry of the inbox as other rooms see it. */
export interface InboxEntry {
  readonly id: string;
  readonly envelope: string;
  readonly messageType: 'edoc' | 'status';
  readonly fromCode: string;
  readonly fromOrgId: OrgId | null;
  readonly fromName: string | null;
  readonly documentId: string | null;
  readonly urgency: number;
  readonly size: number;
  readonly blob: string | null;
  readonly state: InboxRow['state'];
  readonly reason: Fault | null;
  readonly acceptedAt: string;
  readonly receivedAt: string;
  readonly acknowledgedAt: string | null;
  readonly logIndex: number | null;
  readonly receipt: string;
}

const entryOf = (row: InboxRow): InboxEntry => ({
  id: row.id,
  envelope: row.envelope,
  messageType: row.message_type,
  fromCode: row.from_code,
  fromOrgId: row.from_org_id as OrgId | null,
  fromName: row.from_name,
  documentId: row.document_id,
  urgency: row.urgency,
  size: row.size,
  blob: row.blob,
  state: row.state,
  reason: row.reason,
  acceptedAt: row.accepted_at.toISOString(),
  receivedAt: row.received_at.toISOString(),
  acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
  logIndex: row.log_index,
  receipt: row.receipt,
});

/** Why a document that arrived was not written to us; null when it was. */
export async function forwardedOf(unit: Unit, envelope: string): Promise<ForwardNote | null> {
  return (await inboxByEnvelope(unit.tx, envelope))?.forwarded ?? null;
}

/** @throws Refusal not-found */
export async function inboxEntry(unit: Unit, inboxId: string): Promise<InboxEntry> {
  const row = await inboxById(unit.tx, inboxId);
  if (!row) throw refuse('not-found');
  return entryOf(row);
}

/** What the clerk must see to: packages that the axis refused, packages that arrived unusable, alarms. */
export interface Attention {
  readonly failed: readonly (OutboxView & {
    readonly ref: string | null;
    readonly kind: 'edoc' | 'status';
  })[];
  readonly unusable: readonly InboxEntry[];
  readonly alarms: readonly {
    readonly code: AlarmCode;
    readonly about: string;
    readonly message: string;
    readonly raisedAt: string;
  }[];
}

export async function attention(unit: Unit): Promise<Attention> {
  const failed = await listFailed(unit.tx);
  const unusable = await listUnusable(unit.tx);
  const raised = await listAlarms(unit.tx);
  return {
    failed: failed.map((row) => ({ ...outboxView(row), ref: row.ref, kind: row.kind })),
    unusable: unusable.map(entryOf),
    alarms: raised.map((row) => ({
      code: row.code as AlarmCode,
      about: row.about,
      message: alarms[row.code as AlarmCode],
      raisedAt: row.raised_at.toISOString(),
    })),
  };
}
