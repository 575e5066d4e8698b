-- Signing in happens before any organisation is known: accounts, sessions and passkeys stand outside row-level
-- security and are read by nothing but this module's store. They hold no more than signing in needs.
create table account (
  person_id uuid primary key,
  org_id uuid not null,
  username text not null unique,
  password_hash text not null,
  disabled boolean not null default false
);
create table session (
  token_hash bytea primary key,
  person_id uuid not null references account on delete cascade,
  org_id uuid not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  method text not null
);
create index session_by_person on session (person_id);
create table passkey (
  credential_id text primary key,
  person_id uuid not null references account on delete cascade,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  name text not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index passkey_by_person on passkey (person_id);
create table challenge (
  challenge text primary key,
  person_id uuid,
  purpose text not null,
  created_at timestamptz not null
);
-- Failed sign-ins, by account and by address, kept as hashes.
create table attempt (
  key text primary key,
  failures int not null,
  last_at timestamptz not null
);

create table person (
  id uuid primary key,
  org_id uuid not null,
  full_name text not null,
  full_name_folded text not null,
  username text not null,
  roles text[] not null,
  capacity text not null default '',
  absent_until timestamptz,
  created_at timestamptz not null
);
create index person_by_org on person (org_id);
alter table person enable row level security;
create policy own on person using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
