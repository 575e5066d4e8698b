import type { Generated, JSONColumnType, Selectable, Transaction } from 'kysely';
import type { Tx } from '#kernel';
import type { ForwardNote } from './axisClient.ts';
import type { Delivery, OutboxState, Recall, StatusCode, Transport } from './states.ts';

/** Why an attempt or a package failed, in the axis's plain words. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
  /** ISO instant. */
  readonly at?: string;
  /** The same bytes would be refused again. */
  readonly permanent?: boolean;
}

/** Who speaks in a status (edXML §11 StaffInfo). */
export interface Staff {
  readonly department: string;
  readonly name: string;
  readonly email?: string;
}

interface OutboxTable {
  id: string;
  seq: Generated<number>;
  org_id: string;
  kind: 'edoc' | 'status';
  ref: string | null;
  document_id: string;
  document_code: string;
  document_year: number | null;
  from_code: string;
  envelope: string;
  size: number;
  urgency: number;
  state: OutboxState;
  not_before: Date;
  next_attempt_at: Date;
  attempts: Generated<number>;
  last_error: JSONColumnType<Fault> | null;
  created_at: Date;
  receipt: string | null;
  log_index: number | null;
  counter: number | null;
  accepted_at: Date | null;
}

interface RecipientTable {
  org_id: string;
  outbox_id: string;
  recipient_id: string;
  position: number;
  code: string;
  code102: string;
  name: string;
  transport: Generated<Transport>;
  transport_at: Date | null;
  delivery: Generated<Delivery>;
  recall: Generated<Recall>;
  forwarded: JSONColumnType<ForwardNote & { readonly toOrg?: string }> | null;
  status: StatusCode | null;
}

interface InboxTable {
  id: string;
  org_id: string;
  envelope: string;
  message_type: 'edoc' | 'status';
  from_code: string;
  from_org_id: string | null;
  from_name: string | null;
  document_id: string | null;
  document_code: string | null;
  document_year: number | null;
  urgency: number;
  size: number;
  blob: string | null;
  state: 'stored' | 'unreadable' | 'damaged';
  reason: JSONColumnType<Fault> | null;
  accepted_at: Date;
  log_index: number | null;
  receipt: string;
  received_at: Date;
  acknowledged_at: Date | null;
  forwarded: JSONColumnType<ForwardNote> | null;
}

interface StatusTable {
  id: string;
  seq: Generated<number>;
  org_id: string;
  envelope: string;
  direction: 'sent' | 'received';
  outbox_id: string | null;
  inbox_id: string | null;
  peer_id: string | null;
  peer_code: string;
  document_id: string;
  code: StatusCode;
  description: string;
  staff: JSONColumnType<Staff>;
  said_at: Date;
  received_at: Date;
  log_index: number | null;
  late: boolean;
}

interface LineTable {
  org_id: string;
  sender: string | null;
  sender_until: Date | null;
  delivery_cursor: Generated<string>;
}

interface AlarmTable {
  id: string;
  org_id: string;
  code: string;
  about: string;
  detail: JSONColumnType<Record<string, unknown>>;
  raised_at: Date;
}

type ExchangeTables = {
  'exchange.outbox': OutboxTable;
  'exchange.outbox_recipient': RecipientTable;
  'exchange.inbox': InboxTable;
  'exchange.status': StatusTable;
  'exchange.line': LineTable;
  'exchange.alarm': AlarmTable;
};

export type OutboxRow = Selectable<OutboxTable>;

export type RecipientRow = Selectable<RecipientTable>;

export type InboxRow = Selectable<InboxTable>;

export type StatusRow = Selectable<StatusTable>;

export type AlarmRow = Selectable<AlarmTable>;

/** The tables of this room in a transaction. */
export const tables = (tx: Tx): Transaction<ExchangeTables> => tx.withTables<ExchangeTables>();
