-- What leaves the house: one row for each package, sent once however often it is tried.
create table outbox (
  id uuid primary key,
  -- The order in which packages were put in: statuses of one document leave in it.
  seq bigint generated always as identity,
  org_id uuid not null,
  kind text not null check (kind in ('edoc', 'status')),
  -- Whose package it is in the room that asked, `outgoing:<uuid>`; null for statuses that nobody asked about.
  ref text,
  document_id text not null,
  document_code text not null,
  document_year int,
  from_code text not null,
  -- SHA-256 of the package: the blob, and the envelope's name at the axis.
  envelope text not null,
  size bigint not null,
  urgency int not null default 0,
  state text not null check (state in ('waiting', 'sending', 'accepted', 'failed', 'undone')),
  not_before timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts int not null default 0,
  -- { code, message, next, at, permanent } of the last attempt that did not end in a receipt.
  last_error jsonb,
  created_at timestamptz not null,
  receipt text,
  log_index bigint,
  counter bigint,
  accepted_at timestamptz
);
create index outbox_due on outbox (org_id, next_attempt_at) where state in ('waiting', 'sending');
create index outbox_by_ref on outbox (org_id, ref);
create index outbox_by_document on outbox (org_id, document_id) where kind = 'edoc';
create index outbox_by_code on outbox (org_id, document_code) where kind = 'edoc';
create index outbox_by_envelope on outbox (org_id, envelope);
create index outbox_by_counter on outbox (org_id, counter) where counter is not null;
alter table outbox enable row level security;
create policy own on outbox using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on outbox from phigiay_app;

-- One recipient of a document: how far the axis is (transport), and how far the receiver is (delivery, recall).
create table outbox_recipient (
  org_id uuid not null,
  outbox_id uuid not null references outbox (id),
  recipient_id uuid not null,
  position int not null,
  code text not null,
  code102 text not null,
  name text not null,
  transport text not null default 'waiting' check (transport in ('waiting', 'queued', 'fetched', 'refused', 'stored')),
  transport_at timestamptz,
  delivery text not null default 'sent',
  recall text not null default 'none',
  status text,
  primary key (outbox_id, recipient_id)
);
alter table outbox_recipient enable row level security;
create policy own on outbox_recipient using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on outbox_recipient from phigiay_app;

-- What arrives: one row for each envelope, however often it is delivered.
create table inbox (
  id uuid primary key,
  org_id uuid not null,
  envelope text not null,
  message_type text not null check (message_type in ('edoc', 'status')),
  from_code text not null,
  from_org_id uuid,
  from_name text,
  document_id text,
  document_code text,
  document_year int,
  urgency int not null default 0,
  size bigint not null,
  -- null while no intact bytes have arrived.
  blob text,
  state text not null check (state in ('stored', 'unreadable', 'damaged')),
  -- { code, message, next } when it is not 'stored'.
  reason jsonb,
  accepted_at timestamptz not null,
  log_index bigint,
  receipt text not null,
  received_at timestamptz not null,
  acknowledged_at timestamptz,
  unique (org_id, envelope)
);
create index inbox_by_document on inbox (org_id, document_id) where message_type = 'edoc';
create index inbox_by_state on inbox (org_id, received_at) where state <> 'stored';
alter table inbox enable row level security;
create policy own on inbox using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on inbox from phigiay_app;

-- Every business status that we sent or received, as evidence; the state of a delivery follows from them.
create table status (
  id uuid primary key,
  seq bigint generated always as identity,
  org_id uuid not null,
  envelope text not null,
  direction text not null check (direction in ('sent', 'received')),
  -- The document it speaks of, when it is known here: ours (outbox) or theirs (inbox).
  outbox_id uuid,
  inbox_id uuid,
  peer_id uuid,
  peer_code text not null,
  document_id text not null,
  code text not null,
  description text not null,
  staff jsonb not null,
  said_at timestamptz not null,
  received_at timestamptz not null,
  log_index bigint,
  -- It came after a later one, and changed nothing.
  late boolean not null,
  unique (org_id, direction, envelope)
);
create index status_by_outbox on status (org_id, outbox_id, seq);
create index status_by_inbox on status (org_id, inbox_id, seq);
alter table status enable row level security;
create policy own on status using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on status from phigiay_app;

-- The line of one organisation to the axis.
create table line (
  org_id uuid primary key,
  -- One process at a time sends for an organisation, so that its counter stays in order.
  sender text,
  sender_until timestamptz,
  delivery_cursor text not null default ''
);
alter table line enable row level security;
create policy own on line using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());

-- What must not be overlooked: a counter with a gap, a receipt that does not verify, bytes that arrived damaged.
create table alarm (
  id uuid primary key,
  org_id uuid not null,
  code text not null,
  about text not null,
  detail jsonb not null,
  raised_at timestamptz not null,
  unique (org_id, code, about)
);
alter table alarm enable row level security;
create policy own on alarm using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke update, delete on alarm from phigiay_app;
