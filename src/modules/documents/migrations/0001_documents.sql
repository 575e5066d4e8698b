-- What the organisation prints on its letters, where the directory cannot know it.
create table setting (
  org_id uuid primary key,
  abbreviation text not null,
  place text not null
);

-- Registers ("sổ văn bản") and their numbers. A counter row is locked by the transaction that takes a number, so
-- that numbers are gapless: a transaction that fails gives its number back before anybody else sees the next one.
create table register (
  org_id uuid not null,
  code text not null,
  kind text not null check (kind in ('outgoing', 'incoming')),
  name text not null,
  primary key (org_id, code)
);
create table counter (
  org_id uuid not null,
  register text not null,
  year int not null,
  last int not null check (last > 0),
  primary key (org_id, register, year)
);
create table allocation (
  org_id uuid not null,
  register text not null,
  year int not null,
  value int not null check (value > 0),
  kind text not null check (kind in ('outgoing', 'incoming')),
  document_id uuid not null,
  state text not null check (state in ('reserved', 'used', 'void')),
  at timestamptz not null,
  by_id text not null,
  by_name text not null,
  voided jsonb check ((state = 'void') = (voided is not null)),
  primary key (org_id, register, year, value),
  unique (org_id, document_id)
);
revoke delete on allocation from phigiay_app;

-- Bytes are blobs and never change; a file is a blob with a name, on one document.
create table file (
  org_id uuid not null,
  id uuid primary key,
  -- 'outgoing:<id>', 'incoming:<id>', or null: uploaded, not yet on a document.
  ref text,
  role text not null default 'upload',
  name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text not null,
  pages int,
  signatures jsonb,
  uploaded_by text not null,
  at timestamptz not null,
  destroyed_at timestamptz
);
create index file_by_ref on file (org_id, ref);
revoke delete on file from phigiay_app;

-- The documents as they stand: what the replay of their events gives (doc), and columns to find them by.
create table outgoing (
  org_id uuid not null,
  id uuid primary key,
  state text not null,
  sort_at timestamptz not null,
  updated_at timestamptz not null,
  urgency int not null,
  register text,
  year int,
  number int,
  notation text,
  notation_key text not null default '',
  promulgation_date date,
  document_id text,
  reply_to uuid,
  attention text,
  holder_kind text,
  holder_id text,
  tokens tsvector not null,
  doc jsonb not null
);
create index outgoing_by_time on outgoing (org_id, sort_at, id);
create index outgoing_by_state on outgoing (org_id, state, sort_at, id);
create index outgoing_by_holder on outgoing (org_id, holder_kind, holder_id) where holder_kind is not null;
create index outgoing_by_reply on outgoing (org_id, reply_to) where reply_to is not null;
create unique index outgoing_by_number on outgoing (org_id, register, year, number) where number is not null;
create index outgoing_by_document_id on outgoing (org_id, document_id) where document_id is not null;
create index outgoing_by_notation on outgoing (org_id, notation_key) where notation_key <> '';
create index outgoing_by_token on outgoing using gin (tokens);

-- One line for each receiver: its last status (forward only), its answer to a recall.
create table outgoing_recipient (
  org_id uuid not null,
  outgoing_id uuid not null,
  recipient_id uuid not null,
  code text not null,
  name text not null,
  status text,
  refusal text,
  recall text check (recall in ('requested', 'agreed', 'declined')),
  primary key (org_id, outgoing_id, recipient_id)
);

-- Packages handed to the exchange: the first issue, and updates.
create table dispatch (
  org_id uuid not null,
  id uuid primary key,
  outgoing_id uuid not null,
  kind text not null check (kind in ('new', 'update')),
  ref text not null unique,
  outbox_id text,
  state text not null check (state in ('waiting', 'undone', 'accepted')),
  leaves_at timestamptz,
  accepted_at timestamptz,
  at timestamptz not null
);
create index dispatch_by_outgoing on dispatch (org_id, outgoing_id, at);

create table incoming (
  org_id uuid not null,
  id uuid primary key,
  -- The exchange's entry: one document for one envelope, however often it comes (S1.2).
  inbox_id text,
  envelope text,
  state text not null,
  sort_at timestamptz not null,
  updated_at timestamptz not null,
  urgency int not null,
  register text,
  year int,
  number int,
  issuer_code text not null,
  notation text not null,
  notation_key text not null default '',
  promulgation_date date,
  document_id text,
  -- The incoming document that this one updates or replaces.
  updates uuid,
  holder_kind text,
  holder_id text,
  tokens tsvector not null,
  doc jsonb not null
);
create index incoming_by_update on incoming (org_id, updates) where updates is not null;
create unique index incoming_by_inbox on incoming (org_id, inbox_id) where inbox_id is not null;
create unique index incoming_by_envelope on incoming (org_id, envelope) where envelope is not null;
create unique index incoming_by_number on incoming (org_id, register, year, number) where number is not null;
create index incoming_by_time on incoming (org_id, sort_at, id);
create index incoming_by_state on incoming (org_id, state, sort_at, id);
create index incoming_by_triage on incoming (org_id, urgency desc, sort_at, id) where state = 'arrived';
create index incoming_by_holder on incoming (org_id, holder_kind, holder_id) where holder_kind is not null;
create index incoming_by_document_id on incoming (org_id, document_id) where document_id is not null;
create index incoming_by_look on incoming (org_id, notation_key, promulgation_date);
create index incoming_by_token on incoming using gin (tokens);

-- Who else may read a document: drafters, reviewers, signers, assignees (a person or a unit, for its head).
create table access (
  org_id uuid not null,
  subject uuid not null,
  kind text not null check (kind in ('outgoing', 'incoming')),
  document_id uuid not null,
  primary key (org_id, subject, kind, document_id)
);
create index access_by_document on access (org_id, document_id);

do $$ declare name text; begin
  foreach name in array array['setting', 'register', 'counter', 'allocation', 'file', 'outgoing',
    'outgoing_recipient', 'dispatch', 'incoming', 'access'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy own on %I using (org_id = kernel.current_org())
      with check (org_id = kernel.current_org())', name);
  end loop;
end $$;

-- Search. Row-level security keeps operators that are not leakproof (@@ is one) away from their index, so that a
-- search would read the whole table. These two run as the owner, past the policy, and therefore name the
-- organisation themselves; they give ids and sort keys only, the rows are then read under the policy.
-- Rank: 2 for the notation as typed, 1 for the words with their marks as typed.
create function find_outgoing(wanted tsquery, exact tsquery, key text, states text[], subjects uuid[],
  cursor_rank int, cursor_at timestamptz, cursor_id uuid, most int)
returns table (id uuid, rank int, sort_at timestamptz)
language sql stable security definer set search_path = documents, pg_catalog as $$
  select * from (
    select d.id,
      (case when key <> '' and starts_with(d.notation_key, key) then 2 else 0 end)
      + (case when exact is not null and d.tokens @@ exact then 1 else 0 end) as rank,
      d.sort_at
    from outgoing d
    where d.org_id = kernel.current_org() and d.tokens @@ wanted
      and (states is null or d.state = any (states))
      and (subjects is null or exists (select from access a where a.org_id = d.org_id and a.kind = 'outgoing'
        and a.document_id = d.id and a.subject = any (subjects)))
  ) found
  where cursor_id is null or (found.rank, found.sort_at, found.id) < (cursor_rank, cursor_at, cursor_id)
  order by found.rank desc, found.sort_at desc, found.id desc
  limit most
$$;

create function find_incoming(wanted tsquery, exact tsquery, key text, states text[], subjects uuid[],
  cursor_rank int, cursor_at timestamptz, cursor_id uuid, most int)
returns table (id uuid, rank int, sort_at timestamptz)
language sql stable security definer set search_path = documents, pg_catalog as $$
  select * from (
    select d.id,
      (case when key <> '' and starts_with(d.notation_key, key) then 2 else 0 end)
      + (case when exact is not null and d.tokens @@ exact then 1 else 0 end) as rank,
      d.sort_at
    from incoming d
    where d.org_id = kernel.current_org() and d.tokens @@ wanted
      and (states is null or d.state = any (states))
      and (subjects is null or exists (select from access a where a.org_id = d.org_id and a.kind = 'incoming'
        and a.document_id = d.id and a.subject = any (subjects)))
  ) found
  where cursor_id is null or (found.rank, found.sort_at, found.id) < (cursor_rank, cursor_at, cursor_id)
  order by found.rank desc, found.sort_at desc, found.id desc
  limit most
$$;
