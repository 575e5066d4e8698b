-- Who may speak to the axis. Agencies of axis-1 by certificate, software of the VXP protocol by shared secret.
create table member (
  key_id text primary key,
  org_id uuid not null,
  certificate_pem text not null,
  added_at timestamptz not null,
  retired_at timestamptz
);

create table system (
  id text primary key,
  secret text not null,
  added_at timestamptz not null
);

create table system_org (
  system_id text not null references system (id),
  org_id uuid not null,
  -- False: granted by the operator. True: made by the system itself with registerAgency.
  registered boolean not null default false,
  primary key (system_id, org_id)
);

-- The one row that every batch locks: whoever holds it gives out the next numbers, so that they have no gaps.
create table head (
  one boolean primary key default true check (one),
  next_index bigint not null,
  next_change bigint not null
);
insert into head (next_index, next_change) values (0, 1);

create table counter (
  org_id uuid primary key,
  next bigint not null
);

-- A package that was accepted. Never changed, never deleted.
create table envelope (
  id uuid primary key,
  sender_org uuid not null,
  sender_code text not null,
  kind text not null check (kind in ('edoc', 'status')),
  -- SHA-256 of the package; narrowed to fewer recipients: of the package and those.
  envelope text not null,
  content_hash text not null,
  size bigint not null,
  -- Where its bytes lie: pack file and offset.
  pack integer not null,
  pack_offset bigint not null,
  document_id text not null,
  notation text not null,
  title text not null,
  urgency smallint not null,
  log_index bigint not null unique,
  counter bigint not null,
  accepted_at timestamptz not null,
  salt bytea not null,
  -- What was answered, kept as text: a repeat gets the same bytes.
  recipients text not null,
  receipt text not null,
  unique (envelope, sender_org),
  unique (sender_org, counter)
);
create index envelope_by_order on envelope (sender_org, log_index);

create table delivery (
  id uuid primary key,
  envelope_id uuid not null references envelope (id),
  sender_org uuid not null,
  recipient_org uuid not null,
  recipient_code text not null,
  recipient_name text not null,
  kind text not null,
  urgency smallint not null,
  log_index bigint not null,
  state text not null check (state in ('queued', 'fetched', 'refused', 'stored')),
  -- Grows with every change of state; the cursor of the sender's list of changes.
  change bigint not null,
  queued_at timestamptz not null,
  changed_at timestamptz not null,
  reason text,
  ack_index bigint,
  unique (envelope_id, recipient_org)
);
create index delivery_inbox on delivery (recipient_org, urgency desc, log_index) where state in ('queued', 'fetched');
create index delivery_changes on delivery (sender_org, change);

-- What the log says of an acknowledgement is a commitment to this payload under this salt.
create table acknowledgement (
  log_index bigint primary key,
  delivery_id uuid not null references delivery (id),
  sender_org uuid not null,
  recipient_org uuid not null,
  payload text not null,
  salt bytea not null
);

-- One document identity has one content while it is new (kind "new" of Bussiness).
create table identity (
  sender_org uuid not null,
  document_id text not null,
  content_hash text not null,
  primary key (sender_org, document_id)
);

create table request (
  sender_org uuid not null,
  key text not null,
  envelope text not null,
  primary key (sender_org, key)
);

-- The leaves of the log: salted commitments, nothing that names anybody.
create table log_entry (
  index bigint primary key,
  entry bytea not null
);

-- Nobody but the two parties sees a package or a delivery, whatever the query says.
alter table delivery enable row level security;
create policy parties on delivery
  using (sender_org = kernel.current_org() or recipient_org = kernel.current_org());
alter table envelope enable row level security;
create policy parties on envelope
  using (sender_org = kernel.current_org() or exists (
    select from delivery d where d.envelope_id = envelope.id and d.recipient_org = kernel.current_org()));
alter table acknowledgement enable row level security;
create policy parties on acknowledgement
  using (sender_org = kernel.current_org() or recipient_org = kernel.current_org());
alter table identity enable row level security;
create policy own on identity using (sender_org = kernel.current_org());
alter table request enable row level security;
create policy own on request using (sender_org = kernel.current_org());

-- The application reads. Everything that is accepted or acknowledged is written by the two functions below, which
-- serve many organisations in one transaction and therefore run as the owner.
revoke insert, update, delete on head, counter, envelope, delivery, acknowledgement, identity, request, log_entry
  from phigiay_app;
revoke select on head, counter from phigiay_app;

-- Takes the lock and answers what the batch needs to know. in: {accepts: [{sender, envelope, documentId, key}],
-- moves: [{delivery, recipient}]}.
create function open_batch(batch jsonb) returns jsonb
  language plpgsql security definer set search_path = axis, pg_temp
  -- Their plans are kept from when the tables were empty: by index, whatever the planner saw then.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  top head%rowtype;
begin
  select * into top from head for update;
  return jsonb_build_object(
    'nextIndex', top.next_index,
    'nextChange', top.next_change,
    'counters', (select coalesce(jsonb_object_agg(c.org_id, c.next), '{}') from counter c
      where c.org_id in (select (a ->> 'sender')::uuid from jsonb_array_elements(batch -> 'accepts') a)),
    'known', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'sender', e.sender_org, 'envelope', e.envelope,
        'contentHash', e.content_hash, 'logIndex', e.log_index, 'counter', e.counter,
        'acceptedAt', e.accepted_at, 'recipients', e.recipients, 'receipt', e.receipt)), '[]')
      from jsonb_to_recordset(batch -> 'accepts') a(sender uuid, envelope text)
      -- Not "=" for the sender: of three indexes only the one by envelope may serve here. With the other two, which an
      -- empty table makes look as good, every package would read all that its sender ever sent.
      join envelope e on e.envelope = a.envelope and e.sender_org is not distinct from a.sender),
    'identities', (select coalesce(jsonb_agg(jsonb_build_object('sender', i.sender_org, 'documentId', i.document_id,
        'contentHash', i.content_hash)), '[]')
      from jsonb_to_recordset(batch -> 'accepts') a(sender uuid, "documentId" text)
      join identity i on i.sender_org = a.sender and i.document_id = a."documentId"),
    'requests', (select coalesce(jsonb_agg(jsonb_build_object('sender', r.sender_org, 'key', r.key,
        'envelope', r.envelope)), '[]')
      from jsonb_to_recordset(batch -> 'accepts') a(sender uuid, key text)
      join request r on r.sender_org = a.sender and r.key = a.key),
    'deliveries', case when jsonb_array_length(batch -> 'moves') = 0 then '[]' else (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'sender', d.sender_org,
        'recipient', d.recipient_org, 'recipientCode', d.recipient_code, 'state', d.state, 'ackIndex', d.ack_index, 'contentHash', e.content_hash,
        'envelope', e.envelope, 'changedAt', d.changed_at)), '[]')
      from jsonb_to_recordset(batch -> 'moves') m(delivery uuid, recipient uuid)
      join delivery d on d.id = m.delivery and d.recipient_org = m.recipient
      join envelope e on e.id = d.envelope_id) end);
end $$;

-- Writes the batch. The caller holds the lock since open_batch.
create function close_batch(batch jsonb) returns void
  language plpgsql security definer set search_path = axis, pg_temp
  -- Their plans are kept from when the tables were empty: by index, whatever the planner saw then.
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if jsonb_array_length(batch -> 'envelopes') > 0 then
  insert into envelope (id, sender_org, sender_code, kind, envelope, content_hash, size, pack, pack_offset, document_id,
      notation, title, urgency, log_index, counter, accepted_at, salt, recipients, receipt)
    select e.id, e."senderOrg", e."senderCode", e.kind, e.envelope, e."contentHash", e.size, e.pack, e."packOffset",
      e."documentId", e.notation, e.title, e.urgency, e."logIndex", e.counter, e."acceptedAt", decode(e.salt, 'hex'), e.recipients, e.receipt
    from jsonb_to_recordset(batch -> 'envelopes') e(id uuid, "senderOrg" uuid, "senderCode" text, kind text,
      envelope text, "contentHash" text, size bigint, pack integer, "packOffset" bigint, "documentId" text, notation text, title text, urgency smallint,
      "logIndex" bigint, counter bigint, "acceptedAt" timestamptz, salt text, recipients text, receipt text);
  end if;
  if jsonb_array_length(batch -> 'deliveries') > 0 then
  insert into delivery (id, envelope_id, sender_org, recipient_org, recipient_code, recipient_name, kind, urgency,
      log_index, state, change, queued_at, changed_at)
    select d.id, d.envelope, d.sender, d.recipient, d.code, d.name, d.kind, d.urgency, d.index, 'queued', d.change,
      d.at, d.at
    from jsonb_to_recordset(batch -> 'deliveries') d(id uuid, envelope uuid, sender uuid, recipient uuid, code text,
      name text, kind text, urgency smallint, index bigint, change bigint, at timestamptz);
  end if;
  if jsonb_array_length(batch -> 'identities') > 0 then
  insert into identity (sender_org, document_id, content_hash)
    select i.sender, i."documentId", i."contentHash"
    from jsonb_to_recordset(batch -> 'identities') i(sender uuid, "documentId" text, "contentHash" text)
    on conflict do nothing;
  end if;
  if jsonb_array_length(batch -> 'requests') > 0 then
  insert into request (sender_org, key, envelope)
    select r.sender, r.key, r.envelope
    from jsonb_to_recordset(batch -> 'requests') r(sender uuid, key text, envelope text)
    on conflict do nothing;
  end if;
  insert into counter (org_id, next)
    select c.key::uuid, c.value::bigint from jsonb_each_text(batch -> 'counters') c
    on conflict (org_id) do update set next = excluded.next;
  if jsonb_array_length(batch -> 'moves') > 0 then
  update delivery d set state = m.state, change = m.change, changed_at = m.at, reason = m.reason,
      ack_index = coalesce(m.index, d.ack_index)
    from jsonb_to_recordset(batch -> 'moves') m(delivery uuid, state text, change bigint, at timestamptz, reason text,
      index bigint)
    where d.id = m.delivery;
  end if;
  if jsonb_array_length(batch -> 'acknowledgements') > 0 then
  insert into acknowledgement (log_index, delivery_id, sender_org, recipient_org, payload, salt)
    select a.index, a.delivery, a.sender, a.recipient, a.payload, decode(a.salt, 'hex')
    from jsonb_to_recordset(batch -> 'acknowledgements') a(index bigint, delivery uuid, sender uuid, recipient uuid,
      payload text, salt text);
  end if;
  if jsonb_array_length(batch -> 'entries') > 0 then
  insert into log_entry (index, entry)
    select l.index, decode(l.entry, 'base64')
    from jsonb_to_recordset(batch -> 'entries') l(index bigint, entry text);
  end if;
  update head set next_index = (batch ->> 'nextIndex')::bigint, next_change = (batch ->> 'nextChange')::bigint;
end $$;

revoke execute on function open_batch(jsonb), close_batch(jsonb) from public;
grant execute on function open_batch(jsonb), close_batch(jsonb) to phigiay_app;
