import { refuse, type Refusal } from '#kernel';
import {
  stateOrder,
  type Accepted,
  type AcceptJob,
  type ForwardNote,
  type DeliveryState,
  type Moved,
  type MoveJob,
  type Opened,
} from './batch.ts';
import type { Notary } from './notary.ts';
import type { PackedPackage } from './packs.ts';
import { refuseAxis } from './refusals.ts';

export type Job = AcceptJob | MoveJob;
export type Outcome = Accepted | Moved | Refusal;

/** The rows that `close_batch` writes. */
export interface Rows {
  nextIndex: number;
  nextChange: number;
  readonly counters: Record<string, number>;
  readonly envelopes: Record<string, unknown>[];
  readonly deliveries: Record<string, unknown>[];
  readonly identities: { sender: string; documentId: string; contentHash: string }[];
  readonly requests: { sender: string; key: string; envelope: string }[];
  readonly moves: Record<string, unknown>[];
  readonly acknowledgements: Record<string, unknown>[];
  readonly entries: { index: number; entry: string }[];
  /** Letters that go to the heir of the body that they were written to. */
  readonly forwards: { delivery: string; note: ForwardNote }[];
}

interface Plan {
  readonly rows: Rows;
  /** Bytes of the new envelopes, in the order of `rows.envelopes`. */
  readonly packages: readonly PackedPackage[];
  /** One for each job, in their order. */
  readonly outcomes: readonly Outcome[];
}

const pair = (left: string, right: string): string => `${left}\n${right}`;

/** What is known so far in this batch: what the database said, then what the batch itself adds. */
interface Knowledge {
  readonly rows: Rows;
  readonly packages: PackedPackage[];
  readonly accepted: Map<string, Accepted>;
  readonly identities: Map<string, string>;
  readonly requests: Map<string, string>;
  readonly deliveries: Map<
    string,
    { -readonly [Key in keyof Opened['deliveries'][number]]: Opened['deliveries'][number][Key] }
  >;
  readonly now: Date;
  readonly uuid: () => string;
  readonly notary: Notary;
}

/**
 * Decides a batch: gives out log indexes and counters without gaps, signs receipts, answers repeats with the first
 * answer, refuses conflicts. Pure but for ids and salts; the caller holds the lock of `open_batch`.
 */
export function planBatch(
  opened: Opened,
  jobs: readonly Job[],
  means: { readonly now: Date; readonly uuid: () => string; readonly notary: Notary },
): Plan {
  const rows: Rows = {
    nextIndex: opened.nextIndex,
    nextChange: opened.nextChange,
    counters: { ...opened.counters },
    envelopes: [],
    deliveries: [],
    identities: [],
    requests: [],
    moves: [],
    acknowledgements: [],
    entries: [],
    forwards: [],
  };
  const knowledge: Knowledge = {
    rows,
    packages: [],
    accepted: new Map(
      opened.known.map((row) => [
        pair(row.sender, row.envelope),
        { ...row, acceptedAt: new Date(row.acceptedAt).toISOString(), repeated: true },
      ]),
    ),
    identities: new Map(opened.identities.map((row) => [pair(row.sender, row.documentId), row.contentHash])),
    requests: new Map(opened.requests.map((row) => [pair(row.sender, row.key), row.envelope])),
    deliveries: new Map(opened.deliveries.map((row) => [row.id, { ...row }])),
    ...means,
  };
  const outcomes = jobs.map((job) => (job.type === 'accept' ? accept(knowledge, job) : move(knowledge, job)));
  return { rows, packages: knowledge.packages, outcomes };
}

function accept(k: Knowledge, job: AcceptJob): Accepted | Refusal {
  const keyed = job.key === null ? undefined : k.requests.get(pair(job.senderOrg, job.key));
  if (keyed !== undefined && keyed !== job.envelope) return refuse('idempotency-key-reused');
  const before = k.accepted.get(pair(job.senderOrg, job.envelope));
  if (before) {
    rememberKey(k, job, keyed);
    return before;
  }
  if (job.business === 'new' && job.documentId !== '') {
    const identity = pair(job.senderOrg, job.documentId);
    const first = k.identities.get(identity);
    if (first !== undefined && first !== job.contentHash) {
      return refuseAxis('identity-conflict', {
        documentId: job.documentId,
        acceptedHash: first,
        givenHash: job.contentHash,
      });
    }
    if (first === undefined) {
      k.identities.set(identity, job.contentHash);
      k.rows.identities.push({
        sender: job.senderOrg,
        documentId: job.documentId,
        contentHash: job.contentHash,
      });
    }
  }
  rememberKey(k, job, keyed);
  const accepted = record(k, job);
  k.accepted.set(pair(job.senderOrg, job.envelope), { ...accepted, repeated: true });
  return accepted;
}

function rememberKey(k: Knowledge, job: AcceptJob, keyed: string | undefined): void {
  if (job.key === null || keyed !== undefined) return;
  k.requests.set(pair(job.senderOrg, job.key), job.envelope);
  k.rows.requests.push({ sender: job.senderOrg, key: job.key, envelope: job.envelope });
}

function record(k: Knowledge, job: AcceptJob): Accepted {
  const id = k.uuid();
  const logIndex = k.rows.nextIndex++;
  const counter = k.rows.counters[job.senderOrg] ?? 1;
  k.rows.counters[job.senderOrg] = counter + 1;
  const acceptedAt = k.now.toISOString();
  k.packages.push({ bytes: job.bytes, hash: job.contentHash });
  const { entry, salt, receipt } = k.notary.acceptance({ ...job, logIndex, counter, acceptedAt: k.now });
  k.rows.entries.push({ index: logIndex, entry: Buffer.from(entry).toString('base64') });
  const recipients = JSON.stringify(job.recipients.map(({ code, name }) => ({ code, orgName: name })));
  k.rows.envelopes.push({
    id,
    senderOrg: job.senderOrg,
    senderCode: job.senderCode,
    kind: job.kind,
    envelope: job.envelope,
    contentHash: job.contentHash,
    size: job.bytes.length,
    documentId: job.documentId,
    notation: job.notation,
    title: job.title,
    urgency: job.urgency,
    logIndex,
    counter,
    acceptedAt,
    salt: Buffer.from(salt).toString('hex'),
    recipients,
    receipt,
  });
  for (const recipient of job.recipients) {
    const delivery = k.uuid();
    if (recipient.forwarded) k.rows.forwards.push({ delivery, note: recipient.forwarded });
    k.rows.deliveries.push({
      id: delivery,
      envelope: id,
      sender: job.senderOrg,
      recipient: recipient.orgId,
      code: recipient.code,
      name: recipient.name,
      kind: job.kind,
      urgency: job.urgency,
      index: logIndex,
      change: k.rows.nextChange++,
      at: acceptedAt,
    });
  }
  return { id, envelope: job.envelope, logIndex, counter, acceptedAt, recipients, receipt, repeated: false };
}

function move(k: Knowledge, job: MoveJob): Moved | Refusal {
  const delivery = k.deliveries.get(job.deliveryId);
  if (!delivery || delivery.recipient !== job.recipientOrg) return refuse('not-found');
  const rank = (state: DeliveryState): number => stateOrder.indexOf(state);
  if (rank(job.to) <= rank(delivery.state)) {
    return { state: delivery.state, logIndex: delivery.ackIndex, changed: false };
  }
  let index: number | null = null;
  if (job.to !== 'fetched') {
    index = k.rows.nextIndex++;
    const noted = k.notary.acknowledgement({ ...delivery, result: job.to, logIndex: index, at: k.now });
    k.rows.entries.push({ index, entry: Buffer.from(noted.entry).toString('base64') });
    k.rows.acknowledgements.push({
      index,
      delivery: delivery.id,
      sender: delivery.sender,
      recipient: delivery.recipient,
      payload: noted.payload,
      salt: Buffer.from(noted.salt).toString('hex'),
    });
  }
  delivery.state = job.to;
  delivery.ackIndex = index ?? delivery.ackIndex;
  // A second step of one delivery in one batch replaces the first: an update sees each row once.
  const earlier = k.rows.moves.findIndex((row) => row['delivery'] === job.deliveryId);
  if (earlier >= 0) k.rows.moves.splice(earlier, 1);
  k.rows.moves.push({
    delivery: job.deliveryId,
    state: job.to,
    change: k.rows.nextChange++,
    at: k.now.toISOString(),
    reason: job.reason,
    index: delivery.ackIndex,
  });
  return { state: job.to, logIndex: delivery.ackIndex, changed: true };
}
